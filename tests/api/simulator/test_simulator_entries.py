# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 3.4, 3.5, 4.6, 4.7, 8: sales and purchase entries, stored and refused."""

import pytest
from simulator_driver import BE, BE_FR, NL, NL_B, NL_C

UNKNOWN = "99999999-0000-0000-0000-000000000000"


def sales(division=BE):
    return f"{division}/salesentry/SalesEntries"


def purchases(division=BE):
    return f"{division}/purchaseentry/PurchaseEntries"


def in_full(exact, division, entry_id):
    entries = exact.server.control(f"{division}/entries")["entries"]
    return next(each for each in entries if each["entry_id"] == entry_id)


def ledger(exact, division, entry_id):
    return [(line.get("GLAccountCode"), line["AmountDC"])
            for line in in_full(exact, division, entry_id)["ledger_lines"]]


# --- what Exact fills in --------------------------------------------------------------------------


def test_reply_is_the_full_header_with_lines_deferred(exact):
    entry = exact.created(sales(), exact.invoice(BE, 100, 50, YourRef="INV/1"))
    assert (entry["AmountFC"], entry["VATAmountFC"], entry["Type"], entry["Status"]) == (
        181.5, 31.5, 20, 20)
    assert entry["InvoiceNumber"] == entry["EntryNumber"]
    assert entry["CustomerName"] == "Brouwerij De Zwaan NV"
    assert "__deferred" in entry["SalesEntryLines"]
    lines = exact.rows(f"{BE}/salesentry/SalesEntryLines", select="AmountFC,VATAmountFC,VATCode",
                       filter=f"EntryID eq guid'{entry['EntryID']}'")
    assert sorted((line["AmountFC"], line["VATAmountFC"], line["VATCode"]) for line in lines) == [
        (50, 10.5, "5  "), (100, 21, "5  ")]


def test_reply_can_be_200_with_lines_by_switch(exact, switched):
    switched(post_status="200", post_reply_lines="expanded")
    reply = exact.post(f"{NL}/salesentry/SalesEntries", exact.invoice(NL, 1))
    assert reply.status_code == 200
    assert len(reply.json()["d"]["SalesEntryLines"]["results"]) == 1


def test_entry_numbers_follow_year_journal_counter(exact):
    year = exact.server.control("state")["clock"][2:4]
    first, second = (exact.created(sales(NL_B), exact.invoice(NL_B, 1)) for _ in range(2))
    assert [first["EntryNumber"], second["EntryNumber"]] == [int(f"{year}800001"),
                                                             int(f"{year}800002")]
    entry = exact.created(sales(BE_FR), exact.invoice(BE_FR, 1))
    assert entry["EntryNumber"] == int(f"{year}700001")
    body = exact.invoice(NL_C, 1) | {"Journal": "VER"}
    assert str(exact.created(sales(NL_C), body)["EntryNumber"]).startswith(year)


def test_own_entry_number_is_kept_and_is_unique_in_its_journal(exact):
    body = exact.invoice(BE, 1, EntryNumber=4711)
    assert exact.created(sales(), body)["EntryNumber"] == 4711
    assert exact.texts(sales(), body) == ["In use: Entry number"]
    assert exact.created(sales(), body | {"Journal": "701"})["EntryNumber"] == 4711


