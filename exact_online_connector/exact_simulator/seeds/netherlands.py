# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Dutch administrations (administration-defaults.md 1.2, 2.3, 3.2, 4, 12).

The last column of each row is its evidence: recorded, documented, inferred or invented.
"""

# Code, description, type, GL account, flags.
JOURNALS_A = (
    ("10", "Kas", 10, "1000", {}, "invented"),
    ("20", "Bank", 12, "1100", {"IBAN": "NL91ABNA0417164300"}, "inferred"),
    ("60", "Inkoopboek", 22, "1600", {}, "inferred"),
    ("61", "Inkoopboek vreemde valuta", 22, "1600", {"currencies": True}, "invented"),
    ("70", "Verkoopboek", 20, "1300", {}, "recorded"),
    ("71", "Verkoopboek vreemde valuta", 20, "1300", {"currencies": True}, "invented"),
    ("79", "Verkoopboek (oud)", 20, "1300", {"blocked": True}, "invented"),
    ("90", "Memoriaal", 90, None, {}, "inferred"),
    ("93", "Afletterverschillen", 90, None, {"vat": True}, "inferred"),
)
JOURNALS_B = (
    ("10", "Kas", 10, "1000", {}, "invented"),
    ("20", "Bank", 12, "1100", {"IBAN": "NL02RABO0123456789"}, "inferred"),
    ("70", "Inkoop", 22, "1600", {}, "documented"),
    ("80", "Verkoop", 20, "1300", {}, "documented"),
    ("89", "Verkoop (oud)", 20, "1300", {"blocked": True}, "invented"),
    ("90", "Memoriaal", 90, None, {}, "inferred"),
    ("93", "Afletterverschillen", 90, None, {"vat": True}, "invented"),
)
JOURNALS_C = (
    ("10", "Kas", 10, "1000", {}, "invented"),
    ("20", "Bank", 12, "1100", {"IBAN": "NL20INGB0001234567"}, "inferred"),
    ("50", "Verkoopboek", 20, "1300", {}, "recorded"),
    ("60", "Inkoopboek", 22, "1600", {}, "inferred"),
    ("90", "Memoriaal", 90, None, {}, "inferred"),
    ("93", "Afletterverschillen", 90, None, {"vat": True}, "invented"),
    ("VER", "Verkoop webwinkel", 20, "1300", {}, "recorded"),
)

# Code, description, type, transaction type, percentage, EU listing, charged, to pay, to claim.
VAT_CODES = (
    ("0", "Geen btw", "B", "B", "0", "N", False, None, None, "recorded"),
    ("1", "BTW laag tarief, exclusief", "E", "B", "0.09", "N", False, "1501", "1520", "documented"),
    ("2", "BTW hoog tarief, exclusief", "E", "B", "0.21", "N", False, "1500", "1520", "recorded"),
    ("3", "BTW laag tarief, inclusief", "I", "B", "0.09", "N", False, "1501", "1520", "inferred"),
    ("4", "BTW hoog tarief, inclusief", "I", "B", "0.21", "N", False, "1500", "1520", "recorded"),
    ("6", "Verkoop buiten de EU", "B", "S", "0", "N", False, "1500", None, "inferred"),
    ("7", "Verkoop binnen de EU", "B", "S", "0", "L", False, "1500", None, "recorded"),
    ("8", "Diensten binnen de EU", "B", "S", "0", "S", False, "1500", None, "invented"),
    ("VV", "Verkoop, btw verlegd", "B", "S", "0", "N", False, "1500", None, "invented"),
    ("IV", "Inkoop, btw verlegd naar mij", "E", "P", "0.21", "N", True, "1505", "1520", "invented"),
    ("IG", "Inkoop goederen EU hoog", "E", "P", "0.21", "L", True, "1506", "1520", "invented"),
    ("ID", "Inkoop diensten EU hoog", "E", "P", "0.21", "N", True, "1506", "1520", "invented"),
    ("IB", "Inkoop buiten EU (art. 23)", "E", "P", "0.21", "N", True, "1506", "1520", "invented"),
    ("VR", "Vrijgesteld", "N", "B", "0", "N", False, None, None, "invented"),
    ("OUD", "BTW hoog tarief 19%", "E", "B", "0.19", "N", False, "1500", "1520", "invented"),
)
BLOCKED_VAT_CODES = ("OUD",)
VAT_CODES_B = tuple(
    row for row in VAT_CODES if row[0] in ("0", "1", "2", "3", "4", "6", "7", "IV", "IG", "OUD"))
VAT_CODES_C = (
    ("0", "Geen btw", "B", "B", "0", "N", False, None, None, "recorded"),
    ("01", "Af te dragen BTW laag tarief, exclusief", "E", "S", "0.09", "N", False, "1501", None,
     "invented"),
    ("02", "Af te dragen BTW hoog tarief, exclusief", "E", "S", "0.21", "N", False, "1500", None,
     "recorded"),
    ("03", "BTW voorheffing", "E", "P", "0.21", "N", False, None, "1520", "recorded"),
    ("04", "BTW voorheffing laag", "E", "P", "0.09", "N", False, None, "1520", "invented"),
    ("07", "Verkoop binnen de EU", "B", "S", "0", "L", False, "1500", None, "invented"),
)

# Code, description, type, default VAT code.
CHART = (
    ("0100", "Inventaris", 30, None, "invented"),
    ("0190", "Afschrijving inventaris", 35, None, "invented"),
    ("0200", "Vervoermiddelen", 30, None, "invented"),
    ("0290", "Afschrijving vervoermiddelen", 35, None, "invented"),
    ("0600", "Kapitaal", 50, None, "invented"),
    ("0650", "Winstreserve", 52, None, "invented"),
    ("0800", "Lening o/g", 55, None, "invented"),
    ("1000", "Kas", 10, None, "invented"),
    ("1050", "Kruisposten", 90, None, "documented"),
    ("1100", "Bank", 12, None, "documented"),
    ("1300", "Debiteuren", 20, None, "documented"),
    ("1310", "Vooruitbetaald door debiteuren", 21, None, "invented"),
    ("1400", "Vooruitbetaalde kosten", 26, None, "invented"),
    ("1500", "Af te dragen BTW hoog", 24, None, "documented"),
    ("1501", "Af te dragen BTW laag", 24, None, "invented"),
    ("1505", "Af te dragen BTW verlegd", 24, None, "invented"),
    ("1506", "Af te dragen BTW EU-verwervingen", 24, None, "invented"),
    ("1520", "Te vorderen BTW", 24, None, "invented"),
    ("1600", "Crediteuren", 22, None, "inferred"),
    ("1700", "Te betalen lonen", 25, None, "invented"),
    ("1800", "Nog te betalen kosten", 27, None, "invented"),
    ("2000", "Vraagposten", 90, None, "invented"),
    ("3000", "Voorraad", 40, None, "invented"),
    ("3310", "Voorraad handelsgoederen", 40, None, "recorded"),
    ("4000", "Personeelskosten", 125, None, "documented"),
    ("4100", "Huur", 121, "2", "invented"),
    ("4200", "Verkoopkosten", 121, "2", "invented"),
    ("4300", "Autokosten", 121, "2", "invented"),
    ("4400", "Kantoorkosten", 121, "2", "invented"),
    ("4410", "Telefoon en internet", 121, "2", "invented"),
    ("4450", "Contributies en abonnementen", 121, "2", "invented"),
    ("4500", "Algemene kosten", 121, "2", "documented"),
    ("4600", "Accountantskosten", 121, "2", "invented"),
    ("4700", "Afschrijvingskosten", 122, None, "invented"),
    ("4800", "Bankkosten", 120, None, "invented"),
    ("4920", "Koersverschillen", 120, None, "invented"),
    ("4930", "Betalingsverschillen", 120, None, "invented"),
    ("7000", "Inkopen", 111, "2", "invented"),
    ("7010", "Inkopen handelsgoederen", 111, "2", "recorded"),
    ("7020", "Inkopen binnen de EU", 111, None, "invented"),
    ("7030", "Inkopen buiten de EU", 111, None, "invented"),
    ("7100", "Uitbesteed werk", 111, "2", "invented"),
    ("8000", "Omzet binnenland hoog", 110, "2", "documented"),
    ("8010", "Omzet binnenland laag", 110, "1", "recorded"),
    ("8020", "Omzet diensten", 110, "2", "invented"),
    ("8090", "Overige omzet", 110, "2", "documented"),
    ("8100", "Omzet EU", 110, "7", "documented"),
    ("8110", "Omzet buiten EU", 110, "6", "documented"),
    ("8120", "Omzet EU particulier", 110, None, "documented"),
    ("8900", "Kortingen", 110, None, "invented"),
    ("9000", "Rentebaten", 160, None, "invented"),
    ("9100", "Rentelasten", 120, None, "invented"),
    ("9900", "Geblokkeerde rekening", 90, None, "invented"),
)
BLOCKED_ACCOUNTS = ("9900",)

# Accounts with rules of their own: code, description, type, default VAT code, letter, rules.
SPECIAL_ACCOUNTS = (
    ("4320", "Autokosten, btw half aftrekbaar", 121, "2", None,
     {"non_deductible": "0.5", "non_deductible_account": "4390"}, "invented"),
    ("4330", "Representatie, btw niet aftrekbaar", 121, "2", None, {"non_deductible": "1"},
     "invented"),
    ("4340", "Telefoon, deels privé", 121, "2", None,
     {"private": "0.25", "private_account": "0690"}, "invented"),
    ("4350", "Projectkosten per kostenplaats", 121, "2", None, {"cost_center": True}, "invented"),
    ("8030", "Omzet per kostendrager", 110, "2", None, {"cost_unit": True}, "invented"),
    ("0690", "Privé-opnamen", 50, None, None, {}, "invented"),
    ("1395", "Terug te vorderen bronbelasting", 32, None, None, {}, "invented"),
    ("1595", "Af te dragen bronbelasting", 100, None, None, {}, "invented"),
    ("4390", "Niet-aftrekbare btw", 120, None, None, {}, "invented"),
    ("4940", "Afrondingsverschillen", 120, None, None, {}, "invented"),
    ("4950", "Kasverschillen", 120, None, None, {}, "invented"),
)

# Six-digit accounts as Odoo's Dutch chart numbers them.
ODOO_CHART = (
    ("100000", "Kas (6)", 10, None, "invented"),
    ("110000", "Debiteuren (6)", 20, None, "invented"),
    ("130000", "Crediteuren (6)", 22, None, "invented"),
    ("150000", "Btw af te dragen hoog (6)", 24, None, "invented"),
    ("151000", "Btw af te dragen laag (6)", 24, None, "invented"),
    ("153000", "Voorbelasting (6)", 24, None, "invented"),
)
# Class prefix, name, type, evidence: rows prefix + 100, 200, … 900.
ODOO_RANGES = (
    ("400", "Personeelskosten", 125, "invented"),
    ("410", "Huisvestingskosten", 121, "invented"),
    ("420", "Exploitatiekosten", 121, "invented"),
    ("430", "Verkoopkosten", 121, "invented"),
    ("440", "Autokosten", 121, "invented"),
    ("450", "Kantoorkosten", 121, "invented"),
    ("460", "Algemene kosten", 121, "invented"),
    ("470", "Financiële lasten", 120, "invented"),
    ("480", "Afschrijvingen", 122, "invented"),
    ("490", "Overige kosten", 120, "invented"),
    ("700", "Inkoopwaarde", 111, "invented"),
    ("701", "Inkoopwaarde EU", 111, "invented"),
    ("702", "Inkoopwaarde buiten EU", 111, "invented"),
    ("710", "Uitbesteed werk", 111, "invented"),
    ("800", "Omzet NL handelsgoederen", 110, "invented"),
    ("801", "Omzet NL productie", 110, "invented"),
    ("802", "Omzet NL diensten", 110, "invented"),
    ("810", "Omzet EU handelsgoederen", 110, "invented"),
    ("811", "Omzet EU diensten", 110, "invented"),
    ("820", "Omzet buiten EU handelsgoederen", 110, "invented"),
    ("821", "Omzet buiten EU diensten", 110, "invented"),
    ("840", "Overige opbrengsten", 110, "invented"),
    ("900", "Bijzondere baten", 140, "invented"),
    ("910", "Bijzondere lasten", 130, "invented"),
)

# Code, description, days, months to the end of, method.
CONDITIONS = (
    ("00", "Contant", 0, 0, "K", "invented"),
    ("07", "7 dagen", 7, 0, "B", "invented"),
    ("14", "14 dagen", 14, 0, "B", "recorded"),
    ("21", "21 dagen", 21, 0, "B", "recorded"),
    ("30", "30 dagen", 30, 0, "B", "invented"),
    ("60", "60 dagen", 60, 0, "B", "invented"),
    ("IN", "Automatische incasso", 14, 0, "I", "invented"),
    ("2T", "50% na 30 dagen, 50% na 60 dagen", 30, 0, "B", "invented"),
)
PERCENTAGES = {"2T": "0.5"}
CONDITIONS_C = (
    ("1", "Binnen 4 weken", 28, 0, "B", "recorded"),
    ("14", "14 dagen", 14, 0, "B", "recorded"),
    ("30", "30 dagen", 30, 0, "B", "invented"),
)
