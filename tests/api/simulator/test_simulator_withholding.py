# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 4.6, 4.7: withholding tax is deducted from what is owed, or only kept."""

import pytest
from simulator_driver import BE, NL

AMOUNT, BASE, SHARE = (
    "WithholdingTaxAmountDC", "WithholdingTaxBaseAmount", "WithholdingTaxPercentage")


def sales(division=BE):
    return f"{division}/salesentry/SalesEntries"


def purchases(division=BE):
    return f"{division}/purchaseentry/PurchaseEntries"


def ledger(exact, division, entry):
    lines = exact.rows(f"{division}/financialtransaction/TransactionLines", orderby="LineNumber",
                       filter=f"EntryID eq guid'{entry['EntryID']}'",
                       select="GLAccountCode,AmountDC")
    assert sum(line["AmountDC"] for line in lines) == pytest.approx(0)
    return [(line["GLAccountCode"], line["AmountDC"]) for line in lines]


def owed(exact, division, entry, resource="Receivables"):
    rows = exact.rows(f"{division}/cashflow/{resource}", select="AmountDC,AmountFC",
                      filter=f"TransactionEntryID eq guid'{entry['EntryID']}'")
    return [(row["AmountDC"], row["AmountFC"]) for row in rows]


@pytest.mark.parametrize(("division", "receivable", "revenue", "vat", "account", "kind"), [
    (BE, "400000", "700000", "451000", "412050", 32), (NL, "1300", "8000", "1500", "1395", 32)])
def test_a_customer_owes_less_what_he_keeps_back(exact, division, receivable, revenue, vat,
                                                 account, kind):
    entry = exact.created(sales(division), exact.invoice(division, 100, **{AMOUNT: 15}))
    assert (entry["AmountFC"], entry["AmountDC"], entry["VATAmountFC"], entry[AMOUNT]) == (
        106, 106, 21, 15)
    assert ledger(exact, division, entry) == [
        (receivable, 106), (revenue, -100), (vat, -21), (account, 15)]
    assert owed(exact, division, entry) == [(106, 106)]
    assert exact.rows(f"{division}/financial/GLAccounts", filter=f"Code eq '{account}'",
                      select="Type")[0]["Type"] == kind


@pytest.mark.parametrize(("division", "payable", "cost", "vat", "account"), [
    (BE, "440000", "604000", "411000", "453050"), (NL, "1600", "7000", "1520", "1595")])
def test_a_supplier_is_owed_less_what_we_keep_back(exact, division, payable, cost, vat, account):
    body = exact.bill(division, 100, 50, line={"WithholdingTax": "A", "WithholdingAmountDC": 10})
    entry = exact.created(purchases(division), body)
    assert entry["AmountFC"] == 161.5
    assert ledger(exact, division, entry) == [
        (payable, -161.5), (cost, 100), (cost, 50), (vat, 31.5), (account, -20)]
    assert owed(exact, division, entry, "Payments") == [(-161.5, -161.5)]
    lines = exact.rows(f"{division}/purchaseentry/PurchaseEntryLines",
                       filter=f"EntryID eq guid'{entry['EntryID']}'",
                       select="WithholdingTax,WithholdingAmountDC")
    assert [(line["WithholdingTax"], line["WithholdingAmountDC"]) for line in lines] == [
        ("A", 10), ("A", 10)]


def test_the_fields_may_only_be_kept(exact, switched):
    switched(withholding="stored")
    entry = exact.created(sales(), exact.invoice(BE, 100, **{AMOUNT: 15, BASE: 100, SHARE: 0.15}))
    assert (entry["AmountFC"], entry[AMOUNT], entry[BASE], entry[SHARE]) == (121, 15, 100, 0.15)
    assert ledger(exact, BE, entry) == [("400000", 121), ("700000", -100), ("451000", -21)]
    bill = exact.created(purchases(), exact.bill(BE, 100, line={"WithholdingAmountDC": 10}))
    assert ledger(exact, BE, bill) == [("440000", -121), ("604000", 100), ("411000", 21)]


