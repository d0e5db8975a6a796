"""By which doors a fact comes to a unit: what tests/journey/test_doors.py lets happen before it reads the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from fourfold import journey
from fourfold.access import queries
from fourfold.access.models import Grant
from fourfold.access.terms import Compartment, RelationKind, Role
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import (
    Level,
    Outcome,
    PastAct,
    PastCase,
    PastLevel,
    PastReview,
    PastState,
    ScreeningAnswers,
    SetBy,
    State,
    Trigger,
)
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation, Quarantined, StoppedFile
from fourfold.intake.terms import CannotImport, PastAllegation, PersonAsTold, Told
from fourfold.intake.terms import Channel as IntakeChannel
from fourfold.linkage.models import Match
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Custody, Order
from fourfold.orders.terms import (
    BreachDecision,
    CustodyKind,
    EndedBy,
    OrderKind,
    PastBreach,
    PastCondition,
    PastCustody,
    PastDecision,
    PastOrder,
    PastStep,
    Step,
    StepDetails,
)
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.people import services as people
from fourfold.people.terms import Channel, MarkKind, Part, PastMark, PersonDetails
from fourfold.plan import services as plan
from fourfold.support import services as support
from fourfold.support.models import DiaryEntry, Update
from fourfold.support.terms import AtRiskKind, AtRiskTold, ContactOutcome, PassedBy, PastContact, Readers, UpdateKind
from tests.cases.builders import known, open_case, told
from tests.cast import NOW, Cast, hire
from tests.intake.feeds import HEADER, feed, row, small, text_of
from tests.intake.test_roles_hold import another_analyst
from tests.orders.builders import CONDITIONS, condition_of, made, served, take, told_breach
from tests.panel.scene import decision, ready_to_decide
from tests.support.builders import NOON, agree, case_of, reached
from tests.support.diaries import open_diary, write
from tests.web.conftest import SignIn
from tests.web.test_assessment import typed

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
AFTER = NOON + HOUR
MAPPING = small(subject={"name": "Subject", "birth": {"columns": ["Subject born"], "formats": ["%d/%m/%Y"]}})
THEM = {
    "victim": {"name": "Nora Quill", "birth": "3 May 1985"},
    "subject": {"name": "Dean Marlow", "birth": "11 February 1979"},
}


@dataclass
class World:
    """The unit, the case that a fact is about, and what came."""

    cast: Cast
    signed_in: SignIn
    folder: Path
    case: Case = field(init=False)
    report: Allegation = field(init=False)
    other: Case = field(init=False)
    happened: datetime | None = NOON - HOUR
    subject: str = THEM["subject"]["name"]
    teller: str = "second_officer"

    def page(self, name: str, address: str) -> str:
        """Return what one of the unit reads at an address."""
        answer = self.signed_in(name).get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text.partition("<main")[2] or text)))


Build = Callable[[World], object]


# ---- how a fact comes -----------------------------------------------------------------------------------------------


def opened(w: World) -> None:
    """Open a case at high with an order that was served three weeks ago."""
    unbound(w)
    served(w.cast, w.case)


def unbound(w: World) -> None:
    """Open a case at high, with its officer and its advocate."""
    w.case = case_of(w.cast)
    agree(w.cast, w.case)
    cases.set_level(actor=w.cast.officer, case=w.case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW - DAY)


def on_day_of(w: World) -> str:
    return f"{w.happened:%d/%m/%Y %H:%M}" if w.happened else ""


def by_feed(w: World) -> None:
    usual = {"Told": "24/11/2026 11:00", "When": on_day_of(w), "Name": "Nora Quill", "Weapon": "Y"}
    cells = (*row("T-9", **usual), w.subject, "11/02/1979")
    path = feed(w.folder, text_of([cells], (*HEADER, "Subject", "Subject born")))
    journey.feed_brought(actor=w.cast.analyst, path=path, mapping=MAPPING, site="northmoor", at=NOON)
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)


def by_mended_row(w: World) -> None:
    """Bring in a row whose date is none, and mend it on its page: nothing else runs after it."""
    usual = {"Told": "31/02/2026", "When": on_day_of(w), "Name": "Nora Quill", "Weapon": "Y"}
    cells = (*row("T-9", **usual), "Dean Marlow", "11/02/1979")
    path = feed(w.folder, text_of([cells], (*HEADER, "Subject", "Subject born")))
    journey.feed_brought(actor=w.cast.analyst, path=path, mapping=MAPPING, site="northmoor", at=NOON)
    mend(w)


def mend(w: World) -> None:
    waits = Quarantined.objects.get()
    sent = {f"cell-{n}": waits.raw[name] for n, name in enumerate((*HEADER, "Subject", "Subject born"))}
    sent |= {"cell-1": "24/11/2026 11:00"}
    where = f"/imports/quarantine/{waits.pk}/mend/"  # who mends a row does not see at the desk whom it concerns
    assert w.signed_in(another_analyst(w.cast)).post(where, sent).status_code == 303


def by_file_after_a_stopped_one(w: World) -> None:
    """Stop a file in which facts would move between people; settle it, and bring in the corrected one."""
    header = (*HEADER, "Subject", "Subject born", "Phone", "Subject phone")
    mapping = small(
        victim={"name": "Name", "birth": {"columns": ["Born"], "formats": ["%d/%m/%Y"]}, "phone": "Phone"},
        subject={
            "name": "Subject",
            "birth": {"columns": ["Subject born"], "formats": ["%d/%m/%Y"]},
            "phone": "Subject phone",
        },
    )

    def brought(name: str, reference: str, *phones: str) -> None:
        usual = {"Told": "24/11/2026 11:00", "When": on_day_of(w), "Name": "Nora Quill"}
        cells = (*row(reference, **usual, Weapon="Y"), "Dean Marlow", "11/02/1979", *phones)
        path = feed(w.folder, text_of([cells], header), name)
        journey.feed_brought(actor=w.cast.analyst, path=path, mapping=mapping, site="northmoor", at=NOON)

    brought("first.csv", "T-9", "07700 900123", "07700 900777")
    with pytest.raises(CannotImport):
        brought("stopped.csv", "T-8", "07700 900777", "07700 900123")
    where = f"/imports/stopped/{StoppedFile.objects.get().pk}/settle/"
    sent = {"said": "The columns were exchanged; a corrected file came."}
    assert w.signed_in("coordinator").post(where, sent).status_code == 303
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)


def by_referral(w: World) -> None:
    said = {f"{part}_{key}": value for part, named in them(w).items() for key, value in named.items()}
    sent = {"words": "Flowers were left on the step again.", "weapon": "yes", **said}
    sent |= on_day("happened", w.happened) if w.happened else {}
    assert w.signed_in(w.teller).post("/refer/", sent).status_code == 303


def them(w: World) -> dict[str, dict[str, str]]:
    return THEM | {"subject": THEM["subject"] | {"name": w.subject}}


def on_day(name: str, at: datetime) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(at, part)) for part in ("day", "month", "year")} | {
        f"{name}-time": f"{at:%H:%M}"
    }


def by_api(w: World) -> None:
    sent = {"site": "northmoor", "told_at": NOON.isoformat(), "words": "A parcel again.", "weapon": True, **them(w)}
    sent |= {"occurred_from": w.happened.isoformat()} if w.happened else {}
    answer = w.signed_in(w.teller).post("/api/allegations", sent, content_type="application/json")
    assert answer.status_code == 201


def by_diary(w: World) -> None:
    write(open_diary(w.cast, w.case), readers=Readers.UNIT, occurred_from=w.happened)


def by_file_of_the_diary(w: World) -> None:
    """Let the advocate add a file that the victim brought, on the page of the case, and pass its entry on."""
    content = f"Date,Time,What happened?\n24/11/2026,{NOON - HOUR:%H:%M},He stood at the gate.\n".encode()
    support.bring_log(actor=w.cast.advocate, case=w.case, content=content, at=NOON)
    entry = DiaryEntry.objects.unscoped("test").get(case=w.case)
    support.pass_on(actor=w.cast.advocate, entry=entry, by=PassedBy.CONSENT, at=NOON)


def by_taking_over(w: World) -> None:
    """Take over a report of before that nobody at the desk has answered."""
    take_report_over(w, "B-9", "before")


def by_taking_over_as_the_force(w: World) -> None:
    take_report_over(w, "T-9", "small")


def take_report_over(w: World, reference: str, system: str) -> None:
    said = {part: PersonAsTold(**named) for part, named in them(w).items()}
    report: Any = {"occurred_from": w.happened, "words": "Flowers again.", "weapon": True, "former_partner": True}
    told_then = Told(
        site="northmoor", reference=reference, system=system, channel=IntakeChannel.FEED, told_at=NOON, **report, **said
    )
    intake.take_over(actor=w.cast.analyst, rows=[PastAllegation(new_id(), told_then, NOON)], at=NOON)
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)


@cache
def waiting(build: Build, then: Build) -> Build:
    """Return what lets a report wait before what it tells of is there: its case, the level of that, its order."""

    def does(w: World) -> None:
        build(w)
        report = Allegation.objects.unscoped("test").get(received_at__gte=NOW)
        then(w)
        w.report = report

    return does


@cache
def undated(build: Build) -> Build:
    """Return what lets a report join the case whose day nobody told."""

    def does(w: World) -> None:
        w.happened = None
        joined(build)(w)

    return does


@cache
def named_otherwise(build: Build) -> Build:
    """Return what lets a report join the case that calls its subject by another name."""

    def does(w: World) -> None:
        w.subject, w.teller = "Dino Varley", "clinician"  # who told of a report is kept out of it
        joined(build)(w)
        journey.reports_came(actor=w.cast.analyst, site="northmoor", at=AFTER)  # the timer makes it searchable

    return does


@cache
def told_by_two(build: Build) -> Build:
    """Return what lets another agency tell of the first act of the case, and the desk say that it is one event."""

    def does(w: World) -> None:
        w.happened = NOW - 30 * DAY
        joined(build)(w)
        say_same(w)

    return does


def say_same(w: World) -> None:
    first = Allegation.objects.unscoped("test").exclude(pk=w.report.pk).get()
    sent = {"other": str(first.pk)}
    assert w.signed_in("analyst").post(f"/desk/{w.report.pk}/same/", sent).status_code == 303


def broken_as_told_by_two(w: World) -> None:
    """Record as a breach of older bail the first act of the case, which another agency had told."""
    unbound(w)
    before: Any = {
        "conditions": CONDITIONS,
        "details": StepDetails(taken_at=NOW - 40 * DAY, expires_on=NOW.date() + 40 * DAY),
    }
    order = journey.bail_set(actor=w.cast.officer, case=w.case, at=NOW, **before)
    breach = journey.breach_reported(
        actor=w.cast.officer, condition=condition_of(order), told=told_breach(at=NOON, happened=NOW - 30 * DAY), at=NOON
    )
    w.report = breach.allegation
    say_same(w)


@cache
def came(build: Build, first: Build = opened) -> Build:
    """Return what lets a report come after `first`, by one door."""

    def does(w: World) -> None:
        first(w)
        build(w)
        w.report = Allegation.objects.unscoped("test").get(received_at__gte=NOW)

    return does


@cache
def joined(build: Build, first: Build = opened, **more: Any) -> Build:
    """Return what lets a report come by one door, and the desk settle it into the case."""

    def does(w: World) -> None:
        came(build, first)(w)
        if not more:
            known(w.cast, w.report, w.case.victim, w.case.subject, at=NOON)
        settle(w)

    return does


def settle(w: World, attached_to: Case | None = None) -> None:
    answers = ScreeningAnswers(class_kept_because="The class is right as it is.")
    journey.case_taken_on(
        actor=w.cast.analyst, allegation=w.report, answers=answers, outcome=Outcome.ADVICE_ONLY, reason="One more.",
        at=NOON, attached_to=attached_to,
    )  # fmt: skip


@cache
def earlier(build: Build) -> Build:
    """Return what lets a report of ten days ago come by one door."""

    def does(w: World) -> None:
        w.happened = NOON - 10 * DAY
        came(build)(w)

    return does


@cache
def thought(build: Build) -> Build:
    """Return what lets the desk confirm the victim of a report that waits, and only think who the subject is."""

    def does(w: World) -> None:
        came(build)(w)
        think(w)

    return does


def think(w: World) -> None:
    match, client = f"/desk/{w.report.pk}/match/", w.signed_in("analyst")
    of_her = {"part": "victim", "person": str(w.case.victim_id), "verdict": "same"}
    of_him = {
        "part": "subject",
        "person": str(w.case.subject_id),
        "verdict": "probably",
        "match_reason": "The words.",
    }
    assert [client.post(match, sent).status_code for sent in (of_her, of_him)] == [303, 303]


@cache
def thought_again(act: Callable[[World], object]) -> Build:
    """Return what lets the desk undo both people of an act, and only think then who the subject is."""

    def does(w: World) -> None:
        act(w)
        for match in Match.objects.unscoped("test").filter(allegation=w.report):
            cases.undo_match(actor=w.cast.analyst, match=match, reason="Not sure.", at=NOON + 5 * MINUTE)
        think(w)

    return does


def attached_by_two(w: World) -> None:
    """Attach another agency's report of the first act, which names nobody, and say that it is one event."""
    attached(w, occurred_from=NOW - 30 * DAY, system="another")
    say_same(w)


