# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""GET on any resource: lists with paging, one row by key, counts, lines below a header."""

import urllib.parse

from . import lists, wire
from .errors import Malformed, NotFound
from .odata import Query, literals, stored_value
from .schema import PARENTS, find
from .texts import system_text

NEEDS_SELECT = "Please add a $select or a $top=1 statement to the query string."
_NEED_SELECT = {"cashflow/Receivables", "cashflow/Payments"}
_EXPANDABLE = {"SalesInvoiceLines"}
# Lists that answered with `results` although $top was small (facts.md 3.1).
_ALWAYS_RESULTS = {"SalesInvoices", "Me"}
# Divisions are seen from every administration.
_ACROSS_DIVISIONS = {"Divisions"}
_SYSTEM_TEXT_FIELDS = {"StatusDescription", "TypeDescription", "JournalTypeDescription",
                       "CategoryDescription"}
_SYSTEM_TEXT_TABLES = {"DocumentTypes", "DocumentCategories", "GLTransactionTypes"}


# Addresses of pages are not stored: they depend on where the simulator is mounted.
_PAGES = {("DocumentAttachments", "Url"): "SysAttachment.aspx",
          ("Documents", "DocumentViewUrl"): "DocViewContent.aspx"}
_ID = "ID"


class Reader:
    """Reads one resource for one request.

    `root` is the address of the simulator including its mount prefix, without a trailing slash.
    """

    def __init__(self, books, resource, query, root):
        self.books, self.resource, self.query = books, resource, query
        self.service = f"{root}/api/v1/{books.division}"
        self.language = books.switch("language")
        self.scope, self.scope_params = [], []
        if resource.table not in _ACROSS_DIVISIONS:
            self.scope, self.scope_params = ["_division = ?"], [books.division]
        if resource.condition:
            self.scope.append(resource.condition)

    def below(self, column, value):
        """Only the rows of one header."""
        self.scope.append(f'"{column}" = ?')
        self.scope_params.append(value)
        return self

    def list(self):
        """The document of a list: {"d": …} in one of Exact's shapes."""
        self._check_options()
        page = self.resource.page_size
        wanted = page if self.query.top is None else min(self.query.top, page)
        rows = self._page(wanted + 1)
        more = len(rows) > wanted and (self.query.top is None or self.query.top > page)
        entities = [self._entity(row) for row in rows[:wanted]]
        if self._is_bare():
            return {"d": entities}
        result = {"results": entities}
        if self.query.inlinecount:
            result["__count"] = str(self.count())
        if more:
            result["__next"] = self._next(rows[wanted - 1], page)
        return {"d": result}

    def count(self):
        """The number of rows that the filter leaves."""
        where, params = self._where(with_token=False)
        sql = f"SELECT COUNT(*) FROM {self.resource.source} WHERE {where}"
        return self.books.connection.execute(sql, params).fetchone()[0]

    def one(self, key_text):
        """The document of one row; NotFound when the key has none."""
        for column, value in self._key_values(key_text):
            self.scope.append(f"{column} = ?")
            self.scope_params.append(value)
        rows = self._page(1)
        if not rows:
            raise NotFound(f"Resource not found for the segment '{self.resource.entity}'.")
        return {"d": self._entity(rows[0])}

    def _key_values(self, key_text):
        resource = self.resource
        found = literals(key_text)
        if len(found) != len(resource.keys):
            raise Malformed("Bad Request - Error in query syntax.")
        for position, (name, literal) in enumerate(found):
            name = name or resource.keys[position]
            if name not in resource.keys:
                raise Malformed("Bad Request - Error in query syntax.")
            try:
                value = stored_value(resource.fields[name].type, literal)
            except TypeError:
                raise Malformed("Bad Request - Error in query syntax.") from None
            yield resource.column(name), value

    def _check_options(self):
        query, resource = self.query, self.resource
        needs_select = resource.is_bulk or resource.name in _NEED_SELECT
        if needs_select and query.select is None and query.top != 1:
            raise Malformed(NEEDS_SELECT)
        if query.skip is not None and (resource.is_bulk or resource.is_sync):
            raise Malformed("The query parameter '$skip' is not supported.")
        for name in query.expand:
            if name not in resource.fields or name not in _EXPANDABLE:
                raise Malformed(f"The query parameter '$expand={name}' is not supported.")
        if resource.is_sync:
            _check_sync(query)

    def _order(self):
        order = list(self.query.orderby)
        named = {name for name, _ in order}
        return order + [(key, False) for key in self.resource.keys if key not in named]

    def _where(self, with_token=True):
        conditions, params = [*self.scope], [*self.scope_params]
        if self.query.filter:
            conditions.append(self.query.filter.text)
            params += self.query.filter.params
        if with_token and self.query.skiptoken:
            text, values = self._after_token()
            conditions.append(text)
            params += values
        return " AND ".join(conditions) or "1", params

    def _after_token(self):
        """SQL for the rows behind the skiptoken in the order of the list; NULL sorts first."""
        order = self._order()
        if len(order) != len(self.query.skiptoken):
            raise Malformed("Error in query syntax: $skiptoken does not fit $orderby.")
        alternatives, params, equal, equal_params = [], [], [], []
        for (name, descending), literal in zip(order, self.query.skiptoken, strict=True):
            column = self.resource.column(name)
            try:
                value = stored_value(self.resource.fields[name].type, literal)
            except TypeError:
                raise Malformed("Error in query syntax: $skiptoken.") from None
            beyond, beyond_params = _beyond(column, value, descending)
            alternatives.append(" AND ".join([*equal, beyond]))
            params += [*equal_params, *beyond_params]
            equal.append(f"{column} IS ?")
            equal_params.append(value)
        return "(" + " OR ".join(f"({each})" for each in alternatives) + ")", params

    def _page(self, limit):
        where, params = self._where()
        order = ", ".join(
            f"{self.resource.column(name)} {'DESC' if descending else 'ASC'}"
            for name, descending in self._order()
        )
        columns = ", ".join(self.resource.column(name) for name in self._columns)
        sql = (f"SELECT {columns} FROM {self.resource.source} WHERE {where} ORDER BY {order}"
               f" LIMIT {limit}")
        if self.query.skip and not self.query.skiptoken:
            sql += f" OFFSET {self.query.skip}"
        return self.books.connection.execute(sql, params).fetchall()

    @property
    def _columns(self):
        """What is read: what is shown, and what keys, __next and nested lines need."""
        if not hasattr(self, "_column_list"):
            fields = self.resource.fields
            shown = self.query.select or list(fields)
            names = [name for name in shown if fields[name].type not in ("List", "Binary")]
            extra = [name for name, _ in self._order()]
            extra += list(self.resource.keys)
            extra += [_ID] if any((self.resource.table, name) in _PAGES for name in shown) else []
            self._shown = shown
            self._column_list = list(dict.fromkeys([*names, *extra]))
        return self._column_list

    def _entity(self, row):
        fields = self.resource.fields
        values = dict(zip(self._columns, row, strict=True))
        uri = self._uri(values)
        entity = {"__metadata": {"uri": uri, "type": self.resource.entity_type}}
        for name in self._shown:
            if fields[name].type == "List":
                entity[name] = self._nested(name, values, uri)
            else:
                entity[name] = self._shown_value(name, values)
        if self.resource.table == "Documents" and self.query.select is None:
            entity["Attachments"] = {"__deferred": {"uri": f"{uri}/Attachments"}}
        return entity

    def _shown_value(self, name, values):
        page = _PAGES.get((self.resource.table, name))
        if page:
            root = self.service.split("/api/v1/")[0]
            return f"{root}/docs/{page}?ID={values[_ID]}&_Division_={self.books.division}"
        kind, value = self.resource.fields[name].type, values.get(name)
        if kind == "String" and self.language != "en" and (
                name in _SYSTEM_TEXT_FIELDS
                or (name == "Description" and self.resource.table in _SYSTEM_TEXT_TABLES)):
            return system_text(value, self.language)
        return wire.as_json(kind, value)

    def _nested(self, name, values, uri):
        if name not in PARENTS:
            return None
        if name not in self.query.expand:
            return {"__deferred": {"uri": f"{uri}/{name}"}}
        child, column = PARENTS[name]
        reader = Reader(self.books, lists.shown(self.books, find(child)), Query(),
                        self.service.split("/api/v1/")[0])
        return {"results": reader.below(column, values[self.resource.key]).list()["d"]["results"]}

    def _uri(self, values):
        fields = self.resource.fields
        keys = self.resource.keys
        if len(keys) == 1:
            key = wire.key_literal(fields[keys[0]].type, values[keys[0]])
        else:
            key = ",".join(
                f"{name}={wire.key_literal(fields[name].type, values[name])}" for name in keys
            )
        return f"{self.service}/{self.resource.name}({key})"

    def _is_bare(self):
        top = self.query.top
        if top is None or top > self.resource.page_size or self.query.inlinecount:
            return False
        if self.resource.entity in _ALWAYS_RESULTS:
            return False
        return self.books.switch("single_top_shape") == "bare"

    def _next(self, last, page):
        """The address of the next page: the same query, $skiptoken of the order's values."""
        values = dict(zip(self._columns, last, strict=True))
        token = ",".join(
            wire.key_literal(self.resource.fields[name].type, values[name])
            for name, _ in self._order()
        )
        options = {name: text for name, text in self.query.raw.items()
                   if name not in ("$skip", "$skiptoken")}
        if self.query.top is not None:
            options["$top"] = str(self.query.top - page)
        parts = [f"{name}={urllib.parse.quote(text, safe=chr(39) + ',()*$/')}"
                 for name, text in options.items()]
        parts.append(f"$skiptoken={wire.quoted(token)}")
        return f"{self.service}/{self.resource.name}?{'&'.join(parts)}"


def _beyond(column, value, descending):
    if value is None:
        return ("0", []) if descending else (f"{column} IS NOT NULL", [])
    if descending:
        return f"({column} < ? OR {column} IS NULL)", [value]
    return f"{column} > ?", [value]


def _check_sync(query):
    text = query.filter.text if query.filter else ""
    if '"' in text or query.orderby:
        raise Malformed("Only a filter on Timestamp is supported here.")


def child_of(resource, navigation):
    """The resource and column of the lines below a header; NotFound when there is none."""
    known = navigation in resource.fields or (
        resource.table == "Documents" and navigation == "Attachments")
    if not known or navigation not in PARENTS:
        raise NotFound(f"Resource not found for the segment '{navigation}'.")
    child, column = PARENTS[navigation]
    return find(child), column


def entity_document(books, resource, key, root, expand=()):
    """The full record of one row, as the reply of a POST shows it."""
    reader = Reader(books, lists.shown(books, resource), Query(expand=list(expand)), root)
    reader.scope.append(f"{resource.column(resource.key)} = ?")
    reader.scope_params.append(key)
    return {"d": reader._entity(reader._page(1)[0])}
