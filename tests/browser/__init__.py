# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A real Chromium on a real Odoo with the demo companies, its scheduled jobs and the simulator."""
