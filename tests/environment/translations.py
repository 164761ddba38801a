# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""`make translations`: the addon's texts as they are by now, in the files that translators fill.

To begin a language, make an empty file of its name in the addon's folder i18n, such as de.po.
"""

import os

from . import databases, odoo_process, paths
from .console import note, step

EXPORT_TEXTS = paths.ENVIRONMENT / "export_texts.py"
FOLDER = paths.ADDON / "i18n"


def run():
    """Bring the template and each language's file up to date; say what is yet to be translated."""
    with databases.database(f"exact_online_texts_{os.getpid()}", "addon") as name:
        code = f"FOLDER = {str(FOLDER)!r}\n{EXPORT_TEXTS.read_text()}"
        said = odoo_process.run_code(name, "Export the texts of the addon", code)
    step("Translations")
    for line in said.splitlines():
        if ".po: " in line:
            note(line)
