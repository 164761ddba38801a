# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""OData query options of one request, parsed and translated to SQL (facts.md 3.3).

$filter is read by a tokeniser and a precedence parser into a small tree, which is checked against
the fields of the resource and turned into SQL with parameters.
"""

import re
import urllib.parse
from dataclasses import dataclass, field
from decimal import Decimal

from .clock import milliseconds, parse_moment
from .errors import Malformed
from .store import SCALE

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<guid>guid'(?P<guid_text>[^']*)')
  | (?P<datetime>datetime'(?P<datetime_text>[^']*)')
  | (?P<string>'(?P<string_text>(?:[^']|'')*)')
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlMmDdFf]?(?![\w]))
  | (?P<name>[A-Za-z_][A-Za-z0-9_/]*)
  | (?P<symbol>[(),=])
    )""",
    re.VERBOSE,
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
# Name -> (SQL, types of the arguments, type of the result).
_FUNCTIONS = {
    "substringof": ("instr({1}, {0}) > 0", ("String", "String"), "Boolean"),
    "startswith": ("substr({0}, 1, length({1})) = {1}", ("String", "String"), "Boolean"),
    "endswith": ("substr({0}, -length({1})) = {1}", ("String", "String"), "Boolean"),
    "trim": ("trim({0})", ("String",), "String"),
    "tolower": ("lower({0})", ("String",), "String"),
    "toupper": ("upper({0})", ("String",), "String"),
    "length": ("length({0})", ("String",), "Number"),
    "indexof": ("instr({0}, {1}) - 1", ("String", "String"), "Number"),
    "concat": ("{0} || {1}", ("String", "String"), "String"),
    "substring": ("substr({0}, {1} + 1)", ("String", "Number"), "String"),
    "year": ("CAST(strftime('%Y', {0} / 1000, 'unixepoch') AS INTEGER)", ("DateTime",), "Number"),
    "month": ("CAST(strftime('%m', {0} / 1000, 'unixepoch') AS INTEGER)", ("DateTime",), "Number"),
    "day": ("CAST(strftime('%d', {0} / 1000, 'unixepoch') AS INTEGER)", ("DateTime",), "Number"),
}
_INTEGERS = {"Byte", "Int16", "Int32", "Int64"}
_OPTIONS = {"$select", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$expand",
            "$inlinecount"}


@dataclass(frozen=True)
class Token:
    kind: str
    value: object
    position: int