def attached(w: World, first: Callable[[World], object] = opened, **more: object) -> None:
    """Let the desk attach a report that names nobody."""
    first(w)
    nobody = {f"{part}_{key}": "" for part in THEM for key in ("name", "birth", "phone", "sex")}
    w.report = told(w.cast.analyst, at=NOON, happened=NOON - HOUR, **nobody | more)
    settle(w, attached_to=w.case)


def attached_undated(w: World) -> None:
    attached(w, occurred_from=None)


def attached_to_one_that_is_closed(w: World) -> None:
    attached(w, closed)


def attached_of_another_name(w: World) -> None:
    """Let the desk attach a report that calls its subject by another name, and confirm nobody."""
    opened(w)
    nobody = {f"{part}_{key}": "" for part in THEM for key in ("name", "birth", "phone", "sex")}
    w.report = told(w.cast.analyst, at=NOON, happened=NOON - HOUR, **nobody | {"subject_name": "Dino Varley"})
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)
    settle(w, attached_to=w.case)


def diary_read_when_closed(w: World) -> None:
    """Let the victim write to the unit two days ago, close the case yesterday, and join today what they wrote."""
    quiet(w)
    write(
        open_diary(w.cast, w.case, at=NOW - 2 * DAY),
        at=NOW - 2 * DAY,
        readers=Readers.UNIT,
        occurred_from=NOW - 3 * DAY,
    )
    close(w, NOW - DAY)
    w.report = Allegation.objects.unscoped("test").get(channel=IntakeChannel.DIARY)
    known(w.cast, w.report, w.case.victim, w.case.subject, at=NOON)
    settle(w)


