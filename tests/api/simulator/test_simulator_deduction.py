# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""administration-defaults.md 2.5: VAT that may not be claimed, and private use of a purchase."""

import pytest
from simulator_driver import BE, NL

PURCHASES = f"{BE}/purchaseentry/PurchaseEntries"
LINES = f"{BE}/purchaseentry/PurchaseEntryLines"
CAR, RESTAURANT, PHONE = "613550", "614550", "612550"


class Purchases:
    """Books purchases of 100.00 plus 21 % and reads what became of them."""

    def __init__(self, exact):
        self.exact = exact

    def body(self, account="604000", **line):
        line = {"AmountFC": 100, **line, "GLAccount": self.exact.gl(BE, account)}
        return self.exact.bill(BE) | {"PurchaseEntryLines": [line]}

    def book(self, account="604000", **line):
        return self.exact.created(PURCHASES, self.body(account, **line))["EntryID"]

    def ledger(self, entry):
        lines = self.exact.rows(
            f"{BE}/financialtransaction/TransactionLines", orderby="LineNumber",
            filter=f"EntryID eq guid'{entry}'", select="GLAccountCode,AmountDC,VATCode")
        assert sum(line["AmountDC"] for line in lines) == pytest.approx(0)
        return [(line["GLAccountCode"], line["AmountDC"], line["VATCode"]) for line in lines]

    def line(self, entry):
        (line,) = self.exact.rows(LINES, filter=f"EntryID eq guid'{entry}'")
        return line


@pytest.fixture
def purchases(exact):
    return Purchases(exact)


def test_lost_vat_is_a_cost_of_the_lines_own_account(purchases):
    entry = purchases.book(VATNonDeductiblePercentage=0.35)
    assert purchases.ledger(entry) == [
        ("440000", -121, None), ("604000", 100, "5  "), ("604000", 7.35, "5  "),
        ("411000", 13.65, "5  ")]


def test_the_gl_account_says_how_much_is_lost_and_where_to(purchases):
    entry = purchases.book(CAR)
    assert purchases.ledger(entry) == [
        ("440000", -121, None), (CAR, 100, "5  "), ("640050", 10.5, "5  "),
        ("411000", 10.5, "5  ")]
    line = purchases.line(entry)
    assert (line["VATNonDeductiblePercentage"], line["VATAmountFC"]) == (0.5, 21)
    assert purchases.ledger(purchases.book(RESTAURANT)) == [
        ("440000", -121, None), (RESTAURANT, 100, "5  "), (RESTAURANT, 21, "5  ")]


def test_the_line_overrules_its_gl_account(purchases):
    entry = purchases.book(CAR, VATNonDeductiblePercentage=0)
    assert purchases.ledger(entry) == [
        ("440000", -121, None), (CAR, 100, "5  "), ("411000", 21, "5  ")]


def test_lines_of_one_code_share_one_claim(purchases):
    body = purchases.body(CAR)
    body["PurchaseEntryLines"] += purchases.body()["PurchaseEntryLines"]
    entry = purchases.exact.created(PURCHASES, body)["EntryID"]
    assert purchases.ledger(entry) == [
        ("440000", -242, None), (CAR, 100, "5  "), ("640050", 10.5, "5  "),
        ("604000", 100, "5  "), ("411000", 31.5, "5  ")]


def test_lost_cents_and_claimed_cents_add_up_to_the_vat(purchases):
    entry = purchases.book(CAR, AmountFC=0.05)
    assert purchases.ledger(entry) == [
        ("440000", -0.06, None), (CAR, 0.05, "5  "), ("640050", 0.01, "5  ")]
    credit = purchases.book(CAR, AmountFC=-100)
    assert purchases.ledger(credit) == [
        ("440000", 121, None), (CAR, -100, "5  "), ("640050", -10.5, "5  "),
        ("411000", -10.5, "5  ")]


def test_inclusive_and_overridden_vat_are_split_alike(purchases):
    entry = purchases.book(CAR, AmountFC=121, VATCode="6")
    assert purchases.ledger(entry)[1:3] == [(CAR, 100, "6  "), ("640050", 10.5, "6  ")]
    entry = purchases.book(CAR, VATAmountFC=20)
    assert purchases.ledger(entry)[2:] == [("640050", 10, "5  "), ("411000", 10, "5  ")]


def test_a_reverse_charge_is_owed_in_full(purchases):
    entry = purchases.book(CAR, VATCode="EA")
    assert purchases.ledger(entry) == [
        ("440000", -100, None), (CAR, 100, "EA "), ("640050", 10.5, "EA "),
        ("411000", 10.5, "EA "), ("451055", -21, "EA ")]


def test_sales_lose_nothing(exact):
    line = {"GLAccount": exact.gl(BE, CAR), "AmountFC": 100}
    entry = exact.created(f"{BE}/salesentry/SalesEntries",
                          exact.invoice(BE) | {"SalesEntryLines": [line]})["EntryID"]
    assert Purchases(exact).ledger(entry) == [
        ("400000", 121, None), (CAR, -100, "5  "), ("451000", -21, "5  ")]
    body = exact.invoice(BE, 1, line={"VATNonDeductiblePercentage": 0.5})
    exact.texts(f"{BE}/salesentry/SalesEntries", body, status=400)


