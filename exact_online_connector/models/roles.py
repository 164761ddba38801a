# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may do what people do by a button, on records that nobody may write."""

from odoo.exceptions import AccessError


def check_operator(env):
    """:raises AccessError: unless the user has the role Operator"""
    if not env.user.has_group("exact_online_connector.group_exact_operator"):
        raise AccessError(env._("Only people with the Exact Online role Operator can do this."))


def check_manager(env):
    """:raises AccessError: unless the user has the role Manager"""
    if not env.user.has_group("exact_online_connector.group_exact_manager"):
        raise AccessError(env._("Only people with the Exact Online role Manager can do this."))
