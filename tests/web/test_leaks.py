"""Nobody is shown what is closed to them, wherever they look; and whom a wall keeps out cannot tell that it stands.

Thirteen personas read every address of the site with the identifiers of every case. Each sensitive field holds a
canary; access itself says, on the command line's behalf, which of them a persona may see.
"""

from __future__ import annotations

import copy
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from fourfold.access import queries as access_queries
from fourfold.access.models import Account, Membership
from fourfold.access.routes import ACCOUNT_PAGES, routes
from fourfold.access.signed_in import purpose_of
from fourfold.access.terms import Access, Compartment, Permission, Side
from fourfold.demo.scenario import PERSONAS, World
from fourfold.demo.scenario.canaries import Canary
from tests.cast import NOW, Cast
from tests.support.builders import case_of
from tests.web.conftest import SignIn, start_session
from tests.web.crawler import (
    ABSENT,
    CANARY,
    REASON,
    Answer,
    Target,
    _parts,
    filled_in,
    only_sent_to,
    other_ways,
    read,
    readable_routes,
    sent_from,
    takes_forms,
    targets,
)
from tests.web.lines import written
from tests.web.worlds import undone, world_without

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

#: Cases 3 and 6 stand to everybody as others do, but for P8, who has a test of her own. FOURFOLD_CRAWL=all leaves none out.
WHOLE = os.environ.get("FOURFOLD_CRAWL") == "all"
LEFT_OUT = () if WHOLE else (3, 6)


TEAM = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY}
#: What some personas must come across when they read everything that is open to them.
SEES = {
    "P1": TEAM | {Compartment.VICTIM_CONTACT, Compartment.POLICE_INTEL},
    "P5": TEAM | {Compartment.CLINICAL},
    "P6": TEAM | {Compartment.CLINICAL},
    "P7": TEAM | {Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL},
    "P13": TEAM,
}


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Let every request fall on one moment."""
    environment = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", environment)


def signed_in_as(world: World, persona: str) -> Client:
    """Return a client with the session of a persona."""
    client = Client(raise_request_exception=False)
    start_session(client, Account.objects.get(email=world.people.logins[persona].email))
    return client


def open_to(world: World, persona: str) -> set[tuple[int, Compartment, Side]]:
    """Return which compartment (and side) of which case access opens to a persona on the pages."""
    actor = world.people.at(persona, NOW)
    actor = actor.for_purpose(purpose_of(actor))
    return {
        (number, facts.compartment, facts.side)
        for number, work in world.cases.items()
        for facts, rule in access_queries.explained(actor, work.case.pk, Access.READ, at=NOW)
        if rule is None
    }


def may_answer(world: World, persona: str) -> set[int]:
    """Return in which cases a persona may read why a sealed address is asked for: as an advocate of the unit."""
    actor = world.people.at(persona, NOW)
    if not access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW):
        return set()
    core = {(number, Compartment.CORE, Side.NONE) for number in world.cases}
    return {number for number, _, _ in open_to(world, persona) & core}


def watched_by(world: World, persona: str) -> set[int]:
    """Return of which cases a persona reads the ledger's rows: of the units over whose log it watches, no wall between."""
    actor = world.people.at(persona, NOW)
    return {
        number
        for number, work in world.cases.items()
        if access_queries.may(actor, Permission.AUDIT_VIEW, site=work.case.site)
        and not any(facts.walled for facts, _ in access_queries.explained(actor, work.case.pk, Access.READ, at=NOW))
    }


def stands_to(world: World, persona: str) -> dict[int, tuple[object, ...]]:
    """Return how each case stands to a persona: what opens each part of it or closes it, and what else they may read of it."""
    actor = world.people.at(persona, NOW)
    actor = actor.for_purpose(purpose_of(actor))
    answering, watched = may_answer(world, persona), watched_by(world, persona)
    stands = {}
    for number, work in world.cases.items():
        parts = access_queries.explained(actor, work.case.pk, Access.READ, at=NOW)
        opens = [(facts.compartment, facts.side, facts.walled, rule) for facts, rule in parts]
        stands[number] = (*opens, number in answering, number in watched)
    return stands


