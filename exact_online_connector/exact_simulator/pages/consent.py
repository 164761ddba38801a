# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The page on which a person allows an app to reach her administrations."""

from markupsafe import Markup

from .layout import join

_PAGE = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow access? - Exact Online simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/static/simulator.css"></head>
<body class="consent"><main class="card">
<p class="brand">Exact Online <span>simulator</span></p>
<h1>Allow access to your administrations?</h1>
<p>You are logged in as <b>{user}</b>. The app that sent you here asks to read and write in:</p>
<ul>{divisions}</ul>
<p class="quiet">Afterwards you return to <code>{address}</code>. Nothing here is real: this
simulator stands in for Exact Online.</p>
<form method="post">{fields}<div class="actions">
<button name="decision" value="allow" class="primary">Allow</button>
<button name="decision" value="refuse">Refuse</button></div>
</form></main></body></html>""")


def page(*, root, user, divisions, address, parameters):
    """`divisions` are (code, name); `parameters` are sent along with the decision."""
    return _PAGE.format(
        root=root, user=user, address=address,
        divisions=join(Markup("<li><b>{}</b> <span>{}</span></li>").format(name, code)
                       for code, name in divisions),
        fields=join(Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
                    for name, value in parameters.items()),
    )
