# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How rows look on the wire (facts.md 3.1, 3.2): OData verbose JSON or Atom, and what is accepted.

Reading goes straight from what SQLite keeps to JSON values; writing goes from JSON values to
Python values (Decimal, datetime, bool, int, str).
"""

import base64
import binascii
import json
import re
import urllib.parse
from decimal import Decimal, InvalidOperation
from xml.sax.saxutils import escape, quoteattr

from .clock import from_milliseconds, milliseconds, parse_moment
from .errors import Malformed
from .store import SCALE

_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?$")
_JSON_DATE = re.compile(r"/Date\((-?\d+)\)/$")
_RANGES = {"Byte": (0, 255), "Int16": (-(2**15), 2**15 - 1), "Int32": (-(2**31), 2**31 - 1),
           "Int64": (-(2**63), 2**63 - 1)}


def account_code(code):
    """A relation's code as Exact keeps it: 18 wide, right-aligned."""
    return str(code).strip().rjust(18)


def vat_code(code):
    """A VAT code as Exact keeps it: 3 wide, left-aligned."""
    return str(code).strip().ljust(3)


def country_code(code):
    """A country where Exact pads it: 3 wide."""
    return str(code).strip().ljust(3)


def as_json(edm_type, stored):
    """What SQLite keeps as the JSON value that Exact sends."""
    if stored is None:
        return None
    if edm_type == "Double":
        return stored / SCALE
    if edm_type == "DateTime":
        return f"/Date({stored})/"
    if edm_type == "Boolean":
        return bool(stored)
    if edm_type == "Int64":
        return str(stored)
    if edm_type == "Binary":
        return None
    return stored


def key_literal(edm_type, stored):
    """A key as it stands in a URL: guid'…', 12, 12L or '…'."""
    if stored is None:
        return "null"
    if edm_type == "Guid":
        return f"guid'{stored}'"
    if edm_type == "DateTime":
        moment = from_milliseconds(stored).isoformat(timespec="milliseconds")
        return f"datetime'{moment.rstrip('0').rstrip('.') if '.' in moment else moment}'"
    if edm_type == "Int64":
        return f"{stored}L"
    if edm_type == "Double":
        return f"{Decimal(stored) / SCALE:f}"
    if edm_type == "String":
        return "'" + str(stored).replace("'", "''") + "'"
    if edm_type == "Boolean":
        return "true" if stored else "false"
    return str(stored)


def quoted(literal):
    """A literal percent-encoded for a URL, quotes and commas left as they are."""
    return urllib.parse.quote(literal, safe="',()")


def envelope(text):
    """Exact's error body."""
    return {"error": {"code": "", "message": {"lang": "", "value": text}}}


def parse_body(data):
    """The JSON object of a request, numbers as Decimal; Malformed otherwise."""
    try:
        body = json.loads(data.decode("utf-8-sig") or "null", parse_float=Decimal)
    except (ValueError, UnicodeDecodeError):
        raise Malformed("Error processing request stream. Invalid JSON.") from None
    if not isinstance(body, dict):
        raise Malformed(
            "Error processing request stream. The request should be a valid top-level resource "
            "object."
        )
    return body


def accept(field, value):
    """A JSON value for a field as a Python value; Malformed when the types do not agree."""
    if value is None:
        return None
    try:
        return _READERS.get(field.type, _integer)(field, value)
    except (TypeError, ValueError, InvalidOperation, OverflowError, binascii.Error):
        kind = "Byte[]" if field.type == "Binary" else field.type
        raise Malformed(
            "Error processing request stream. Error encountered in converting the value from "
            f"request payload for property '{field.name}' to type '{kind}', which is the property "
            "type. See inner exception for more detail."
        ) from None


def _text(_field, value):
    if not isinstance(value, str):
        raise TypeError
    return value


def _guid(_field, value):
    return _GUID.match(value)[1].lower()


def _amount(_field, value):
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise TypeError
    amount = Decimal(value)
    if not amount.is_finite() or abs(amount) >= 10**10:
        raise ValueError
    return amount


def _moment(_field, value):
    match = _JSON_DATE.match(value)
    moment = from_milliseconds(int(match[1])) if match else parse_moment(value)
    milliseconds(moment)
    return moment


def _boolean(_field, value):
    if not isinstance(value, bool):
        raise TypeError
    return value


def _integer(field, value):
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise TypeError
    number = Decimal(value)
    low, high = _RANGES[field.type]
    if number != int(number) or not low <= number <= high:
        raise ValueError
    return int(number)


def _binary(_field, value):
    return base64.b64decode(value, validate=True)


_READERS = {"String": _text, "Guid": _guid, "Double": _amount, "DateTime": _moment,
            "Boolean": _boolean, "Binary": _binary}


def atom(document, title):
    """The Atom form of a JSON answer, for clients that do not ask for JSON (facts.md 3.1)."""
    data = document.get("d") if isinstance(document, dict) else None
    namespaces = ('xmlns="http://www.w3.org/2005/Atom" '
                  'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
                  'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"')
    if data is None:
        message = document["error"]["message"]["value"]
        return ('<?xml version="1.0" encoding="utf-8"?><m:error xmlns:m="http://schemas.microsoft.'
                'com/ado/2007/08/dataservices/metadata"><m:code /><m:message xml:lang="">'
                f"{escape(message)}</m:message></m:error>")
    is_list = isinstance(data, list) or "results" in data
    if not is_list:
        body = _atom_entry(data, namespaces)
        return f'<?xml version="1.0" encoding="utf-8"?>{body}'
    rows = data if isinstance(data, list) else data["results"]
    following = data.get("__next") if isinstance(data, dict) else None
    link = f"<link rel=\"next\" href={quoteattr(following)} />" if following else ""
    entries = "".join(_atom_entry(row, "") for row in rows)
    return (f'<?xml version="1.0" encoding="utf-8"?><feed {namespaces}>'
            f"<title>{escape(title)}</title>{entries}{link}</feed>")


def _atom_entry(row, namespaces):
    properties = "".join(
        f'<d:{name} m:null="true" />' if value is None
        else f"<d:{name}>{_atom_text(value)}</d:{name}>"
        for name, value in row.items()
        if name != "__metadata" and not isinstance(value, (dict, list))
    )
    identity = escape(row.get("__metadata", {}).get("uri", ""))
    return (f"<entry {namespaces}><id>{identity}</id><content type=\"application/xml\">"
            f"<m:properties>{properties}</m:properties></content></entry>")


def _atom_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    match = _JSON_DATE.match(value) if isinstance(value, str) else None
    return from_milliseconds(int(match[1])).isoformat() if match else escape(str(value))
