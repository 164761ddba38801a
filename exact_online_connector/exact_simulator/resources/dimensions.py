# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Cost centres and cost units of a line (facts.md 4.5, 4.6)."""

from ..errors import Forbidden

# Field of the line, its list, and on the GL account: how it is used, what it is by default.
_DIMENSIONS = (("CostCenter", "Costcenters", "UseCostcenter", "Costcenter"),
               ("CostUnit", "Costunits", "UseCostunit", "Costunit"))
MANDATORY = 1
COLUMNS = ("CostCenter", "CostCenterDescription", "CostUnit", "CostUnitDescription")


def complete_dimensions(books, values, gl_account, problems):
    """Fill in the GL account's defaults and the descriptions; refuse what is unknown or missing.

    Without the licence nothing is mandatory, and naming one is answered as `missing_module` says.
    """
    is_licensed = "cost_analysis" not in (books.company["_missing_modules"] or "")
    for field, table, usage, default in _DIMENSIONS:
        code = values.get(field)
        if is_licensed and gl_account:
            code = code or gl_account[default]
            if not code and gl_account[usage] == MANDATORY:
                problems.append(books.text("mandatory", field))
        if not code:
            values[f"{field}Description"] = None
            continue
        if not is_licensed:
            _refuse_unlicensed(books)
        row = books.first(table, Code=code)
        if row is None:
            problems.append(books.text("reference", field))
        else:
            values |= {field: code, f"{field}Description": row["Description"]}


def _refuse_unlicensed(books):
    rule = books.switch("missing_module")
    if rule != "empty":
        raise Forbidden("Forbidden", "LicenseExpired" if rule == "licence" else None)
