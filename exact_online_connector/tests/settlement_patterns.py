# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What bookkeepers do with documents in Exact, and how these stand afterwards. facts.md §5

Each document is 100.00 and 21 % VAT in euro; each pattern has relations of its own.
"""

from typing import NamedTuple

INVOICE, CREDIT_NOTE, BILL, REFUND = "out_invoice", "out_refund", "in_invoice", "in_refund"


class Stands(NamedTuple):
    """How a document stands: its state, what is open, when it was paid, by what most of it, and
    by what all of it, each kind once.
    """

    state: str
    open: float
    paid_on: str | None = None
    kind: str | None = None
    kinds: tuple = ()


class Pattern(NamedTuple):
    """``documents``: ``{key: type}``; ``rounds``: what is done, and then ``{key: Stands}``."""

    name: str
    documents: dict
    rounds: list
    options: dict = {}


def day(number):
    return f"2026-11-{number:02}"


def untouched(amount=121.0):
    return Stands("open", amount)


def partly(left, on, kind="payment", *kinds):
    return Stands("partly", left, day(on), kind, kinds or (kind,))


def settled(on, kind="payment", *kinds):
    return Stands("settled", 0.0, day(on), kind, kinds or (kind,))


def one(kind=INVOICE):
    return {"a": kind}


def two(kind=INVOICE, other=None):
    return {"a": kind, "b": other or kind}


# Steps: functions of the books, see ``Books`` in test_payments.py.


def pay(*shares, on, **how):
    """Pay documents, each a key, or a key and an amount."""
    return lambda books: books.pay(shares, on=on, **how)


def do(path, **body):
    return lambda books: books.do(path, **body)


def steps(*several):
    return lambda books: [step(books) for step in several]


PATTERNS = [
    Pattern("nothing happened", one(), [(steps(), {"a": untouched()})]),
    Pattern("paid in full", one(), [(pay("a", on=10), {"a": settled(10)})]),
    Pattern("paid in cash", one(), [(pay("a", on=11, journal="570"), {"a": settled(11)})]),
    Pattern("paid in part", one(), [(pay(("a", 50), on=10), {"a": partly(71, 10)})]),
    Pattern(
        "paid in part, then the rest",
        one(),
        [
            (pay(("a", 50), on=10), {"a": partly(71, 10)}),
            (pay("a", on=20), {"a": settled(20)}),
        ],
    ),
    Pattern(
        "two payments on one day",
        one(),
        [(steps(pay(("a", 50), on=10), pay("a", on=10)), {"a": settled(10)})],
    ),
    Pattern(
        "two invoices, a line of the bank for each",
        two(),
        [(pay("a", "b", on=12), {"a": settled(12), "b": settled(12)})],
    ),
    Pattern(
        "two invoices in one line of the bank",
        two(),
        [(pay("a", "b", on=12, single_line=True), {"a": settled(12), "b": settled(12)})],
    ),
    Pattern(
        "one line of the bank, the second in part",
        two(),
        [
            (
                pay("a", ("b", 21), on=12, single_line=True),
                {"a": settled(12), "b": partly(100, 12)},
            )
        ],
    ),
    Pattern(
        "two invoices of one amount, paid on one day by two entries of the bank",
        two(),
        [(steps(pay("a", on=9), pay("b", on=9)), {"a": settled(9), "b": settled(9)})],
    ),
    Pattern("paid too much", one(), [(pay(("a", 130), on=10), {"a": settled(10)})]),
    Pattern(
        "paid too much, the rest paid back",
        one(),
        [
            (pay(("a", 130), on=10, name="bank"), {"a": settled(10)}),
            (do("refunds", entry="bank", on=15), {"a": settled(10)}),
        ],
    ),
    Pattern(
        "money without a document, matched later",
        one(),
        [
            (pay(on=10, amount=121, name="bank"), {"a": untouched()}),
            (do("match", entry="a", **{"with": "bank"}, on=18), {"a": settled(10)}),
        ],
    ),
    Pattern(
        "money without a document, spread over two",
        two(),
        [
            (pay(on=10, amount=200, name="bank"), {"a": untouched(), "b": untouched()}),
            (
                steps(
                    do("match", entry="a", **{"with": "bank"}, on=18),
                    do("match", entry="b", **{"with": "bank"}, on=19),
                ),
                {"a": settled(10), "b": partly(42, 10)},
            ),
        ],
    ),
    Pattern(
        "un-matched",
        one(),
        [
            (pay("a", on=10), {"a": settled(10)}),
            (do("unmatch", entry="a"), {"a": untouched()}),
        ],
    ),
    Pattern(
        "a part un-matched",
        one(),
        [
            (pay(("a", 50), on=10), {"a": partly(71, 10)}),
            (do("unmatch", entry="a"), {"a": untouched()}),
        ],
    ),
    Pattern(
        "one of two payments un-matched",
        one(),
        [
            (
                steps(pay(("a", 50), on=10), pay("a", on=20, name="second")),
                {"a": settled(20)},
            ),
            (do("unmatch", entry="a", **{"with": "second"}), {"a": partly(71, 10)}),
        ],
    ),
    Pattern(
        "un-matched and matched again",
        one(),
        [
            (pay("a", on=10, name="bank"), {"a": settled(10)}),
            (do("unmatch", entry="a"), {"a": untouched()}),
            (do("match", entry="a", **{"with": "bank"}, on=21), {"a": settled(10)}),
        ],
    ),
    Pattern(
        "the entry of the bank deleted",
        one(),
        [
            (pay("a", on=10, name="bank"), {"a": settled(10)}),
            (do("delete", entry="bank"), {"a": untouched()}),
        ],
    ),
    Pattern(
        "the entry of a part deleted",
        one(),
        [
            (steps(pay(("a", 21), on=10, name="bank"), pay(("a", 50), on=12)), {
                "a": partly(50, 12)
            }),
            (do("delete", entry="bank"), {"a": partly(71, 12)}),
        ],
    ),
    Pattern(
        "moved to another invoice",
        two(),
        [
            (pay("a", on=10, name="bank"), {"a": settled(10), "b": untouched()}),
            (
                do("move-payment", payment="bank", **{"from": "a"}, to="b", on=14),
                {"a": untouched(), "b": settled(10)},
            ),
        ],
    ),
    Pattern(
        "moved in part",
        two(),
        [
            (pay("a", on=10, name="bank"), {"a": settled(10), "b": untouched()}),
            (
                do("move-payment", payment="bank", **{"from": "a"}, to="b", amount=21, on=14),
                {"a": untouched(), "b": partly(100, 10)},
            ),
        ],
    ),
    Pattern(
        "set off against a credit note",
        two(INVOICE, CREDIT_NOTE),
        [
            (
                do("match", entry="a", **{"with": "b"}, on=13),
                {"a": settled(13, "credit"), "b": settled(13, "credit")},
            )
        ],
    ),
    Pattern(
        "set off in part",
        two(INVOICE, CREDIT_NOTE),
        [
            (
                do("credit", invoice="a", credit_note="b", amount=40, on=13),
                {"a": partly(81, 13, "credit"), "b": partly(81, 13, "credit")},
            )
        ],
    ),
    Pattern(
        "a credit note set off, then un-matched",
        two(INVOICE, CREDIT_NOTE),
        [
            (
                do("match", entry="a", **{"with": "b"}, on=13),
                {"a": settled(13, "credit"), "b": settled(13, "credit")},
            ),
            (do("unmatch", entry="b"), {"a": untouched(), "b": untouched()}),
        ],
    ),
    Pattern(
        "a credit note for two invoices",
        {"a": INVOICE, "b": INVOICE, "c": CREDIT_NOTE},
        [
            (
                steps(
                    do("credit", invoice="a", credit_note="c", amount=100, on=13),
                    do("credit", invoice="b", credit_note="c", on=14),
                ),
                {
                    "a": partly(21, 13, "credit"),
                    "b": partly(100, 14, "credit"),
                    "c": settled(14, "credit"),
                },
            )
        ],
    ),
    Pattern(
        "set off in part, the rest paid",
        two(INVOICE, CREDIT_NOTE),
        [
            (
                steps(
                    do("credit", invoice="a", credit_note="b", amount=40, on=13), pay("a", on=16)
                ),
                {
                    "a": settled(16, "payment", "credit", "payment"),
                    "b": partly(81, 13, "credit"),
                },
            )
        ],
    ),
    Pattern(
        "a credit note paid back",
        one(CREDIT_NOTE),
        [(do("refunds", entry="a", on=17), {"a": settled(17)})],
    ),
    Pattern(
        "a credit note paid back in part",
        one(CREDIT_NOTE),
        [(do("refunds", entry="a", amount=21, on=17), {"a": partly(100, 17)})],
    ),
    Pattern(
        "a credit note set off in part, the rest paid back",
        two(INVOICE, CREDIT_NOTE),
        [
            (
                steps(
                    do("credit", invoice="a", credit_note="b", amount=40, on=13),
                    do("refunds", entry="b", on=17),
                ),
                {
                    "a": partly(81, 13, "credit"),
                    "b": settled(17, "payment", "credit", "payment"),
                },
            )
        ],
    ),
    Pattern(
        "invoice and credit note in one payment",
        {"a": INVOICE, "b": INVOICE, "c": CREDIT_NOTE},
        [
            (
                pay("a", "b", "c", on=19, single_line=True),
                {"a": settled(19, None), "b": settled(19, None), "c": settled(19, None)},
            )
        ],
    ),
    Pattern(
        "a payment difference",
        one(),
        [
            (pay(("a", 120.5), on=10), {"a": partly(0.5, 10)}),
            (
                do("write-off", entry="a", on=22),
                {"a": settled(10, "payment", "difference", "payment")},
            ),
        ],
    ),
    Pattern(
        "written off as a whole",
        one(),
        [(do("write-off", entry="a", on=22), {"a": settled(22, "difference")})],
    ),
    Pattern(
        "written off with its VAT",
        one(),
        [(do("write-off", entry="a", vat_code="5", on=23), {"a": settled(23, "journal")})],
    ),
    Pattern(
        "a write-off undone",
        one(),
        [
            (do("write-off", entry="a", amount=21, on=22), {"a": partly(100, 22, "difference")}),
            (do("unmatch", entry="a"), {"a": untouched()}),
        ],
    ),
    Pattern(
        "paid in dollars at another rate",
        one(),
        [
            (
                pay("a", on=10, rate=0.95),
                {"a": settled(10, "payment", "exchange", "payment")},
            )
        ],
        {"currency": "USD"},
    ),
    Pattern(
        "paid in dollars in part",
        one(),
        [(pay(("a", 21), on=10), {"a": partly(100, 10)})],
        {"currency": "USD"},
    ),
    Pattern(
        "an exchange difference by hand",
        one(),
        [
            (
                steps(pay(("a", 120), on=10), do("exchange-difference", entry="a", on=24)),
                {"a": settled(10, "payment", "exchange", "payment")},
            )
        ],
        {"currency": "USD"},
    ),
    Pattern(
        "two instalments, one after the other",
        one(),
        [
            (pay(("a", 60.5), on=10), {"a": partly(60.5, 10)}),
            (pay("a", on=25), {"a": settled(25)}),
        ],
        {"instalments": True},
    ),
    Pattern(
        "more than the first instalment",
        one(),
        [(pay(("a", 100), on=10), {"a": partly(21, 10)})],
        {"instalments": True},
    ),
    Pattern(
        "a direct debit",
        two(),
        [
            (do("batches", name="batch", entries=["a", "b"]), {"a": untouched(), "b": untouched()}),
            (do("batches/send", batch="batch"), {"a": untouched(), "b": untouched()}),
            (do("batches/book", batch="batch", on=26), {"a": settled(26), "b": settled(26)}),
        ],
    ),
    Pattern(
        "a direct debit of several relations",
        two(),
        [
            (do("batches", name="batch", entries=["a", "b"]), {"a": untouched(), "b": untouched()}),
            (do("batches/send", batch="batch"), {}),
            (do("batches/book", batch="batch", on=26), {"a": settled(26), "b": settled(26)}),
        ],
        {"relations": "ab"},
    ),
    Pattern(
        "a direct debit dissolved",
        one(),
        [
            (do("batches", name="batch", entries=["a"]), {"a": untouched()}),
            (do("batches/cancel", batch="batch"), {"a": untouched()}),
        ],
    ),
    Pattern("a bill paid", one(BILL), [(pay("a", on=10), {"a": settled(10)})]),
    Pattern("a bill paid in part", one(BILL), [(pay(("a", 21), on=10), {"a": partly(100, 10)})]),
    Pattern(
        "bills in one line of the bank",
        two(BILL),
        [(pay("a", "b", on=12, single_line=True), {"a": settled(12), "b": settled(12)})],
    ),
    Pattern("a bill paid too much", one(BILL), [(pay(("a", 130), on=10), {"a": settled(10)})]),
    Pattern(
        "a bill un-matched",
        one(BILL),
        [
            (pay("a", on=10), {"a": settled(10)}),
            (do("unmatch", entry="a"), {"a": untouched()}),
        ],
    ),
    Pattern(
        "a bill set off against its refund",
        two(BILL, REFUND),
        [
            (
                do("match", entry="a", **{"with": "b"}, on=13),
                {"a": settled(13, "credit"), "b": settled(13, "credit")},
            )
        ],
    ),
    Pattern(
        "a refund of a bill received",
        one(REFUND),
        [(do("refunds", entry="a", on=17), {"a": settled(17)})],
    ),
    Pattern(
        "a payment difference on a bill",
        one(BILL),
        [
            (
                steps(pay(("a", 120), on=10), do("write-off", entry="a", on=22)),
                {"a": settled(10, "payment", "difference", "payment")},
            )
        ],
    ),
    Pattern(
        "bills paid in a batch",
        two(BILL),
        [
            (do("batches", name="batch", entries=["a", "b"]), {"a": untouched(), "b": untouched()}),
            (do("batches/send", batch="batch"), {"a": untouched(), "b": untouched()}),
            (do("batches/book", batch="batch", on=26), {"a": settled(26), "b": settled(26)}),
        ],
    ),
    Pattern(
        "the payment of a bill deleted",
        one(BILL),
        [
            (pay("a", on=10, name="bank"), {"a": settled(10)}),
            (do("delete", entry="bank"), {"a": untouched()}),
        ],
    ),
]
