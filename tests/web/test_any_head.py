"""Whatever the head of a request says of its own kind, the site answers: nothing in it names a codec or a page's form to us."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory

from fourfold.config.front import Front

pytestmark = pytest.mark.django_db
KINDS = (
    *(f"text/html; charset={codec}" for codec in ("hex", "undefined", "idna", "punycode", "utf-16", "base64", "\x00")),
    *("application/x-www-form-urlencoded; charset=hex", "application/json; charset*=hex''x", "a/b; c*=nobody''x"),
    *("multipart/form-data; boundary=x; charset=hex", "multipart/form-data", "multipart/form-data; boundary=\x7f"),
    *("multipart/form-data; boundary*=undefined''x", ";", "; ;=", "text/html; charset=utf-8", "x" * 4000),
)
Sends = Callable[..., str]


@pytest.fixture
def sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sends]:
    """Give what sends a request to the site as its server does, and gives back the status; the test's connection stays open."""
    front = Front(get_wsgi_application(), tmp_path)
    monkeypatch.setattr(front, "_in_hand", lambda does, environ: does(environ))  # the test's own connection

    def send(method: str, address: str, kind: str, body: bytes = b"", **head: str) -> str:
        path, _, query = address.partition("?")
        said: list[Any] = []
        more: dict[str, Any] = {
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": kind,
        } | head
        environ = RequestFactory()._base_environ(QUERY_STRING=query, PATH_INFO=path, REQUEST_METHOD=method) | more
        front(environ, lambda *words: said.extend(words))
        return str(said[0])

    ends = (request_started, request_finished)
    for each in ends:
        each.disconnect(close_old_connections)
    yield send
    for each in ends:
        each.connect(close_old_connections)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "address"), [("GET", "/"), ("POST", "/accounts/login/"), ("POST", "/api/v1/token")])
def test_no_kind_that_a_request_gives_itself_makes_the_site_fail(
    sends: Sends, kind: str, method: str, address: str
) -> None:
    many = "&".join(f"x{n}=%41%ff" for n in range(1100))
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    for query in ("x=%41%ff", many):
        assert sends(method, f"{address}?{query}", kind, body)[0] in "234", (kind, query[:20])


def test_a_form_with_a_file_still_arrives_and_so_does_what_says_utf_8(sends: Sends) -> None:
    said = json.dumps({"grant_type": "client_credentials"}).encode()
    for kind, body in (
        ('multipart/form-data; charset=hex; boundary="x y"', b'--x y\r\nContent-Disposition: form-data; name="grant_type"'
         b"\r\n\r\nclient_credentials\r\n--x y--\r\n"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"grant_type=client_credentials"),
    ):  # fmt: skip
        assert sends("POST", "/api/v1/token", kind, body).startswith("401"), kind
    assert sends("POST", "/api/v1/token", "application/json", said).startswith("400")


STRANGE = (
    "",
    " ",
    ",",
    ";",
    "=",
    "\x7f\xff",
    "[",
    "http://[",
    "//",
    "%",
    "%%%ff",
    "0",
    "-1",
    "9" * 5000,
    "x" * 8000,
    "*",
    "null",
    '"',
    "{",
    "a=b; " * 900,
)
HEADERS = (
    *(
        "HTTP_HOST",
        "HTTP_COOKIE",
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_ACCEPT_ENCODING",
        "HTTP_ORIGIN",
        "HTTP_REFERER",
    ),
    *(
        "HTTP_AUTHORIZATION",
        "HTTP_IF_MATCH",
        "HTTP_IF_NONE_MATCH",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_RANGE",
        "HTTP_USER_AGENT",
    ),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_HX_REQUEST"),
    *("HTTP_HX_CURRENT_URL", "HTTP_HX_CURRENT_URL_URI_AUTOENCODED", "HTTP_HX_TARGET_URI_AUTOENCODED", "HTTP_HX_TARGET"),
    *("HTTP_X_CSRFTOKEN", "HTTP_IDEMPOTENCY_KEY", "HTTP_EXPECT", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_REQUEST_ID"),
    *("REMOTE_ADDR", "HTTP_TRACEPARENT", "HTTP_PREFER", "HTTP_DIGEST", "HTTP_CONTENT_DIGEST", "HTTP_CONTENT_RANGE"),
)


@pytest.mark.parametrize("header", [*HEADERS, "bearer", "session", "token", "language"])
def test_no_header_makes_the_site_fail(sends: Sends, header: str) -> None:
    for said in STRANGE:
        head = {"bearer": {"HTTP_AUTHORIZATION": f"Bearer {said}"}, "session": {"HTTP_COOKIE": f"sessionid={said}"}}
        head |= {"token": {"HTTP_COOKIE": f"csrftoken={said}"}, "language": {"HTTP_COOKIE": f"language={said}"}}
        for method, address in (("GET", "/"), ("POST", "/accounts/login/"), ("GET", "/api/v1/orders")):
            status = sends(method, address, "text/plain", b"{", **head.get(header, {header: said}))
            assert status[0] in "234", (said[:40], address)
