"""An OpenID Connect provider on the loopback: it asks nobody for a password, and does the rest as the real ones do.

A code works once, for the client and the address that asked for it, and only with the secret that stands behind its challenge
(PKCE, RFC 7636). `claims` are what its tokens say besides; `lies` are what they say falsely; `ends_at` is where it says that it
hands tokens out. Whatever folder it is asked in, it says of itself that it is the one at its root.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "fourfold", "an invented secret of the client"


class Elsewhere(ThreadingHTTPServer):
    """The provider; whoever comes is `subject`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reset()

    def reset(self) -> None:
        self.subject, self.up, self.ends_at = "e7c1-officer", True, ""
        self.claims: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def token(self) -> str:
        now = int(time.time())
        said = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300}
        return jwt.encode(said | self.claims | self.lies, "the key of the provider, for nobody looks: TLS", "HS256")


class Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not self.server.up:
            self._say(503, {})
        elif parts.path.endswith("/.well-known/openid-configuration"):
            at = self.server.ends_at or self.server.issuer
            ends = {"authorization_endpoint": f"{self.server.issuer}/authorization", "token_endpoint": f"{at}/token"}
            self._say(200, {"issuer": self.server.issuer, "jwks_uri": f"{self.server.issuer}/keys", **ends})
        elif asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256" and asked["state"]:
            code = secrets.token_urlsafe(16)
            self.server.asked[code] = asked
            self.send_response(302)
            self.send_header(
                "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            )
            self.end_headers()
        else:
            self._say(400, {"error": "invalid_request"})

    def do_POST(self) -> None:
        told = {
            name: values[0]
            for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
        }
        asked = self.server.asked.pop(told.get("code", ""), None)
        behind = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        proved = asked and base64.urlsafe_b64encode(behind).rstrip(b"=").decode() == asked["code_challenge"]
        known = (told.get("client_id"), told.get("client_secret")) == (CLIENT, SECRET)
        if not (asked and proved and known and told.get("redirect_uri") == asked["redirect_uri"]):
            self._say(400, {"error": "invalid_grant"})
        else:
            self._say(200, {"access_token": "-", "token_type": "Bearer", "id_token": self.server.token()})

    def _say(self, status: int, told: object) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running() -> Iterator[Elsewhere]:
    elsewhere = Elsewhere()
    Thread(target=elsewhere.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield elsewhere
    finally:
        elsewhere.shutdown()
        elsewhere.server_close()