@dataclass(frozen=True)
class Literal:
    type: str
    value: object


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with its parameters and the Edm type of what it yields."""

    text: str
    params: tuple
    type: str


@dataclass
class Query:
    """The options of one GET; `filter` is None or Sql."""

    select: list | None = None
    filter: Sql | None = None
    orderby: list = field(default_factory=list)
    top: int | None = None
    skip: int | None = None
    skiptoken: list | None = None
    expand: list = field(default_factory=list)
    inlinecount: bool = False
    plain: dict = field(default_factory=dict)
    raw: dict = field(default_factory=dict)


def tokens(text):
    """Split an expression; Malformed at the first character that begins no token."""
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise Malformed(f"Syntax error at position {position}.")
        kind = match.lastgroup if match.lastgroup in ("number", "name", "symbol") else None
        kind = kind or next(k for k in ("guid", "datetime", "string") if match[k] is not None)
        found.append(Token(kind, _token_value(match, kind), match.start(kind)))
        position = match.end()
    return found


def _token_value(match, kind):
    if kind == "guid":
        if not _GUID.match(match["guid_text"]):
            raise Malformed("Unrecognized Guid format.")
        return match["guid_text"].lower()
    if kind == "datetime":
        try:
            return milliseconds(parse_moment(match["datetime_text"]))
        except ValueError:
            text = match["datetime_text"]
            raise Malformed(f"Unrecognized 'Edm.DateTime' literal '{text}'.") from None
    if kind == "string":
        return match["string_text"].replace("''", "'")
    if kind == "number":
        return Decimal(match["number"].rstrip("LlMmDdFf"))
    return match[kind]


def literals(text):
    """The literals of a key or a $skiptoken: [(name or None, Literal), ...]."""
    parsed, name = [], None
    items = tokens(text)
    for index, token in enumerate(items):
        if token.kind == "symbol" and token.value in ",=":
            continue
        followed = items[index + 1].value if index + 1 < len(items) else None
        if token.kind == "name" and followed == "=":
            name = token.value
            continue
        parsed.append((name, _literal(token)))
        name = None
    return parsed


def _literal(token):
    if token.kind == "guid":
        return Literal("Guid", token.value)
    if token.kind == "datetime":
        return Literal("DateTime", token.value)
    if token.kind == "string":
        return Literal("String", token.value)
    if token.kind == "number":
        return Literal("Number", token.value)
    if token.kind == "name" and token.value in ("true", "false"):
        return Literal("Boolean", int(token.value == "true"))
    if token.kind == "name" and token.value == "null":
        return Literal("Null", None)
    raise Malformed(f"Syntax error at position {token.position}.")


class _FilterParser:
    """Precedence: not, comparison, and, or; parentheses and functions anywhere."""

    def __init__(self, text, resource):
        self._tokens = tokens(text)
        self._resource = resource
        self._next = 0

    def parse(self):
        result = self._any_of()
        if self._peek():
            raise Malformed(f"Syntax error at position {self._peek().position}.")
        return _as_condition(result)

    def _peek(self, kind=None, *values):
        if self._next >= len(self._tokens):
            return None
        token = self._tokens[self._next]
        if kind and (token.kind != kind or token.value not in values):
            return None
        return token

    def _accept(self, kind, *values):
        token = self._peek(kind, *values)
        if token:
            self._next += 1
        return token

    def _expect(self, symbol):
        if not self._accept("symbol", symbol):
            token = self._peek()
            where = token.position if token else "the end"
            raise Malformed(f"Syntax error: '{symbol}' expected at position {where}.")

    def _any_of(self):
        return self._joined("or", self._all_of)

    def _all_of(self):
        return self._joined("and", self._negation)

    def _joined(self, word, operand):
        parts = [operand()]
        while self._accept("name", word):
            parts.append(operand())
        if len(parts) == 1:
            return parts[0]
        conditions = [_as_condition(each) for each in parts]
        text = f" {word.upper()} ".join(each.text for each in conditions)
        return Sql(f"({text})", sum((each.params for each in conditions), ()), "Condition")

    def _negation(self):
        if self._accept("name", "not"):
            inner = _as_condition(self._negation())
            return Sql(f"(NOT {inner.text})", inner.params, "Condition")
        return self._comparison()

    def _comparison(self):
        left = self._operand()
        operator = self._accept("name", *_OPERATORS)
        if not operator:
            return left
        right = self._operand()
        return _compare(operator, left, right)

    def _operand(self):
        if self._accept("symbol", "("):
            inner = self._any_of()
            self._expect(")")
            return inner
        token = self._peek()
        if token is None:
            raise Malformed("Syntax error: expression expected at the end.")
        self._next += 1
        if token.kind == "name" and token.value not in ("true", "false", "null"):
            if self._accept("symbol", "("):
                return self._call(token)
            return self._property(token)
        return _literal(token)

    def _call(self, token):
        if token.value not in _FUNCTIONS:
            raise Malformed(f"Unknown function '{token.value}' at position {token.position}.")
        sql, types, result = _FUNCTIONS[token.value]
        arguments = [self._operand()]
        while self._accept("symbol", ","):
            arguments.append(self._operand())
        self._expect(")")
        if len(arguments) != len(types):
            raise Malformed(
                f"No applicable function found for '{token.value}' at position {token.position}."
            )
        return _fill(sql, [_typed(a, t, token) for a, t in zip(arguments, types, strict=True)],
                     result)

    def _property(self, token):
        found = field_of(self._resource, token.value, token.position)
        return Sql(self._resource.column(found.name), (), found.type)


def _fill(template, arguments, result):
    """SQL with {0}, {1} replaced, its parameters in the order in which they appear."""
    params = []
    for number in re.findall(r"\{(\d)\}", template):
        params.extend(arguments[int(number)].params)
    return Sql(f"({template.format(*(a.text for a in arguments))})", tuple(params), result)


def _typed(argument, wanted, token):
    if isinstance(argument, Literal):
        if argument.type != wanted:
            raise Malformed(
                f"No applicable function found for '{token.value}' at position {token.position}."
            )
        value = int(argument.value) if wanted == "Number" else argument.value
        return Sql("?", (value,), wanted)
    return argument


def _as_condition(part):
    if isinstance(part, Sql) and part.type == "Condition":
        return part
    if isinstance(part, Sql) and part.type == "Boolean":
        return Sql(f"({part.text} = 1)", part.params, "Condition")
    raise Malformed("The filter must be a condition that is true or false.")


def _compare(operator, left, right):
    if isinstance(left, Literal) and isinstance(right, Literal):
        raise Malformed("The filter compares two constants.")
    if isinstance(left, Literal):
        mirrored = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
        turned = Token("name", mirrored.get(operator.value, operator.value), operator.position)
        return _compare(turned, right, left)
    if isinstance(right, Literal):
        return _compare_with_literal(operator, left, right)
    if left.type != right.type:
        raise _incompatible(operator, left, right)
    sql = f"({left.text} {_OPERATORS[operator.value]} {right.text})"
    return Sql(sql, left.params + right.params, "Condition")


def _compare_with_literal(operator, left, literal):
    if literal.type == "Null":
        if operator.value not in ("eq", "ne"):
            raise _incompatible(operator, left, literal)
        word = "IS NULL" if operator.value == "eq" else "IS NOT NULL"
        return Sql(f"({left.text} {word})", left.params, "Condition")
    try:
        value = stored_value(left.type, literal)
    except TypeError:
        raise _incompatible(operator, left, literal) from None
    sql = f"({left.text} {_OPERATORS[operator.value]} ?)"
    return Sql(sql, (*left.params, value), "Condition")


def _incompatible(operator, left, right):
    return Malformed(
        f"Operator '{operator.value}' incompatible with operand types 'Edm.{left.type}' and "
        f"'Edm.{right.type}' at position {operator.position}."
    )


def stored_value(edm_type, literal):
    """A literal as the database keeps a field of that type; TypeError when they do not agree."""
    if literal.type == "Null":
        return None
    if literal.type == "Number":
        if edm_type == "Double":
            return int(literal.value * SCALE)
        if edm_type in _INTEGERS or edm_type == "Number":
            whole = int(literal.value)
            return whole if whole == literal.value else float(literal.value)
    elif literal.type == edm_type or (edm_type == "Condition" and literal.type == "Boolean"):
        return literal.value
    raise TypeError(f"{literal.type} is no {edm_type}")


def field_of(resource, name, position=0):
    """The field of that name; Malformed when the resource has none."""
    found = resource.fields.get(name)
    if found is None or found.type == "List":
        raise Malformed(
            f"No property '{name}' exists in type '{resource.entity_type}' at position {position}."
        )
    return found


def parse_query(query_string, resource):
    """The options of a raw query string, checked against the resource; Malformed otherwise."""
    options = dict(urllib.parse.parse_qsl(query_string, keep_blank_values=True))
    unknown = [name for name in options if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise Malformed(f"The query parameter '{unknown[0]}' is not supported.")
    query = Query(raw=options)
    query.plain = {name: value for name, value in options.items() if not name.startswith("$")}
    query.select = _select(options.get("$select"), resource)
    query.expand = [each.strip() for each in options.get("$expand", "").split(",") if each.strip()]
    query.orderby = _orderby(options.get("$orderby"), resource)
    query.top = _count("$top", options.get("$top"))
    query.skip = _count("$skip", options.get("$skip"))
    query.inlinecount = options.get("$inlinecount") == "allpages"
    if options.get("$filter", "").strip():
        query.filter = _FilterParser(options["$filter"], resource).parse()
    if "$skiptoken" in options:
        query.skiptoken = [literal for _, literal in literals(options["$skiptoken"])]
    return query


def _select(text, resource):
    if not text or not text.strip():
        return None
    names = [each.strip() for each in text.split(",") if each.strip()]
    if "*" in names:
        if resource.is_sync:
            raise Malformed("$select=* is not supported here. Name the properties.")
        return None
    for name in names:
        if name.split("/")[0] not in resource.fields:
            field_of(resource, name)
    return [name.split("/")[0] for name in names]


def _orderby(text, resource):
    order = []
    for part in (text or "").split(","):
        words = part.split()
        if not words:
            continue
        if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
            raise Malformed(f"Syntax error in $orderby: '{part.strip()}'.")
        order.append((field_of(resource, words[0]).name, words[-1] == "desc"))
    return order


def _count(name, text):
    if text is None:
        return None
    if not text.strip().isdigit():
        raise Malformed(f"Incorrect format for {name} argument '{text}'.")
    return int(text)