def detached(w: World) -> None:
    """Let the desk take off the case what it had attached."""
    attached(w)
    detach(w)


def past_detached(w: World) -> None:
    """Let the desk take off its case an act that was taken over with it."""
    past(w)
    detach(w)


def past_breach_detached(w: World) -> None:
    past_breach(w)
    detach(w)


def detach(w: World) -> None:
    off: Any = {"actor": w.cast.analyst, "case": w.case, "allegation": w.report}
    cases.detach_act(**off, reason="Somebody else.", at=NOON + 5 * MINUTE)


@cache
def taken_off(act: Callable[[World], object]) -> Build:
    """Return what lets the desk undo who the victim of an act is, however it came, so that it leaves its case."""

    def does(w: World) -> None:
        act(w)
        undo(w, NOON + 5 * MINUTE)

    return does


def undo(w: World, at: datetime) -> None:
    match = Match.objects.unscoped("test").get(allegation=w.report, victim=w.case.victim)
    cases.undo_match(actor=w.cast.analyst, match=match, reason="Somebody else.", at=at)


undone = taken_off(joined(by_feed))


def undone_of_ten_days_ago(w: World) -> None:
    w.happened = NOON - 10 * DAY
    undone(w)


def breach_undone_of_ten_days_ago(w: World) -> None:
    """Let the desk take off its case the breach of ten days ago that the officer recorded today."""
    opened(w)
    order = Order.objects.unscoped("test").get(case=w.case)
    old = told_breach(at=NOON, happened=NOON - 10 * DAY)
    w.report = journey.breach_reported(
        actor=w.cast.officer, condition=condition_of(order), told=old, at=NOON
    ).allegation
    undo(w, NOON + 5 * MINUTE)


