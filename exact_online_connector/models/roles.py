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


def check_user(env):
    """:raises AccessError: unless the user has the role User"""
    if not env.user.has_group("exact_online_connector.group_exact_user"):
        raise AccessError(env._("Only people with a role in Exact Online can see this."))


def check_not_by_hand(env, kept, *values):
    """
    :param kept: names of fields that the addon keeps itself
    :param values: what somebody wants to write
    :raises AccessError: where a person writes one of them
    """
    if not env.su and any(kept & vals.keys() for vals in values):
        raise AccessError(
            env._("This is kept by the connector of Exact Online and not changed by hand.")
        )