def test_the_amount_is_the_percentage_of_the_base(exact, switched):
    entry = exact.created(sales(), exact.invoice(BE, 100, **{BASE: 99.99, SHARE: 0.15}))
    assert (entry[AMOUNT], entry["AmountFC"], entry[SHARE]) == (15, 106, 0.15)
    switched(percentages="whole")
    entry = exact.created(sales(), exact.invoice(BE, 100, **{BASE: 100, SHARE: 15}))
    assert (entry[AMOUNT], entry["AmountFC"], entry[SHARE]) == (15, 106, 15)
    switched(withholding="stored")
    entry = exact.created(sales(), exact.invoice(BE, 100, **{BASE: 100, SHARE: 15}))
    assert (entry[AMOUNT], entry["AmountFC"]) == (15, 121)
    entry = exact.created(sales(), exact.invoice(BE, 100, **{SHARE: 15}))
    assert entry[AMOUNT] is None


@pytest.mark.parametrize(("language", "text"), [
    ("en", "Invalid: Withholding tax (%)"), ("nl", "Ongeldig: Bronbelasting (%)"),
    ("fr", "Non valide: Retenue à la source (%)")])
def test_more_than_all_cannot_be_kept_back(exact, switched, language, text):
    switched(language=language)
    body = exact.invoice(BE, 100, **{BASE: 100, SHARE: 15})
    assert exact.texts(sales(), body) == [text]


@pytest.mark.parametrize("amount", [-1, 121.01])
def test_an_amount_beyond_the_total_or_of_another_sign_is_refused(exact, amount):
    assert exact.texts(sales(), exact.invoice(BE, 100, **{AMOUNT: amount})) == [
        "Invalid: Withholding tax amount"]
    body = exact.bill(BE, 100, line={"WithholdingAmountDC": amount})
    assert exact.texts(purchases(), body) == ["Invalid: Withholding tax amount"]


def test_a_credit_note_gives_back_what_was_kept(exact):
    entry = exact.created(sales(), exact.invoice(BE, -100, **{AMOUNT: -15}))
    assert (entry["Type"], entry["AmountFC"]) == (21, -106)
    assert ledger(exact, BE, entry)[0::3] == [("400000", -106), ("412050", -15)]


@pytest.mark.parametrize("rule", ["party", "first_line"])
def test_the_amount_is_in_company_currency(exact, switched, rule):
    switched(rate_remainder=rule)
    body = exact.invoice(BE, 100, Journal="702", Currency="USD", Rate=0.9, **{AMOUNT: 15})
    entry = exact.created(sales(), body)
    # 15.00 EUR are 16.67 USD.
    assert (entry["AmountFC"], entry["AmountDC"]) == (104.33, 93.9)
    assert ledger(exact, BE, entry) == [
        ("400000", 93.9), ("700000", -90), ("451000", -18.9), ("412050", 15)]
    assert owed(exact, BE, entry) == [(93.9, 104.33)]


def test_changing_what_it_rests_on_computes_it_anew(exact):
    entry = exact.created(sales(), exact.invoice(BE, 100, **{BASE: 100, SHARE: 0.15}))
    path = f"{sales()}(guid'{entry['EntryID']}')"
    assert exact.put(path, {SHARE: 0.1}).status_code == 204
    changed = exact.get(path).json()["d"]
    assert (changed[AMOUNT], changed["AmountFC"]) == (10, 111)
    assert exact.put(path, {AMOUNT: 12, BASE: 50}).status_code == 204
    assert exact.get(path).json()["d"]["AmountFC"] == 109
    assert ledger(exact, BE, entry)[3] == ("412050", 12)
    assert owed(exact, BE, entry) == [(109, 109)]
    assert exact.put(path, {"YourRef": "x"}).status_code == 204
    assert exact.get(path).json()["d"]["AmountFC"] == 109


def test_a_positive_credit_note_is_flipped_with_it(unlogged_exact, switched_unlogged):
    switched_unlogged(positive_credit_note="flip")
    body = unlogged_exact.invoice(BE, 100, Type=21, **{AMOUNT: 15})
    entry = unlogged_exact.created(sales(), body)
    assert (entry["AmountFC"], entry[AMOUNT]) == (-106, -15)


def test_a_lost_line_leaves_the_tax(exact, server):
    server.control("faults", {"effect": "lose_line", "path": "SalesEntries"})
    entry = exact.created(sales(), exact.invoice(BE, 100, 200, **{AMOUNT: 15}))
    assert entry["AmountFC"] == 106
    assert ledger(exact, BE, entry)[0] == ("400000", 106)
