# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What runs in Odoo's processes. The pytest process never imports this."""