def test_due_date_comes_from_the_payment_condition(exact):
    body = exact.invoice(BE, 1, EntryDate="2026-05-30")
    body["EntryDate"] = exact.server.control("state")["clock"][:4] + "-05-30"
    start = exact.created(sales(), body)
    assert start["PaymentCondition"] == "30"
    day = 86_400_000
    dates = [int(start[name][6:-2]) // day for name in ("EntryDate", "DueDate")]
    assert dates[1] - dates[0] == 30
    end_of_month = exact.created(sales(), body | {"PaymentCondition": "3E"})
    assert int(end_of_month["DueDate"][6:-2]) // day - dates[0] == 31  # 30 May -> 30 June


def test_period_comes_from_the_date(exact):
    year = int(exact.server.control("state")["clock"][:4])
    entry = exact.created(sales(), exact.invoice(BE, 1, EntryDate=f"{year}-08-15"))
    assert (entry["ReportingYear"], entry["ReportingPeriod"]) == (year, 8)


def test_a_purchase_makes_its_own_document(exact):
    entry = exact.created(purchases(), exact.bill(BE, 100, YourRef="F 1", Description="Paper"))
    assert entry["Document"] and entry["DocumentSubject"] == "Paper"
    document = exact.get(f"{BE}/documents/Documents(guid'{entry['Document']}')").json()["d"]
    assert (document["Type"], document["FinancialTransactionEntryID"]) == (20, entry["EntryID"])


def test_line_with_amount_dc_only_is_booked_as_zero(unlogged_exact):
    body = unlogged_exact.bill(BE, 1)
    body["PurchaseEntryLines"][0]["AmountDC"] = body["PurchaseEntryLines"][0].pop("AmountFC")
    assert unlogged_exact.created(purchases(), body)["AmountFC"] == 0


def test_gl_account_of_another_administration_is_stored_as_null(exact):
    body = exact.invoice(BE, 100)
    body["SalesEntryLines"][0]["GLAccount"] = exact.gl(NL, "8000")
    entry = exact.created(sales(), body)
    (line,) = exact.rows(f"{BE}/salesentry/SalesEntryLines", select="GLAccount",
                         filter=f"EntryID eq guid'{entry['EntryID']}'")
    assert line["GLAccount"] is None


def test_client_guid_is_ignored_or_honoured(exact, switched):
    own = "12345678-0000-4000-8000-00000000000a"
    assert exact.created(sales(), exact.invoice(BE, 1, EntryID=own))["EntryID"] != own
    switched(client_guid="honoured")
    assert exact.created(sales(), exact.invoice(BE, 1, EntryID=own))["EntryID"] == own


def test_numeric_texts_and_zoned_dates_are_accepted(exact):
    year = exact.server.control("state")["clock"][:4]
    entry = exact.created(sales(), exact.invoice(BE, "12.34", EntryDate=f"{year}-06-01T00:00:00Z"))
    assert entry["AmountFC"] == 14.93


# --- what is refused ------------------------------------------------------------------------------


def test_every_reason_comes_at_once_joined_by_cr_lf(exact):
    reply = exact.post(sales(), {"SalesEntryLines": [{"AmountFC": 1}]}, refused=True)
    assert reply.status_code == 500
    assert reply.json() == {"error": {"code": "", "message": {"lang": "", "value":
        "Mandatory: Customer\r\nMandatory: Journal\r\nMandatory: G/L account"}}}


@pytest.mark.parametrize(("language", "text"), [
    ("en", "Invalid: Customer (Type)"), ("nl", "Ongeldig: Klant (Type)"),
    ("fr", "Non valide: Client (Type)")])
def test_customer_must_have_status_c(exact, switched, language, text):
    body = exact.invoice(BE, 1) | {"Customer": exact.relation(BE, "107")}
    switched(language=language)
    assert exact.texts(sales(), body) == [text]


def test_supplier_needs_the_flag(exact):
    body = exact.bill(BE, 1) | {"Supplier": exact.relation(BE, "106")}
    assert exact.texts(purchases(), body) == ["Invalid: Supplier (Type)"]


def test_blocked_relation(exact):
    body = exact.invoice(BE, 1) | {"Customer": exact.relation(BE, "108")}
    assert exact.texts(sales(), body) == ["Blocked: Customer"]


@pytest.mark.parametrize(("journal", "text"), [
    ("777", "Invalid reference: Journal"), (UNKNOWN, "Invalid reference: Journals"),
    ("600", "Invalid: Journal (type)"), ("709", "Blocked: Journal")])
def test_journal_must_exist_fit_and_be_open(exact, journal, text):
    assert exact.texts(sales(), exact.invoice(BE, 1) | {"Journal": journal}) == [text]


def test_closed_period(exact):
    year = int(exact.server.control("state")["clock"][:4])
    exact.server.control(f"{BE}/close-period", {"year": year, "period": 9, "journal": "700"})
    body = exact.invoice(BE, 1, EntryDate=f"{year}-09-10")
    assert exact.texts(sales(), body) == [f"Period is closed: {year} - 9"]
    assert exact.created(sales(), body | {"Journal": "701"})
    exact.server.control(f"{BE}/open-period", {"year": year, "period": 9})
    assert exact.created(sales(), body)


def test_missing_year(exact):
    body = exact.invoice(BE, 1, EntryDate="2001-01-01")
    assert exact.texts(sales(), body) == ["Unknown: Financial year (Period-date table)"]
    next_year = int(exact.server.control("state")["clock"][:4]) + 1
    body = exact.invoice(NL_C, 1, EntryDate=f"{next_year}-02-01")
    assert exact.texts(sales(NL_C), body) == ["Unknown: Financial year (Period-date table)"]


@pytest.mark.parametrize(("code", "text"), [
    ("XYZ", "Invalid reference: VAT code"), ("EA", "Not allowed: VAT code"),
    ("OUD", "Not allowed: VAT code")])
def test_vat_code_must_exist_and_be_allowed(exact, code, text):
    assert exact.texts(sales(), exact.invoice(BE, 1, line={"VATCode": code})) == [text]


def test_gl_account_must_exist_and_be_open(exact):
    body = exact.invoice(BE, 1)
    body["SalesEntryLines"][0]["GLAccount"] = UNKNOWN
    assert exact.texts(sales(), body) == ["Invalid reference: G/L account"]
    body["SalesEntryLines"][0]["GLAccount"] = exact.gl(BE, "999000")
    assert exact.texts(sales(), body) == ["Blocked: G/L account"]


def test_cost_center_must_exist(exact):
    assert exact.created(sales(), exact.invoice(BE, 1, line={"CostCenter": "ADM"}))
    body = exact.invoice(BE, 1, line={"CostCenter": "NONE"})
    assert exact.texts(sales(), body) == ["Invalid reference: Cost center"]


def test_unknown_payment_condition(exact):
    body = exact.invoice(BE, 1, PaymentCondition="99")
    assert exact.texts(sales(), body) == ["Invalid reference: Payment condition"]


def test_receivables_account_must_be_that_of_the_journal(exact):
    account = exact.created(f"{BE}/crm/Accounts", {
        "Name": "Odd", "Status": "C", "GLAR": exact.gl(BE, "416000")})["ID"]
    (text,) = exact.texts(sales(), exact.invoice(BE, 1) | {"Customer": account})
    assert "416000" in text and "400000" in text


@pytest.mark.parametrize("change", [
    {"Nonsense": 1}, {"Customer": "no guid"}, {"EntryDate": "yesterday"}, {"CustomerName": "x"},
    {"EntryNumber": "many"}, {"Reversal": 1}, {"YourRef": 7}, {"SalesEntryLines": {}},
    {"SalesEntryLines": [{"AmountFC": "much"}]}])
def test_unreadable_bodies_are_400(exact, change):
    exact.texts(sales(), exact.invoice(BE, 1) | change, status=400)


def test_broken_json_is_400(exact):
    reply = exact.request("POST", sales(), data=b'{"Customer":', refused=True)
    assert reply.status_code == 400


# --- VAT ------------------------------------------------------------------------------------------


def test_vat_is_rounded_per_line_code_or_document(exact, switched):
    body = exact.invoice(BE, 0.12, 0.12, 0.12)
    totals = []
    for level in ("line", "code", "document"):
        switched(vat_rounding=level)
        totals.append(exact.created(sales(), body)["AmountFC"])
    assert totals == [0.45, 0.44, 0.44]


def test_inclusive_code_takes_the_amount_as_gross_or_net(exact, switched):
    body = exact.invoice(BE, 121, line={"VATCode": "6"})
    entry = exact.created(sales(), body)
    assert (entry["AmountFC"], entry["VATAmountFC"]) == (121, 21)
    switched(inclusive_amount="net")
    assert exact.created(sales(), body)["AmountFC"] == 146.41


def test_vat_amount_of_a_line_overrides_within_the_tolerance(exact, switched):
    body = exact.invoice(BE, 100, line={"VATAmountFC": 21.05})
    assert exact.created(sales(), body)["AmountFC"] == 121.05
    switched(vat_override_tolerance="0.10")
    assert exact.created(sales(), body)["AmountFC"] == 121.05
    for tolerance in ("0.02", "refuse"):
        switched(vat_override_tolerance=tolerance)
        assert exact.texts(sales(), body) == [
            "VAT amount differs from the calculated amount: 21.05 instead of 21.00"]


def test_header_vat_is_ignored_or_enforced(exact, switched):
    body = exact.invoice(BE, 826.45, VATAmountFC=210)
    assert exact.created(sales(), body)["VATAmountFC"] == 173.55
    switched(header_vat="enforced")
    assert exact.created(sales(), body)["AmountFC"] == 1036.45


def test_vat_that_rounds_to_nothing_makes_no_line(exact):
    entry = exact.created(sales(), exact.invoice(BE, 0.01))
    assert ledger(exact, BE, entry["EntryID"]) == [("400000", 0.01), ("700000", -0.01)]


def test_ledger_of_a_sale_and_of_a_purchase(exact):
    sale = exact.created(sales(), exact.invoice(BE, 100, 50))
    assert ledger(exact, BE, sale["EntryID"]) == [
        ("400000", 181.5), ("700000", -100), ("700000", -50), ("451000", -31.5)]
    purchase = exact.created(purchases(), exact.bill(BE, 100))
    assert ledger(exact, BE, purchase["EntryID"]) == [
        ("440000", -121), ("604000", 100), ("411000", 21)]


def test_reverse_charge_is_owed_and_claimed(exact):
    entry = exact.created(purchases(), exact.bill(BE, 100, line={"VATCode": "EA"}))
    assert entry["AmountFC"] == 100
    assert ledger(exact, BE, entry["EntryID"]) == [
        ("440000", -100), ("604000", 100), ("411000", 21), ("451055", -21)]


# --- credit notes ---------------------------------------------------------------------------------


def test_negative_total_becomes_a_credit_note(exact, switched):
    entry = exact.created(sales(), exact.invoice(BE, -100))
    assert (entry["Type"], entry["AmountFC"]) == (21, -121)
    assert ledger(exact, BE, entry["EntryID"])[0] == ("400000", -121)
    assert exact.created(purchases(), exact.bill(BE, -100))["Type"] == 31
    switched(credit_note_type="20")
    assert exact.created(sales(), exact.invoice(BE, -100))["Type"] == 20


def test_positive_credit_note_is_kept_flipped_or_refused(unlogged_exact, switched_unlogged):
    exact = unlogged_exact
    body = exact.invoice(BE, 100, Type=21)
    entry = exact.created(sales(), body)
    assert (entry["Type"], entry["AmountFC"]) == (21, 121)
    switched_unlogged(positive_credit_note="flip")
    assert exact.created(sales(), body)["AmountFC"] == -121
    switched_unlogged(positive_credit_note="refuse")
    assert exact.texts(sales(), body) == ["Not allowed: Amount"]


# --- texts and currencies -------------------------------------------------------------------------


def test_long_texts_are_cut_refused_or_kept(exact, switched):
    body = exact.invoice(BE, 1, YourRef="R" * 40, Description="D" * 70)
    entry = exact.created(sales(), body)
    assert (len(entry["YourRef"]), len(entry["Description"])) == (30, 60)
    switched(your_ref_length="unlimited", description_length="unlimited")
    assert len(exact.created(sales(), body)["YourRef"]) == 40
    switched(your_ref_length="refuse", description_length="refuse")
    assert exact.texts(sales(), body) == ["Your ref. - Maximum length: 30",
                                          "Description - Maximum length: 60"]


def test_structured_reference_is_kept_stripped_or_refused(exact, switched):
    body = exact.invoice(BE, 1, PaymentReference="+++123/4567/89002+++")
    assert exact.created(sales(), body)["PaymentReference"] == "+++123/4567/89002+++"
    switched(payment_reference="strip")
    assert exact.created(sales(), body)["PaymentReference"] == "123456789002"
    switched(payment_reference="refuse")
    assert exact.texts(sales(), body) == ["Invalid: Payment reference"]


def test_foreign_currency_follows_the_journals_flags(exact, switched):
    body = exact.invoice(BE, 100, Currency="USD", Rate=0.9)
    assert "Not allowed: Currency" in exact.texts(sales(), body)
    body["Journal"] = "702"
    entry = exact.created(sales(), body)
    assert (entry["AmountFC"], entry["AmountDC"], entry["Rate"]) == (121, 108.9, 0.9)
    assert sum(amount for _, amount in ledger(exact, BE, entry["EntryID"])) == pytest.approx(0)
    del body["Rate"]
    assert exact.texts(sales(), body) == ["Exchange rate - Must be greater than: 0"]
    body = exact.invoice(BE, 100, Rate=1.5)
    assert exact.texts(sales(), body) == ["Not allowed: Exchange rate"]


def test_without_a_rate_of_its_own_an_entry_takes_the_listed_one(exact):
    exact.created(f"{BE}/financial/Journals", {
        "Code": "703", "Description": "Listed rates", "Type": 20, "AllowVariableCurrency": True,
        "GLAccount": exact.gl(BE, "400000")})
    body = exact.invoice(BE, 100, 0.05, Currency="USD", Journal="703")
    entry = exact.created(sales(), body)
    assert (entry["Rate"], entry["AmountFC"], entry["AmountDC"]) == (0.92, 121.06, 111.38)
    lines = exact.rows(f"{BE}/salesentry/SalesEntryLines", select="AmountDC", orderby="LineNumber",
                       filter=f"EntryID eq guid'{entry['EntryID']}'")
    assert [line["AmountDC"] for line in lines] == [92, 0.05]
    assert exact.texts(sales(), body | {"Rate": 0.9}) == ["Not allowed: Exchange rate"]
    assert exact.texts(sales(), body | {"Currency": "JPY"}) == [
        "Exchange rate - Must be greater than: 0"]


# --- changing and deleting ------------------------------------------------------------------------


def test_put_changes_small_things_and_links_a_document(exact):
    entry = exact.created(sales(), exact.invoice(BE, 1))
    path = f"{sales()}(guid'{entry['EntryID']}')"
    document = exact.created(f"{BE}/documents/Documents", {"Subject": "Invoice", "Type": 10})["ID"]
    reply = exact.put(path, {"YourRef": "changed", "Document": document})
    assert (reply.status_code, reply.text) == (204, "")
    changed = exact.get(path).json()["d"]
    assert (changed["YourRef"], changed["Document"]) == ("changed", document)
    reply = exact.put(path, {"YourRef": "again"}, headers={"Prefer": "return=representation"})
    assert (reply.status_code, reply.json()["d"]["YourRef"]) == (200, "again")


def test_put_with_lines_is_400(exact):
    entry = exact.created(sales(), exact.invoice(BE, 1))
    path = f"{sales()}(guid'{entry['EntryID']}')"
    reply = exact.put(path, {"SalesEntryLines": [{"AmountFC": 2}]}, refused=True)
    assert reply.status_code == 400
    assert "Binding to new entities" in reply.json()["error"]["message"]["value"]


def test_put_can_be_refused_and_processed_entries_stay(exact, switched):
    entry = exact.created(sales(), exact.invoice(BE, 1))
    path = f"{sales()}(guid'{entry['EntryID']}')"
    switched(put_entry="refused")
    assert exact.put(path, {"YourRef": "x"}, refused=True).status_code == 500
    switched(put_entry="allowed")
    exact.server.control(f"{BE}/process", {"entry": entry["EntryID"]})
    assert exact.texts(path, {"YourRef": "x"}, method="PUT") == ["Already processed"]
    assert exact.delete(path, refused=True).status_code == 500


def test_lines_are_added_and_deleted_on_their_own(exact):
    entry = exact.created(sales(), exact.invoice(BE, 100))
    path = f"{sales()}(guid'{entry['EntryID']}')"
    line = exact.created(f"{BE}/salesentry/SalesEntryLines", {
        "EntryID": entry["EntryID"], "GLAccount": exact.gl(BE, "700000"), "AmountFC": 10})
    assert exact.get(path).json()["d"]["AmountFC"] == 133.1
    lines = exact.rows(f"{BE}/salesentry/SalesEntryLines", select="ID",
                       filter=f"EntryID eq guid'{entry['EntryID']}'")
    assert line["ID"] in [each["ID"] for each in lines]
    for each in lines:
        gone = exact.delete(f"{BE}/salesentry/SalesEntryLines(guid'{each['ID']}')")
        assert gone.status_code == 204
    assert exact.get(path, refused=True).status_code == 404


def test_deleted_entry_leaves_the_ledger_and_says_so(exact):
    entry = exact.created(sales(), exact.invoice(BE, 100))
    term = in_full(exact, BE, entry["EntryID"])["terms"][0]["ID"]
    assert exact.delete(f"{sales()}(guid'{entry['EntryID']}')").status_code == 204
    deleted = exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                         select="EntityType,EntityKey")
    assert (10, term) in [(row["EntityType"], row["EntityKey"]) for row in deleted]