def undone_then_closed(w: World) -> None:
    """Let the desk undo, long before the case was closed, who the victim of an act of it is."""
    w.case, cast = case_of(w.cast, at=NOW - 300 * DAY), w.cast
    at = NOW - 250 * DAY
    w.report = told(cast.analyst, at=at)
    known(cast, w.report, w.case.victim, w.case.subject, at=at)
    answers = ScreeningAnswers(class_kept_because="The class is right as it is.")
    journey.case_taken_on(
        actor=cast.analyst, allegation=w.report, answers=answers, outcome=Outcome.ADVICE_ONLY, reason="One more.", at=at
    )
    undo(w, at + DAY)
    quieter(w)
    close(w, NOW - DAY)


def breached(w: World) -> Breach:
    opened(w)
    order = Order.objects.unscoped("test").get(case=w.case)
    breach = journey.breach_reported(
        actor=w.cast.officer, condition=condition_of(order), told=told_breach(at=NOON), at=NOON
    )
    w.report = breach.allegation
    return breach


@cache
def recognised_as(act: Build) -> Build:
    """Return what recognises as a breach an act that came by one door."""

    def does(w: World) -> None:
        act(w)
        condition = condition_of(Order.objects.unscoped("test").get(case=w.case))
        journey.breach_recognised(actor=w.cast.officer, condition=condition, allegation=w.report, at=NOON)

    return does


@cache
def known_of(act: Build) -> Build:
    """Return what recognises an act as a breach, and tells the victim of it in a safe contact."""

    def does(w: World) -> None:
        recognised_as(act)(w)
        told_now(w, NOON + MINUTE)

    return does


def told_now(w: World, at: datetime) -> None:
    owed = Update.objects.unscoped("test").filter(case=w.case)
    reach: Any = {"channel": Channel.TEXT, "outcome": ContactOutcome.REACHED, "updates": owed}
    journey.victim_reached(actor=w.cast.advocate, case=w.case, at=at, **reach)


def told_more_urgently(w: World) -> None:
    """Let the force publish the crime of a report that waits again: with a weapon."""
    opened(w)
    usual = {"Told": "24/11/2026 11:00", "When": on_day_of(w), "Name": "Nora Quill"}
    for weapon, at in (("N", NOON - MINUTE), ("Y", NOON)):
        cells = (*row("T-9", **usual, Weapon=weapon), "Dean Marlow", "11/02/1979")
        path = feed(w.folder, text_of([cells], (*HEADER, "Subject", "Subject born")), f"{weapon}.csv")
        journey.feed_brought(actor=w.cast.analyst, path=path, mapping=MAPPING, site="northmoor", at=at)
    w.report = Allegation.objects.unscoped("test").get(received_at__gte=NOW)


def told_again(w: World) -> None:
    """Let the force publish the crime of an act again: as theft, and with no weapon."""
    joined(by_feed)(w)
    tell_again(w)


def told_again_of_before(w: World) -> None:
    """Let the force publish again the crime of an act whose report was taken over as the force's own."""
    joined(by_taking_over_as_the_force)(w)
    tell_again(w)


def told_again_of_what_was_attached(w: World) -> None:
    """Let the force publish again a crime that the desk had attached, since it named nobody."""
    attached(w, system="small", reference="T-9", weapon=True)
    tell_again(w)


def told_again_in_a_mended_row(w: World) -> None:
    """Let the force publish the crime of an act again, in a row whose date is none until it is mended on its page."""
    joined(by_feed)(w)
    tell_again(w, told="31/02/2026")
    mend(w)


def tell_again(w: World, told: str = "24/11/2026 11:00") -> None:
    usual = {"Told": told, "When": on_day_of(w), "Name": "Nora Quill"}
    cells = (*row("T-9", **usual, Weapon="N", Class="T"), "Dean Marlow", "11/02/1979")
    path = feed(w.folder, text_of([cells], (*HEADER, "Subject", "Subject born")), "again.csv")
    journey.feed_brought(actor=w.cast.analyst, path=path, mapping=MAPPING, site="northmoor", at=NOON + MINUTE)


def armed_breach_undone(w: World) -> None:
    """Record a breach with a weapon, and undo then who its victim is, so that its report waits."""
    opened(w)
    order = Order.objects.unscoped("test").get(case=w.case)
    told_it = told_breach(at=NOON, weapon=True)
    breach = journey.breach_reported(actor=w.cast.officer, condition=condition_of(order), told=told_it, at=NOON)
    w.report = breach.allegation
    match = Match.objects.unscoped("test").filter(allegation=w.report).first()
    cases.undo_match(actor=w.cast.analyst, match=match, reason="Somebody else.", at=NOON + 5 * MINUTE)


@cache
def withdrawn(first: Callable[[World], object]) -> Build:
    """Return what lets the coordinator withdraw the breach that somebody else recorded, of which the victim was told."""

    def does(w: World) -> None:
        first(w)
        breach = Breach.objects.unscoped("test").select_related("condition__order__case").get()
        journey.breach_withdrawn(
            actor=w.cast.coordinator, breach=breach, reason="The court had allowed it.", at=NOON + 2 * MINUTE
        )

    return does


def held(w: World) -> None:
    """Record that the subject is remanded, and that a release is to come."""
    unbound(w)
    remanded(w, w.case)
    told_of = {"trigger": Trigger.RELEASE, "words": "A hearing for bail.", "happens_at": NOON + 6 * DAY}
    cases.record_event(actor=w.cast.officer, case=w.case, at=NOON + MINUTE, **told_of)  # type: ignore[arg-type]