def held_in(world: World) -> dict[int, set[str]]:
    """Return of each case which kinds of rows it has, and in which fields a canary sits."""
    return {
        number: {*work.made, *(each.where for each in world.canaries.given.values() if each.case == number)}
        for number, work in world.cases.items()
    }


def speaking_for_all(stands: Mapping[int, object], holds: Mapping[int, set[str]]) -> dict[int, set[str] | None]:
    """Return the cases that speak for the others: one for each way in which cases stand to a persona, the fullest (None).

    Where another that stands alike holds what it lacks, a kind of row or a field, that one is read too, for that.
    """
    held: dict[object, set[str]] = {}
    chosen: dict[int, set[str] | None] = {}
    for number in sorted(stands, key=lambda number: (-len(holds[number]), number)):
        known = held.get(stands[number])
        if known is None or holds[number] - known:
            chosen[number] = None if known is None else holds[number] - known
            held[stands[number]] = holds[number] | (known or set())
    return chosen


#: On the pages of which rows a field stands that not every case holds, by its table.
STANDS_WITH = {
    "assessment.secondsignature": {"assessment"},
    "comment": {"comment"},
    "governance.packreleased": {"exhibit", "disclosure"},
    "item": {"item", "decision"},
    "join_asked": {"allegation"},
    "people.addressanswered": {"asked"},
}


def may_show(target: Target, fields: set[str] | None) -> bool:
    """Return whether an address may show one of these fields (None: any).

    Any page of a case's own may that shows and does not ask; of a row's pages those of the rows with which they stand.
    """
    if not target.kinds or fields is None:
        return fields is None or target.route not in takes_forms()
    tables = {field.partition(" ")[0].rpartition(".")[0] for field in fields}
    return any(target.kinds & STANDS_WITH.get(table, target.kinds) for table in tables)


def closed_doors(world: World, persona: str) -> set[str]:
    """Return the pages whose door turns a persona away for their role: before it looks at what an address names."""
    actor = world.people.at(persona, NOW)
    return {
        route.name
        for route in routes()
        if route.declared and route.declared.permission and not route.address.startswith("api")
        if not access_queries.may(actor, route.declared.permission)
    }


def is_at(target: Target, doors: set[str]) -> bool:
    """Return whether an address leads to one of these doors: a word in the place of an identifier leads nowhere."""
    if target.route not in doors:
        return False
    try:
        return resolve(target.address.partition("?")[0]).view_name == target.route
    except Resolver404:
        return False


def most_open(world: World, persona: str, numbers: Iterable[int]) -> int:
    """Return of which of these cases most is open to a persona."""
    opened = Counter(number for number, _, _ in open_to(world, persona))
    return max(sorted(numbers), key=lambda number: opened[number])


def fewest(world: World, persona: str, addresses: list[Target], *always: int) -> list[Target]:
    """Return the addresses that say everything about a persona; the long crawl reads all of them.

    - Of cases that stand alike to them, one speaks for all (`speaking_for_all`), beside those that are `always` read; two
      cases mixed are read as they are.
    - Of a case that is read only for a field that the one that speaks for it lacks, the pages that may show that field; and
      where nothing of the case is open to them, none.
    - In the case of which most is open to them, and in those `always` read, every row has its pages read; in the others
      the first of each kind.
    - What names no part of any case (`strange`) is read with the identifiers of one.
    - A door that is closed to the role is tried once: it opens to nobody before it looks behind.
    """
    if WHOLE:
        return addresses
    stands = stands_to(world, persona)
    something = {number for number, _, _ in open_to(world, persona)} | {n for n in stands if True in stands[n][-2:]}
    speaks = speaking_for_all(stands, held_in(world))
    chosen = {n: lacking for n, lacking in speaks.items() if lacking is None or n in something} | dict.fromkeys(always)
    first = min(number for number, lacking in chosen.items() if lacking is None)
    closed, tried = closed_doors(world, persona), set()
    whole = {*([most_open(world, persona, chosen)] if something else []), *always}
    kept = []
    for target in addresses:
        if len(target.cases) == 1 and target.cases[0] not in ({first} if target.strange else chosen):
            continue
        if len(target.cases) == 1 and not may_show(target, chosen[target.cases[0]]):
            continue
        if target.further and not whole.issuperset(target.cases):
            continue
        if is_at(target, closed):
            if target.route in tried:
                continue
            tried.add(target.route)
        kept.append(target)
    return kept


