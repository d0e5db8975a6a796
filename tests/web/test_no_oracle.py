"""Whoever is kept from a person learns nothing of them by telling: two worlds give the same bytes, writes and all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fourfold import journey
from fourfold.access import services as access
from fourfold.access.models import Wall
from fourfold.base import seeded
from fourfold.cases import services as cases
from fourfold.cases.terms import Outcome
from fourfold.demo.scenario import World
from fourfold.feeds import services as feeds
from fourfold.feeds.services import MOST_A_DAY
from fourfold.feeds.terms import InvalidFeed
from fourfold.intake.models import Allegation
from fourfold.intake.services.receiving import MOST_REFERRED
from fourfold.linkage.models import Proposal
from fourfold.people.models import Victim
from fourfold.people.terms import Part
from tests.cast import NOW, Cast
from tests.governance.builders import walled_victim
from tests.intake.feeds import row, small, text_of
from tests.web.conftest import SignIn
from tests.web.crawler import Answer, Target, read
from tests.web.test_leaks import _first_difference, signed_in_as, world_without

STEPS = 1_000
#: Far enough apart that many referrals pass the bound on how many somebody makes, and so close that no session idles.
APART = timedelta(minutes=6)
A_DAY = 90
LISTS = (
    *("/", "/?show=unit", "/desk/", "/desk/?urgency=now", "/desk/?urgency=routine", "/desk/links/", "/desk/serial/"),
    *("/desk/escalating/", "/desk/mis-recorded/", "/desk/records/likely/", "/refer/", "/refer/answers/", "/cases/"),
    *("/api/cases", "/find/?q=R-", "/panel/", "/unit/quality/"),
)


@dataclass
class Secret:
    """What the walled person guesses at: the values of the case that is closed to them, and others that are wrong."""

    right: dict[str, str]
    wrong: dict[str, str]
    reference: str
    open_reference: str


@dataclass
class Walk:
    """One person's way through a world, each step drawn from the same dice; every answer is kept."""

    client: Client
    secret: Secret
    dice: random.Random
    told: list[str] = field(default_factory=list)
    answers: list[tuple[str, Answer]] = field(default_factory=list)

    def step(self) -> None:
        """Take one step: refer, comment, search, or read a page."""
        does = (self._refer, self._own, self._list, self._find, self._comment, self._decide)
        self.dice.choices(does, weights=(30, 25, 20, 10, 8, 7))[0]()

    def _refer(self) -> None:
        parts = self.dice.sample(sorted(self.secret.right), self.dice.randint(1, 4))
        said = {part: self.dice.choice((self.secret.right, self.secret.wrong))[part] for part in parts}
        said["words"] = self.dice.choice(("He waited outside.", "She was told to watch out.", "A letter came."))
        if self.dice.random() < 0.7:
            said["another_event"] = "yes"
        if self.dice.random() < 0.1:
            said["reference"] = f"06/{self.dice.randint(1, 9)}"
        self._take("POST", "/refer/", said)
        place = self.answers[-1][1].headers.get("Location", "")
        if place:
            self.told.append(place.rstrip("/").rpartition("/")[2])

    def _own(self) -> None:
        if self.told:
            one = self.dice.choice(self.told)
            self._take("GET", self.dice.choice(("/refer/{}/", "/desk/{}/", "/api/allegations/{}")).format(one))

    def _list(self) -> None:
        self._take("GET", self.dice.choice(LISTS))

    def _find(self) -> None:
        words = self.dice.choice((*self.secret.right.values(), *self.secret.wrong.values()))
        self._take("GET", f"/find/?q={words.replace(' ', '+').replace('@', '%40')}")

    def _comment(self) -> None:
        reference = self.dice.choice((self.secret.reference, self.secret.open_reference))
        self._take("POST", f"/cases/{reference}/comments/", {"words": "Have we asked the neighbours?", "place": "core"})

    def _decide(self) -> None:
        if self.told:
            way = self.dice.choice(("/desk/{}/triage/", "/desk/{}/match/", "/desk/{}/behaviour/"))
            said = {
                "outcome": "panel",
                "reason": "A pattern.",
                "part": "victim",
                "behaviour": "follows",
                "shown": "yes",
            }
            self._take("POST", way.format(self.dice.choice(self.told)), said)

    def _take(self, method: str, address: str, said: dict[str, str] | None = None) -> None:
        target = Target(address, "").as_(method, *(said or {}).items())
        with seeded(len(self.answers)):  # what is made gets the same identifiers in both worlds
            self.answers.append((str(target), read(self.client, target)))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.one_database