def held_in_another_case(w: World) -> None:
    """Record in another case of the same subject that the subject is remanded."""
    unbound(w)
    victim = people.register_victim(
        actor=w.cast.analyst, site="northmoor", told=PersonDetails(name="Rosa Field", birth="1 May 1990"), at=NOW
    )
    other = told(w.cast.analyst, at=NOW, happened=NOW - HOUR, victim_name="Rosa Field")
    known(w.cast, other, victim, w.case.subject, at=NOW)
    answers = ScreeningAnswers(class_kept_because="The class is right as it is.")
    journey.case_taken_on(
        actor=w.cast.analyst,
        allegation=other,
        answers=answers,
        outcome=Outcome.PANEL,
        reason="A second victim.",
        at=NOW,
    )
    remanded(w, Case.objects.unscoped("test").get(victim=victim))


def held_in_a_case_that_names_nobody(w: World) -> None:
    """Close to the clinicians who the subject of that other case is."""
    held_in_another_case(w)
    close_the_name(Case.objects.unscoped("test").exclude(pk=w.case.pk).get())


def held_then_handed_over(w: World) -> None:
    """Hand a case over while the subject is held; the other unit records the release."""

    def first(w: World) -> None:
        unbound(w)
        remanded(w, w.case)

    released_after(w, first)


def past_custody_handed_over(w: World) -> None:
    released_after(w, past_custody)


def released_after(w: World, first: Callable[[World], object]) -> None:
    otto = over(w, first)
    custody = Custody.objects.unscoped("test").get()
    orders.record_release(
        actor=otto, custody=custody, released_at=NOON + 9 * MINUTE, reason="Bailed.", at=NOON + 9 * MINUTE
    )


def remanded(w: World, case: Case) -> None:
    orders.record_custody(actor=w.cast.officer, case=case, kind=CustodyKind.REMAND, held_from=NOON - HOUR, at=NOON)


# ---- what is taken over from the time before -------------------------------------------------------------------------


def past(w: World, **changes: Any) -> None:
    """Take over a case of two acts with its level, its review, its officer and its advocate."""
    cast = w.cast
    victim = people.register_victim(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name="Nora Quill", birth="3 May 1985"), at=NOW
    )
    subject = people.register_subject(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Marlow", birth="11/02/1979"), at=NOW
    )
    days = (NOW - 30 * DAY, NOON - HOUR)
    acts = tuple(
        PastAct(told(cast.analyst, at=day).pk, happened_at=day, joined_at=day, outcome=Outcome.ADVICE_ONLY)
        for day in days
    )
    whole = PastCase(
        id=new_id(), reference="FF-PAST1", site="northmoor", victim=victim.pk, subject=subject.pk,
        opened_at=NOW - 30 * DAY, acts=acts, levels=(PastLevel(Level.HIGH, NOW - DAY, SetBy.PROFESSIONAL),),
        states=(PastState(State.OPEN, NOW - 30 * DAY),), reviews=(PastReview(NOW + DAY, NOW - DAY),),
        team=((cast.officer.staff, RelationKind.OIC), (cast.advocate.staff, RelationKind.ADVOCATE)),
    )  # fmt: skip
    cases.take_over(actor=cast.analyst, rows=[replace(whole, **changes)], at=NOON)
    w.case = Case.objects.unscoped("test").select_related("victim", "subject").get(pk=whole.id)
    w.report = Allegation.objects.unscoped("test").get(pk=acts[-1].allegation)


def past_of_nobody(w: World) -> None:
    past(w, team=())


def of_nobody(w: World) -> None:
    w.case = open_case(w.cast)


def past_order(w: World, *, steps: int = 4, breach: bool = False, decided: tuple[PastDecision, ...] = ()) -> None:
    """Take over a case with an order; `breach`: its last act broke the second condition, with what was `decided` then."""
    past(w)
    conditions = [PastCondition(new_id(), draft.kind, draft.text) for draft in CONDITIONS]
    broken: tuple[PastBreach, ...] = ()
    if breach:
        Allegation.objects.unscoped("test").filter(pk=w.report.pk).update(breach_of=conditions[1].id)
        broken = (PastBreach(w.report.pk, 2, NOON - HOUR, NOON, decided),)
    taken = [PastStep(step, NOW - (23 - n) * DAY) for n, step in enumerate(STEPS[:steps])]
    ends = EndedBy.DISCHARGED if steps > len(STEPS) - 1 else None
    before = PastOrder(
        id=new_id(), case=w.case.pk, kind=OrderKind.SPO_INTERIM, conditions=tuple(conditions), steps=tuple(taken),
        breaches=broken, ended_by=ends,
    )  # fmt: skip
    journey.orders_taken_over(actor=w.cast.officer, rows=[before], at=NOON)


STEPS = (Step.CONSIDERED, Step.APPLIED, Step.MADE, Step.SERVED, Step.ENDED)


def past_breach(w: World) -> None:
    past_order(w, breach=True)


def past_breach_agreed(w: World) -> None:
    """Take over a breach, and agree then with the victim how they are reached."""
    past_breach(w)
    number: Any = {"kind": MarkKind.PHONE, "value": "07700 900123", "source": "told by the victim"}
    people.add_reach(actor=w.cast.analyst, victim=w.case.victim, at=NOON, **number)
    agree(w.cast, w.case)


def past_telling(w: World) -> None:
    """Take over a breach of which the victim was told then."""
    past_order(w, breach=True, decided=(PastDecision(BreachDecision.VICTIM_TOLD, True, NOON - MINUTE),))


def past_custody(w: World) -> None:
    past(w)
    held = PastCustody(w.case.pk, CustodyKind.REMAND, NOON - HOUR, None)
    journey.orders_taken_over(actor=w.cast.officer, rows=[held], at=NOON)


