"""Ask the site for pages from outside, through its proxy, as a browser does and as nobody should; used by tools.together.

python -m tools.asking ADDRESS CERTIFICATE [--only-up]
"""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
import threading
import time
from urllib.parse import urlencode

NAME = "fourfold.example"
SIGN_IN = "/accounts/login/"
SLOW = 25.0  # seconds in which a sender who does not end is cut off: deploy/nginx/fourfold.conf says fifteen


class Asking:
    """Who asks at one address, and takes no other certificate than the one that it was given."""

    def __init__(self, address: str, certificate: str) -> None:
        self.address, self.trust = address, ssl.create_default_context(cafile=certificate)

    def opened(self, port: int = 8443) -> socket.socket:
        plain = socket.create_connection((self.address, port), timeout=60)
        return self.trust.wrap_socket(plain, server_hostname=NAME) if port == 8443 else plain

    def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, port: int = 8443
    ) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text of the answer."""
        through = http.client.HTTPConnection(NAME)
        through.sock = self.opened(port)
        try:
            through.request("POST" if body is not None else "GET", path, body, headers or {})
            got = through.getresponse()
            return got.status, dict(got.getheaders()), got.read().decode(errors="replace")
        finally:
            through.close()

    def cut_off(self, begun: bytes) -> tuple[float, bytes]:
        """Send the beginning of a request and no more; return after how many seconds the proxy ended it, and what it said."""
        began = time.monotonic()
        with self.opened() as line:
            line.sendall(begun)
            try:
                said = line.recv(200)
            except OSError:
                said = b""
            return time.monotonic() - began, said

    def too_large(self) -> bytes:
        with self.opened() as line:
            line.sendall(f"POST {SIGN_IN} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {65 << 20}\r\n\r\n".encode())
            return line.recv(200)

    def sign_in(self) -> tuple[int, str]:
        """Send a name and a password that nobody has: the site has to look for it in the database."""
        status, headers, page = self.ask(SIGN_IN)
        cookie = headers["Set-Cookie"].partition(";")[0]
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        assert (status, bool(token)) == (200, True), page[:300]
        told = urlencode(
            {"csrfmiddlewaretoken": token, "login": "nobody@fourfold.example", "password": "no such person"}
        )
        sent = {
            "Cookie": cookie,
            "Referer": f"https://{NAME}{SIGN_IN}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, _, page = self.ask(SIGN_IN, told.encode(), sent)
        return status, page


def main(address: str, certificate: str, only_up: str = "") -> int:
    """Ask for all that the proxy promises; whatever is not so is an AssertionError."""
    asking = Asking(address, certificate)
    if only_up:
        asking.ask("/healthz")
        return 0
    slow = dict[str, tuple[float, bytes]]()
    head = f"POST {SIGN_IN} HTTP/1.1\r\nHost: {NAME}\r\n".encode()
    begun = {"a head that does not end": head, "a body that does not end": head + b"Content-Length: 900\r\n\r\nlogin="}
    senders = [threading.Thread(target=lambda n=n, b=b: slow.update({n: asking.cut_off(b)})) for n, b in begun.items()]
    for each in senders:
        each.start()
    status, headers, _ = asking.ask("/", port=8080)
    assert (status, headers.get("Location")) == (301, f"https://{NAME}/"), (status, headers)
    status, headers, _ = asking.ask("/")
    assert (status, SIGN_IN in headers["Location"]) == (302, True), headers
    assert "Strict-Transport-Security" in headers
    status, page = asking.sign_in()
    assert (status, "govuk-error-summary" in page) == (200, True), page[:2000]
    for path in ("/health/readiness", "/health/liveness", "/metrics", "/healthz", "/readyz"):
        assert asking.ask(path)[0] == 404, path
    assert b" 413 " in asking.too_large()
    found = [asking.ask(SIGN_IN)[0] for _ in range(60)]
    assert min(found.count(200) / 15, found.count(429) / 10) >= 1, found
    for each in senders:
        each.join(60)
    for name, (seconds, said) in slow.items():
        assert seconds < SLOW, name
        assert not said or b" 408 " in said, (name, said)
    print(
        f"through the proxy: sign-in and its refusal, 404 for probes, 413, {found.count(429)} times 429, slow senders",
        sorted(round(s) for s, _ in slow.values()),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
