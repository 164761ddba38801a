# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Copies of templates are independent; the demo holds what `make demo` promises."""

import json
import os

from tests.environment import api, databases, paths, postgres

DEMO = """
import json
env = env(context={"allowed_company_ids": env["res.company"].search([]).ids})
moves = env["account.move"].search([])
print("RESULT " + json.dumps({
    company.name: {
        "country": company.country_id.code,
        "parent": company.parent_id.name,
        "posted": sorted({move.move_type for move in moves
                          if move.company_id == company and move.state == "posted"}),
        "invoices": len(moves.filtered(lambda move: move.company_id == company
                        and move.move_type == "out_invoice" and move.state == "posted")),
        "drafts of today": len(moves.filtered(lambda move: move.company_id == company
                               and move.state == "draft"
                               and move.invoice_date == fields.Date.today())),
        "layout": bool(company.external_report_layout_id),
    } for company in env["res.company"].search([])}))
users = env["res.users"].search([("login", "in", ["admin", "accountant"])])
assert all(len(user.company_ids) == 2 and user.lang == "en_US" for user in users), users
""".replace("import json", "import json\nfrom odoo import fields")


def test_a_copy_is_independent_and_leaves_nothing_behind():
    name = f"test_copy_{os.getpid()}"
    with api.database(name, template="base"):
        api.odoo_shell(name, "env['ir.attachment'].create({'name': 'a', 'raw': b'a' * 5000})")
        assert databases.exists(name)
        assert (paths.FILESTORE / name).exists()
        assert _uuid(name) != _uuid(databases.template_database("base"))
    assert not databases.exists(name)
    assert not (paths.FILESTORE / name).exists()


def test_a_template_is_built_once():
    server = postgres.running()
    question = "SELECT oid FROM pg_database WHERE datname = '{}'"
    name = databases.template_database("base")
    before = postgres.query(server, question.format(name))
    assert databases.template_database("base") == name
    assert postgres.query(server, question.format(name)) == before


def test_the_demo_holds_two_companies_with_invoices_to_send(demo_database):
    output = api.odoo_shell(demo_database, DEMO)
    found = json.loads(output.split("RESULT ", 1)[1].splitlines()[0])
    expected = {"posted": ["in_invoice", "out_invoice", "out_refund"], "invoices": 6,
                "drafts of today": 1, "layout": True, "parent": False}
    assert found == {
        "Demo Brussel BV": {"country": "BE", **expected},
        "Demo Utrecht B.V.": {"country": "NL", **expected},
    }


def _uuid(name):
    return postgres.query(postgres.running(), "SELECT value FROM ir_config_parameter "
                                              "WHERE key = 'database.uuid'", database=name)