@pytest.mark.parametrize("share", [-0.1, 1.1, 50])
def test_more_than_all_cannot_be_lost(purchases, share):
    exact = purchases.exact
    body = purchases.body(VATNonDeductiblePercentage=share)
    assert exact.texts(PURCHASES, body) == ["Invalid: Non-deductible VAT (%)"]
    account = {"Code": "699998", "Description": "Wrong", "VATNonDeductiblePercentage": share}
    assert exact.texts(f"{BE}/financial/GLAccounts", account) == [
        "Invalid: Non-deductible VAT (%)"]


def test_accounts_for_what_is_lost_must_exist(exact):
    unknown = "99999999-0000-0000-0000-000000000000"
    for field in ("VATNonDeductibleGLAccount", "PrivateGLAccount"):
        assert exact.texts(f"{BE}/financial/GLAccounts", {
            "Code": "699999", "Description": "Wrong", field: unknown}) == [
            "Invalid reference: G/L account"]


def test_changing_a_line_splits_its_vat_anew(purchases):
    entry = purchases.book(CAR)
    path = f"{LINES}(guid'{purchases.line(entry)['ID']}')"
    assert purchases.exact.put(path, {"AmountFC": 200}).status_code == 204
    assert purchases.ledger(entry)[2:] == [("640050", 21, "5  "), ("411000", 21, "5  ")]
    path = f"{LINES}(guid'{purchases.line(entry)['ID']}')"
    body = {"GLAccount": purchases.exact.gl(BE, "604000")}
    assert purchases.exact.put(path, body).status_code == 204
    assert purchases.ledger(entry)[1:] == [("604000", 200, "5  "), ("411000", 42, "5  ")]


def test_percentages_are_fractions_or_whole_numbers(unlogged_exact, switched_unlogged):
    # Lines below their header: a path that no reference page mentions.
    exact, switched = unlogged_exact, switched_unlogged
    purchases = Purchases(exact)
    account = f"{BE}/financial/GLAccounts(guid'{exact.gl(BE, CAR)}')"
    condition = f"{BE}/cashflow/PaymentConditions"
    assert exact.get(account).json()["d"]["VATNonDeductiblePercentage"] == 0.5
    switched(percentages="whole")
    assert exact.get(account).json()["d"]["VATNonDeductiblePercentage"] == 50
    reply = exact.created(PURCHASES, purchases.body(VATNonDeductiblePercentage=35))
    entry = reply["EntryID"]
    assert purchases.ledger(entry)[2] == ("604000", 7.35, "5  ")
    assert purchases.line(entry)["VATNonDeductiblePercentage"] == 35
    below = exact.rows(f"{PURCHASES}(guid'{entry}')/PurchaseEntryLines")
    assert below[0]["VATNonDeductiblePercentage"] == 35
    prefer = {"Prefer": "return=representation"}
    line = f"{LINES}(guid'{below[0]['ID']}')"
    changed = exact.put(line, {"VATNonDeductiblePercentage": 40}, headers=prefer)
    assert changed.status_code == 200
    assert purchases.ledger(entry)[2] == ("604000", 8.4, "5  ")
    halves = exact.rows(condition, filter="Percentage lt 100", select="Code,Percentage")
    assert [(row["Code"], row["Percentage"]) for row in halves] == [("2T", 50)]
    (code,) = exact.rows(f"{BE}/vat/VATCodes", filter="Code eq '5  '", select="Percentage")
    assert code["Percentage"] == 0.21
    switched(percentages="fraction")
    assert purchases.line(entry)["VATNonDeductiblePercentage"] == 0.4


def test_private_use_is_kept_or_booked(purchases, switched):
    entry = purchases.book(PHONE)
    assert purchases.line(entry)["PrivateUsePercentage"] == 0.25
    assert purchases.ledger(entry) == [
        ("440000", -121, None), (PHONE, 100, "5  "), ("411000", 21, "5  ")]
    switched(private_use="booked")
    assert purchases.ledger(purchases.book(PHONE)) == [
        ("440000", -121, None), (PHONE, 75, "5  "), ("416050", 30.25, "5  "),
        ("411000", 15.75, "5  ")]
    both = purchases.book(PHONE, PrivateUsePercentage=0.5, VATNonDeductiblePercentage=0.5)
    assert purchases.ledger(both) == [
        ("440000", -121, None), (PHONE, 50, "5  "), ("416050", 60.5, "5  "),
        (PHONE, 5.25, "5  "), ("411000", 5.25, "5  ")]


def test_dutch_accounts_lose_vat_too(exact):
    entry = exact.created(f"{NL}/purchaseentry/PurchaseEntries", exact.bill(NL) | {
        "PurchaseEntryLines": [{"GLAccount": exact.gl(NL, "4320"), "AmountFC": 100}]})
    lines = exact.rows(f"{NL}/financialtransaction/TransactionLines", orderby="LineNumber",
                       filter=f"EntryID eq guid'{entry['EntryID']}'",
                       select="GLAccountCode,AmountDC")
    assert [(line["GLAccountCode"], line["AmountDC"]) for line in lines] == [
        ("1600", -121), ("4320", 100), ("4390", 10.5), ("1520", 10.5)]
