# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..exact_api import ExactError

_logger = logging.getLogger(__name__)


class ExactOAuth(http.Controller):
    """Where Exact sends the browser back to after the consent page."""

    @http.route("/exact_online/oauth/return", type="http", auth="user", methods=["GET"])
    def consent_given(self, code=None, state=None, error=None, **_kwargs):
        """Accept the consent, then let the person choose the company's administration."""
        if not request.env.user.has_group("exact_online_connector.group_exact_manager"):
            raise AccessError(
                request.env._("Only people with the Exact Online role Manager can connect.")
            )
        try:
            connection, company = request.env["exact.connection"]._connection_of_consent(state)
            if error or not code:
                raise UserError(request.env._("Exact Online was not given permission."))
            connection._accept_consent(code)
        except (ExactError, UserError) as refusal:
            _logger.info("Exact Online consent not accepted: %s", refusal)
            return request.render(
                "exact_online_connector.consent_refused", {"reason": str(refusal)}
            )
        request.future_response.set_cookie("cids", str(company.id))
        sync = request.env["exact.initial.sync"].with_company(company)._of(company)
        action = "action-exact_online_connector.exact_initial_sync_action"
        return request.redirect(f"/odoo/{action}/{sync.id}")
