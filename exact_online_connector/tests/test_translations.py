# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whoever works in Dutch or French reads this addon in it, wholly, and its sentences are whole."""

import io
import re
from pathlib import Path

import polib

from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools.translate import trans_export

from .common import ExactCase

ADDON = "exact_online_connector"
LANGUAGES = ("nl", "fr")
GAPS = re.compile(r"%\(\w+\)[sdf]|%[sd]|%%|\{\w*\}|</?\w+|&\w+;")


@tagged("standard", "post_install", "-at_install")
class TestTranslations(ExactCase):
    def texts(self):
        output = io.BytesIO()
        trans_export(None, [ADDON], output, "po", self.env)
        return {entry.msgid for entry in polib.pofile(output.getvalue().decode())}

    def translations(self, language):
        path = Path(get_module_path(ADDON), "i18n", f"{language}.po")
        return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}

    def test_each_text_of_this_addon_is_translated(self):
        texts = self.texts()
        for language in LANGUAGES:
            translated = self.translations(language)
            missing = sorted(text for text in texts if not translated.get(text))
            self.assertFalse(missing, f"{language}: run `make translations` and fill these in")
            self.assertFalse(sorted(translated.keys() - texts), "run `make translations`")

    def test_a_translation_has_the_gaps_and_tags_of_its_text(self):
        for language in LANGUAGES:
            for text, translation in self.translations(language).items():
                gaps, kept = GAPS.findall(text), GAPS.findall(translation)
                if all("(" in gap for gap in gaps if gap.startswith("%")):
                    gaps, kept = sorted(gaps), sorted(kept)  # named, so in whatever order
                self.assertEqual(kept, gaps, f"{language}: {text}")

    def speak(self, code):
        """Have the company's people read another language."""
        self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms([ADDON], [code])
        self.env.user.lang = self.company.partner_id.lang = code

    def test_a_refusal_is_told_in_the_language_of_who_mends_it(self):
        self.speak("nl_NL")
        move = self.invoice((10.0, self.tax(21)))
        self.tax(21).exact_vat_code_id = False
        self.run_queue()
        item = self.item(move).with_context(lang="nl_NL")
        self.assertEqual(item.cause_label, "Btw-code ontbreekt voor btw 21%")
        self.assertIn("Er is niets verzonden", item.advice)
        self.assertTrue(item.display_name.startswith("Verkoopboeking "), item.display_name)
        state = item.fields_get(["state"])["state"]
        self.assertEqual(dict(state["selection"])[item.state], "Mislukt")

    def test_menus_and_buttons_are_french_for_who_reads_french(self):
        self.speak("fr_BE")
        queue = self.env["exact.sync.queue"].with_context(lang="fr_BE")
        arch = queue.get_view(view_type="form")["arch"]
        self.assertIn('string="Réessayer"', arch)
        self.assertNotIn('string="Retry"', arch)
