# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact answers is text to whoever sees it: no markup of it takes effect. SECURITY.md"""

from odoo.tests import tagged

from ..operations.mirrored_lines import GL_ACCOUNT
from .common import ExactCase
from .minimal_records import MinimalRecords

EVIL = '<img src="x" onerror="alert(1)">'
ESCAPED = "&lt;img"


@tagged("standard", "post_install", "-at_install")
class TestShownAsText(ExactCase):
    def assert_escaped(self, html):
        self.assertIn(ESCAPED, html)
        self.assertNotIn("<img", html)

    def test_the_reason_why_a_connection_stopped(self):
        self.connection.sudo()._stop("reconnect", EVIL)
        self.assertEqual(self.connection.state_reason, EVIL, "text, which Odoo escapes")
        self.assert_escaped(self.connection.activity_ids.note)

    def test_the_text_of_a_refusal(self):
        refusal = {"error": {"code": "", "message": {"lang": "", "value": EVIL}}}
        self.fault("status", "POST", ".*SalesEntries", status=500, body=refusal)
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "failed")
        self.assertIn(EVIL, item.message)
        self.assertEqual(item._fields["message"].type, "text", "which Odoo escapes")
        self.assert_no_html_holds_it()

    def test_names_of_the_administration(self):
        mirrors = [name for name, model in self.registry.items() if self.is_mirror(name)]
        self.assertIn("exact.gl.account", mirrors)
        for model in mirrors:
            row = self.env[model].sudo().search([], limit=1)
            for name, field in row._fields.items():
                if field.store and field.type in ("char", "text") and not field.compute:
                    if name not in ("exact_id", "code", "type"):
                        row[name] = EVIL
        self.invoice((10.0, self.tax(21)))
        self.run_queue()
        self.assert_no_html_holds_it()

    def is_mirror(self, name):
        return "drift" in self.env[name]._fields and not self.env[name]._abstract

    def test_the_hint_where_an_account_is_missing(self):
        gl_account = self.mirror("exact.gl.account", "604000")
        gl_account.sudo().name = EVIL
        records = MinimalRecords(self.company, self.division, self.connection)
        entry = records.of(self.env["exact.mirrored.entry"])
        entry.sudo().cause_key = f"{GL_ACCOUNT}:{gl_account.exact_id}"
        self.assert_escaped(entry.action_mend()["help"])

    def assert_no_html_holds_it(self):
        """No field that is shown as HTML holds markup of Exact's, in whatever record."""
        self.env.flush_all()
        for cls in self.registry.values():
            if not cls._auto or cls._abstract:
                continue
            for name, field in cls._fields.items():
                if field.type == "html" and field.store and field.column_type:
                    self.env.cr.execute(
                        f'SELECT FROM "{cls._table}" WHERE "{name}"::text LIKE %s',
                        ['%<img src=%x%'],
                    )
                    self.assertFalse(self.env.cr.rowcount, f"{cls._table}.{name}")