@dataclass
class Crawl:
    """One persona's walk: what is open to it, what it came across, and every leak and fault."""

    world: World
    persona: str
    leaks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seen: set[Compartment] = field(default_factory=set)
    routes: set[str] = field(default_factory=set)
    sent: set[tuple[str, int]] = field(default_factory=set)
    wrote: Counter[str] = field(default_factory=Counter)
    answers: int = 0

    def __post_init__(self) -> None:
        self.client = signed_in_as(self.world, self.persona)
        self.allowed, self.answering = open_to(self.world, self.persona), may_answer(self.world, self.persona)
        self.watched = watched_by(self.world, self.persona)
        self.closed, self.forms = closed_doors(self.world, self.persona), takes_forms()

    def walk(self, addresses: list[Target], sent_to: list[Target]) -> None:
        """Read these addresses and send each form; then send to those that take one and show none."""
        for target in fewest(self.world, self.persona, addresses):
            page = self.look_at(target)
            self.routes.add(target.route)
            for other in other_ways(target) if WHOLE else ():
                self.look_at(other)
            self.send_to(target, page)
        best, least = (most_open(self.world, self.persona, self.world.cases), self._least_open())
        for target in sent_to:
            if WHOLE or {best, least}.issuperset(target.cases):
                self.send(target)

    def _least_open(self) -> int:
        opened = Counter(number for number, _, _ in self.allowed)
        return min(sorted(self.world.cases), key=lambda number: opened[number])

    def look_at(self, target: Target) -> Answer:
        """Read one address and note what must not be in the answer."""
        answer = read(self.client, target)
        self.answers += 1
        if answer.status >= 500 or (answer.status not in TURNED_AWAY and is_at(target, self.closed)):
            self.faults.append(f"{self.persona} {target}: {answer.status}")
        for word in answer.canaries() - Answer(0, {"": target.address}, b"").canaries():
            canary = self._given(word)
            if canary.where in LEDGER and target.route == "oversight:disclosures" and canary.case in self.watched:
                continue
            self.seen.add(canary.compartment)
            if not self._may_see(canary):
                self.leaks.append(f"{self.persona} {target}: {word} ({canary.where})")
        return answer

    def _given(self, word: str) -> Canary:
        """Return the canary of a word; where a line of a sheet ends with it, the number of the page may follow."""
        given = self.world.canaries.given
        while word not in given and word[-1].isdigit():
            word = word[:-1]
        return given[word]

    def _may_see(self, canary: Canary) -> bool:
        if (canary.case, canary.compartment, canary.side) in self.allowed:
            return True
        if canary.where in WHO_ASKED_AND_WHO_ANSWERS:
            return canary.case in self.answering
        hers = (canary.case, Compartment.ADVOCATE_CONFIDENTIAL, Side.NONE) in self.allowed
        return canary.where in WHAT_SHE_GAVE_AWAY and hers

    def send_to(self, target: Target, page: Answer) -> None:
        """Send what a page takes, by itself and undone: each form once for each way in which its page answers."""
        forms = sent_from(page, target.address) if page.status == 200 else []
        forms = [replace(form, route=_route_of(form.address)) for form in forms]
        if target.route in self.forms and target.route not in {form.route for form in forms}:
            forms.append(target.as_("POST", *(filled_in(page) if page.status == 200 else REASON)))
        for form in forms:
            if WHOLE or (form.route, page.status) not in self.sent:
                self.sent.add((form.route, page.status))
                self.send(form)
                if WHOLE or (page.status == 200 and self.persona in SENDS_EMPTY):
                    self.send(form.as_("POST"))

    def send(self, form: Target) -> None:
        """Send a form, read the page to which a write leads, and undo what came of it; the session goes on as it was."""
        cookies = copy.deepcopy(self.client.cookies)
        with undone():
            answer = self.look_at(form)
            if answer.status in (302, 303) and (leads_to := answer.headers["Location"]).startswith("/"):
                self.wrote[form.route] += 1
                self.look_at(Target(leads_to.partition("#")[0], _route_of(leads_to)))
        self.client.cookies = cookies


