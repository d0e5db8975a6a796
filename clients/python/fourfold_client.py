"""A small client for an agency's system: one file, the standard library alone. See docs/how-to/join-an-agencys-system.md.

fourfold = Fourfold("https://fourfold.example", client_id, secret)
fourfold.report({"reference": "42/1/26", "site": "northmoor", "told_at": "2026-11-24T09:00:00Z", "words": "…"})
for order in fourfold.orders(): ...
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PART = 1 << 20
PATIENCE_S = 30.0
#: Too many requests in a minute are waited for; too many reports in a day are whoever's who runs this to hear of.
LONGEST_WAIT_S = 60.0
#: How long ago a notice may have been signed.
OLDEST_NOTICE_S = 300.0


class Answer(NamedTuple):
    """What came back: the status, the headers with small letters, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


class Refused(Exception):
    """Fourfold did not do it: `status`, the `field` that does not fit, and what it `said`: how to mend it."""

    def __init__(self, status: int, said: dict[str, Any]):
        first = (said.get("problems") or [said])[0]
        self.status, self.said, self.field = status, said, str(first.get("field", ""))
        super().__init__(f"{status}: {self.field} {first.get('message', said)}".strip())


def by_urllib(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """Send a request with the standard library; an answer of any status is an answer. Raises URLError where there is none."""
    if not url.startswith("https://"):
        raise ValueError("Fourfold is spoken with by https alone.")
    request = urllib.request.Request(url, body, dict(headers), method=method)  # noqa: S310 -- https, as was looked at
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as got:  # noqa: S310
            return Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, got.read())
    except urllib.error.HTTPError as fault:
        return Answer(fault.code, {name.lower(): value for name, value in fault.headers.items()}, fault.read())


def noticed(headers: Mapping[str, str], body: bytes, *secrets: str, now: float | None = None) -> dict[str, Any]:
    """Return a notice that came to your address, or raise ValueError where Fourfold did not sign it within five minutes.

    `secrets` are those that may have signed it, `whsec_…`; `webhook-id` says whether you have had it before.
    """
    small = {name.lower(): value for name, value in headers.items()}
    name, at = small.get("webhook-id", ""), small.get("webhook-timestamp", "")
    if not at.isdigit() or abs((time.time() if now is None else now) - int(at)) > OLDEST_NOTICE_S:
        raise ValueError("This notice has no time of its own, or one of long ago.")
    shown = small.get("webhook-signature", "").split()
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = "v1," + base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")).decode()
        if any(hmac.compare_digest(made.encode(), each.encode()) for each in shown):
            notice: dict[str, Any] = json.loads(body)
            return notice
    raise ValueError("This notice is not signed by a secret that you named.")


@dataclass
class Fourfold:
    """Speaks to one Fourfold as one system. A token is fetched when it is needed, and again once it has ended."""

    address: str
    client_id: str
    secret: str = field(repr=False)
    send: Send = by_urllib
    sleep: Callable[[float], None] = time.sleep
    _token: str = field(default="", repr=False)

    def report(self, report: Mapping[str, Any]) -> dict[str, Any]:
        """Send a report in, once for each `reference`. `sent_before`: this same one was kept before, and this became of it.

        Another one under the same `reference` is not kept. Raises Refused, whose `field` is "reference" then.
        """
        answer = self._sent("POST", "allegations", report)
        return _said(answer) | {"sent_before": answer.status == 200}

    def reports(self, reference: str = "") -> Iterator[dict[str, Any]]:
        """Yield what became of what this system sent, the newest first; with `reference`, of that alone."""
        yield from self._pages("allegations", "reports", reference=reference)

    def orders(self) -> Iterator[dict[str, Any]]:
        """Yield the orders that bind today, with their conditions."""
        yield from self._pages("orders", "orders")

    def assessments(self, case: str) -> list[dict[str, Any]]:
        """Return which signed assessments of a case there are."""
        return self._json("GET", f"cases/{urllib.parse.quote(case, safe='')}/assessments")

    def hand_out(self, case: str, assessment: str, *, ground: str, necessity: str, consent: str) -> dict[str, Any]:
        """Return a signed assessment as a FHIR R4 Bundle; the unit's ledger keeps to whom it went, and why."""
        said = {"ground": ground, "necessity": necessity, "consent": consent}
        at = f"cases/{urllib.parse.quote(case, safe='')}/assessments/{assessment}"
        return self._json("POST", at, said)

    def bring(self, file: Path, reading: str = "", upload: str = "") -> dict[str, Any]:
        """Bring a file in, in parts, and return its state; `upload`: the `id` of one that was cut off, which goes on.

        Raises Refused where it is not kept, also once every byte is there: too many files wait, or its digest is another.
        """
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            said = {"file_name": file.name, "size": file.stat().st_size, "sha256": digest, "reading": reading}
            state = self._json("GET", f"feeds/{upload}") if upload else self._json("POST", "feeds", said)
            while not state["brought"]:
                there = min(state["received"], state["size"] - 1)  # whole and not kept: its last byte asks again
                content.seek(there)
                part = content.read(PART)
                place = {"Content-Range": f"bytes {there}-{there + len(part) - 1}/{state['size']}"}
                state = self._json("PUT", f"feeds/{state['id']}/content", part, place)
        return state

    def _pages(self, address: str, rows: str, **asked: str) -> Iterator[dict[str, Any]]:
        after = ""
        while True:
            said = {name: value for name, value in (asked | {"after": after}).items() if value}
            page = self._json("GET", f"{address}?{urllib.parse.urlencode(said)}")
            yield from page[rows]
            after = page["after"]
            if not after:
                return

    def _json(self, method: str, address: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        return _said(self._sent(method, address, body, headers))

    def _sent(self, method: str, address: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        for last in (False, True):
            self._token = self._token or self._fetched()
            said = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, **(headers or {})}
            answer = self.send(method, f"{self.address}/api/v1/{address}", said, sent)
            if answer.status == 401 and not last:
                self._token = ""
            elif answer.status == 429 and not last and (wait := _wait(answer)) <= LONGEST_WAIT_S:
                self.sleep(wait)
            else:
                break
        return answer

    def _fetched(self) -> str:
        quoted = ":".join(urllib.parse.quote_plus(each) for each in (self.client_id, self.secret))
        said = {
            "Authorization": f"Basic {base64.b64encode(quoted.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.send("POST", f"{self.address}/api/v1/token", said, b"grant_type=client_credentials")
        return str(_said(answer)["access_token"])


def _wait(answer: Answer) -> float:
    return float(answer.headers.get("retry-after", "60"))


def _said(answer: Answer) -> Any:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = {"message": "The answer is no JSON. Is this the address of a Fourfold?"}
    if not 200 <= answer.status < 300:
        raise Refused(answer.status, said if isinstance(said, dict) else {"message": str(said)})
    return said
