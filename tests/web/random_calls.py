"""Calls at random, governed by one seed: any route, any method, any body, as anybody; some of it well-formed, most not.

Forms are taken from the pages themselves, so that what is sent reaches past the first check; then something in them is
bent. State goes on from call to call within a bout, and is undone after it.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.test import Client

from fourfold.access import queries as access_queries
from fourfold.access.routes import Route, routes
from fourfold.api.operations import api
from fourfold.demo.scenario import World
from tests.cast import NOW
from tests.web import crawler
from tests.web.crawler import ABSENT, PARAMETER, WORDS
from tests.web.worlds import undone

BOUT, TOLD_EVERY = 120, 1000
PAGES = Path(crawler.__file__).parents[2] / "src/fourfold"


def asked_in_addresses() -> set[str]:
    """Return every name that a page reads from the question of its address."""
    found = (path.read_text(encoding="utf-8") for door in ("web", "api") for path in (PAGES / door).rglob("*.py"))
    return {name for text in found for name in re.findall(r'GET\.get(?:list)?\("([a-z_-]+)"', text)} | {
        "after",
        "limit",
    }


METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
QUERIES = tuple(sorted(asked_in_addresses()))
#: What nobody types and everybody may send.
HOSTILE = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\n",
        "\ufeff",
        "\ud800",
        "\u202e",
        "1" * 5000,
        "0014" + "0" * 5000,
        "x" * 20_001,
        '"><b>',
        "{{7*7}}",
    ),
    *[
        "0",
        "-1",
        "1e9",
        "NaN",
        "2147483648",
        "9223372036854775808",
        "99999999999999999999",
        "٣",
        "²",
        "٢٠٢٦",
        "on",
        "yes",
        "no",
        "null",
        "[]",
        "{}",
        "%00",
        "%ff",
        "'",
        "=1+1",
        "..",
    ],
    *[
        "2026-11-24",
        "9999-12-31",
        "0001-01-01",
        "31/02/2026",
        "24/11/2026",
        "25:99",
        "23:59",
        "2026-11-24T09:00",
        "x:y",
        "~",
        "~~",
        "../x",
        "none",
        "victim",
    ],
    *(
        f"{when}~{ABSENT}"
        for when in ("2026-11-24T09:00+00:00", "0001-01-01T00:00+00:00", "9999-12-31T23:59-14:00", "x")
    ),
    *f"2026-11-24~ 2026-11-24T09:00~x {ABSENT} FF-00000 police:x police:{ABSENT} nobody: low very_high made open".split(),
)


@dataclass
class _Sent:
    """A form as a page offers it: where it goes, and what each field may say."""

    action: str = ""
    method: str = "get"
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Sent] = []
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field of it, or a choice of a field."""
        said = {name: value or "" for name, value in attrs}
        name, kind = said.get("name", ""), said.get("type", "text")
        if tag == "form":
            self.found.append(_Sent(said.get("action", ""), said.get("method", "get").lower()))
        elif not self.found:
            return
        elif tag == "input" and kind == "file":
            self.found[-1].files.add(name)
        elif tag == "select":
            self._list = name
        elif tag == "option" and self._list:
            self._choice(self._list, said.get("value", ""))
        elif name and tag in ("input", "textarea", "button"):
            self._choice(
                name, said.get("value", "Invented words, long enough for a reason." if tag == "textarea" else "")
            )

    def _choice(self, name: str, value: str) -> None:
        self.found[-1].fields.setdefault(name, []).append(value)


@dataclass
class Fault:
    """A call that was answered with 500 or more, with what is needed to make it again."""

    persona: str
    call: str
    status: int
    why: str