def _route_of(address: str) -> str:
    """Return the name of the page to which an address leads; "" for none."""
    try:
        return resolve(address.partition("?")[0].partition("#")[0]).view_name
    except Resolver404:
        return ""


#: What a closed door answers: no; or that it takes nothing in this way.
TURNED_AWAY = {403, 405}
#: A copy for the police that her advocate wrote and released: whoever may read what it was taken from reads it too.
WHAT_SHE_GAVE_AWAY = {"confidence_decision.released"}
#: Why a sealed address is asked for, and why it was not opened: read by whoever asks and by whoever may answer.
WHO_ASKED_AND_WHO_ANSWERS = {"address_asked.reason", "people.addressanswered.words"}
#: What a row of the ledger says to whoever watches over what leaves the unit; they open no file (governance/queries).
LEDGER = {
    *("disclosure.what", "disclosure.to_whom", "disclosure.necessity", "disclosure.consent_reason"),
    *("confidence.necessity", "confidence.authorised_by", "confidence_decision.reason"),
}
#: Who also sends each form empty in the short crawl: somebody of the team whom a wall keeps out, somebody from elsewhere.
SENDS_EMPTY = {"P3", "P6"}
PARTS = 3


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_persona_is_shown_a_canary_of_a_compartment_that_is_closed_to_it(part: int) -> None:
    """Each reads every page and sends every form: filled in, by itself, and undone. FOURFOLD_CRAWL=all reads every row in
    every way, and sends each form of each page: more than 100,000 answers.

    In parts, every third persona in each, so that processors share it.
    """
    whose = [post.key for post in PERSONAS][part::PARTS]
    with world_without(*LEFT_OUT) as world, written() as lines:
        addresses, sent_to = targets(world), only_sent_to(world)
        crawls = {key: Crawl(world, key) for key in whose}
        for crawl in crawls.values():
            crawl.walk(addresses, sent_to)
    faults = [fault for crawl in crawls.values() for fault in crawl.faults]
    leaks = [leak for crawl in crawls.values() for leak in crawl.leaks]
    answers = sum(crawl.answers for crawl in crawls.values())
    wrote = {who: (len(crawl.wrote), crawl.wrote.total()) for who, crawl in crawls.items()}
    sys.stdout.write(f"{answers:,} answers, {len(leaks)} leaks, {len(faults)} faults; forms that were taken: {wrote}\n")
    assert not faults, "\n".join(faults[:20])
    assert not CANARY.search(lines.text.getvalue()), "a line that is written holds nobody's words"
    assert lines.lines("request"), "and lines are written"
    assert not leaks, f"{len(leaks)} leaks:\n" + "\n".join(leaks[:40])
    for persona in SEES.keys() & crawls:
        assert crawls[persona].seen >= SEES[persona], (
            f"{persona} finds what is theirs, or the crawl finds nothing at all"
        )
    sealed = {who for who, crawl in crawls.items() if Compartment.SAFE_ADDRESS_SEALED in crawl.seen}
    assert sealed == {"P7", "P8", "P9"} & crawls.keys()
    assert not any(crawls[persona].seen for persona in {"P2", "P4", "P11", "P12"} & crawls.keys())
    for persona in {"P1", "P3", "P5", "P7"} & crawls.keys():
        assert len(crawls[persona].wrote) >= 10, f"what {persona} sends is hardly ever taken"
    every, takes = {target.route for target in addresses}, takes_forms()
    for crawl in crawls.values():
        assert {route for route, _ in crawl.sent} >= every & takes, "everybody sends every form"
    by_form = {target.route for target in sent_to} | (every & takes)
    assert by_form == {route for route in takes if not route.startswith(ACCOUNT_PAGES)}
    assert all(crawl.routes == every for crawl in crawls.values()), "everybody tries every page that can be read"
    assert answers > (50_000 if WHOLE else 1_500)


