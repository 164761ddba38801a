# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from datetime import timedelta

from markupsafe import Markup, escape
from psycopg2.errors import UniqueViolation

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.own_transaction import CONFLICTS, is_database_gone
from .general_entry import _begins_with
from .mirrored_lines import HASHED, LOCKED, Obstacle, amount_text
from .verdicts import Outcome

_logger = logging.getLogger(__name__)

BATCH = 200  # entries that are booked in one transaction
CHANGED = "exact_online_connector.mail_activity_type_mirrored"
AMOUNTS = ("amount_currency", "balance")
# What whoever opened the transaction begins anew for; a value that is taken concerns one entry.
BEGUN_ANEW = tuple(set(CONFLICTS) - {UniqueViolation})
SHOWN = ("account_id", "partner_id", "name", "currency_id", *AMOUNTS)
# Entries are taken as they are: nothing is computed, and nobody is told of each line.
AS_IT_IS = {
    "skip_invoice_sync": True,
    "skip_is_manually_modified": True,
    "mail_create_nosubscribe": True,
}


class ExactOperationMirroredEntries(models.AbstractModel):
    """Book in Odoo what was booked in the journals of Exact that are mirrored, from the mirror of
    its ledger; and follow what becomes of it there. No call is made.

    An entry that cannot be booked waits with the reason, and stops no other. What Odoo sent to
    Exact never comes back.
    """

    _inherit = "exact.operation.mirrored.entries"

    _priority = 71
    _mirrored_resource = "financialtransaction/Transactions"

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        if not division._feed("ledger_lines").is_read:
            return self.env["exact.binding"]  # its last page queues this again
        entries = self.env["exact.mirrored.entry"]._due(division, BATCH)
        exact_ids = entries.mapped("exact_id")
        lines = self.env["exact.ledger.line"].search(
            [("division_id", "=", division.id), ("entry_id", "in", exact_ids)],
            order="line_number, exact_id",
        )
        known, by_entry = self._known(division, lines), lines.grouped("entry_id")
        keys, ours = self._keys_under_way(division), entries._ours(division)
        new = []
        for entry in entries:
            own = by_entry.get(entry.exact_id, lines.browse())
            own = own if entry.exact_id not in ours else lines.browse()
            wanted = self._guarded(entry, lambda e=entry, o=own: self._follow(e, o, known, keys))
            if wanted:
                new.append((entry, wanted))
        self._book_together(new)
        self.env["exact.settlement"]._entries_changed(division, exact_ids)
        if len(entries) == BATCH:
            self.env["exact.sync.queue"]._enqueue("mirrored_entries", division, self.env.company)
        return self.env["exact.binding"]

    @api.model
    def _after_reading(self, division, is_quiet):
        """The ledger was read to its end: queue what follows from it.

        :param is_quiet: nothing came
        """
        if not self._journals(division):
            return
        entries = self.env["exact.mirrored.entry"]
        if not is_quiet:
            entries._take_stock(division)
        entries._retry_mended(division)
        if entries._due(division, 1):
            self.env["exact.sync.queue"]._enqueue("mirrored_entries", division, self.env.company)

    @api.model
    def _journals(self, division):
        """The company's journals that are mirrored."""
        return self.env["account.journal"].search(
            [
                ("company_id", "=", division.company_id.id),
                ("exact_is_mirrored", "=", True),
                ("exact_journal_id.division_id", "=", division.id),
            ]
        )

    @api.model
    def _keys_under_way(self, division):
        """How the miscellaneous entries begin of which it is unknown whether they are in Exact."""
        bindings = self.env["exact.binding"].search(
            [
                ("division_id", "=", division.id),
                ("resource", "=", self._of_kind("general_entry")._resource),
                ("intended_on", "!=", False),
                ("own_key", "!=", False),
            ]
        )
        # a key is journal, date and number; that of a reversing entry its reference
        return [key.split(" ", 2)[-1] for key in bindings.mapped("own_key")]

    # -- one entry ------------------------------------------------------------------------------

    @api.model
    def _guarded(self, entry, work):
        """Call ``work``; what goes wrong is undone and written down, and stops no other entry."""
        try:
            with self.env.cr.savepoint():
                return work()
        except Obstacle as obstacle:
            self._hold(entry, obstacle)
        except UserError as error:
            cause = self.env._("Odoo refuses it")
            self._hold(entry, Obstacle("refused:", cause, str(error), entry.move_id or None))
        except Exception as error:
            if _concerns_all(error):
                raise
            _logger.exception("Entry %s of Exact Online", entry.exact_id)
            cause = self.env._("This is a fault in the addon. Copy this text and report it.")
            text = f"{type(error).__name__}: {error}"
            self._hold(entry, Obstacle("fault:", cause, text))
        return None

    @api.model
    def _follow(self, entry, lines, known, keys):
        """Make Odoo's entry what Exact's is; what it is to be, where it is yet to be booked.

        :raises Obstacle: why it cannot be that
        """
        move = entry.move_id
        if entry.state == "gone" and move.state == "posted":
            move = move.browse()  # it was reversed: what is there again is booked again
        if not entry.digest or not lines:
            self._take_away(entry, move)
            return None
        if not move and any(_begins_with(line.description, key) for line in lines for key in keys):
            raise Obstacle(
                "ours:",
                self.env._("It may be what Odoo sent itself, of which the answer was lost"),
            )
        wanted = self._wanted(entry, lines, known)
        if not move:
            self._check_lock(entry, wanted.date)
            return wanted
        if not self._is_equal(entry, move, wanted):
            self._rewrite(entry, move, wanted)
        self._conclude(entry, move, wanted)
        return None

    @api.model
    def _conclude(self, entry, move, wanted):
        self._prove(entry, move, wanted)
        if entry.state == "left":
            move.activity_unlink([CHANGED])
        entry._note("booked", wanted.lacking, move_id=move.id, booked_digest=entry.digest)

    @api.model
    def _hold(self, entry, obstacle):
        """It waits; one that is booked already is left as it was, and somebody is given a task."""
        move = entry.move_id
        if not move or move.state != "posted":
            move.activity_unlink([CHANGED])
            entry._note("waiting", obstacle)
            return
        is_known = entry.state == "left" and entry.message == obstacle.text
        entry._note("left", obstacle)
        if not is_known:
            text = self.env._(
                "%(entry)s was changed or deleted in Exact Online, and this entry is left as it "
                "was: %(reason)s",
                entry=entry._in_words(),
                reason=obstacle.text,
            )
            move._message_log(body=text)
            move.activity_unlink([CHANGED])
            responsible = self.env.company.exact_responsible_id or self.env.user
            move.activity_schedule(CHANGED, note=escape(text), user_id=responsible.id)

    # -- booked anew ----------------------------------------------------------------------------

    @api.model
    def _book_together(self, new):
        """Book all at once, which spares most of the time; each by itself when one fails.

        :param new: ``[(entry, what it is to be)]``
        """
        try:
            with self.env.cr.savepoint():
                self._book(new)
        except Exception as error:
            if _concerns_all(error):
                raise
            _logger.info("Entries of Exact Online are booked one by one: %s", error)
            for pair in new:
                self._guarded(pair[0], lambda pair=pair: self._book([pair]))

    @api.model
    def _book(self, new):
        moves = self.env["account.move"].with_context(**AS_IT_IS).create(
            [
                {
                    "move_type": "entry",
                    "journal_id": entry.journal_id.id,
                    "date": wanted.date,
                    "ref": entry.number,
                    "line_ids": [
                        Command.create({**values, "tax_ids": [Command.clear()]})
                        for values in wanted.lines.values()
                    ],
                }
                for entry, wanted in new
            ]
        )
        for (entry, wanted), move in zip(new, moves, strict=True):
            items = move.line_ids.sorted("id").ids
            line_map = dict(zip(wanted.lines, items, strict=True))
            entry._change({"move_id": move.id, "line_map": line_map})
        moves._post(soft=False)
        for (entry, wanted), move in zip(new, moves, strict=True):
            text = self.env._("Mirrored from Exact Online: %s.", entry._in_words())
            lacking = wanted.lacking.text if wanted.lacking else None
            move._message_log(body=" ".join(filter(None, (text, lacking))))
            self._bind(entry, move)
            self._conclude(entry, move, wanted)

    @api.model
    def _bind(self, entry, move):
        bindings = self.env["exact.binding"]
        resource = self._mirrored_resource
        taken = bindings._of_exact_id(entry.division_id, resource, entry.exact_id)
        if taken.res_id != move.id:
            taken._let_go()  # its entry was deleted here
            taken.flush_recordset()
        binding = bindings._find_or_create(entry.division_id, entry.company_id, resource, move)
        binding.write({"exact_id": entry.exact_id, "code": entry.number, "adopted": True})

    @api.model
    def _check_lock(self, entry, date):
        """:raises Obstacle: when the books are locked at that date"""
        company = self.env.company
        if not company._get_violated_lock_dates(date, False, entry.journal_id):
            return
        lock = company._get_user_fiscal_lock_date(entry.journal_id)
        text = self.env._("The books of Odoo are locked until %s", lock)
        raise Obstacle(f"{LOCKED}:{lock}", text, mend=company)

    # -- changed --------------------------------------------------------------------------------

    @api.model
    def _is_equal(self, entry, move, wanted):
        return move.state == "posted" and not self._changes(entry, move, wanted)

    @api.model
    def _rewrite(self, entry, move, wanted):
        """Reset to draft, write what is other, post again under the same number.

        A date of another period of its sequence asks for another number.
        """
        self._check_changeable(entry, move)
        self._check_lock(entry, wanted.date)
        changes = self._changes(entry, move, wanted)
        self._unreconcile(move)
        if move.state != "draft":
            move.button_draft()
        move = move.with_context(**AS_IT_IS)
        move.write(
            {
                "name": move.name if self._keeps_number(move, wanted.date) else False,
                "date": wanted.date,
                "ref": entry.number,
            }
        )
        self._write_lines(entry, move, wanted)
        move._post(soft=False)
        self._bind(entry, move)
        text = self.env._("%s was changed in Exact Online:", entry._in_words())
        again = self.env._("Posted again as it is in Exact Online.")
        move._message_log(body=Markup("<br/>").join((text, *(changes or [again]))))

    @api.model
    def _keeps_number(self, move, date):
        """Whether the number that the entry has may be one of that date."""
        there = {"name": move.name, "journal_id": move.journal_id.id, "date": date}
        return move.new({**there, "company_id": move.company_id.id})._sequence_matches_date()

    @api.model
    def _check_changeable(self, entry, move):
        """:raises Obstacle: when Odoo does not let its entry be changed"""
        if move.inalterable_hash:
            cause = self.env._("Odoo's entry is secured by a hash")
            text = self.env._(
                "Odoo's entry is secured by a hash: neither its date, its lines nor their amounts "
                "may be changed. Correct it by an entry of its own."
            )
            raise Obstacle(f"{HASHED}:", cause, text, move)
        self._check_lock(entry, move.date)

    @api.model
    def _unreconcile(self, move):
        """Undo what the entry is reconciled with, and say so on both sides."""
        lines = move.line_ids.filtered(
            lambda line: line.matched_debit_ids or line.matched_credit_ids
        )
        if not lines:
            return
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        others = (partials.debit_move_id | partials.credit_move_id).move_id - move
        lines.remove_move_reconcile()
        text = self.env._(
            "The reconciliation of %(move)s with %(others)s was undone, as it was changed in "
            "Exact Online.",
            move=move.display_name,
            others=", ".join(others.mapped("display_name")),
        )
        for each in (move | others.exists()):
            each._message_log(body=text)

    @api.model
    def _write_lines(self, entry, move, wanted):
        items = self._items(entry, move)
        kept = {guid: item for guid, item in items.items() if guid in wanted.lines}
        commands = [Command.delete(item.id) for item in move.line_ids - _all(kept, move)]
        commands += [
            Command.update(item.id, self._other(item, wanted.lines[guid]))
            for guid, item in kept.items()
            if self._other(item, wanted.lines[guid])
        ]
        added = [guid for guid in wanted.lines if guid not in kept]
        commands += [
            Command.create({**wanted.lines[guid], "tax_ids": [Command.clear()]}) for guid in added
        ]
        before = set(move.line_ids.ids)
        move.write({"line_ids": commands})
        new = [item.id for item in move.line_ids.sorted("id") if item.id not in before]
        line_map = {guid: item.id for guid, item in kept.items()}
        entry._change({"line_map": {**line_map, **dict(zip(added, new, strict=True))}})

    @api.model
    def _items(self, entry, move):
        """``{Exact ID of the ledger line: journal item}`` of what is there still."""
        items = {item.id: item for item in move.line_ids}
        return {
            guid: items[item_id]
            for guid, item_id in (entry.line_map or {}).items()
            if item_id in items
        }

    @api.model
    def _other(self, item, values):
        """The values that are other than the journal item's. A contact or analytic account that
        a person filled in where Exact's is not known stays.
        """
        other = {}
        for name, value in values.items():
            if name in ("partner_id", "analytic_distribution") and not value:
                continue
            own = item[name].id if item._fields[name].type == "many2one" else item[name]
            if name in AMOUNTS:
                currency = item.company_currency_id if name == "balance" else item.currency_id
                is_same = not currency.compare_amounts(own, value)
            else:
                is_same = own == value
            if not is_same:
                other[name] = value
        if other.keys() & {*AMOUNTS, "currency_id"}:
            other |= {name: values[name] for name in ("currency_id", *AMOUNTS)}
        return other

    @api.model
    def _changes(self, entry, move, wanted):
        """What is other in Exact, a line of text each."""
        items = self._items(entry, move)
        texts = []
        if move.date != wanted.date:
            texts.append(self._change_text(self.env._("Date"), move.date, wanted.date))
        for guid, values in wanted.lines.items():
            item = items.get(guid)
            if not item:
                texts.append(self.env._("Line added: %s", self._line_text(values)))
                continue
            if self._other(item, values):
                before = {name: item[name] for name in values}
                texts.append(
                    self._change_text(
                        self.env._("Line"), self._line_text(before), self._line_text(values)
                    )
                )
        for item in move.line_ids - _all(items, move):
            texts.append(self.env._("Line removed: %s", self._item_text(item)))
        gone = [item for guid, item in items.items() if guid not in wanted.lines]
        return texts + [self.env._("Line removed: %s", self._item_text(item)) for item in gone]

    @api.model
    def _change_text(self, name, before, after):
        return self.env._("%(name)s: %(before)s → %(after)s", name=name, before=before, after=after)

    @api.model
    def _item_text(self, item):
        return self._line_text({name: item[name] for name in SHOWN})

    @api.model
    def _line_text(self, values):
        account, currency, partner = (
            self.env[model].browse(getattr(values[name], "id", values[name]))
            for model, name in (
                ("account.account", "account_id"),
                ("res.currency", "currency_id"),
                ("res.partner", "partner_id"),
            )
        )
        home = self.env.company.currency_id
        amounts = dict.fromkeys(
            (
                amount_text(values["amount_currency"], currency),
                amount_text(values["balance"], home),
            )
        )
        parts = (account.display_name, partner.display_name, values["name"], *amounts)
        return ", ".join(str(part) for part in parts if part)

    @api.model
    def _prove(self, entry, move, wanted):
        """:raises UserError: when Odoo made anything else of it"""
        move.line_ids.invalidate_recordset(flush=True)
        texts = self._changes(entry, move, wanted)
        if move.line_ids.tax_ids or move.line_ids.tax_line_id:
            texts.append(self.env._("Odoo computed taxes on its lines."))
        if move.state != "posted" or texts:
            raise UserError(
                self.env._(
                    "In Odoo it would not be what Exact Online holds: %s",
                    "; ".join(texts) or move.state,
                )
            )
        now = fields.Datetime.now()
        binding = self.env["exact.binding"]._find(
            entry.division_id, self._mirrored_resource, move
        )
        binding.write(
            {
                "proof_state": "proven",
                "compared_on": now,
                "proven_on": now,
                "proof": self.env._(
                    "Equal to Exact's ledger, line by line: account, contact, amounts in both "
                    "currencies; and the date."
                ),
            }
        )

    # -- deleted there --------------------------------------------------------------------------

    @api.model
    def _take_away(self, entry, move):
        """It is no longer in Exact: cancel Odoo's entry; reverse one that may not be cancelled."""
        if not move:
            entry.unlink()
            return
        if move.state == "posted":
            self._unreconcile(move)
        if move.state == "posted" and self._is_fixed(entry, move):
            reversal = self._reverse(entry, move)
            text = self.env._(
                "%(entry)s was deleted in Exact Online. As this one cannot be cancelled, "
                "%(reversal)s reverses it.",
                entry=entry._in_words(),
                reversal=reversal.display_name,
            )
        else:
            if move.state != "cancel":
                move.button_cancel()
            text = self.env._("Cancelled: %s", self._gone_text(entry))
        move._message_log(body=text)
        move.activity_unlink([CHANGED])
        self.env["exact.binding"]._find(
            entry.division_id, self._mirrored_resource, move
        )._let_go()
        entry._note("gone", booked_digest=False, message=text)

    @api.model
    def _gone_text(self, entry):
        bindings = self.env["exact.binding"].search(
            [
                ("division_id", "=", entry.division_id.id),
                ("res_model", "=", "account.move"),
                ("exact_id", "=", entry.exact_id),
                ("resource", "!=", self._mirrored_resource),
            ],
            limit=1,
        )
        other = bindings._living_record()
        if other:
            return self.env._(
                "%(entry)s of Exact Online is %(other)s in Odoo.",
                entry=entry._in_words(),
                other=other.display_name,
            )
        return self.env._("%s was deleted in Exact Online.", entry._in_words())

    @api.model
    def _is_fixed(self, entry, move):
        """Whether Odoo does not let an entry be cancelled."""
        try:
            self._check_changeable(entry, move)
        except Obstacle:
            return True
        return False

    @api.model
    def _reverse(self, entry, move):
        """On the entry's own date, or the first day that is not locked."""
        lock = self.env.company._get_user_fiscal_lock_date(entry.journal_id)
        date = max(move.date, lock + timedelta(days=1))
        values = {"date": date, "ref": self.env._("Deleted in Exact: %s", entry.number)}
        return move._reverse_moves([values], cancel=True)


def _concerns_all(error):
    """Whether an error says nothing of one entry: the whole is begun anew, or cannot go on."""
    return isinstance(error, BEGUN_ANEW) or is_database_gone(error)


def _all(items, move):
    """The journal items among the values of a dict."""
    return move.line_ids.browse([item.id for item in items.values()])
