# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A company of each chart, which the addon's tests find by its name; run inside `odoo shell`.

Each test class would make its own otherwise: seconds a class, and in a transaction of which
PostgreSQL has no statistics.
"""


def make_companies(env):
    for chart in ("be_comp", "nl"):
        company = env["res.company"].create({"name": f"Company of {chart}"})
        env["account.chart.template"].try_loading(chart, company=company, install_demo=False)


make_companies(env)  # noqa: F821