# --- purchases: changed, rejected, deleted --------------------------------------------------------


@pytest.fixture
def bill(exact):
    """The address of an open purchase entry of 100.00 and its VAT."""
    return f"{purchases()}(guid'{exact.created(purchases(), exact.bill(BE, 100))['EntryID']}')"


def purchase_lines(exact, bill):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    return exact.rows(f"{BE}/purchaseentry/PurchaseEntryLines", select="ID,AmountFC",
                      filter=f"EntryID eq guid'{entry_id}'", orderby="LineNumber")


def test_an_open_purchase_is_changed_in_its_header_only(exact, bill):
    assert exact.put(bill, {"YourRef": "F 2", "Description": "Later"}).status_code == 204
    changed = exact.get(bill).json()["d"]
    assert (changed["YourRef"], changed["Description"], changed["AmountFC"]) == (
        "F 2", "Later", 121)
    (term,) = in_full(exact, BE, changed["EntryID"])["terms"]
    assert term["YourRef"] == "F 2"
    reply = exact.put(bill, {"PurchaseEntryLines": [{"AmountFC": 2}]}, refused=True)
    assert reply.status_code == 400


def test_lines_of_a_purchase_are_added_and_deleted(exact, bill):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    exact.created(f"{BE}/purchaseentry/PurchaseEntryLines", {
        "EntryID": entry_id, "GLAccount": exact.gl(BE, "604000"), "AmountFC": 10})
    assert exact.get(bill).json()["d"]["AmountFC"] == 133.1
    assert ledger(exact, BE, entry_id)[0] == ("440000", -133.1)
    first, last = purchase_lines(exact, bill)
    path = f"{BE}/purchaseentry/PurchaseEntryLines"
    assert exact.delete(f"{path}(guid'{first['ID']}')").status_code == 204
    (left,) = purchase_lines(exact, bill)
    assert left["AmountFC"] == last["AmountFC"]
    before = in_full(exact, BE, entry_id)
    assert exact.delete(f"{path}(guid'{left['ID']}')").status_code == 204
    assert exact.get(bill, refused=True).status_code == 404
    assert gone(exact) >= {(1, line["ID"]) for line in before["ledger_lines"]} | {
        (10, term["ID"]) for term in before["terms"]}


