# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two small companies with a few weeks of invoices; run inside `odoo shell`, which provides `env`.

Every name is invented. The VAT numbers and bank accounts have valid check digits, since Odoo and
Exact Online both refuse others. Amounts are in euro, without VAT.
"""

from collections import namedtuple
from datetime import date, timedelta

Country = namedtuple("Country", "code chart company customers suppliers taxes expenses bank")
Contact = namedtuple("Contact", "name vat registry street zip city email phone bank")
Item = namedtuple("Item", "code name kind price cost rate")
Line = namedtuple("Line", "item quantity discount", defaults=(0,))
Bill = namedtuple("Bill", "supplier days_ago reference lines")  # lines: (text, account, amount)

LONG_TEXT = (
    "Analysis, configuration and go-live of the warehouse process, as agreed in our offer of last "
    "spring and confirmed by e-mail:\n"
    "- three workshops with the people of purchasing, receiving and dispatch;\n"
    "- set-up of locations, routes and reordering rules, with a trial run of two weeks;\n"
    "- training on site and a written manual (24 pages, with screenshots).\n"
    "Travel and accommodation are included. Work on Saturday 14 was done at the ordinary rate.")

# rate: "high" is 21 % in both countries, "low" is 6 % in Belgium and 9 % in the Netherlands.
ITEMS = (
    Item("CONS", "Consulting, per hour", "service", 95.00, 0.00, "high"),
    Item("LAMP", "LED desk lamp", "consu", 49.90, 27.50, "high"),
    Item("BOOK", "Handbook (printed)", "consu", 24.50, 11.00, "low"),
    Item("MAINT", "Maintenance, per month", "service", 150.00, 0.00, "high"),
)

BELGIUM = Country(
    code="BE", chart="be_comp", bank="BE40068241553063",
    company=Contact("Demo Brussel BV", "BE0428165324", "0428165324", "Voorbeeldstraat 12", "1000",
                    "Brussel", "info@demo-brussel.example", "+32 2 555 01 10", ""),
    customers=(
        Contact("Bakkerij De Korenbloem BV", "BE0451709204", "0451709204", "Dorpsplein 4", "9000",
                "Gent", "boekhouding@korenbloem.example", "+32 9 555 01 21", ""),
        Contact("Garage Peeters & Zonen", "BE0837412678", "0837412678", "Steenweg 118", "2800",
                "Mechelen", "info@garage-peeters.example", "+32 15 55 01 22", ""),
        Contact("Imprimerie du Canal SRL", "BE0509338486", "0509338486", "Quai aux Briques 31",
                "1000", "Bruxelles", "compta@imprimerie-canal.example", "+32 2 555 01 23", ""),
        Contact("Kinderopvang 't Nestje VZW", "BE0662845144", "0662845144", "Lindelaan 9", "3000",
                "Leuven", "facturen@nestje.example", "+32 16 55 01 24", ""),
        Contact("Atelier Lefèvre SRL", "BE0741229557", "0741229557", "Rue de la Gare 77", "4000",
                "Liège", "bonjour@atelier-lefevre.example", "+32 4 555 01 25", ""),
        Contact("Zeezicht Vastgoed NV", "BE0476301870", "0476301870", "Zeedijk 200", "8400",
                "Oostende", "admin@zeezicht.example", "+32 59 55 01 26", ""),
    ),
    suppliers=(
        Contact("Kantoorpunt NV", "BE0553882767", "0553882767", "Industrieweg 5", "2030",
                "Antwerpen", "verkoop@kantoorpunt.example", "+32 3 555 01 31", "BE40001773302163"),
        Contact("Stroom & Zoon BV", "BE0687441077", "0687441077", "Windmolenstraat 3", "8500",
                "Kortrijk", "facturatie@stroomenzoon.example", "+32 56 55 01 32",
                "BE52363091244809"),
        Contact("Serveur Libre SRL", "BE0719335667", "0719335667", "Avenue des Bits 64", "5000",
                "Namur", "billing@serveurlibre.example", "+32 81 55 01 33", "BE20735014421056"),
    ),
    taxes={("sale", "high"): "attn_VAT-OUT-21-L", ("sale", "low"): "attn_VAT-OUT-06-L",
           ("purchase", "high"): "attn_VAT-IN-V81-21", ("purchase", "low"): "attn_VAT-IN-V81-06",
           "expense": "attn_VAT-IN-V82-21-S"},
    expenses={"office": "a6120", "energy": "a6125", "software": "a613310", "goods": "a604"},
)

NETHERLANDS = Country(
    code="NL", chart="nl", bank="NL91ABNA0417164300",
    company=Contact("Demo Utrecht B.V.", "NL812345010B01", "34512345", "Voorbeeldkade 8", "3511 AB",
                    "Utrecht", "info@demo-utrecht.example", "+31 30 555 0110", ""),
    customers=(
        Contact("Fietsenmakerij Het Wiel", "NL813058788B01", "34512401", "Oudegracht 210",
                "3511 NR", "Utrecht", "werkplaats@hetwiel.example", "+31 30 555 0121", ""),
        Contact("Bloemen van Dijk V.O.F.", "NL813772552B01", "34512402", "Kerkstraat 16",
                "1431 BS", "Aalsmeer", "administratie@bloemenvandijk.example", "+31 297 555 122",
                ""),
        Contact("Tandartspraktijk Zuid B.V.", "NL814486320B01", "34512403", "Zuidlaan 44",
                "5611 AX", "Eindhoven", "praktijk@tandzuid.example", "+31 40 555 0123", ""),
        Contact("Stichting Muziekhuis Noord", "NL815200092B01", "34512404", "Havenstraat 2",
                "9711 ES", "Groningen", "penningmeester@muziekhuis.example", "+31 50 555 0124",
                ""),
        Contact("Architectenbureau Lijn & Vlak", "NL815913862B01", "34512405", "Wijnhaven 90",
                "3011 WP", "Rotterdam", "studio@lijnenvlak.example", "+31 10 555 0125", ""),
        Contact("Hotel De Gouden Leeuw B.V.", "NL816627630B01", "34512406", "Markt 1", "6211 CK",
                "Maastricht", "receptie@goudenleeuw.example", "+31 43 555 0126", ""),
    ),
    suppliers=(
        Contact("Papier & Co B.V.", "NL817341407B01", "34512501", "Fabrieksweg 20", "7511 BB",
                "Enschede", "orders@papierenco.example", "+31 53 555 0131", "NL91RABO0315273637"),
        Contact("Groene Energie Coöperatie U.A.", "NL818055170B01", "34512502", "Dijk 1",
                "8911 AA", "Leeuwarden", "facturen@groene-energie.example", "+31 58 555 0132",
                "NL20INGB0001234567"),
        Contact("Wolk Hosting B.V.", "NL818768940B01", "34512503", "Serverstraat 19", "1098 XG",
                "Amsterdam", "billing@wolkhosting.example", "+31 20 555 0133",
                "NL21TRIO0254683927"),
    ),
    taxes={("sale", "high"): "btw_21", ("sale", "low"): "btw_9",
           ("purchase", "high"): "btw_21_buy", ("purchase", "low"): "btw_9_buy",
           "expense": "btw_21_buy_d"},
    expenses={"office": "4310", "energy": "4130", "software": "4360", "goods": "7001"},
)

# (customer, days ago, lines); 0 days ago is the draft that a visitor posts.
SALES = (
    (0, 58, (Line("CONS", 6), Line("BOOK", 2))),
    (1, 44, (Line("LAMP", 12, 10), Line("MAINT", 1))),
    (2, 36, (Line("CONS", 38.5),)),
    (3, 23, (Line("BOOK", 25), Line("LAMP", 3), Line("CONS", 1.5))),
    (4, 12, (Line("MAINT", 3),)),
    (5, 4, (Line("LAMP", 7), Line("BOOK", 7), Line("MAINT", 1))),
)
# (name, login and password, language)
BOOKKEEPERS = (
    ("Anna Accountant", "accountant", "en_US"),
    ("Bert Boekhouder", "boekhouder", "nl_NL"),
    ("Claire Comptable", "comptable", "fr_BE"),
)
WITH_LONG_TEXT = 2
CREDITED = 1
DRAFT = (0, (Line("CONS", 4), Line("LAMP", 2), Line("BOOK", 1)))
BILLS = (
    Bill(0, 50, "F-20871", (("Paper and toner", "office", 184.35), ("Chairs, 2", "office", 398.0))),
    Bill(1, 30, "2291-118", (("Electricity, advance", "energy", 240.0),)),
    Bill(2, 10, "WH/5501", (("Server, one month", "software", 89.0), ("Backup", "software", 19.5),
                            ("Domain names", "software", 24.99))),
)


def make_demo(env):
    """Fill a database that has the charts installed; the caller commits."""
    first = env["res.company"].browse(1)
    second = env["res.company"].create({"name": NETHERLANDS.company.name})
    companies = [(BELGIUM, first), (NETHERLANDS, second)]
    for country, company in companies:
        set_up_company(env, country, company)
    let_people_in(env, first, first + second)
    products = make_products(env, companies)
    for country, company in companies:
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        make_invoices(env, country, company, products)


def set_up_company(env, country, company):
    company.write({
        **contact_values(env, country, country.company),
        "currency_id": env.ref("base.EUR").id,
        "external_report_layout_id": env.ref("web.external_layout_standard").id,
        "logo": False,
    })
    env["account.chart.template"].try_loading(country.chart, company=company, install_demo=False)
    company.write({"anglo_saxon_accounting": False})
    env["res.partner.bank"].create({
        "acc_number": country.bank, "partner_id": company.partner_id.id, "company_id": company.id})


def let_people_in(env, current, companies):
    """admin/admin, and three who keep the books, each in a language; all see both companies."""
    speak_languages(env)
    rights = [env.ref("account.group_account_manager").id, env.ref("account.group_account_user").id]
    access = {"company_id": current.id, "company_ids": [(6, 0, companies.ids)],
              "tz": "Europe/Brussels"}
    admin = {**access, "lang": "en_US", "group_ids": [(4, right) for right in rights]}
    env.ref("base.user_admin").write(admin)
    for name, login, language in BOOKKEEPERS:
        env["res.users"].with_context(no_reset_password=True).create({
            **access, "name": name, "login": login, "password": login, "lang": language,
            "email": f"{login}@demo.example",
            "group_ids": [(4, right) for right in [env.ref("base.group_user").id, *rights]]})


def speak_languages(env):
    """Have all of Odoo in the languages of the people."""
    modules = env["ir.module.module"].search([("state", "=", "installed")])
    languages = [language for _name, _login, language in BOOKKEEPERS if language != "en_US"]
    for language in languages:
        env["res.lang"]._activate_lang(language)
    env["ir.module.module"]._load_module_terms(modules.mapped("name"), languages)


def make_products(env, companies):
    """The products that both companies sell, each with the taxes of both."""
    products = {}
    for item in ITEMS:
        taxes = {use: [tax(env, country, company, (use, item.rate)).id
                       for country, company in companies]
                 for use in ("sale", "purchase")}
        products[item.code] = env["product.product"].create({
            "name": item.name, "default_code": item.code, "type": item.kind,
            "list_price": item.price, "standard_price": item.cost,
            "taxes_id": [(6, 0, taxes["sale"])],
            "supplier_taxes_id": [(6, 0, taxes["purchase"])]})
    return products


def make_invoices(env, country, company, products):
    """Six posted invoices, a credit note, three posted bills and one draft invoice of today."""
    customers = [make_contact(env, country, contact) for contact in country.customers]
    suppliers = [make_contact(env, country, contact) for contact in country.suppliers]
    invoices = [make_invoice(env, customers[customer], days_ago, lines, products)
                for customer, days_ago, lines in SALES]
    invoices[WITH_LONG_TEXT].invoice_line_ids[0].name = LONG_TEXT
    for invoice in invoices:
        invoice.action_post()
    credit_note = invoices[CREDITED]._reverse_moves([{
        "invoice_date": date.today() - timedelta(days=9), "ref": "Two lamps came back broken"}])
    credit_note.invoice_line_ids[0].quantity = 2
    credit_note.invoice_line_ids[1:].unlink()
    credit_note.action_post()
    for bill in BILLS:
        make_bill(env, country, company, suppliers[bill.supplier], bill).action_post()
    customer, lines = DRAFT
    make_invoice(env, customers[customer], 0, lines, products)


def make_contact(env, country, contact):
    term = env.ref("account.account_payment_term_30days").id
    partner = env["res.partner"].create({
        **contact_values(env, country, contact), "is_company": True,
        "property_payment_term_id": term, "property_supplier_payment_term_id": term})
    if contact.bank:
        env["res.partner.bank"].create({"acc_number": contact.bank, "partner_id": partner.id,
                                        "allow_out_payment": True})
    return partner


def contact_values(env, country, contact):
    return {"name": contact.name, "vat": contact.vat, "company_registry": contact.registry,
            "street": contact.street, "zip": contact.zip, "city": contact.city,
            "email": contact.email, "phone": contact.phone,
            "country_id": env.ref(f"base.{country.code.lower()}").id}


def make_invoice(env, customer, days_ago, lines, products):
    return env["account.move"].create({
        "move_type": "out_invoice", "partner_id": customer.id,
        "invoice_date": date.today() - timedelta(days=days_ago),
        "invoice_line_ids": [(0, 0, {"product_id": products[line.item].id,
                                     "quantity": line.quantity, "discount": line.discount})
                             for line in lines]})


def make_bill(env, country, company, supplier, bill):
    day = date.today() - timedelta(days=bill.days_ago)
    return env["account.move"].create({
        "move_type": "in_invoice", "partner_id": supplier.id, "ref": bill.reference,
        "invoice_date": day, "date": day,
        "invoice_line_ids": [
            (0, 0, {"name": text, "quantity": 1, "price_unit": amount,
                    "account_id": chart_record(env, company, country.expenses[account]).id,
                    "tax_ids": [(6, 0, tax(env, country, company, "expense").ids)]})
            for text, account, amount in bill.lines]})


def tax(env, country, company, use):
    return chart_record(env, company, country.taxes[use])


def chart_record(env, company, name):
    return env["account.chart.template"].with_company(company).ref(name)


make_demo(env)  # noqa: F821