def past_release_to_come(w: World) -> None:
    """Take over a case with a review that a release to come brought forward, and that its subject is held."""
    told_of: Any = {"words": "A hearing for bail.", "on": f"{NOON + 6 * DAY:%Y-%m-%d}"}
    past(w, reviews=(PastReview(NOON + DAY, NOON - MINUTE, Trigger.RELEASE, told_of),))
    held = PastCustody(w.case.pk, CustodyKind.REMAND, NOON - HOUR, None)
    journey.orders_taken_over(actor=w.cast.officer, rows=[held], at=NOON)


def past_custody_elsewhere(w: World) -> None:
    """Take over another case of the same subject, who is held."""
    unbound(w)
    named = {"name": "Rosa Field", "birth": "1 May 1990"}
    victim = people.register_victim(actor=w.cast.analyst, site="northmoor", told=PersonDetails(**named), at=NOW)
    act = PastAct(told(w.cast.analyst, at=NOW).pk, happened_at=NOW, joined_at=NOW, outcome=Outcome.ADVICE_ONLY)
    other = PastCase(
        id=new_id(), reference="FF-PAST2", site="northmoor", victim=victim.pk, subject=w.case.subject_id,
        opened_at=NOW - DAY, acts=(act,), states=(PastState(State.OPEN, NOW - DAY),),
        team=((w.cast.officer.staff, RelationKind.OIC),),
    )  # fmt: skip
    cases.take_over(actor=w.cast.analyst, rows=[other], at=NOON)
    held = PastCustody(other.id, CustodyKind.REMAND, NOON - HOUR, None)
    journey.orders_taken_over(actor=w.cast.officer, rows=[held], at=NOON)
    w.other = Case.objects.unscoped("test").get(pk=other.id)


def past_custody_in_one_that_names_nobody(w: World) -> None:
    past_custody_elsewhere(w)
    close_the_name(w.other)


def close_the_name(case: Case) -> None:
    """Close to the clinicians who the subject of a case is."""
    grant = Grant.objects.get(file=case.pk, partner="northmoor-nhs")
    grant.compartments &= ~Compartment.SUBJECT_IDENTITY.bit
    grant.save()


def past_contact(w: World) -> None:
    past(w)
    reached_then = PastContact(w.case.pk, Channel.TEXT, NOON - HOUR, ContactOutcome.REACHED)
    support.take_over(actor=w.cast.advocate, rows=[reached_then], at=NOON)


def past_contact_owed(w: World) -> None:
    """Take over a contact of this morning into a case whose first contact is owed."""
    unbound(w)
    owed = {"what": UpdateKind.FIRST_CONTACT, "happened_at": NOW, "at": NOW}
    support.owe_update(actor=w.cast.officer, case=w.case, **owed)  # type: ignore[arg-type]
    reached_then = PastContact(w.case.pk, Channel.TEXT, NOON - HOUR, ContactOutcome.REACHED)
    support.take_over(actor=w.cast.advocate, rows=[reached_then], at=NOON)


def past_name(w: World) -> None:
    """Take over a case, and with its subject another name of theirs."""
    past(w)
    mark = PastMark(new_id(), w.case.subject_id, MarkKind.OTHER_NAME, "Dino Varley", NOON)
    people.take_over(actor=w.cast.analyst, rows=[mark], at=NOON)


def past_stepped_down(w: World) -> None:
    past(w, states=(PastState(State.OPEN, NOW - 30 * DAY), PastState(State.STEP_DOWN, NOW - DAY, reason="Quiet.")))


def past_level(w: World) -> None:
    past(w, levels=(PastLevel(Level.VERY_HIGH, NOW - DAY, SetBy.PANEL),))


# ---- levels ---------------------------------------------------------------------------------------------------------


def level_on_its_page(w: World) -> None:
    unbound(w)
    sent = {"level": "very_high", "reason": "A knife.", "version": version(w)}
    assert w.signed_in("officer").post(f"/cases/{w.case.reference}/level/", sent).status_code == 303


def level_by_api(w: World) -> None:
    unbound(w)
    answer = w.signed_in("officer").post(
        f"/api/cases/{w.case.reference}/level", {"level": "very_high", "reason": "A knife."},
        content_type="application/json", headers={"If-Match": f'"{version(w)}"'},
    )  # fmt: skip
    assert answer.status_code == 200


def level_by_review(w: World) -> None:
    unbound(w)
    sent = {"summary": "A knife was seen.", "level": "very_high", "version": version(w)}
    assert w.signed_in("coordinator").post(f"/cases/{w.case.reference}/review/", sent).status_code == 303


def level_by_assessment(w: World) -> None:
    unbound(w)
    client = w.signed_in("officer")
    where = f"/cases/{w.case.reference}/assessment/new/first-line/"
    to_sign = client.post(where, typed(level="very_high"))["Location"]
    sent = {"do": "sign", "level": "very_high", "reason": "A knife.", "once": "b"}
    answer = client.post(to_sign, sent)
    assert answer.status_code == 303


def level_by_panel(w: World) -> None:
    unbound(w)
    journey.panel_decided(
        actor=w.cast.chair,
        item=ready_to_decide(w.cast, w.case),
        draft=decision(level="very_high", review_on=NOW.date() + DAY),
        at=NOON,
    )


def version(w: World) -> int:
    w.case.refresh_from_db(from_queryset=Case.objects.unscoped("test"))
    return w.case.version


# ---- orders, contacts, people, endings ------------------------------------------------------------------------------


def order_after_the_act(w: World) -> None:
    """Record the service of an order only after the act that happened under it had joined the case."""
    joined(by_feed, unbound)(w)
    served(w.cast, w.case)


def unserved(w: World) -> None:
    unbound(w)
    made(w.cast, w.case)


