# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Everything this project needs around it: Odoo 19, Python packages, PostgreSQL, databases.

`python3 -m tests.environment <verb>` is the only entry point; the Makefile calls nothing else.
Test suites use `tests.environment.api`.
"""
