# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 4.5, 4.6: cost centres, cost units and the period over which a line is spread."""

from datetime import datetime, timezone

import pytest
from simulator_driver import BE, NL_B

SALES, PURCHASES = f"{BE}/salesentry/SalesEntries", f"{BE}/purchaseentry/PurchaseEntries"
PER_COST_CENTER, PER_COST_UNIT = "613650", "705050"


def dimensions(exact, entry):
    lines = exact.rows(f"{BE}/financialtransaction/TransactionLines", orderby="LineNumber",
                       filter=f"EntryID eq guid'{entry['EntryID']}'",
                       select="GLAccountCode,CostCenter,CostUnit")
    return [(line["GLAccountCode"], line["CostCenter"], line["CostUnit"]) for line in lines]


def test_dimensions_go_to_the_ledger_lines_of_their_line(exact):
    line = {"CostCenter": "ADM", "CostUnit": "A"}
    entry = exact.created(SALES, exact.invoice(BE, 100, line=line))
    assert dimensions(exact, entry) == [
        ("400000", None, None), ("700000", "ADM", "A"), ("451000", None, None)]
    (stored,) = exact.rows(f"{BE}/salesentry/SalesEntryLines",
                           filter=f"EntryID eq guid'{entry['EntryID']}'",
                           select="CostCenter,CostCenterDescription,CostUnitDescription")
    assert (stored["CostCenterDescription"], stored["CostUnitDescription"]) == (
        "Administration", "Product A")


def test_lost_vat_is_a_cost_of_the_same_dimensions(exact):
    body = exact.bill(BE, 100, line={"CostCenter": "MAG", "VATNonDeductiblePercentage": 1})
    assert dimensions(exact, exact.created(PURCHASES, body)) == [
        ("440000", None, None), ("604000", "MAG", None), ("604000", "MAG", None)]


def test_bank_lines_have_dimensions_too(exact):
    line = {"GLAccount": exact.gl(BE, PER_COST_CENTER), "AmountFC": -5}
    path, body = f"{BE}/financialtransaction/BankEntries", {"JournalCode": "501"}
    assert exact.texts(path, body | {"BankEntryLines": [line]}) == ["Mandatory: Cost center"]
    entry = exact.created(path, body | {"BankEntryLines": [line | {"CostCenter": "MAG"}]})
    assert dimensions(exact, entry) == [("550000", None, None), (PER_COST_CENTER, "MAG", None)]


def test_unknown_dimensions_are_refused(exact):
    body = exact.bill(BE, 1, line={"CostCenter": "NONE", "CostUnit": "NONE"})
    assert exact.texts(PURCHASES, body) == ["Invalid reference: Cost center",
                                            "Invalid reference: Cost unit"]


def test_a_gl_account_may_demand_them(exact):
    line = {"AmountFC": 1, "GLAccount": exact.gl(BE, PER_COST_CENTER)}
    body = exact.bill(BE) | {"PurchaseEntryLines": [line]}
    assert exact.texts(PURCHASES, body) == ["Mandatory: Cost center"]
    line["CostCenter"] = "ADM"
    assert exact.created(PURCHASES, body)
    line = {"AmountFC": 1, "GLAccount": exact.gl(BE, PER_COST_UNIT)}
    body = exact.invoice(BE) | {"SalesEntryLines": [line]}
    assert exact.texts(SALES, body) == ["Mandatory: Cost unit"]
    assert exact.created(SALES, body | {"SalesEntryLines": [line | {"CostUnit": "X"}]})


def test_a_gl_account_may_bring_its_own(exact):
    account = exact.created(f"{BE}/financial/GLAccounts", {
        "Code": "613990", "Description": "Always sales", "Type": 121, "Costcenter": "VERK",
        "UseCostcenter": 1})["ID"]
    body = exact.bill(BE) | {"PurchaseEntryLines": [{"AmountFC": 1, "GLAccount": account}]}
    assert dimensions(exact, exact.created(PURCHASES, body))[1] == ("613990", "VERK", None)


@pytest.mark.parametrize(("rule", "status", "reason", "text"), [
    ("forbidden", 403, None, "Forbidden"), ("licence", 403, "LicenseExpired", "Forbidden"),
    ("empty", 500, None, "Invalid reference: Cost center")])
def test_without_the_licence_there_are_none(exact, switched, rule, status, reason, text):
    switched(missing_module=rule)
    path = f"{NL_B}/salesentry/SalesEntries"
    reply = exact.post(path, exact.invoice(NL_B, 1, line={"CostCenter": "ADM"}), refused=True)
    assert (reply.status_code, reply.headers.get("Reason")) == (status, reason)
    assert reply.json()["error"]["message"]["value"] == text
    account = exact.created(f"{NL_B}/financial/GLAccounts", {
        "Code": {"forbidden": "4351", "licence": "4352", "empty": "4353"}[rule], "Type": 121,
        "Description": "Demanding", "UseCostcenter": 1})["ID"]
    assert exact.created(path, exact.invoice(NL_B) | {
        "SalesEntryLines": [{"AmountFC": 1, "GLAccount": account}]})


@pytest.mark.parametrize(("language", "text"), [
    ("en", "Invalid: To"), ("nl", "Ongeldig: Tot"), ("fr", "Non valide: À")])
def test_a_line_ends_no_sooner_than_it_begins(exact, switched, language, text):
    switched(language=language)
    year = exact.server.control("state")["clock"][:4]
    line = {"From": f"{year}-12-31", "To": f"{year}-07-01"}
    assert exact.texts(SALES, exact.invoice(BE, 1, line=line)) == [text]
    assert exact.texts(PURCHASES, exact.bill(BE, 1, line=line)) == [text]


def test_a_line_is_spread_from_one_day_to_another(exact):
    year = exact.server.control("state")["clock"][:4]
    start, end = f"{year}-07-01", f"{year}-12-31"
    for path, lines, body in ((SALES, "salesentry/SalesEntryLines", exact.invoice),
                              (PURCHASES, "purchaseentry/PurchaseEntryLines", exact.bill)):
        entry = exact.created(path, body(BE, 1, line={"From": start, "To": end}))
        (line,) = exact.rows(f"{BE}/{lines}", filter=f"EntryID eq guid'{entry['EntryID']}'",
                             select="From,To")
        days = [datetime.fromtimestamp(int(line[name][6:-2]) / 1000, timezone.utc).isoformat()
                for name in ("From", "To")]
        assert days == [f"{day}T00:00:00+00:00" for day in (start, end)]
        assert exact.texts(path, body(BE, 1, line={"From": start})) == ["Mandatory: To"]
        assert exact.texts(path, body(BE, 1, line={"To": end})) == ["Mandatory: From"]
        assert exact.created(path, body(BE, 1, line={"From": start, "To": start}))
