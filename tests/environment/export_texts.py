# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Write the addon's texts to its template of translations, and bring each language up to date with
it; run inside `odoo shell`, which provides `env`. FOLDER is set before.

A text that is new stands in each language's file without a translation, and what is no longer said
leaves it. Dates are left out: only a changed text changes a file.
"""

from pathlib import Path

import polib

from odoo.tools.translate import trans_export

ADDON = "exact_online_connector"


def export(folder):
    """Write the template; return it."""
    path = folder / f"{ADDON}.pot"
    with path.open("wb") as output:
        trans_export(None, [ADDON], output, "po", env)  # noqa: F821
    template = polib.pofile(str(path))
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(date, None)
    template.save()
    return template


def follow(template, path):
    """Bring the file of one language up to date; return how many texts it lacks."""
    translated = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}
    language = polib.POFile(wrapwidth=78)
    language.header = template.header
    language.metadata = {**template.metadata, "Language": path.stem}
    for entry in template:
        language.append(polib.POEntry(
            msgid=entry.msgid, msgstr=translated.get(entry.msgid, ""), comment=entry.comment,
            flags=entry.flags, occurrences=entry.occurrences))
    language.save(str(path))
    return len(language.untranslated_entries())


template = export(Path(FOLDER))  # noqa: F821
for path in sorted(Path(FOLDER).glob("*.po")):  # noqa: F821
    print(f"{path.name}: {len(template)} texts, {follow(template, path)} without a translation")