@pytest.mark.parametrize(("persona", "case", "steps"), [("P3", 2, STEPS), ("P8", 3, STEPS // 5)])
def test_two_worlds_give_the_same_bytes_at_every_step_of_whoever_is_walled_off(
    persona: str, case: int, steps: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _clock(settings, monkeypatch)
    with world_without() as world:
        secret = _secret(world, case)
        one = _walk(world, persona, secret, steps, clock)
        hits = Wall.objects.filter(
            file__in=Allegation.objects.unscoped("a test").filter(channel="referral").values("pk")
        )
        assert hits.count() > steps // 100, "the guesses hit, or the test proves nothing"
        assert Proposal.objects.unscoped("a test").filter(allegation__channel="referral").exists(), "the desk is helped"
    with world_without(case) as lacking:
        other = _walk(lacking, persona, secret, steps, clock)
    differing = [
        f"step {number}, {taken}: {before.status}, {after.status}; {_first_difference(before, after)}"
        for number, ((taken, before), (_, after)) in enumerate(zip(one.answers, other.answers, strict=True))
        if before.masked() != after.masked()
    ]
    assert not differing, f"{len(differing)} answers differ:\n" + "\n".join(differing[:20])
    assert one.told == other.told
    assert len(one.told) > steps // 12, "most of what is referred is kept, or the test proves nothing"


def _clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    environment = settings.FOURFOLD.model_copy()
    monkeypatch.setattr(settings, "FOURFOLD", environment)

    def at(step: int) -> None:
        environment.__dict__["app_clock"] = (NOW + step * APART).isoformat()

    return at


def _secret(world: World, number: int) -> Secret:
    told = Allegation.objects.unscoped("a test").get(pk=world.cases[number].made["allegation"][0])
    right = {
        f"{part}_{name}": getattr(told, f"{part}_{name}")
        for part in ("victim", "subject")
        for name in ("name", "birth", "phone", "email", "address")
    }
    wrong = {
        **dict.fromkeys(("victim_name", "subject_name"), "Nobody Atall"),
        **dict.fromkeys(("victim_birth", "subject_birth"), "09/09/1950"),
        **dict.fromkeys(("victim_phone", "subject_phone"), "07700 900999"),
        **dict.fromkeys(("victim_email", "subject_email"), "nobody@demo.invalid"),
        **dict.fromkeys(("victim_address", "subject_address"), "99 Nowhere Row, Northmoor"),
    }
    return Secret(right, wrong, world.cases[number].case.reference, world.cases[1].case.reference)


def _walk(world: World, persona: str, secret: Secret, steps: int, clock: Callable[[int], None]) -> Walk:
    clock(0)
    walk = Walk(signed_in_as(world, persona), secret, random.Random(7))
    for step in range(steps):
        clock(step)
        if step % A_DAY == 0:
            walk.client = signed_in_as(world, persona)
        walk.step()
    return walk


# ---- the attack as it was made, on both engines


@pytest.fixture
def nora(cast: Cast) -> Victim:
    """A victim with an address and a mailbox on record, from whom one officer is walled off."""
    return walled_victim(cast)


GUESSES = (
    {"victim_name": "Nora Quill", "victim_birth": "3 May 1985"},
    {"victim_name": "Nora Quill", "victim_phone": "07700 900123"},
    {"victim_name": "Nora Quill", "victim_birth": "4 May 1985"},
    {"victim_name": "Ada Poole"},
)


@pytest.mark.django_db
def test_what_was_referred_reads_the_same_afterwards_whether_it_hit_or_not(
    cast: Cast, signed_in: SignIn, nora: Victim
) -> None:
    walled, seen = signed_in("second_officer"), []
    before = tuple(walled.get(place).content.count(b"/desk/") for place in ("/", "/desk/"))
    for guess in GUESSES:
        kept = walled.post("/refer/", {"words": "He waits.", "victim_name": "", "another_event": "yes", **guess})[
            "Location"
        ]
        mine = kept.rstrip("/").rpartition("/")[2]
        places = (kept, f"/desk/{mine}/", f"/api/allegations/{mine}", f"/desk/{mine}/triage/")
        seen.append(tuple(walled.get(place).status_code for place in places))
        assert tuple(walled.get(place).content.count(b"/desk/") for place in ("/", "/desk/")) == before
    assert set(seen) == {seen[0]}
    assert seen[0][:2] == (200, 404)
    assert Wall.objects.filter(file__in=Allegation.objects.unscoped("a test").values("pk")).exists(), "one did hit"


@pytest.mark.django_db
def test_the_desk_still_reads_it_with_whom_it_may_concern(cast: Cast, signed_in: SignIn, nora: Victim) -> None:
    signed_in("second_officer").post("/refer/", {"words": "He waits.", **GUESSES[0]})
    told = Allegation.objects.unscoped("a test").get()
    assert Proposal.objects.unscoped("a test").filter(allegation=told, victim=nora).exists()
    assert "Nora Quill" in signed_in("officer").get(f"/desk/{told.pk}/").content.decode()


@pytest.mark.django_db
def test_a_colleagues_own_reference_is_not_found_out_by_using_it(cast: Cast, signed_in: SignIn) -> None:
    said = {"words": "He waits.", "reference": "42/1/26"}
    assert signed_in("officer").post("/refer/", said).status_code == 303
    assert signed_in("second_officer").post("/refer/", said).status_code == 303
    again = signed_in("officer").post("/refer/", {**said, "words": "He waits again."})
    assert again.status_code == 422


@pytest.mark.django_db
@pytest.mark.door("referrals")
def test_guessing_is_bounded_whatever_it_hits_and_whoever_looks_after_walls_is_alarmed(
    cast: Cast, signed_in: SignIn, nora: Victim
) -> None:
    walled, lead = signed_in("second_officer"), signed_in("governance")
    _, most, _ = MOST_REFERRED[0]
    guesses = [{"words": f"Guess {n}.", **GUESSES[n % len(GUESSES)], "another_event": "yes"} for n in range(most + 3)]
    told = [walled.post("/refer/", guess) for guess in guesses]
    assert [each.status_code for each in told] == [303] * most + [422] * 3
    assert f"You have made {most} referrals in an hour" in told[-1].content.decode()
    shown = lead.get("/oversight/walls/").content.decode()
    assert "Second Officer has made" in shown
    assert "Ask why Second Officer refers people" in signed_in("coordinator").get("/?show=unit").content.decode()


@pytest.mark.django_db
def test_one_referral_behind_a_wall_is_no_alarm(cast: Cast, signed_in: SignIn, nora: Victim) -> None:
    signed_in("second_officer").post("/refer/", {"words": "He waits.", **GUESSES[0]})
    assert "has made" not in signed_in("governance").get("/oversight/walls/").content.decode()


@pytest.mark.django_db
def test_guessing_by_feeds_is_bounded_and_alarmed(cast: Cast, signed_in: SignIn, nora: Victim, tmp_path: Path) -> None:
    """Two small files of an analyst who is walled off her name her; a feed of hundreds of rows that names her is no guess."""
    access.set_wall(actor=cast.governance, files=[nora.pk], staff=cast.analyst.staff, reason="a cousin", at=NOW)

    def brought(name: str, others: int = 0) -> str:
        rows = [row(f"{name}-{n}", Name=f"Anna {n}", Born=f"0{n % 9 + 1}/04/19{n % 90 + 10}") for n in range(others)]
        path = tmp_path / f"{name}.csv"
        path.write_text(text_of([row(name, Name="Nora Quill"), *rows]))
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
        return signed_in("governance").get("/oversight/walls/").content.decode()

    assert [f"{cast.analyst.name} has made" in brought(*each) for each in (("A",), ("B", 200), ("C",))] == [
        False,
        False,
        True,
    ]
    sent = {"actor": cast.analyst, "site": "northmoor", "name": "a.csv", "mapping": "x"}
    for _ in range(MOST_A_DAY):
        feeds.throw_away(actor=cast.analyst, brought=feeds.bring_file(chunks=[b"a"], at=NOW, **sent).pk, at=NOW)
    with pytest.raises(InvalidFeed, match="within a day, which is the most"):
        feeds.bring_file(chunks=[b"a"], at=NOW, **sent)


@pytest.mark.django_db
def test_the_answer_tells_whoever_referred_only_that_it_was_taken_on(
    cast: Cast, signed_in: SignIn, nora: Victim
) -> None:
    walled, pages = signed_in("second_officer"), []
    for guess, victim in ((GUESSES[0], nora), (GUESSES[3], None)):
        kept = walled.post("/refer/", {"words": "He waits.", "another_event": "yes", **guess})["Location"]
        told = Allegation.objects.unscoped("a test").get(pk=kept.rstrip("/").rpartition("/")[2])
        cases.confirm_match(actor=cast.analyst, allegation=told, part=Part.VICTIM, victim=victim, at=NOW)
        cases.triage(actor=cast.analyst, allegation=told, outcome=Outcome.PANEL, reason="Known here.", at=NOW)
        page = walled.get("/refer/answers/").content.decode()
        pages.append(("Accepted" in page, "Known here." in page, "Analyst" in page, "Not answered yet" in page))
    assert pages == [(True, False, False, False)] * 2
