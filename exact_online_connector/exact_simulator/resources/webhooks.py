# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""webhooks/WebhookSubscriptions (facts.md 6)."""

from .. import webhooks
from ..books import USER_ID
from ..errors import Refused
from ..oauth import CLIENT_ID
from ..writing import Writer


class SubscriptionWriter(Writer):
    def problems(self, books, values, row):
        texts = []
        topic = values.get("Topic")
        if topic and topic not in webhooks.TOPICS:
            texts.append(books.text("invalid", "Topic"))
        other = topic and books.first("WebhookSubscriptions", Topic=topic)
        if other and (row is None or other["ID"] != row["ID"]):
            texts.append(books.text("exists"))
        return texts

    def create(self, books, values):
        problems = self.problems(books, values, None)
        address = values.get("CallbackURL")
        if address and not problems and not webhooks.validate(address):
            raise Refused([books.text("webhook_endpoint")])
        return super().create(books, values)

    def completed(self, books, values, row):
        return values if row else {
            **values, "ClientID": CLIENT_ID, "UserID": USER_ID, "Description": values["Topic"]}
