# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a person sees in the browser when Exact Online sends it back without permission."""

from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged

from .common import ExactCase

MANAGER = "base.group_user,exact_online_connector.group_exact_manager"
RETURN = "/exact_online/oauth/return"


@tagged("standard", "post_install", "-at_install")
class TestConsentPage(HttpCase, ExactCase):
    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "consenting", MANAGER, company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.authenticate("consenting", "consenting")

    def state(self):
        url = self.connection.with_user(self.manager).action_connect()["url"]
        return parse_qs(urlsplit(url).query)["state"][0]

    def returned(self, **parameters):
        return self.url_open(RETURN, params=parameters, allow_redirects=False)

    def text_of(self, answer):
        return " ".join(html.fromstring(answer.content).text_content().split())

    def test_who_says_no_reads_that_nothing_is_connected_and_how_to_go_on(self):
        text = self.text_of(self.returned(state=self.state(), error="access_denied"))
        self.assertIn("Exact Online was not given permission.", text)

    def test_what_is_forged_is_shown_as_text_and_connects_nothing(self):
        before = self.connection.authorised_on
        answer = self.returned(state="<script>alert(1)</script>", code="<b>stolen</b>")
        self.assertIn("press Connect again", self.text_of(answer))
        self.assertNotIn("<script>alert(1)", answer.text)
        self.assertNotIn("stolen", answer.text)
        self.assertEqual(self.connection.authorised_on, before)

    def test_a_code_that_exact_refuses_is_told_in_its_words(self):
        answer = self.returned(state=self.state(), code="never-given")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Exact", self.text_of(answer))
        self.assertFalse(html.fromstring(answer.content).xpath("//script[contains(., 'never')]"))

    def test_a_user_who_may_not_connect_is_refused(self):
        new_test_user(self.env, "reading", "base.group_user")
        self.authenticate("reading", "reading")
        self.assertEqual(self.returned(state="x", code="y").status_code, 403)