def ended(w: World) -> None:
    opened(w)
    order = Order.objects.unscoped("test").get(case=w.case)
    take(w.cast, order, Step.ENDED, at=NOON, ended_by=EndedBy.DISCHARGED, reason="The court discharged it.")


def contacted(w: World) -> None:
    """Reach the victim of a case whose first contact is owed; nobody ticks that this was it."""
    unbound(w)
    owed = {"what": UpdateKind.FIRST_CONTACT, "happened_at": NOW, "at": NOW}
    support.owe_update(actor=w.cast.officer, case=w.case, **owed)  # type: ignore[arg-type]
    reached(w.cast, w.case)


def told_in_a_contact(w: World) -> None:
    breached(w)
    owed = Update.objects.unscoped("test").filter(case=w.case)
    journey.victim_reached(
        actor=w.cast.advocate, case=w.case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED, updates=owed, at=NOON
    )


def told_with_the_breach(w: World) -> None:
    """Record with the breach, after a safe contact, that the victim was told."""
    breach = breached(w)
    reached(w.cast, w.case)
    told_it = {"what": BreachDecision.VICTIM_TOLD, "done": True, "reason": ""}
    journey.breach_decided(actor=w.cast.advocate, breach=breach, at=NOON + MINUTE, **told_it)  # type: ignore[arg-type]


@cache
def told_by_the_officer(first: Build) -> Build:
    """Return what lets the officer record with the breach that the victim was told, who was reached in no safe contact."""

    def does(w: World) -> None:
        first(w)
        breach = Breach.objects.unscoped("test").get()
        where = f"/cases/{w.case.reference}/orders/breaches/{breach.pk}/"
        sent = {"what": "victim_told", "done": "yes", "reason": "At the door."}
        assert w.signed_in("officer").post(where, sent).status_code == 303

    return does


@cache
def told_how_by_the_officer(first: Build) -> Build:
    """Return what lets the officer say with the breach how the victim was told, half an hour ago, by a call of theirs."""

    def does(w: World) -> None:
        first(w)
        breach = Breach.objects.unscoped("test").get(condition__order__case=w.case)
        where = f"/cases/{w.case.reference}/orders/breaches/{breach.pk}/"
        day = {"told_at-day": "24", "told_at-month": "11", "told_at-year": "2026", "told_at-time": "12:30"}
        how = {"told_how": "call", "told_by": "PC Amir Holt", "told_self": "yes", "told_incoming": "yes"}
        answer = w.signed_in("officer").post(where, {"what": "victim_told", "done": "yes"} | day | how)
        assert answer.status_code == 303, answer.content.decode()[-2000:]

    return does


@cache
def told_by_both(first: Build) -> Build:
    """Return what lets the advocate give then, in a safe contact, what the officer had recorded as told."""

    def does(w: World) -> None:
        told_by_the_officer(first)(w)
        told_now(w, AFTER - MINUTE)

    return does


def told_how_by_the_advocate(w: World) -> None:
    """Let the advocate, whose first contact is owed, say with a breach how they told the victim."""
    breach = breached(w)
    owed = {"what": UpdateKind.FIRST_CONTACT, "happened_at": NOW, "at": NOW}
    support.owe_update(actor=w.cast.officer, case=w.case, **owed)  # type: ignore[arg-type]
    day = {"told_at-day": "24", "told_at-month": "11", "told_at-year": "2026", "told_at-time": "12:30"}
    how = {"told_how": "text", "told_by": "Advocate", "told_self": "yes"}
    where = f"/cases/{w.case.reference}/orders/breaches/{breach.pk}/"
    answer = w.signed_in("advocate").post(where, {"what": "victim_told", "done": "yes"} | day | how)
    assert answer.status_code == 303, answer.content.decode()[-2000:]


def not_arrested(w: World) -> None:
    """Decide after a breach, of which the victim was told, not to arrest; the plan asks for an arrest."""
    told_in_a_contact(w)
    no_arrest(w)


@cache
def not_arrested_after(act: Build) -> Build:
    """Return the same of a breach as which an act was recognised."""

    def does(w: World) -> None:
        known_of(act)(w)
        no_arrest(w)

    return does


def no_arrest(w: World) -> None:
    asks = {"strand": Strand.LEGAL, "what": "Arrest on sight", "kind": MeasureKind.ARREST, "due_on": AFTER.date()}
    plan.open_action(actor=w.cast.officer, case=w.case, owner_partner="northmoor-police", at=NOON, **asks)  # type: ignore[arg-type]
    breach = Breach.objects.unscoped("test").get()
    where = f"/cases/{w.case.reference}/orders/breaches/{breach.pk}/"
    sent = {"what": "arrest", "done": "no", "reason": "Out of the area tonight."}
    assert w.signed_in("officer").post(where, sent).status_code == 303


def stepped_down(w: World) -> None:
    w.case = case_of(w.cast, at=NOW - 300 * DAY)
    cases.step_down(
        actor=w.cast.officer, case=w.case, reason="Quiet.", victim_told_at=NOW - 2 * DAY,
        countersigned_by=w.cast.coordinator, at=NOW - DAY,
    )  # fmt: skip


def known_as(w: World) -> None:
    unbound(w)
    people.add_mark(
        actor=w.cast.officer, subject=w.case.subject, kind=MarkKind.OTHER_NAME, value="Dino Varley", at=NOON
    )


def reported_as(w: World) -> None:
    """Confirm at the desk that a report of another name means the same subject."""
    unbound(w)
    w.report = told(w.cast.analyst, at=NOON, subject_name="Dino Varley")
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)
    known(w.cast, w.report, w.case.victim, w.case.subject, at=NOON)
    settle(w)


def closed(w: World) -> None:
    quiet(w)
    close(w, NOW - DAY)


