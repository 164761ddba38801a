# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pages for people: look into an administration, book a payment, close a period."""
