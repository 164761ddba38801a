# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup


def note_of(head, lines):
    """HTML of a list under its heading; what is not Markup is escaped."""
    items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
    return Markup("%s<ul>%s</ul>") % (head, items)
