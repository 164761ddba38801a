# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pages about the simulator as a whole: administrations, switches, faults, clock."""

from markupsafe import Markup

from .. import clock, faults, switches
from ..books import Books
from .layout import choice, facts, field, form, join, link, money, section, table


def administrations(books, _request, root):
    """The list of administrations with what is open in each."""
    cards = []
    codes = books.connection.execute('SELECT "Code" FROM "Divisions" ORDER BY 1').fetchall()
    for (code,) in codes:
        own = Books(books.connection, books.settings, code)
        (entries,) = own.connection.execute(
            'SELECT COUNT(*) FROM "Transactions" WHERE _division = ?', (code,)).fetchone()
        receivable, payable = open_totals(own)
        cards.append(Markup(
            '<a class="card" href="{}/administration/{}"><h2>{}</h2><p>{} · {} · {}</p>'
            "<p><b>{}</b> bookings</p><p>Customers owe <b>{}</b><br>Owed to suppliers <b>{}</b></p>"
            "</a>").format(root, code, own.company["Description"], code,
                           own.company["Country"].strip(), own.company["Currency"], entries,
                           money(receivable), money(payable)))
    return {
        "title": "Administrations",
        "lead": "Each card is a company as it would stand in Exact Online, with its own chart of "
                "accounts, journals and VAT codes.",
        "body": Markup('<div class="cards">{}</div>').format(join(cards)),
    }


def open_totals(books):
    """What customers owe and what suppliers are owed, in company currency."""
    totals = {20: 0, 22: 0}
    for term in books.rows("PaymentTerms", '"Status" <> 50'):
        totals[term["LineType"]] += term["AmountDC"]
    return totals[20], -totals[22] or 0


def switch_page(books, _request, root):
    fields = join(
        Markup('<div class="switch">{}<p>{}</p></div>').format(
            choice(name, name, options, books.switch(name)), switches.EXPLANATIONS[name])
        for name, options in switches.OPTIONS.items()
    )
    return {
        "title": "Switches",
        "lead": "Some behaviour of Exact Online is known from hearsay only. Here you choose which "
                "way the simulator behaves; the first option is the usual one.",
        "body": form(f"{root}/switches", "Save", fields, kind="primary"),
    }


def set_switches(books, values):
    chosen = {name: values[name] for name in switches.OPTIONS if name in values}
    settings = books.settings
    settings.set("switches", settings.get("switches", {}) | switches.checked(chosen))
    return "The switches are set.", None


def fault_page(books, _request, root):
    rows = [
        (fault["effect"], fault["method"], fault["path"] or "every path", fault["times"],
         fault["used"], form(f"{root}/faults", "Remove", hidden=[("remove", fault["id"])]))
        for fault in faults.listed(books.connection)
    ]
    fields = join((
        choice("What goes wrong", "effect", [
            (name, f"{name}: {text.replace('`', '')}") for name, text in faults.EFFECTS.items()]),
        choice("Method", "method", ("*", "GET", "POST", "PUT", "DELETE")),
        field("Path contains", "path", hint="SalesEntries"),
        choice("How often", "times", ("once", "always")),
        field("Status", "status", "503", kind="number"),
        field("Seconds", "seconds", "5", kind="number"),
        field("Body", "body", hint="<html>Maintenance</html>"),
    ))
    return {
        "title": "Faults",
        "lead": "Make the simulator misbehave, to see how a connector copes.",
        "body": join((
            table(("Effect", "Method", "Path", "How often", ">Struck", ""), rows,
                  "Nothing is wrong at the moment."),
            section("Add a fault", form(f"{root}/faults", "Add", fields, kind="primary")),
        )),
    }


def change_faults(books, values):
    if "remove" in values:
        faults.remove(books.connection, int(values["remove"]))
        return "The fault is removed.", None
    definition = {name: values[name] for name in ("effect", "method", "path", "times")}
    if definition["effect"] == "status":
        definition |= {"status": int(values["status"]), "body": values["body"]}
    if definition["effect"] == "delay":
        definition["seconds"] = float(values["seconds"])
    faults.add(books.connection, definition)
    return "The fault is set.", None


def clock_page(books, _request, root):
    steps = ((600, "10 minutes"), (3600, "1 hour"), (86_400, "1 day"), (2_592_000, "30 days"))
    buttons = join(form(f"{root}/clock", f"Forward {label}", hidden=[("advance", seconds)])
                   for seconds, label in steps)
    exact = form(f"{root}/clock", "Set", field("Time (UTC)", "set", hint="2026-01-31T12:00:00"))
    return {
        "title": "Clock",
        "lead": "The simulator has its own clock: tokens, limits and periods go by it.",
        "body": join((
            facts([("Simulator", books.now.strftime("%d %b %Y, %H:%M:%S UTC")),
                   ("Real time", clock.real_time().strftime("%d %b %Y, %H:%M:%S UTC"))]),
            Markup('<div class="row">{}</div>').format(buttons), exact,
            form(f"{root}/clock", "Back to real time", hidden=[("real", "1")]),
            Markup("<p>{}</p>").format(link(f"{root}/simulator/state", "State as JSON")),
        )),
    }


def move_clock(books, values):
    settings = books.settings
    if "real" in values:
        settings.set("clock_offset", 0)
    elif "advance" in values:
        settings.set("clock_offset", settings.get("clock_offset", 0) + float(values["advance"]))
    else:
        moment = clock.parse_moment(values["set"])
        settings.set("clock_offset", (moment - clock.real_time()).total_seconds())
    return "The clock is set.", None