def gone(exact):
    deleted = exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                         select="EntityType,EntityKey")
    return {(row["EntityType"], row["EntityKey"]) for row in deleted}


def test_a_deleted_purchase_is_gone_from_ledger_and_terms(exact, bill):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    before = in_full(exact, BE, entry_id)
    assert exact.delete(bill).status_code == 204
    assert gone(exact) >= {(1, line["ID"]) for line in before["ledger_lines"]} | {
        (10, term["ID"]) for term in before["terms"]}


def test_a_processed_purchase_stays(exact, bill, switched):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    (line,) = purchase_lines(exact, bill)
    exact.server.control(f"{BE}/process", {"entry": entry_id})
    switched(language="nl")
    own = f"{BE}/purchaseentry/PurchaseEntryLines"
    for method, path, body in (
            ("PUT", bill, {"YourRef": "x"}), ("DELETE", bill, None),
            ("PUT", f"{own}(guid'{line['ID']}')", {"AmountFC": 1}),
            ("DELETE", f"{own}(guid'{line['ID']}')", None),
            ("POST", own, {"EntryID": entry_id, "GLAccount": exact.gl(BE, "604000"),
                           "AmountFC": 1})):
        assert exact.texts(path, body, method=method) == ["Reeds verwerkt"]


def test_a_purchase_in_a_closed_period_stays(exact, switched):
    year = int(exact.server.control("state")["clock"][:4])
    entry = exact.created(purchases(), exact.bill(BE, 100, EntryDate=f"{year}-10-05"))
    path = f"{purchases()}(guid'{entry['EntryID']}')"
    exact.server.control(f"{BE}/close-period", {"year": year, "period": 10, "journal": "600"})
    switched(language="nl")
    for method, body in (("PUT", {"YourRef": "x"}), ("DELETE", None)):
        assert exact.texts(path, body, method=method) == [f"Periode is afgesloten: {year} - 10"]
    exact.server.control(f"{BE}/open-period", {"year": year, "period": 10})
    assert exact.delete(path).status_code == 204


