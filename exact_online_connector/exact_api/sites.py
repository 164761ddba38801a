# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Exact Online's country sites. An app and its tokens belong to one of them (facts.md §1)."""

from typing import NamedTuple


class Site(NamedTuple):
    """One country's Exact Online: web pages, OAuth and REST API below one address."""

    key: str
    name: str
    base_url: str


SITES = {
    site.key: site
    for site in (
        Site("nl", "Netherlands", "https://start.exactonline.nl"),
        Site("be", "Belgium", "https://start.exactonline.be"),
        Site("de", "Germany", "https://start.exactonline.de"),
        Site("fr", "France", "https://start.exactonline.fr"),
        Site("uk", "United Kingdom", "https://start.exactonline.co.uk"),
        Site("es", "Spain", "https://start.exactonline.es"),
        Site("com", "United States", "https://start.exactonline.com"),
    )
}


def account_card_url(base_url, division, account_id):
    """Where a person sees a relation, given its GUID, in the site's web pages (facts.md §10)."""
    query = f"_Division_={division}&AccountID=%7b{account_id}%7d"
    return f"{base_url}/docs/CRMAccountCard.aspx?{query}"
