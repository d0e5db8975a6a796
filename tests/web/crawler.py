"""Walks every address that can be read, as one person, with the identifiers of every case, and reads what comes back.

Whatever form a canary leaks in, it is found: escaped in HTML or JSON, percent-encoded, inside a DOCX or a PDF.
"""

from __future__ import annotations

import html
import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlencode
from uuid import UUID

from django.test import Client
from pypdf import PdfReader

from fourfold.access.models import Membership, Relation
from fourfold.access.routes import ACCOUNT_PAGES, routes
from fourfold.demo.scenario import World
from fourfold.demo.scenario.casework import Work

CANARY = re.compile(r"CNRY-\d+-[a-z_]+-\d+", re.IGNORECASE)
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")

#: The part of a case that fills a parameter of this name, where the two are called differently.
PART_OF = {"identifier": "allegation"}
#: Words that fill a parameter which names no row.
WORDS = {
    "instrument": ("judgement", "first-line"),
    "site": ("northmoor", "southmere"),
    "name": ("made", "served"),
    "code": ("northmoor",),
    "part": ("victim", "subject"),
}
#: What is said to an address that shows no form: why something is done is asked for nearly everywhere.
REASON = (("reason", "Invented words."),)
MANY = 2
ABSENT = UUID("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Target:
    """One address to read, and the cases whose identifiers stand in it."""

    address: str
    route: str
    cases: tuple[int, ...] = ()
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    strange: bool = (
        False  #: no parameter of the route names a part of a case: whatever identifier it is given is none of its own
    )
    kinds: frozenset[str] = frozenset()  #: of which kinds it names rows of a case
    further: bool = False  #: it names a row of a case that is not the first of its kind, as its documents all are

    def as_(self, method: str, *said: tuple[str, str], **headers: str) -> Target:
        """Return the same address asked for in another way."""
        return replace(self, method=method, said=said, headers=tuple(headers.items()))

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


def readable_routes() -> list[tuple[str, str]]:
    """Return the address patterns and names of every route that answers a GET, without those of the sign-in library."""
    return [
        (route.address, route.name)
        for route in routes()
        if route.declared is not None and "GET" in route.declared.methods and not route.name.startswith(ACCOUNT_PAGES)
    ]


def targets(world: World) -> list[Target]:
    """Return every address to read: each route for each case, for two cases mixed, and each list with its questions."""
    found = [target for pattern, name in readable_routes() for target in _filled(world, pattern, name)]
    return list(dict.fromkeys([*found, *_searches(world), *_pages_of_lists(world)]))


def only_sent_to(world: World) -> list[Target]:
    """Return every address that takes a form and shows no page, with the first row of each kind."""
    routed = [
        (route.address, route.name)
        for route in routes()
        if route.declared is not None and "POST" in route.declared.methods and "GET" not in route.declared.methods
        if not route.name.startswith(ACCOUNT_PAGES)
    ]
    found = [target for pattern, name in routed for target in _filled(world, pattern, name) if not target.further]
    return [target.as_("POST", *REASON) for target in dict.fromkeys(found)]


def _filled(world: World, pattern: str, name: str) -> Iterator[Target]:
    parameters = [(found["kind"] or "str", found["name"]) for found in PARAMETER.finditer(pattern)]
    if not parameters:
        yield Target(f"/{pattern}", name)
        return
    if "<uuid:sitting>" in pattern:
        yield from (Target("/" + PARAMETER.sub(str(pk), pattern), name) for pk in world.sittings.values())
        return
    for work in world.cases.values():
        yield from _with_parts_of(pattern, name, parameters, work, work)
    first, *others = world.cases.values()
    if len(parameters) > 1 and others:
        yield from _with_parts_of(pattern, name, parameters, first, others[0])


def _with_parts_of(
    pattern: str, name: str, parameters: list[tuple[str, str]], whose: Work, parts_of: Work
) -> Iterator[Target]:
    choices = [_values(kind, parameter, whose, parts_of) for kind, parameter in parameters]
    if len(parameters) > MANY:  # every combination would say nothing new
        choices = [found[:1] for found in choices]
    for chosen in itertools.product(*choices):
        address = "/" + pattern
        for value in chosen:
            address = PARAMETER.sub(str(value), address, count=1)
        cases = tuple({whose.plan.number, parts_of.plan.number})
        strange = not any(_names_a_part(kind, parameter, parts_of) for kind, parameter in parameters)
        kinds = {PART_OF.get(parameter, parameter) for _, parameter in parameters} & parts_of.made.keys()
        yield Target(
            address,
            name,
            cases,
            strange=strange,
            kinds=frozenset(kinds),
            further=_names_a_further(parameters, chosen, parts_of),
        )


def _names_a_part(kind: str, parameter: str, work: Work) -> bool:
    if kind == "uuid" and parameter == "part":
        return True
    return parameter in ("reference", "person") or PART_OF.get(parameter, parameter) in work.made


def _names_a_further(parameters: list[tuple[str, str]], chosen: tuple[object, ...], work: Work) -> bool:
    """Return whether a row is named that others of its kind come before; documents differ, so each is the first."""
    kinds = (PART_OF.get(parameter, parameter) for _, parameter in parameters)
    rows = ((work.made.get(kind, ()), value) for kind, value in zip(kinds, chosen, strict=True) if kind != "exhibit")
    return any(value in found[1:] for found, value in rows)


def _values(kind: str, parameter: str, whose: Work, parts_of: Work) -> list[object]:
    case = parts_of.case
    if parameter == "reference":
        return [whose.case.reference]
    if kind == "uuid" and parameter == "part":
        return _parts(case.pk)
    if parameter in WORDS:
        return list(WORDS[parameter])
    if parameter == "person":
        return [case.victim_id, case.subject_id]
    part = PART_OF.get(parameter, parameter)
    if part in parts_of.made:
        return list(parts_of.made[part])
    return [parts_of.made["allegation"][0], case.pk] if kind == "uuid" else ["x"]


def _parts(file: UUID) -> list[object]:
    """Return a part that somebody has in a case, and one that somebody has in a unit."""
    in_case = Relation.objects.filter(file=file).order_by("from_at", "pk").values_list("pk", flat=True)
    in_unit = Membership.objects.filter(site=WORDS["site"][0]).order_by("pk").values_list("pk", flat=True)
    return [*in_case[:1], *in_unit[:1]]


def _searches(world: World) -> Iterator[Target]:
    """Yield what somebody may look for: names, numbers, references and words of every case."""
    if not any(name == "find:results" for _, name in readable_routes()):
        return
    for work in world.cases.values():
        wanted = [
            work.case.reference,
            f"CNRY-{work.plan.number}-core-1",
            f"07700 900{work.plan.number}11",
            f"07700 900{work.plan.number}17",
        ]
        yield from (
            Target(f"/find/?q={words.replace(' ', '+')}", "find:results", (work.plan.number,)) for words in wanted
        )
    yield from (Target(f"/find/?q={words}", "find:results") for words in ("Inventa", "Fictus", "Invented+Row"))


def _pages_of_lists(world: World) -> Iterator[Target]:
    """Yield the lists from each case on, and narrowed in every way they offer."""
    for query in ("mine=on", "mine=true", "level=high", "state=open", "sort=level", "order_by=victim"):
        yield from (Target(f"/{path}?{query}", path) for path in ("cases/", "api/cases", "panel/", "desk/"))
    for work in world.cases.values():
        for path in ("cases/", "api/cases"):
            yield Target(f"/{path}?after={work.case.reference}", path, (work.plan.number,))
        for place, identifier in enumerate(work.made["allegation"]):
            yield Target(f"/desk/?after={identifier}", "desk/", (work.plan.number,), further=place > 0)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers and bytes."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def canaries(self) -> set[str]:
        """Return every canary in it, whatever it is wrapped in."""
        texts = [*self.headers.values(), *_texts(self.content)]
        return {_canonical(found) for text in texts for found in CANARY.findall(text)}

    def masked(self) -> tuple[int, str, bytes]:
        """Return it without what differs between any two readings: the token and the key of each form."""
        content = re.sub(
            rb'(name="(?:csrfmiddlewaretoken|once)"[^>]*value=")[^"]*|(value=")[^"]*("[^>]*name="(?:csrfmiddlewaretoken|once)")',
            rb"\1\2-\3",
            self.content,
        )
        content = re.sub(rb'(hx-headers=\'?[^>]*X-CSRFToken[^>]*?: *")[^"]*', rb"\1-", content, flags=re.IGNORECASE)
        return self.status, self.headers.get("Location", "") + self.headers.get("Content-Type", ""), content


def _canonical(word: str) -> str:
    """Return a canary as it was given out, whatever its case (an e-mail address is stored in small letters)."""
    return "CNRY" + word[4:].lower()


def _texts(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield member
                yield from _texts(archive.read(member))
        return
    if content.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(content))
        yield "\n".join(page.extract_text() for page in reader.pages).replace("\n", "").replace("\u200b", "")
        yield str(reader.metadata)
    text = content.decode("utf-8", "replace")
    yield html.unescape(text)
    yield unquote(text)
    if text[:1] in "[{":
        yield json.dumps(_loaded(text), ensure_ascii=False)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


#: How an address is asked for besides plainly: without its body, for what it takes, a piece of it, only if it changed.
OTHER_WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("HEAD", {}),
    ("OPTIONS", {}),
    ("GET", {"range": "bytes=0-400"}),
    ("GET", {"if-none-match": "*"}),
    ("GET", {"accept": "application/json", "hx-request": "true"}),
)