@pytest.mark.slow
@pytest.mark.parametrize(("persona", "case"), [("P3", 2), ("P8", 3)])
def test_for_whom_a_wall_keeps_out_the_world_is_as_if_the_case_were_not_there(persona: str, case: int) -> None:
    """The one test that catches most oracles: counts, gaps, suggestions, orders of lists, titles, sizes."""
    with world_without() as world:
        addresses = fewest(world, persona, targets(world), case)
        with_the_case = _crawl(world, persona, addresses)
    with world_without(case) as lacking:
        without_the_case = _crawl(lacking, persona, addresses)
    differing = [
        f"{target.address}: {before.status} with the case, {after.status} without; {_first_difference(before, after)}"
        for target, before, after in zip(addresses, with_the_case, without_the_case, strict=True)
        if before.masked() != after.masked()
    ]
    assert not differing, f"{len(differing)} answers differ:\n" + "\n".join(differing[:20])
    assert any(answer.status == 200 and b"CNRY" in answer.content for answer in with_the_case)


def _crawl(world: World, persona: str, addresses: list[Target]) -> list[Answer]:
    client = signed_in_as(world, persona)
    return [read(client, target) for target in addresses]


def _first_difference(before: Answer, after: Answer) -> str:
    one, other = before.masked()[2], after.masked()[2]
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    around = slice(max(place - 60, 0), place + 60)
    return f"…{one[around].decode('utf-8', 'replace')!r} / {other[around].decode('utf-8', 'replace')!r}"


def test_absent_walled_off_and_foreign_are_the_same_to_the_byte() -> None:
    """As P3: case 2 is walled off, case 5 belongs to another site; and there is no FF-00000."""
    with world_without() as world:
        client = signed_in_as(world, "P3")
        walled = [target for target in targets(world) if target.cases == (2,) and "?" not in target.address]
        differing = []
        for target in walled:
            addresses = (target.address, _of_case_5(world, target.address), _absent(world, target.address))
            answers = {_without_its_own(address, read(client, Target(address, target.route))) for address in addresses}
            if len(answers) > 1:
                differing.append(f"{target.address}: {sorted(answer[0] for answer in answers)}")
    assert len(walled) > 20
    assert not differing, "\n".join(differing)


def _without_its_own(address: str, answer: Answer) -> tuple[int, str, bytes]:
    """Return the masked answer without the address that was asked for: a redirect within it tells nothing."""
    status, headers, content = answer.masked()
    for part in sorted(filter(None, address.split("/")), key=len, reverse=True):
        if len(part) >= len("FF-00000") and any(character.isdigit() for character in part):
            headers, content = headers.replace(part, "-"), content.replace(part.encode(), b"-")
    return status, headers, content


def _of_case_5(world: World, address: str) -> str:
    """Return the address with every identifier of case 2 replaced by its counterpart of case 5."""
    mine, theirs = world.cases[2], world.cases[5]
    address = address.replace(mine.case.reference, theirs.case.reference)
    for kind, found in mine.made.items():
        for old, new in zip(found, theirs.made.get(kind, []), strict=False):
            address = address.replace(str(old), str(new))
    return address