def test_the_last_line_of_a_matched_entry_stays(exact, bill):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    exact.server.control(f"{BE}/payments", {"documents": [{"entry": entry_id, "amount": 1}]})
    (line,) = purchase_lines(exact, bill)
    path = f"{BE}/purchaseentry/PurchaseEntryLines(guid'{line['ID']}')"
    assert exact.texts(path, None, method="DELETE") == ["Not allowed: the entry is matched"]


def test_a_rejected_purchase_is_changed_and_open_again_or_fixed(exact, bill, switched):
    entry_id = exact.get(bill).json()["d"]["EntryID"]
    exact.server.control(f"{BE}/reject", {"entry": entry_id})
    rejected = exact.get(bill).json()["d"]
    assert (rejected["Status"], rejected["StatusDescription"]) == (5, "Rejected")
    terms = exact.rows(f"{BE}/sync/Cashflow/PaymentTerms", filter="Timestamp gt 1L",
                       select="TransactionEntryID,ApprovalStatus,Status")
    assert [(term["ApprovalStatus"], term["Status"]) for term in terms
            if term["TransactionEntryID"] == entry_id] == [(5, 20)]
    assert exact.server.control(f"{BE}/reject", {"entry": entry_id}, status=400)["error"]
    switched(rejected_entry="fixed")
    for method, body in (("PUT", {"YourRef": "x"}), ("DELETE", None)):
        assert exact.texts(bill, body, method=method) == ["Not allowed: Status"]
    switched(rejected_entry="changeable")
    assert exact.put(bill, {"YourRef": "x"}).status_code == 204
    assert exact.get(bill).json()["d"]["Status"] == 20
    assert {line["Status"] for line in in_full(exact, BE, entry_id)["ledger_lines"]} == {20}
    exact.server.control(f"{BE}/reject", {"entry": entry_id})
    assert exact.delete(bill).status_code == 204


def test_only_a_purchase_is_rejected(exact):
    sale = exact.created(sales(), exact.invoice(BE, 1))["EntryID"]
    reply = exact.server.control(f"{BE}/reject", {"entry": sale}, status=400)
    assert reply["error"] == "Only a purchase entry can be rejected."


def test_yourref_finds_up_to_forty_entries_in_one_call(exact):
    for number in range(3):
        exact.created(sales(), exact.invoice(BE, 1, YourRef=f"LOOK/{number}"))
    condition = " or ".join(f"YourRef eq 'LOOK/{number}'" for number in range(40))
    found = exact.rows(sales(), filter=condition, select="YourRef,EntryID,AmountFC")
    assert len(found) == 3
