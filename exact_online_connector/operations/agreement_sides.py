# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from bisect import bisect_right
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..models.match_ladder import plain
from .agreement import KINDS
from .bookings import BASE, OWED, PURCHASE, SALES, VAT, Booking, Part, Place
from .entry_lines import LINES_THAT_TRAVEL, is_line_of_its_own
from .ledger import VAT as VAT_ACCOUNT

# Exact's types of entries: invoice and credit note. facts.md §4.6, §4.7
DIRECTIONS = {20: SALES, 21: SALES, 30: PURCHASE, 31: PURCHASE}
PARTS = {"payment_term": OWED, "tax": VAT, **dict.fromkeys(LINES_THAT_TRAVEL, BASE)}
HEADER = "name ref date move_type state journal_id company_id commercial_partner_id".split()
CONTACTS = "crm/Accounts"


class ExactOperationAgreement(models.AbstractModel):
    """What each side booked. Lines are read in bulk: what holds for many of them is asked of the
    operations once.
    """

    _inherit = "exact.operation.agreement"

    @api.model
    def _sides(self, report):
        """``(documents, entries, {GUID: ID of the document that is linked to it})``.

        Besides those of the report's months these are their counterparts in other months.
        """
        moves, entry_ids = self._moves_of_months(report), self._entries_of_months(report)
        links = self._links(report, moves, entry_ids)
        moves = self._in_scope(report, moves | self._moves_linked(report, links), links)
        entries = self._entries(report, entry_ids | links.keys())
        references = {each.reference for each in entries if each.key not in links}
        moves |= self._in_scope(report, self._moves_of_references(report, references), links)
        documents = self._documents(report, moves)
        elsewhere = self._entries_of_references(report, documents, entries, links)
        entries += self._entries(report, elsewhere)
        first_days = {period: first_day for first_day, _last_day, period in self._periods()}
        counting = [each for each in entries if self._counts(each, links, first_days)]
        return documents, counting, links

    # -- Odoo -----------------------------------------------------------------------------------

    @api.model
    def _search_moves(self, report, domain):
        return self.env["account.move"].search_fetch(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "posted"),
                ("move_type", "in", self._move_types(report._directions())),
                *domain,
            ],
            HEADER,
        )

    @api.model
    def _move_types(self, directions):
        return [
            move_type
            for direction in directions
            for move_type in self._of_kind(KINDS[direction])._move_types
        ]

    @api.model
    def _moves_of_months(self, report):
        first_day, last_day = report._days()
        return self._search_moves(report, [("date", ">=", first_day), ("date", "<=", last_day)])

    @api.model
    def _moves_linked(self, report, links):
        return self._search_moves(report, [("id", "in", list(links.values()))])

    @api.model
    def _moves_of_references(self, report, references):
        numbers = [each for each in references if each]
        return self._search_moves(
            report, ["|", ("name", "in", numbers), ("ref", "in", numbers)]
        )

    @api.model
    def _in_scope(self, report, moves, links):
        """What is to be in Exact by the company's settings, and what is there whatever these say
        by now.
        """
        linked = set(links.values())
        return moves.filtered(
            lambda move: move.id in linked or self._kind_of(move)._is_in_scope(move)
        )

    @api.model
    def _kind_of(self, move):
        return self._of_kind(move._exact_entry_kind())

    @api.model
    def _documents(self, report, moves):
        parties, periods = self._parties(moves.commercial_partner_id.ids), self._periods()
        papers = self._papers(moves)
        documents = {}
        for move in moves:
            partner = move.commercial_partner_id
            documents[move.id] = Booking(
                key=move.id,
                direction=self._direction(move),
                number=move.name,
                reference=self._reference(move),
                date=move.date,
                journal=self._kind_of(move)._journal(move).code or "",
                party=parties.get(partner.id) or (partner._name, partner.id),
                periods=_periods_of(move.date, periods),
                document=papers.get(move.id, ""),
            )
        for _item, move_id, part, amount, foreign in self._items(moves):
            documents[move_id].parts[part] += amount
            documents[move_id].foreign[part] += foreign
        return list(documents.values())

    @api.model
    def _direction(self, move):
        return next(key for key, kind in KINDS.items() if kind == move._exact_entry_kind())

    @api.model
    def _parties(self, partner_ids):
        """``{contact id: GUID of its relation}`` of those that are linked."""
        bindings = self.env["exact.binding"].search_fetch(
            [
                ("division_id", "=", self._division().id),
                ("resource", "=", CONTACTS),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", list(partner_ids)),
            ],
            ["res_id", "exact_id"],
        )
        return {binding.res_id: binding.exact_id for binding in bindings}

    @api.model
    def _papers(self, moves):
        """``{move id: GUID of its document in Exact}`` of what Odoo booked, not of what it found
        there: that has the document that somebody gave it.
        """
        resources = [self._of_kind(kind)._resource for kind in (*KINDS.values(), "document")]
        bindings = self.env["exact.binding"].search_fetch(
            [
                ("division_id", "=", self._division().id),
                ("resource", "in", resources),
                ("res_model", "=", "account.move"),
                ("res_id", "in", moves.ids),
                ("exact_id", "!=", False),
            ],
            ["res_id", "resource", "exact_id", "adopted"],
        )
        paper = self._of_kind("document")._resource
        adopted = {each.res_id for each in bindings if each.adopted and each.resource != paper}
        return {
            each.res_id: each.exact_id
            for each in bindings
            if each.resource == paper and each.res_id not in adopted
        }

    @api.model
    def _items(self, moves):
        """Yield ``(journal item id, move id, part, amount, amount in its own currency)`` of what
        has a counterpart in Exact.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT line.id, line.move_id, move.move_type, line.display_type, line.account_id,
                       COALESCE(line.group_tax_id, line.tax_line_id), taxes.ids,
                       ROUND(line.balance, %s)::text, ROUND(line.amount_currency, %s)::text
                FROM account_move_line line
                JOIN account_move move ON move.id = line.move_id
                LEFT JOIN LATERAL (
                    SELECT array_agg(rel.account_tax_id ORDER BY rel.account_tax_id) AS ids
                    FROM account_move_line_account_tax_rel rel
                    WHERE rel.account_move_line_id = line.id) taxes ON true
                WHERE line.move_id = ANY(%s) AND line.display_type IN %s
                """,
                self.env.company.currency_id.decimal_places,
                self.env.company.currency_id.decimal_places,
                moves.ids,
                tuple(PARTS),
            )
        )
        known = {}
        for line, move, move_type, kind, account, tax, taxes, *amounts in self.env.cr.fetchall():
            what = move_type, kind, account, tax, tuple(taxes or ())
            if what not in known:  # as for each journal item alike
                known[what] = self._part(line, PARTS[kind])
            yield line, move, known[what], *map(Decimal, amounts)

    @api.model
    def _part(self, line_id, kind):
        """What a journal item is in Exact, by its account and taxes."""
        line = self.env["account.move.line"].browse(line_id)
        if kind == OWED:
            return Part(OWED)
        tax = line.group_tax_id or line.tax_line_id
        if kind == VAT and not is_line_of_its_own(tax) and not _is_cost(line):
            return Part(VAT, tax.exact_vat_code_id.code or "")
        vat_code = tax.exact_vat_code_id or self._kind_of(line.move_id)._vat_code(line)
        gl_account = line.account_id.exact_gl_account_id
        return Part(BASE, vat_code.code or "", gl_account.exact_id or "")

    # -- Exact ----------------------------------------------------------------------------------

    @api.model
    def _types(self, report):
        directions = report._directions()
        return tuple(type_ for type_, direction in DIRECTIONS.items() if direction in directions)

    @api.model
    def _select_entries(self, report, condition):
        self.env["exact.ledger.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT entry_id FROM exact_ledger_line
                WHERE division_id = %s AND type IN %s AND %s
                """,
                self._division().id,
                self._types(report),
                condition,
            )
        )
        return {entry_id for (entry_id,) in self.env.cr.fetchall()}

    @api.model
    def _entries_of_months(self, report):
        months = tuple(report._months())
        return self._select_entries(report, SQL("(year, period) IN %s", months))

    @api.model
    def _entries_of_references(self, report, documents, entries, links):
        """Entries in other months under the reference of a document that none is linked to."""
        there = {each.key for each in entries}
        found = {links[key] for key in there & links.keys()}
        references = [each.reference for each in documents if each.key not in found]
        return self._select_entries(report, SQL("your_ref = ANY(%s)", references)) - there

    @api.model
    def _entries(self, report, entry_ids):
        """The bookings of these entries. Exact's amounts may carry more decimals than the currency
        has: they are rounded per entry and account.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT line.entry_id, line.type, max(line.entry_number), max(line.your_ref),
                       max(line.date), max(line.journal_code), line.year, line.period,
                       max(line.account_exact_id), gl.type, COALESCE(line.vat_code, ''),
                       COALESCE(line.gl_account_exact_id, ''), max(line.document_exact_id),
                       ROUND(SUM(line.amount_dc), %s)::text, ROUND(SUM(line.amount_fc), %s)::text
                FROM exact_ledger_line line
                LEFT JOIN exact_gl_account gl ON gl.division_id = line.division_id
                                             AND gl.exact_id = line.gl_account_exact_id
                WHERE line.division_id = %s AND line.entry_id = ANY(%s) AND line.type IN %s
                GROUP BY line.entry_id, line.type, line.year, line.period, gl.type,
                         line.vat_code, line.gl_account_exact_id
                """,
                self.env.company.currency_id.decimal_places,
                self.env.company.currency_id.decimal_places,
                self._division().id,
                list(entry_ids),
                self._types(report),
            )
        )
        entries = {}
        controls = {each: self._of_kind(kind)._control for each, kind in KINDS.items()}
        for row in self.env.cr.fetchall():
            entry_id, type_, number, reference, date, journal, year, period, party, *line = row
            direction = DIRECTIONS[type_]
            entry = entries.setdefault(
                entry_id,
                Booking(
                    key=entry_id,
                    direction=direction,
                    number=number or "",
                    reference=reference or "",
                    date=date,
                    journal=journal or "",
                    party=None,
                    periods=[(year, period)],
                ),
            )
            gl_type, vat_code, gl_account, document, amount, foreign = line
            entry.document = entry.document or document or ""
            is_owed = gl_type == controls[direction]
            entry.party = party if is_owed or not entry.party else entry.party
            part = _part(is_owed, gl_type, vat_code, gl_account)
            entry.parts[part] += Decimal(amount)
            entry.foreign[part] += Decimal(foreign)
            entry.gl_accounts[part].add(gl_account)
        return list(entries.values())

    @api.model
    def _links(self, report, moves, entry_ids):
        """``{GUID of an entry: ID of its document}`` of these documents and entries."""
        resources = [self._of_kind(KINDS[each])._resource for each in report._directions()]
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT exact_id, res_id FROM exact_binding
                WHERE division_id = %s AND res_model = 'account.move' AND resource = ANY(%s)
                  AND exact_id IS NOT NULL AND (res_id = ANY(%s) OR exact_id = ANY(%s))
                """,
                self._division().id,
                resources,
                moves.ids,
                list(entry_ids),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _counts(self, entry, links, first_days):
        """Whether an entry is to have a document in Odoo: not what was booked in Exact before
        documents were sent, nor in a direction of which none are. A bill of an earlier date counts
        in a later period.
        """
        if entry.key in links:
            return True
        start = self.env.company.exact_start_date
        begin = max(entry.date, first_days.get(entry.period, entry.date))
        is_before = start and begin < start
        return entry.direction in self._directions_sent() and not is_before

    @api.model
    def _directions_sent(self):
        """The directions of which a journal's documents are sent."""
        journals = self.env["account.journal"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("exact_is_sent", "=", True),
                ("exact_journal_id", "!=", False),
            ]
        )
        types = set(journals.exact_journal_id.mapped("type"))
        return {
            direction
            for direction, kind in KINDS.items()
            if types & set(self._of_kind(kind)._journal_types)
        }

    @api.model
    def _resembling(self, entries):
        """``{GUID: ID of the document}`` of entries that carry a document's number, in whatever
        state it is and however it is spelt; a supplier's number only together with the supplier.
        None is the document of a number of which Odoo has only others alike.
        """
        if not entries:
            return {}
        moves = self.env["account.move"].search_fetch(
            [
                ("company_id", "=", self.env.company.id),
                ("move_type", "in", self._move_types(KINDS)),
            ],
            [*HEADER, "sequence_prefix"],
        )
        parties, known = self._parties(moves.commercial_partner_id.ids), {}
        for move in moves:
            party = parties.get(move.commercial_partner_id.id)
            known[self._number_key(self._direction(move), self._reference(move), party)] = move.id
        sales = moves.filtered(lambda move: move.is_sale_document() and move.sequence_prefix)
        prefixes = tuple(set(sales.mapped("sequence_prefix")))
        found = {}
        for entry in entries:
            key = self._number_key(entry.direction, entry.reference, entry.party)
            if plain(entry.reference) and key in known:
                found[entry.key] = known[key]
            elif entry.direction == SALES and entry.reference.startswith(prefixes):
                found[entry.key] = None
        return found

    @api.model
    def _number_key(self, direction, reference, party):
        return direction, plain(reference), party if direction == PURCHASE else None

    @api.model
    def _reference(self, move):
        return self._kind_of(move)._your_ref(move) or ""

    # -- what stands behind a line of the report --------------------------------------------------

    @api.model
    def _items_of(self, line):
        """IDs of the journal items of Odoo."""
        place, report = Place.of_key(line.key), line.agreement_id
        periods = [each for each in self._periods() if each[2] == place.period]
        moves = self._search_moves(
            report,
            [
                ("date", ">=", min(first for first, _last, _period in periods)),
                ("date", "<=", max(last for _first, last, _period in periods)),
                ("commercial_partner_id", "=", line.partner_id.id),
            ],
        )
        moves = self._in_scope(report, moves, self._links(report, moves, ())).filtered(
            lambda move: (
                self._direction(move) == place.direction
                and self._kind_of(move)._journal(move).code == place.journal
            )
        )
        return [item for item, _move, part, *_amounts in self._items(moves) if part == place.part]

    @api.model
    def _ledger_lines_of(self, line):
        """The ledger lines of Exact."""
        place, lines = Place.of_key(line.key), self.env["exact.ledger.line"]
        year, period = place.period
        found = lines.search(
            [
                ("division_id", "=", self._division().id),
                ("year", "=", year),
                ("period", "=", period),
                ("journal_code", "=", place.journal),
            ]
        )
        entries = {
            entry.key: entry
            for entry in self._entries(line.agreement_id, set(found.mapped("entry_id")))
            if entry.party == place.party and entry.direction == place.direction
        }
        control = self._of_kind(KINDS[place.direction])._control
        return found.filtered(
            lambda row: (
                row.entry_id in entries
                and _part(
                    row.gl_account_id.type == control,
                    row.gl_account_id.type,
                    row.vat_code or "",
                    row.gl_account_exact_id or "",
                )
                == place.part
            )
        )

    @api.model
    def _names_of_parties(self, parties, known=None):
        """``{party: (contact id or None, name)}``

        :param known: ``{GUID: name}`` of relations, where Exact told these
        """
        guids = [party for party in parties if isinstance(party, str)]
        bindings = self.env["exact.binding"].search(
            [
                ("division_id", "=", self._division().id),
                ("resource", "=", CONTACTS),
                ("exact_id", "in", guids),
            ]
        )
        partners = self.env["res.partner"]
        linked = {binding.exact_id: partners.browse(binding.res_id) for binding in bindings}
        alive = set(partners.browse(bindings.mapped("res_id")).exists().ids)
        linked = {guid: partner for guid, partner in linked.items() if partner.id in alive}
        names = known or dict(
            self.env["exact.ledger.line"]._read_group(
                [("division_id", "=", self._division().id), ("account_exact_id", "in", guids)],
                ["account_exact_id"],
                ["account_name:max"],
            )
        )
        found = {None: (None, False)}
        for party in parties - found.keys():
            if isinstance(party, tuple):
                partner = partners.browse(party[1])
            else:
                partner = linked.get(party, partners)
            found[party] = (partner.id or None, names.get(party) or partner.display_name)
        return found

    # -- periods --------------------------------------------------------------------------------

    @api.model
    def _periods(self):
        """``[(first day, last day, (year, period))]`` of the administration, by first day."""
        periods = self.env["exact.financial.period"].search(
            [("division_id", "=", self._division().id)]
        )
        return sorted(
            (period.start_date, period.end_date, (period.year, period.period))
            for period in periods
        )


def _is_cost(line):
    """Whether a tax line is what of a purchase's VAT is not deductible."""
    part = line.tax_repartition_line_id
    return line.tax_line_id.type_tax_use == "purchase" and not part.account_id


def _periods_of(date, periods):
    """The periods in which a date lies; where Exact has none, its month."""
    begun = bisect_right(periods, date, key=lambda period: period[0])
    return [key for _first, last, key in periods[:begun] if date <= last] or [
        (date.year, date.month)
    ]


def _part(is_owed, gl_type, vat_code, gl_account):
    if is_owed:
        return Part(OWED)
    if gl_type == VAT_ACCOUNT and vat_code:
        return Part(VAT, vat_code)
    return Part(BASE, vat_code, gl_account)
