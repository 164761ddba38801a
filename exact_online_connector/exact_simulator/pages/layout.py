# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The frame of a page and its building blocks; everything is escaped by Markup.format."""

from datetime import datetime
from decimal import Decimal

from markupsafe import Markup, escape

EMPTY = Markup("")

_FRAME = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Exact Online simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/static/simulator.css"></head>
<body><header><a class="brand" href="{root}/">Exact Online <span>simulator</span></a>
<nav>{menu}</nav><span class="clock">{clock}</span></header>
<main><h1>{title}</h1>{lead}{message}{body}</main>
<footer>This is a simulator: nothing here reaches the real Exact Online.</footer>
</body></html>""")


def frame(*, root, title, body, menu, clock, lead="", message=None, error=None):
    """A whole page; `menu` holds (label, address, is_current)."""
    links = join(
        Markup('<a href="{}"{}>{}</a>').format(
            address, Markup(' class="current"') if current else EMPTY, label)
        for label, address, current in menu
    )
    note = EMPTY
    if error:
        note = Markup('<p class="note error">{}</p>').format(error)
    elif message:
        note = Markup('<p class="note">{}</p>').format(message)
    intro = Markup('<p class="lead">{}</p>').format(lead) if lead else EMPTY
    return _FRAME.format(root=root, title=title, body=body, menu=links, lead=intro, message=note,
                         clock=clock.strftime("%d %b %Y, %H:%M UTC"))


def join(parts):
    return EMPTY.join(parts)


def link(address, label):
    return Markup('<a href="{}">{}</a>').format(address, label)


def badge(text, kind=""):
    return Markup('<span class="badge {}">{}</span>').format(kind, text)


def shown(value):
    """A cell: dates short, amounts with two decimals, the rest as text."""
    if value is None:
        return EMPTY
    if isinstance(value, Decimal):
        return Markup("<b class=amount>{}</b>").format(money(value))
    if isinstance(value, datetime):
        return escape(value.strftime("%d %b %Y"))
    return escape(value)


def money(amount):
    """1234.5 as 1,234.50."""
    return f"{amount:,.2f}"


def table(columns, rows, empty):
    """A table; a column whose name begins with > holds numbers. `empty` is said without rows."""
    rows = list(rows)
    if not rows:
        return Markup('<p class="empty">{}</p>').format(empty)
    classes = [Markup(' class="number"') if name.startswith(">") else EMPTY for name in columns]
    head = join(Markup("<th{}>{}</th>").format(kind, name.lstrip(">"))
                for name, kind in zip(columns, classes, strict=True))
    body = join(
        Markup("<tr>{}</tr>\n").format(join(
            Markup("<td{}>{}</td>").format(kind, shown(cell))
            for cell, kind in zip(row, classes, strict=True)))
        for row in rows
    )
    return Markup('<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
                  "</div>").format(head, body)


def facts(pairs):
    """A list of labels and values."""
    return Markup("<dl>{}</dl>").format(join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(label, shown(value))
        for label, value in pairs if value not in (None, "")
    ))


def section(title, body):
    return Markup("<section><h2>{}</h2>{}</section>").format(title, body)


def field(label, name, value="", *, kind="text", hint=""):
    return Markup(
        '<label>{} <input type="{}" name="{}" value="{}" placeholder="{}"></label>'
    ).format(label, kind, name, value, hint)


def choice(label, name, options, selected=""):
    """A select; options are values or (value, label)."""
    pairs = [each if isinstance(each, tuple) else (each, each) for each in options]
    items = join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if str(value) == str(selected) else EMPTY, text)
        for value, text in pairs
    )
    return Markup('<label>{} <select name="{}">{}</select></label>').format(label, name, items)


def form(address, button, fields=EMPTY, *, kind="", hidden=()):
    """A form that POSTs; `hidden` holds (name, value)."""
    extra = join(Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
                 for name, value in hidden)
    return Markup(
        '<form method="post" action="{}">{}{}<button class="{}">{}</button></form>'
    ).format(address, extra, fields, kind, button)
