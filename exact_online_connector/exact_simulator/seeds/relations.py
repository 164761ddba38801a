# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Relations of the administrations; all of them invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A relation; `vat` holds the eight digits that a valid VAT number is made from."""

    code: str
    name: str
    country: str
    city: str
    status: str = "C"
    supplier: bool = False
    vat: str = ""
    email: str = ""
    blocked: bool = False
    evidence: str = "invented"


NL = (
    Relation("1", "Fietsenhandel De Ketting B.V.", "NL", "Utrecht", vat="80372580",
             email="boekhouding@deketting.example"),
    Relation("2", "Bakkerij Het Gouden Brood", "NL", "Leiden", vat="81234561",
             email="info@goudenbrood.example"),
    Relation("3", "Bakkerij Het Gouden Brood (dubbel)", "NL", "Leiden", vat="81234561"),
    Relation("4", "Zeilmakerij Noordenwind", "NL", "Sneek", supplier=True, vat="82345671"),
    Relation("5", "Groothandel Van Dam", "NL", "Zwolle", status="A", supplier=True,
             vat="83456781", email="facturen@vandam.example"),
    Relation("6", "Papierfabriek Roermond", "NL", "Roermond", status="A", supplier=True,
             vat="84567891"),
    Relation("7", "Leverancier zonder vinkje", "NL", "Assen", status="A"),
    Relation("8", "Prospect Janssen", "NL", "Breda", status="P"),
    Relation("9", "Wanbetaler B.V.", "NL", "Almere", blocked=True, vat="85678902"),
    Relation("10", "Müller & Söhne GmbH", "DE", "Köln", supplier=True),
    Relation("11", "Smith Trading Ltd", "GB", "London"),
    Relation("12", "O'Neill & Zonen", "NL", "Den Haag", vat="86789011"),
)
BE = (
    Relation("100", "Brouwerij De Zwaan NV", "BE", "Gent", vat="04034019",
             email="boekhouding@dezwaan.example"),
    Relation("101", "Garage Peeters BV", "BE", "Mechelen", vat="04773472",
             email="info@garagepeeters.example"),
    Relation("102", "Garage Peeters (dubbel)", "BE", "Mechelen", vat="04773472"),
    Relation("103", "Chocolaterie Dumont SRL", "BE", "Namur", supplier=True, vat="08230019"),
    Relation("104", "Kantoorland NV", "BE", "Antwerpen", status="A", supplier=True,
             vat="04158345", email="facturen@kantoorland.example"),
    Relation("105", "Imprimerie Lambert SA", "BE", "Liège", status="A", supplier=True,
             vat="04422009"),
    Relation("106", "Leverancier zonder vinkje", "BE", "Hasselt", status="A"),
    Relation("107", "Prospect Claes", "BE", "Leuven", status="P"),
    Relation("108", "Wanbetaler NV", "BE", "Oostende", blocked=True, vat="04567890"),
    Relation("109", "Fietsenhandel De Ketting B.V.", "NL", "Utrecht", vat="80372580"),
    Relation("110", "Müller & Söhne GmbH", "DE", "Köln", supplier=True),
    Relation("111", "Smith Trading Ltd", "GB", "London"),
    Relation("123456789012345678", "Relatie met een lange code", "BE", "Brugge"),
)


def vat_number(relation):
    """A VAT number with correct check digits, or None."""
    if not relation.vat:
        return None
    if relation.country == "BE":
        return f"BE{relation.vat}{97 - int(relation.vat) % 97:02}"
    check = sum(w * int(d) for w, d in zip(range(9, 1, -1), relation.vat, strict=True)) % 11
    if check == 10:
        raise ValueError(f"{relation.vat} has no Dutch check digit")
    return f"NL{relation.vat}{check}B01"


def iban(country, bank, number):
    """An IBAN with correct check digits, e.g. iban("BE", "539", "0075470")."""
    body = f"{bank}{number}"
    if country == "BE":
        body += f"{int(body) % 97 or 97:02}"
    digits = "".join(str(int(each, 36)) for each in f"{body}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{body}"
