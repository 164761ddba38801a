# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pages for people."""

from werkzeug.wrappers import Response


class Pages:
    def __init__(self, store):
        self._store = store

    def answer(self, request):
        return Response("Not found.", 404)