class Caller:
    """Makes calls at random in a world and notes every fault."""

    def __init__(self, world: World, seed: int, sign_in: Callable[[str], Client]):
        self.world, self.sign_in = world, sign_in
        self.chance = random.Random(seed)
        self.routes = [each for each in routes() if each.declared is not None]
        self.machines = [each for each in self.routes if each.address.startswith("api/")]
        self.personas = sorted(world.people.logins)
        self.open = {key: self._open_to(key) for key in self.personas}
        self.faults: list[Fault] = []
        self.statuses: dict[int, int] = {}
        self.calls = 0
        self.writers: dict[str, int] = {}
        self.described = json.loads(json.dumps(api.get_openapi_schema()))
        self._why: list[str] = []
        self.names = self._names()

    def _names(self) -> list[str]:
        made = [str(pk) for work in self.world.cases.values() for found in work.made.values() for pk in found]
        people = [str(pk) for work in self.world.cases.values() for pk in (work.case.victim_id, work.case.subject_id)]
        cases = [str(work.case.pk) for work in self.world.cases.values()]
        return [*made, *people, *cases, *map(str, self.world.sittings.values())]

    def _open_to(self, persona: str) -> list[Route]:
        actor = self.world.people.at(persona, NOW)
        needs = [(each, each.declared.permission) for each in self.routes if each.declared]
        return [each for each, needed in needs if needed is None or access_queries.may(actor, needed)]

    def call(self, many: int, seconds: float = 0) -> list[Fault]:
        """Make so many calls, and go on for so many seconds, in bouts, each of which is undone."""
        got_request_exception.connect(self._failed)
        until = time.monotonic() + seconds
        try:
            while self.calls < many or time.monotonic() < until:
                with undone():
                    cache.clear()
                    self._bout(BOUT if seconds else min(BOUT, many - self.calls))
                if self.calls // TOLD_EVERY > (self.calls - BOUT) // TOLD_EVERY:
                    sys.stdout.write(f"{self.calls:,} calls, {len(self.faults)} faults\n")
                    sys.stdout.flush()
        finally:
            got_request_exception.disconnect(self._failed)
        return self.faults

    def _failed(self, **_: object) -> None:
        self._why.append(traceback.format_exc())

    def _bout(self, many: int) -> None:
        until = self.calls + many
        whose = [self.chance.choice(self.personas) for _ in range(3)]
        clients = {key: self.sign_in(key) for key in whose} | {"nobody": Client(raise_request_exception=False)}
        weights = [5] * len(set(whose)) + [1]
        while self.calls < until:
            (persona,) = self.chance.choices(list(clients), weights)
            client = clients[persona]
            route = self.chance.choice(
                self.open.get(persona, self.routes) if self.chance.random() < 0.8 else self.routes
            )
            if self.chance.random() < 0.05:
                route = self.chance.choice(self.machines)
            address = self._address(route)
            if route.address.startswith("api/") and self.chance.random() < 0.7:
                self._machine(persona, client, address, route)
            elif self.chance.random() < 0.6:
                self._use(persona, client, address)
            else:
                self._any(persona, client, address)
            if route.name.startswith(("account_", "mfa_", "usersessions_")) and persona != "nobody":
                clients[persona] = self.sign_in(persona)

    # ---- where ----------------------------------------------------------------------------------------------------

    def _address(self, route: Route) -> str:
        work = self.chance.choice(list(self.world.cases.values()))
        address = "/" + route.address.replace("^", "").replace("$", "").replace("\\Z", "")
        for found in PARAMETER.finditer(address):
            address = address.replace(
                found[0],
                quote(
                    self._value(found["kind"] or "str", found["name"], work).encode("utf-8", "surrogatepass"), safe=""
                ),
                1,
            )
        if self.chance.random() < 0.25:
            address += "?" + _encoded(
                (self.chance.choice(QUERIES), self._word()) for _ in range(self.chance.randint(1, 2))
            )
        return address

    def _value(self, kind: str, name: str, work: Any) -> str:
        if name == "reference":
            return str(work.case.reference) if self.chance.random() < 0.95 else "FF-00000"
        made = work.made.get({"identifier": "allegation"}.get(name, name))
        if made and self.chance.random() < 0.8:
            return str(self.chance.choice(list(made)))
        if name == "sitting" and self.chance.random() < 0.8:
            return str(self.chance.choice(list(self.world.sittings.values())))
        if kind == "uuid":
            return self.chance.choice(self.names)
        if kind == "int":
            return self.chance.choice(["0", "1", "2", "99999999999999999999"])
        if name in WORDS and self.chance.random() < 0.8:
            return self.chance.choice(WORDS[name])
        if kind == "slug":
            return self.chance.choice(["northmoor", "first-line", "x", "0", "_", "made"])
        return (self._word() or "x").replace("/", "-")[:200]

    def _word(self) -> str:
        chosen = self.chance.random()
        if chosen < 0.25:
            name, at = self.chance.choice(self.names), self.chance.randrange(36)
            return name if self.chance.random() < 0.7 else f"{name[:at]}{self.chance.choice('0f-gé')}{name[at + 1 :]}"
        if chosen < 0.5:
            return "".join(
                chr(self.chance.choice((self.chance.randrange(32, 127), self.chance.randrange(1, 0xD7FF))))
                for _ in range(8)
            )
        return self.chance.choice(HOSTILE)

    # ---- what -----------------------------------------------------------------------------------------------------

    def _use(self, persona: str, client: Client, address: str) -> None:
        """Open a page, and send one of its forms with something bent; sometimes twice, with a new key."""
        answer = self._made(persona, client, "GET", address)
        if answer is None or answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
            self._post(persona, client, address, self._bent(_Sent(fields={"reason": ["x"], "why": ["x"]})))
            return
        forms = _Forms()
        forms.feed(answer.content.decode("utf-8", "replace"))
        leaves = "/accounts/logout/"  # stands on every page, and would end most bouts at once
        sent = [each for each in forms.found if each.method == "post" and each.action != leaves]
        if not sent:
            return
        form = self.chance.choice(sent)
        body = self._bent(form)
        for _ in range(self.chance.choice((1, 1, 2))):
            body["once"] = [str(self.chance.getrandbits(64))]
            self._post(persona, client, form.action.split("#")[0] or address, body, form.files)

    def _bent(self, form: _Sent) -> dict[str, list[str]]:
        said = {name: [self._chosen(name, values)] for name, values in form.fields.items() if name}
        for name in list(said):
            chance = self.chance.random()
            if chance < 0.08:
                said[name] = [self._word()]
            elif chance < 0.11:
                said[name] = [self._word() for _ in range(3)]
            elif chance < 0.14:
                del said[name]
        return said

    def _chosen(self, name: str, values: list[str]) -> str:
        value = self.chance.choice(values)
        if value or self.chance.random() < 0.3:
            return value
        ends = {"-day": "20", "-month": "11", "-year": "2026", "-time": "10:30"}
        return next((said for end, said in ends.items() if name.endswith(end)), "Invented words")

    def _post(
        self,
        persona: str,
        client: Client,
        address: str,
        body: dict[str, list[str]],
        files: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        given: dict[str, Any] = {
            name: [each.encode("utf-8", "replace").decode() for each in values] for name, values in body.items()
        }
        if files:
            for name in files:
                content = self.chance.choice(
                    [b"", b"%PDF-1.4", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", bytes(range(256)), b"a,b\n1,2\n"]
                )
                given[name] = SimpleUploadedFile(self.chance.choice(["a.png", "x.pdf", "b.csv", "c.docx"]), content)
            self._made(persona, client, "POST", address, data=given)
            return
        content = _encoded((name, each) for name, values in body.items() for each in values)
        self._made(persona, client, "POST", address, data=content, content_type="application/x-www-form-urlencoded")

    def _any(self, persona: str, client: Client, address: str) -> None:
        method = self.chance.choice(METHODS)
        kind = self.chance.choice(
            [
                "application/x-www-form-urlencoded",
                "application/json",
                "multipart/form-data; boundary=x",
                "text/plain",
                "",
            ]
        )
        said = {
            self.chance.choice((*QUERIES, "reason", "why", "case", "cases", "kind", "day")): self._word()
            for _ in range(3)
        }
        body = {
            "application/json": lambda: json.dumps(
                self.chance.choice([said, [said], None, 1, "x", {"a": {"b": [said]}}])
            ),
            "application/x-www-form-urlencoded": lambda: _encoded(said.items()),
        }.get(kind, self.chance.choice((self._word, self._bytes)))()
        headers = {
            "accept": self.chance.choice(["*/*", "application/json", "x", ""]),
            "hx-request": self.chance.choice(["true", ""]),
        }
        self._made(persona, client, method, address, data=body, content_type=kind, headers=headers)

    def _bytes(self) -> bytes:
        return self.chance.randbytes(self.chance.choice((1, 40, 5000, 300_000)))

    def _machine(self, persona: str, client: Client, address: str, route: Route) -> None:
        """Send an operation of the API what its description allows, with something bent."""
        path = "/" + PARAMETER.sub(lambda found: f"{{{found['name']}}}", route.address)
        method, said = self.chance.choice(list(self.described["paths"].get(path, {"get": {}}).items()))
        schema = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = json.dumps(self._told(schema)) if schema else ""
        if self.chance.random() < 0.1:
            body = body[: self.chance.randrange(len(body) + 1)]
        headers = {"idempotency-key": self.chance.choice(("", "once", str(self.chance.getrandbits(64)), "k" * 65))}
        self._made(
            persona, client, method.upper(), address, data=body, content_type="application/json", headers=headers
        )

    def _told(self, schema: dict[str, Any]) -> Any:
        if self.chance.random() < 0.04:
            return self.chance.choice((self._word(), None, [], {}, -1, 1e300, True, [[self._word()]]))
        if "$ref" in schema or "anyOf" in schema:
            named = self.described["components"]["schemas"]
            one = named[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else self.chance.choice(schema["anyOf"])
            return self._told(one)
        if "enum" in schema or "const" in schema:
            return self.chance.choice(schema.get("enum") or [schema["const"]])
        match schema.get("type"):
            case "object":
                needed, fields = schema.get("required", ()), schema.get("properties", {})
                return {
                    name: self._told(of) for name, of in fields.items() if name in needed or self.chance.random() < 0.6
                }
            case "array":
                return [self._told(schema.get("items", {})) for _ in range(self.chance.randint(0, 3))]
            case "integer" | "number" | "boolean" | "null" as kind:
                return self.chance.choice({"boolean": (True, False), "null": (None,)}.get(kind, (0, 1, 3, 10**20)))
        ends = {"date": "2026-11-20", "date-time": "2026-11-20T10:30:00+00:00", "uuid": self.chance.choice(self.names)}
        return ends.get(schema.get("format", ""), "Invented words") if self.chance.random() < 0.9 else self._word()

    def _made(self, persona: str, client: Client, method: str, address: str, **sent: Any) -> Any:
        self.calls += 1
        if method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            self.writers[persona] = self.writers.get(persona, 0) + 1
        self._why.clear()
        if "data" in sent and isinstance(sent["data"], dict):
            answer = client.post(address, **sent)
        else:
            data = sent.get("data", "")
            sent["data"] = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
            answer = client.generic(method, address, **sent)
        if answer.streaming:
            for _ in answer.streaming_content:
                pass
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        if answer.status_code >= 500:
            said = str(sent.get("data", ""))[:600]
            self.faults.append(
                Fault(persona, f"{method} {address} {said!r}", answer.status_code, "".join(self._why)[-2500:])
            )
        return None if answer.streaming else answer


def _encoded(said: Iterable[tuple[str, str]]) -> str:
    return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in said])


def kinds(faults: list[Fault]) -> Iterator[str]:
    """Yield each kind of fault once, by the last line of its cause and where it arose."""
    known = set()
    for fault in faults:
        lines = [line.strip() for line in fault.why.splitlines() if "src/fourfold" in line]
        key = (lines[-1] if lines else "", fault.why.strip().splitlines()[-1][:80] if fault.why.strip() else "")
        if key not in known:
            known.add(key)
            yield f"{fault.persona} {fault.call}: {fault.status}\n{fault.why}"