def _absent(world: World, address: str) -> str:
    """Return the address with every identifier of case 2 replaced by one that nothing has."""
    mine = world.cases[2]
    address = address.replace(mine.case.reference, "FF-00000")
    for identifier in (pk for found in mine.made.values() for pk in found):
        address = address.replace(str(identifier), str(ABSENT))
    return address


# ---- the crawl itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"<p>CNRY-1-core-1</p>",
        b"<p>CNRY&#45;1-core&#x2d;1</p>",
        b'{"a": ["CNRY\\u002d1-core-1"]}',
        b"/find/?q=CNRY%2D1-core-1",
        b"mailto:cnry-1-core-1@demo.invalid",
    ],
    ids=["plain", "entities", "json", "percent", "small letters"],
)
def test_the_crawl_finds_a_canary_in_every_wrapping(content: bytes) -> None:
    assert Answer(200, {}, content).canaries() == {"CNRY-1-core-1"}


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_the_crawl_finds_a_canary_inside_documents(form: str) -> None:
    from fourfold.gateways import documents

    document = documents.Document(
        title="A",
        subtitle="B",
        marking="C",
        made_at=NOW,
        blocks=(documents.Paragraph("Said CNRY-1-core-1 and CNRY-2-advocate_confidential-17."),),
    )
    content = getattr(documents, form)(document)
    assert CANARY.search(content.decode("latin-1")) is None, "it is packed, or this test proves nothing"
    assert Answer(200, {}, content).canaries() == {"CNRY-1-core-1", "CNRY-2-advocate_confidential-17"}


@pytest.mark.parametrize(
    ("stands", "holds", "chosen"),
    [
        ({1: "open", 2: "open"}, {1: {"plan"}, 2: {"plan", "order"}}, {2: None}),
        ({1: "open", 2: "open"}, {1: {"plan"}, 2: {"order"}}, {1: None, 2: {"order"}}),
        ({1: "open", 2: "walled", 3: "open"}, {1: {"plan"}, 2: {"plan"}, 3: {"plan"}}, {1: None, 2: None}),
    ],
    ids=["the fullest speaks for the other", "each holds what the other lacks", "one for each way to stand"],
)
def test_a_case_speaks_for_those_that_stand_alike_and_hold_no_more(
    stands: dict[int, str], holds: dict[int, set[str]], chosen: dict[int, set[str] | None]
) -> None:
    assert speaking_for_all(stands, holds) == chosen


def test_a_header_is_read_too() -> None:
    assert Answer(302, {"Location": "/cases/?q=CNRY-1-core-1"}, b"").canaries() == {"CNRY-1-core-1"}


def test_only_the_keys_of_forms_are_masked() -> None:
    one = Answer(200, {}, b'<input type="hidden" name="csrfmiddlewaretoken" value="a"><p>5 cases</p>')
    two = Answer(200, {}, b'<input type="hidden" name="csrfmiddlewaretoken" value="b"><p>5 cases</p>')
    three = Answer(200, {}, b'<input type="hidden" name="csrfmiddlewaretoken" value="b"><p>6 cases</p>')
    assert one.masked() == two.masked() != three.masked()


@pytest.mark.django_db
def test_the_crawl_reaches_the_end_of_a_part_in_a_case_and_in_a_unit(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    in_case, in_unit = _parts(case.pk)
    unit = Membership.objects.get(pk=in_unit).site
    assert signed_in("coordinator").get(f"/cases/{case.reference}/team/{in_case}/end/").status_code == 200
    assert signed_in("administrator").get(f"/sites/of/{unit}/people/parts/{in_unit}/end/").status_code == 200


def test_the_crawl_reaches_the_pages_of_cases_and_of_the_api() -> None:
    names = {name.partition(":")[0] for _, name in readable_routes()}
    assert names >= {"home", "case", "panel", "find", "api"}
