"""Telling an agency's system that something changed: one signed POST to its address, which holds nobody up.

Signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`: HMAC-SHA256 of the three with dots).
Only the first line of the answer is read, and all of it within `PATIENCE`. No redirect is followed. The name is looked up
once, and the connection goes to what was found: an address on the internet, or in a network that the settings name.
"""

from __future__ import annotations

import base64
import hmac
import socket
import ssl
import time
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from fourfold.words import Word, sentence

Networks = tuple[str, ...]
#: By which a rehearsal may go without TLS, where the settings name its network.
HERE = "127.0.0.1"
#: Where IPv6 addresses on the internet lie: what stands outside is of a site, or stands for an IPv4 address (RFC 6052, 4291).
ON_THE_INTERNET = ip_network("2000::/3")
#: Seconds for all of it: finding its name, connecting, TLS, sending, and the first line of the answer.
PATIENCE = 8.0
LONGEST_LINE = 1_024
NOT_THERE = Word("Its name or its address does not answer.")
INSIDE = Word(
    "Its name leads to an address inside a network that the settings do not name, and not to one on the internet. "
    "Nothing was sent there."
)
NO_TRUST = Word("Its certificate cannot be trusted. Nothing was sent.")
SILENT = Word("It did not answer in time.")
STRANGE = Word("What it answered is not HTTP.")
LEADS_ON = Word("It leads on to another address, which we do not follow.")
GONE = Word("It says that nobody listens there any more (410).")


@dataclass(frozen=True)
class Told:
    """What came of a try: `taken`; `gone` where the receiver wants no more; else why not, in words."""

    taken: bool = False
    gone: bool = False
    why: str = ""


@dataclass(frozen=True)
class Notice:
    """What is told: under which identifier, the same however often it is tried, and the body as it is signed."""

    id: str
    body: bytes


def signature(secret: str, notice: Notice, at: int) -> str:
    """Return what stands in `webhook-signature` for one secret, `whsec_` and 32 bytes in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((notice.id.encode(), str(at).encode(), notice.body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def why_not_address(address: str, *, inside: Networks = ()) -> str | None:
    """Return why nothing is sent to an address, or None; `inside`: networks beside the internet, this machine for rehearsals."""
    try:
        parts = urlsplit(address)
        named = (parts.hostname or "").isascii() and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or not address.isascii() or not address.isprintable() or " " in address:
        return Word("Write the whole address, such as https://records.example/hooks/fourfold")
    if parts.scheme != "https" and not (inside and parts.scheme == "http" and parts.hostname == HERE):
        return Word("The address must begin with https://")
    if parts.username or parts.password or parts.fragment:
        return Word("Leave out user name, password and what follows #. Each notice is signed instead.")
    return None


def tell(address: str, notice: Notice, *, secrets: tuple[str, ...], inside: Networks = (),
         certificates: Path | None = None) -> Told:  # fmt: skip
    """Send one notice, signed by each secret that still counts, and return what came of it. Raises nothing."""
    if why := why_not_address(address, inside=inside):
        return Told(why=why)
    until = time.monotonic() + PATIENCE
    try:
        return _understood(_asked(address, notice, secrets, inside, certificates, until))
    except ssl.SSLCertVerificationError:
        return Told(why=NO_TRUST)
    except TimeoutError:
        return Told(why=SILENT)
    except (OSError, UnicodeError, ValueError):
        return Told(why=NOT_THERE)


def _asked(address: str, notice: Notice, secrets: tuple[str, ...], inside: Networks, certificates: Path | None,
           until: float) -> bytes | None:  # fmt: skip
    """Return the first line of the answer; None where the address lies inside a network."""
    parts = urlsplit(address)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    found = _looked_up(host, port, until)
    if not all(_may_be_reached(one, inside) for one in found):
        return None
    with socket.create_connection((found[0], port), timeout=_left(until)) as plain:
        plain.settimeout(_left(until))
        if parts.scheme == "http":
            return _first_line(plain, _request(address, host, notice, secrets), until)
        trusted = ssl.create_default_context(cafile=str(certificates) if certificates else None)
        with trusted.wrap_socket(plain, server_hostname=host) as secured:
            return _first_line(secured, _request(address, host, notice, secrets), until)


def _looked_up(host: str, port: int, until: float) -> list[str]:
    """Return the addresses of a name. The system asks as long as it likes for one: beside it, whoever asked goes on in time."""
    asked: Future[list[str]] = Future()

    def look() -> None:
        try:
            asked.set_result([str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as why:
            asked.set_exception(why)

    Thread(target=look, daemon=True).start()
    return asked.result(timeout=_left(until))


def _may_be_reached(found: str, inside: Networks) -> bool:
    """Return whether an address is one on the internet, or in a network that was named; one that stands for another as that."""
    one = ip_address(found)
    if isinstance(one, IPv6Address):
        one = one.ipv4_mapped or one.sixtofour or one
    if any(one in ip_network(each) for each in inside):
        return True
    return one.is_global and not one.is_multicast and (one.version == 4 or one in ON_THE_INTERNET)


def _request(address: str, host: str, notice: Notice, secrets: tuple[str, ...]) -> bytes:
    parts, at = urlsplit(address), int(time.time())
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"POST {path} HTTP/1.1", f"Host: {parts.netloc or host}", "User-Agent: fourfold", "Connection: close",
        "Content-Type: application/json", f"Content-Length: {len(notice.body)}", f"webhook-id: {notice.id}",
        f"webhook-timestamp: {at}", f"webhook-signature: {' '.join(signature(each, notice, at) for each in secrets)}",
    )  # fmt: skip
    return "\r\n".join((*lines, "", "")).encode() + notice.body


def _first_line(there: socket.socket, sent: bytes, until: float) -> bytes:
    there.settimeout(_left(until))
    there.sendall(sent)
    line = b""
    while b"\n" not in line and len(line) < LONGEST_LINE:
        there.settimeout(_left(until))
        if not (part := there.recv(LONGEST_LINE)):
            break
        line += part
    return line.partition(b"\n")[0]


def _left(until: float) -> float:
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _understood(line: bytes | None) -> Told:
    if line is None:
        return Told(why=INSIDE)
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    if not version.startswith(b"HTTP/1.") or not code.isdigit():
        return Told(why=STRANGE)
    if code == b"410":
        return Told(gone=True, why=GONE)
    if code.startswith(b"2"):
        return Told(taken=True)
    return Told(why=LEADS_ON if code.startswith(b"3") else sentence("It answered {1}.", code.decode()))