def other_ways(target: Target) -> Iterator[Target]:
    """Yield an address asked for in every other way that reads."""
    yield from (target.as_(method, **headers) for method, headers in OTHER_WAYS)


@cache
def takes_forms() -> frozenset[str]:
    """Return the names of the routes that a form is sent to."""
    return frozenset(route.name for route in routes() if route.declared and "POST" in route.declared.methods)


class _Form(HTMLParser):
    """Fills in the forms of a page as somebody might: what is hidden stays, the first choice, some invented words."""

    WORDS = "Invented words, long enough for whoever asks for a reason."

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field with something to say in it."""
        field = dict(attrs)
        name, kind = field.get("name") or "", field.get("type") or "text"
        if tag == "textarea":
            self.said.setdefault(name, self.WORDS)
        elif tag in ("input", "button") and name and kind != "file":
            given = field.get("value") or ("1" if kind == "number" else "Invented")
            self.said.setdefault(name, given)
        elif tag == "select":
            self._list = name
        elif tag == "option" and field.get("value"):
            self.said.setdefault(getattr(self, "_list", ""), field["value"] or "")


def filled_in(page: Answer) -> tuple[tuple[str, str], ...]:
    """Return what somebody might send with the forms of a page."""
    form = _Form()
    form.feed(page.content.decode("utf-8", "replace"))
    return tuple((name, value) for name, value in form.said.items() if name and name != "csrfmiddlewaretoken")


FORM = re.compile(rb"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
ACTION = re.compile(rb'action="([^"]*)"')
#: What a form asks for that no invented words answer, by the end of a field's name.
TYPED = (
    ("year", "2026"),
    ("month", "11"),
    ("day", "23"),
    ("_on", "2026-11-23"),
    ("_at", "2026-11-23T10:00"),
    ("email", "a@b.example"),
)
#: They would end the walk itself.
NOT_SENT = ("/sign-out", "/language", "/purpose")


def sent_from(page: Answer, address: str) -> list[Target]:
    """Return what somebody might send with each form of a page, by itself."""
    found = []
    for attributes, inside in FORM.findall(page.content):
        if b"post" not in attributes.lower():
            continue
        action = ACTION.search(attributes)
        to = (action[1].decode() if action and action[1] else address).replace("&amp;", "&")
        said = dict(filled_in(Answer(200, {}, inside)))
        said = {name: value for name, value in said.items() if name not in ("later", "drop")}  # to be sent, not kept
        for name, value in said.items():
            if value == "Invented":
                said[name] = next((typed for ending, typed in TYPED if name.endswith(ending)), value)
        if to.startswith("/") and not to.startswith(NOT_SENT) and not to.startswith("/accounts/"):
            found.append(Target(to, to, method="POST", said=tuple(said.items())))
    return found


def read(client: Client, target: Target) -> Answer:
    """Read one address, or send a form to it."""
    headers = dict(target.headers)
    answer = client.generic(
        target.method,
        target.address,
        data=urlencode(target.said),
        content_type="application/x-www-form-urlencoded",
        headers=headers or None,
    )
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return Answer(answer.status_code, dict(answer.headers), content)