def quiet(w: World) -> None:
    """Open a case that was stepped down long enough ago to be closed."""
    w.case = case_of(w.cast, at=NOW - 300 * DAY)
    quieter(w)


def quieter(w: World) -> None:
    cast = w.cast
    w.case.refresh_from_db(from_queryset=Case.objects.unscoped("test"))
    cases.step_down(
        actor=cast.officer, case=w.case, reason="Quiet.", victim_told_at=NOW - 121 * DAY,
        countersigned_by=cast.coordinator, at=NOW - 120 * DAY,
    )  # fmt: skip


def close(w: World, at: datetime) -> None:
    cases.close(actor=w.cast.coordinator, case=w.case, reason="Done.", victim_told_at=NOW - 2 * DAY, at=at)


@cache
def closed_while_waiting(build: Build) -> Build:
    """Return what lets a report come, and its case be closed before anybody has looked at it."""

    def does(w: World) -> None:
        came(build, quiet)(w)
        close(w, NOON + MINUTE)

    return does


def broken_when_closed(w: World) -> None:
    """Record a breach of an order in a case that was closed."""
    quiet(w)
    order = served(w.cast, w.case)
    close(w, NOW - DAY)
    told_it = {"told": told_breach(at=NOON), "at": NOON}
    w.report = journey.breach_reported(actor=w.cast.officer, condition=condition_of(order), **told_it).allegation


def left_by_all(w: World) -> None:
    """Let everybody leave a case who has a part in it."""
    unbound(w)
    for name in ("officer", "advocate"):
        cases.leave_case(actor=w.cast.actor(name), case=w.case, reason="On another team now.", at=NOON)


def over(w: World, first: Callable[[World], object], at: datetime = NOON) -> Actor:
    """Offer a case to another unit, which takes it over; return its coordinator."""
    first(w)
    reached(w.cast, w.case)
    asked = cases.ask_transfer(
        actor=w.cast.coordinator, case=w.case, to_site="southmere", reason="Both moved.", victim_told_at=NOON, at=at
    )
    there = w.cast.staff["otto"] = hire("Otto", "southmere-police", Role.UNIT_COORDINATOR, "southmere")
    otto = queries.actor_of(there, at=at, session="test", strength="password+totp", purpose="casework")
    cases.answer_transfer(actor=otto, asked=asked, accepts=True, reason="", at=at)
    return otto


@cache
def handed_over_after(first: Build) -> Build:
    """Return the same of a case with a breach that came by another door."""
    return lambda w: over(w, first, AFTER)  # what is told on a page is told at this hour


def handed_over_where_a_report_waits(w: World) -> None:
    """Hand a case over to a unit at whose desk a report of the same people waits."""
    w.cast.staff["anna"] = hire("Anna", "southmere-police", Role.POLICE_ANALYST, "southmere")
    anna = queries.actor_of(w.cast.staff["anna"], at=NOW, session="test", strength="password+totp", purpose="casework")

    def first(w: World) -> None:
        unbound(w)
        w.report = told(anna, at=NOON, happened=NOON - HOUR, site="southmere")

    over(w, first)


def closed_before(w: World) -> None:
    ends = [(State.OPEN, 30), (State.STEP_DOWN, 20), (State.CLOSED, 1)]
    past(w, states=tuple(PastState(state, NOW - days * DAY, reason="Quiet.") for state, days in ends), reviews=())


# ---- other people ---------------------------------------------------------------------------------------------------


def at_risk(w: World) -> None:
    """Put the victim's child on record as at risk in their own right, to be looked at again today."""
    unbound(w)
    told = AtRiskTold("Ida Quill", AtRiskKind.CHILD, "Followed from school.", review_on=NOON.date())
    support.add_at_risk(actor=w.cast.advocate, case=w.case, told=told, at=NOW - DAY)


def merged_subject(w: World) -> None:
    """Find that another record, with a case of its own, is the same subject."""
    unbound(w)
    merge(w, another_subject(w))


def another_subject(w: World) -> Case:
    return open_case(
        w.cast, victim_name="Rosa Field", victim_birth="1 May 1990", victim_phone="", subject_name="Dino Varley",
        subject_birth="", subject_phone="",
    )  # fmt: skip


def merge(w: World, other: Case) -> None:
    cases.merge_people(actor=w.cast.analyst, one=w.case.subject, other=other.subject, reason="One photograph.", at=NOON)
    w.other = other


def merged_with_one_that_is_closed(w: World) -> None:
    """Close to the clinicians who the subject of the other record's case is."""
    merged_subject(w)
    close_the_name(w.other)


def held_in_a_merged_record(w: World) -> None:
    """Find that another record, whose subject is held, is the same subject."""
    unbound(w)
    other = another_subject(w)
    remanded(w, other)
    merge(w, other)


def held_in_a_merged_record_that_names_nobody(w: World) -> None:
    held_in_a_merged_record(w)
    close_the_name(w.other)


def merged_with_one_that_is_bound(w: World) -> None:
    """Let a report of another record's subject wait, and find that an order binds that person by the first record."""
    opened(w)
    other = another_subject(w)
    hers = {"victim_name": "Rosa Field", "victim_birth": "1 May 1990", "victim_phone": ""}
    his = {"subject_name": "Dino Varley", "subject_birth": "", "subject_phone": ""}
    w.report = told(w.cast.analyst, at=NOON, happened=NOON - HOUR, **hers, **his)
    journey.reports_came(actor=w.cast.analyst, site="northmoor", at=NOON)
    cases.confirm_match(actor=w.cast.analyst, allegation=w.report, part=Part.SUBJECT, subject=other.subject, at=NOON)
    merge(w, other)
