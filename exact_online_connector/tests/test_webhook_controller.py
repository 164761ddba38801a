# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The address to which anybody may post: what is not Exact's own message leaves no trace."""

import hashlib
import hmac
import json
import logging
import random
import resource
import socket
import time
from io import BytesIO
from urllib.parse import unquote_to_bytes

from werkzeug.test import EnvironBuilder, run_wsgi_app

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from ..controllers.webhook import LONGEST
from ..models.exact_simulator import WEBHOOK_SECRET
from .common import ExactCase

FORGED, REPLAYED = 9_500, 500
SEED = 20261126
MARK = "b00c0ffe-0000-4000-8000-000000000001"  # in each message, and never in a log
APP = "{11111111-2222-3333-4444-555555555555}"


_logger = logging.getLogger(__name__)


class Ear(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.records = []

    def emit(self, record):
        self.records.append((record.levelno, record.name, self.format(record)))


@tagged("standard", "post_install", "-at_install")
class TestWebhookController(HttpCase, ExactCase):
    def setUp(self):
        super().setUp()
        self.connection.webhook_secret = WEBHOOK_SECRET
        self.connection.sudo().fingerprint = self.connection._current_fingerprint()
        self.company.exact_payment_mode = "light"
        self.division.sudo().has_webhooks = True
        self.division._check_webhooks()
        self.division.webhook_ids.sudo().state = "subscribed"
        self.path = "/" + self.division.webhook_url.partition("://")[2].partition("/")[2]
        self.before = self.traces()
        self.dice = random.Random(SEED)
        self.ear = Ear()
        logging.getLogger().addHandler(self.ear)
        self.addCleanup(logging.getLogger().removeHandler, self.ear)

    # -- messages ---------------------------------------------------------------------------------

    def content(self, **values):
        return {
            "Topic": "BankEntries",
            "ClientId": APP,
            "Division": self.division.code,
            "Action": "Update",
            "Key": MARK,
            "ExactOnlineEndpoint": f"https://start.exactonline.be/api/v1/x(guid'{MARK}')",
            "EventCreatedOn": "2026-11-26T09:00:00.123",
            **values,
        }

    def message(self, secret=WEBHOOK_SECRET, **values):
        return self.signed(json.dumps(self.content(**values)), secret)

    def signed(self, text, secret=WEBHOOK_SECRET):
        """A message of this literal content; written anew here, not by the code under test."""
        digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        return f'{{"Content":{text},"HashCode":"{digest}"}}'.encode()

    def forgery(self):
        """``(path, body, content type)`` of something that Exact never sent here."""
        kind = self.dice.choice(
            (
                self.mutated, self.mutated, self.mutated, self.cut_off, self.of_another_secret,
                self.of_others, self.huge, self.no_json, self.nested, self.unsigned,
                self.spelled_otherwise, self.of_another_type,
            )
        )
        if self.dice.random() < 0.01:
            kind = self.elsewhere  # answered by a page of Odoo's, which takes long to draw
        found = kind()
        return found if isinstance(found, tuple) else (self.path, found, "application/json")

    def mutated(self):
        """Some bytes of a genuine message are others; none is a blank, which may mean nothing."""
        body = bytearray(self.message())
        for _time in range(self.dice.randint(1, 4)):
            at = self.dice.randrange(len(body))
            other = self.dice.choice([byte for byte in range(33, 256) if byte != body[at]])
            self.dice.choice((self.replace, self.insert, self.remove))(body, at, other)
        return bytes(body) if bytes(body) != self.message() else b"{}"

    def replace(self, body, at, other):
        body[at] = other

    def insert(self, body, at, other):
        body.insert(at, other)

    def remove(self, body, at, _other):
        if not chr(body[at]).isspace():
            del body[at]

    def cut_off(self):
        return self.message()[: self.dice.randrange(1, len(self.message()))]

    def of_another_secret(self):
        secret = self.dice.choice(("", "x", WEBHOOK_SECRET.upper(), WEBHOOK_SECRET + " ", "é" * 40))
        return self.message(secret)

    def of_others(self):
        """Signed well, but of another app, administration or topic, or of no sense at all."""
        values = self.dice.choice(
            (
                {"ClientId": "{99999999-2222-3333-4444-555555555555}"},
                {"ClientId": None},
                {"Division": 999999},
                {"Division": str(self.division.code)},
                {"Division": 10**30},
                {"Division": [self.division.code]},
                {"Topic": "Documents"},
                {"Topic": "BankEntries\x00"},
                {"Topic": {}},
            )
        )
        return self.message(**values)

    def huge(self):
        size = self.dice.choice((LONGEST + 1, 10 * LONGEST, 60 * LONGEST))
        blanks = b" " * size
        return self.dice.choice((self.message() + blanks, blanks + self.message(), b"x" * size))

    def no_json(self):
        return self.dice.choice(
            (
                self.dice.randbytes(self.dice.randint(1, 900)).strip() or b"x",
                b"null", b"[]", b"{}", b"0", b'"', b"\xff\xfe{\x00", b"<xml/>", b"\x00",
                self.signed("{not json}"), self.signed("{}"), self.signed('{"Topic": NaN}'),
                self.signed('{"Division": ' + "9" * 5000 + "}"),
            )
        )

    def nested(self):
        deep = self.dice.randint(100, 7000)
        return self.dice.choice(
            (
                b'{"Content":' * (deep // 10),
                b"[" * deep + b"]" * deep,
                self.signed('{"Topic":' * (deep // 10) + "1" + "}" * (deep // 10)),
                self.signed('{"Topic":' + "[" * deep + "]" * deep + "}"),
            )
        )

    def unsigned(self):
        content = json.dumps(self.content())
        other = self.dice.choice(("", "0" * 64, "null", "A" * 63, "A" * 65))
        return f'{{"Content":{content},"HashCode":"{other}"}}'.encode()

    def spelled_otherwise(self):
        body = self.message()
        return self.dice.choice(
            (
                body[:-66] + body[-66:].lower(),
                body.replace(b'"Content"', b'"content"'),
                body.replace(b": ", b":"),
                body[:-1] + b',"HashCode":"' + b"0" * 64 + b'"}',
                b"[" + body + b"]",
                body + body,
            )
        )

    def of_another_type(self):
        kind = self.dice.choice(
            (
                "text/plain", "text/xml", "", "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x", "multipart/form-data", "a/b" * 300,
            )
        )
        return self.path, self.message(), kind

    def elsewhere(self):
        """The address of nobody, or nearly that of somebody."""
        key = self.path.rpartition("/")[2]
        other = self.dice.choice(
            (
                key[::-1], key.swapcase(), key[:-1], key + "A", "x", "%00" * 32, "%27%20OR%201=1",
                "%ff" * 32, key + "%0a", "A" * 6000, f"{key}%2f..%2f{key}", "%", key[:-1] + "%00",
            )
        )
        return self.path.replace(key, other), self.message(), "application/json"

    # -- ways in ----------------------------------------------------------------------------------

    def ask(self, path, body, kind="application/json"):
        """Give a request to Odoo's own application, without a socket: ``(status, answer)``."""
        environ = EnvironBuilder(
            method="POST", base_url=self.base_url(), input_stream=BytesIO(body),
            content_length=len(body), headers={"Cookie": self.cookie()},
        ).get_environ()
        environ |= {"PATH_INFO": unquoted(path), "CONTENT_TYPE": kind, "REQUEST_URI": path}
        answer, status, _headers = run_wsgi_app(http.root, environ, buffered=True)
        return int(status.partition(" ")[0]), b"".join(answer)

    def cookie(self):
        return f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"

    def send(self, *parts, method="POST", path=None, pause=0.0):
        """Send bytes over a socket as they are; ``(status, answer)``, None when there is none."""
        host, _colon, port = self.base_url().partition("://")[2].partition(":")
        with self.allow_requests(), socket.create_connection((host, int(port)), 20) as line:
            head = f"{method} {path or self.path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            line.sendall(f"{head}Cookie: {self.cookie()}\r\n".encode())
            try:
                for part in parts:
                    line.sendall(part)
                    time.sleep(pause)
                line.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: line.recv(65536), b""))
            except (BrokenPipeError, ConnectionResetError):
                return None, b""
            return (int(answer.split(b" ", 2)[1]), answer) if answer else (None, b"")

    # -- traces -----------------------------------------------------------------------------------

    def traces(self):
        """All that a message may leave behind."""
        self.env.invalidate_all()
        tables = ("exact.webhook.subscription", "exact.sync.queue", "ir.cron.trigger", "exact.feed")
        return {name: self.env[name].sudo().search([]).read() for name in tables}

    def assert_no_trace(self):
        self.assertEqual(self.traces(), self.before)
        self.assert_no_word()

    def assert_no_word(self):
        """Nothing is logged but that somebody was there."""
        for level, name, text in self.ear.records:
            self.assertLess(level, logging.WARNING, f"{name}: {text}")
            for secret in (WEBHOOK_SECRET, MARK, "Traceback"):
                self.assertNotIn(secret, text, name)

    def assert_refused(self, status, answer, case):
        self.assertIn(status, (403, 404, 413), case)
        for secret in (WEBHOOK_SECRET, MARK, "Traceback", "psycopg2"):
            self.assertNotIn(secret.encode(), answer, case)
        if status != 404:  # Odoo's own page, for what is no address of ours
            self.assertLess(len(answer), 300, case)

    def triggers(self):
        cron = self.env.ref("exact_online_connector.ir_cron_exact_webhook_messages")
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])

    # -- tests ------------------------------------------------------------------------------------

    def test_the_empty_message_that_tries_the_address_is_answered_and_leaves_no_trace(self):
        for headers in (
            b"Content-Length: 0\r\n\r\n",
            b"\r\n",
            b"Content-Type: application/json\r\nContent-Length: 0\r\n\r\n",
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
        ):
            status, answer = self.send(headers)
            self.assertEqual(status, 200, headers)
            self.assertTrue(answer.endswith(b"\r\n\r\n"), "an empty answer")
            self.assertNotIn(b"Set-Cookie: session_id", answer)
        self.assert_no_trace()

    def test_a_message_of_exact_is_heard_over_http_and_read_by_the_scheduled_job(self):
        body = self.message()
        headers = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        status, answer = self.send(headers.encode(), body)
        self.assertEqual(status, 200, answer)
        self.env.invalidate_all()
        [trigger] = self.triggers()
        webhook = self.division.webhook_ids.filtered(lambda each: each.topic == "BankEntries")
        self.assertEqual((webhook.is_unread, webhook.wake_on), (True, trigger.call_at))
        self.assertTrue(webhook.last_message_on)
        with self.enter_registry_test_mode():
            self.env["exact.webhook.subscription"]._cron_messages()
        self.assertTrue(self.item(self.division, "payment_terms"))
        self.assert_no_word()

    def test_a_message_in_chunks_is_heard_too(self):
        body = self.message()
        chunks = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        headers = b"Content-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
        self.assertEqual(self.send(headers, b"\r\n", chunks)[0], 200)
        self.assertEqual(len(self.triggers()), 1)

    def test_only_post_is_understood(self):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            status, answer = self.send(b"\r\n", method=method)
            self.assertEqual(status, 405, answer)
        self.assert_no_trace()

    def test_what_is_too_long_or_broken_is_refused_without_being_read(self):
        json_type = b"Content-Type: application/json\r\n"
        form_type = b"Content-Type: application/x-www-form-urlencoded\r\n"
        chunked = b"Transfer-Encoding: chunked\r\n\r\n"
        half = self.message()[:100]
        for case, parts in {
            "said to be long": (json_type, b"Content-Length: 9999999999\r\n\r\n"),
            "a form said to be long": (form_type, b"Content-Length: 9999999999\r\n\r\n"),
            "long": (json_type, b"Content-Length: 70000\r\n\r\n", b"x" * 70000),
            "chunks without end": (json_type, chunked, *[b"2000\r\n" + b"x" * 8192 + b"\r\n"] * 20),
            "a form in chunks": (form_type, chunked, *[b"2000\r\n" + b"x" * 8192 + b"\r\n"] * 20),
            "broken chunks": (json_type, chunked, b"zz\r\n", half),
            "a form in broken chunks": (form_type, chunked, b"zz\r\n", half),
            "a negative chunk": (json_type, chunked, b"-5\r\n", half),
            "half of a chunk": (json_type, chunked, b"200\r\n", half),
            "half a message": (json_type, b"Content-Length: 400\r\n\r\n", half),
            "no number": (json_type, b"Content-Length: ten\r\n\r\n", half),
            "negative": (json_type, b"Content-Length: -1\r\n\r\n", half),
            "both": (json_type, b"Content-Length: 5\r\n", chunked, b"200\r\n", half),
        }.items():
            with self.subTest(case):
                began = time.monotonic()
                status, answer = self.send(*parts)
                # A length that is none: to the server there is no body, as when Exact tries.
                lengthless = case in ("no number", "negative")
                self.assertIn(status, (200,) if lengthless else (None, 400, 403, 413), answer)
                self.assertLess(time.monotonic() - began, 10)
        self._wait_remaining_requests()
        self.assert_no_trace()

    def test_who_knocks_at_a_wrong_door_is_told_no_more_than_who_signs_wrongly(self):
        with self.allow_requests():
            wrong_key = self.ask(self.path[:-4] + "AAAA", self.message())
            wrong_secret = self.ask(self.path, self.message("wrong"))
            no_json = self.ask(self.path, b"x")
            other_app = self.ask(self.path, self.message(ClientId="x"))
        self.assertEqual({wrong_key, wrong_secret, no_json, other_app}, {(403, b"Refused.")})

    def test_a_stopped_connection_hears_nothing(self):
        for state in ("draft", "reconnect", "copied"):
            self.connection.sudo().state = state
            self.env.flush_all()
            with self.allow_requests():
                self.assertEqual(self.ask(self.path, self.message())[0], 403, state)
        self.assertFalse(self.triggers())

    def test_ten_thousand_forged_cut_off_huge_and_replayed_messages(self):
        began, memory = time.monotonic(), peak_memory()
        with self.allow_requests():
            for number in range(FORGED):
                path, body, kind = self.forgery()
                self.assert_refused(*self.ask(path, body, kind), (number, path, body[:900], kind))
            self.assert_no_trace()
            for _again in range(REPLAYED):
                self.assertEqual(self.ask(self.path, self.message())[0], 200)
        self.env.invalidate_all()
        self.assertEqual(len(self.triggers()), 1)
        self.assert_no_word()
        seconds, grown = time.monotonic() - began, (peak_memory() - memory) / 1024
        _logger.info("%s messages: %.1f s, %.1f MB more", FORGED + REPLAYED, seconds, grown)


def unquoted(path):
    """The path as a server hands it on: bytes, one for each character."""
    return unquote_to_bytes(path).decode("latin-1")


def peak_memory():
    """In kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
