# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Amounts survive storage to the cent, VAT adds up, due dates follow the documented example."""

from datetime import datetime
from decimal import Decimal

import pytest
from exact_simulator import clock, odata, schema, store, vat
from exact_simulator.resources.accounts import is_valid_vat_number
from exact_simulator.resources.entry_draft import due_date
from hypothesis import given
from hypothesis import strategies as st

CENTS = st.decimals("-99999999.99", "99999999.99", places=2)
EXCLUSIVE = {"Code": "5  ", "Type": "E", "Charged": False}


@given(CENTS)
def test_an_amount_comes_back_as_it_went_in(amount):
    assert store.decode("Double", store.encode("Double", amount)) == amount


def test_floats_are_refused():
    with pytest.raises(TypeError):
        store.encode("Double", 0.1)


@given(st.lists(CENTS, min_size=1, max_size=8))
def test_vat_per_code_and_document_is_the_rounded_sum(amounts):
    for rounding in ("code", "document"):
        lines = [vat.TaxedLine(amount, EXCLUSIVE, Decimal("0.21")) for amount in amounts]
        vat.compute(lines, rounding=rounding)
        assert sum(line.vat for line in lines) == vat.cents(sum(amounts) * Decimal("0.21"))


@given(CENTS)
def test_inclusive_base_and_vat_add_up_to_the_gross(amount):
    line = vat.TaxedLine(amount, EXCLUSIVE | {"Type": "I"}, Decimal("0.21"))
    vat.compute([line])
    assert line.base + line.vat == amount


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=30))
def test_any_text_can_be_filtered_for(text):
    literal = text.replace("'", "''")
    resource = schema.find("crm/Accounts")
    query = odata.parse_query(
        "$filter=" + odata.urllib.parse.quote(f"Name eq '{literal}'"), resource)
    assert query.filter.params == (text,)


def test_due_date_goes_to_the_end_of_the_month_first():
    condition = {"PaymentEndOfMonths": 2, "PaymentDays": 15}
    assert due_date(condition, datetime(2026, 1, 17)) == datetime(2026, 4, 15)


def test_created_is_dutch_wall_clock():
    assert clock.dutch_wall_clock(datetime(2026, 3, 29, 0, 59)) == datetime(2026, 3, 29, 1, 59)
    assert clock.dutch_wall_clock(datetime(2026, 3, 29, 1, 0)) == datetime(2026, 3, 29, 3, 0)
    assert clock.dutch_wall_clock(datetime(2026, 10, 25, 1, 0)) == datetime(2026, 10, 25, 2, 0)


@pytest.mark.parametrize(("number", "valid"), [
    ("BE0403.401.923", False), ("BE0403170701", True), ("NL8037.25.802.B01", True),
    ("NL803725803B01", False), ("DE123456789", True)])
def test_vat_numbers(number, valid):
    assert is_valid_vat_number(number) is valid
