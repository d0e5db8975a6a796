"""What the unit holds of a report, in the sentences that stand at the top of its page and in its row at the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse

from fourfold.cases.queries.alike import SHARED, Alike, Through
from fourfold.cases.queries.crossed import Crossed
from fourfold.cases.queries.desk_page import DeskPage
from fourfold.cases.queries.held import Held, HeldCase
from fourfold.cases.queries.possible_courses import PossibleRow
from fourfold.cases.terms import CourseOfConduct, Level, State
from fourfold.intake.terms import AsTold
from fourfold.journey.holding import ALIKE, Holding, UnderOrder, broken_as, named_in, say_alike
from fourfold.linkage.terms import Verdict
from fourfold.orders.queries.bound import Answered
from fourfold.people.terms import ThirdRole
from fourfold.web.acts import shown
from fourfold.web.components.words import ago, day, happened_ago, happened_at, moment
from fourfold.words import Word, counted, opening, sentence, together

MOST_LISTED = 20
#: Which third party somebody is, as a form offers it.
THIRD_ROLES = (("", Word("choose")), *ThirdRole.options())


@dataclass(frozen=True)
class HeldLine:
    """One sentence of what is held, where it leads, and what stands below it."""

    says: str
    href: str = ""
    text: str = ""
    under: tuple[str, ...] = ()
    grave: bool = False


@dataclass(frozen=True)
class HeldShown:
    """What the unit holds of a report as its page takes it; `alone` where nothing that the reader may see names its people."""

    lines: tuple[HeldLine, ...]
    alone: bool
    level: Level | None
    alike: tuple[dict[str, Any], ...]
    left_out: int


def held_shown(holding: Holding, at: datetime, about: UUID | None = None) -> HeldShown:
    """Return what the unit holds, the most dangerous first; `about`: the report, where its reader may triage a course."""
    held = holding.held
    lines = list(dict.fromkeys(_crossed(one) for one in held.crossed))
    lines += [_answered(one) for one in holding.answered]
    lines += [_under(one, at) for one in holding.under]
    lines += [_case(case) for case in held.cases]
    lines += _reports(held, about)
    if held.full:
        lines.append(HeldLine(Word("Only the reports that share most with it were compared: there may be more")))
    lines += [_course(row) for row in held.courses]
    levels = [case.level for case in held.cases if case.counts and case.level and case.state is not State.CLOSED]
    return HeldShown(
        lines=tuple(lines),
        alone=held.is_alone,
        level=max(levels, key=lambda level: level.rank, default=None),
        alike=(*map(_alike, held.alike[:MOST_LISTED]), *map(_hanging, held.through[:MOST_LISTED])),
        left_out=sum(max(0, len(each) - MOST_LISTED) for each in (held.alike, held.through)),
    )


ON_BOTH_SIDES = Word(
    "Something told here as the victim’s or the subject’s is told elsewhere as the other’s. Use no number, address or car of "
    "this report before somebody who reads how the victim is reached has asked whose it is"
)


def _crossed(one: Crossed) -> HeldLine:
    """Say that one thing reaches the victim in one report and the subject in another, before anybody uses it.

    Whoever does not read how that victim is reached is told neither what nor where: the subject's side would say the value.
    """
    if not one.value:
        return HeldLine(ON_BOTH_SIDES, grave=True)
    here, there = ("victim", "subject") if one.as_victims else ("subject", "victim")
    said = (SHARED[here, str(one.kind)], one.reference, SHARED[there, str(one.kind)])
    return HeldLine(
        sentence(
            "What is told here as {1} is told in {2} as {3}: do not use it before somebody has asked whose it is", *said
        ),
        href=reverse("desk:allegation", kwargs={"allegation": one.allegation}),
        text=sentence("Open {1}", one.reference),
        under=(one.value,) if one.value else (),
        grave=True,
    )


def told_when(told: AsTold, at: datetime) -> str:
    """Return when something happened as it was told, and how long ago that is."""
    if told.occurred_from is None:
        return Word("nobody told when it happened")
    said, since = (say(told.occurred_from, told.time_known) for say in (happened_at, partial(happened_ago, now=at)))
    if told.occurred_until and told.occurred_until > told.occurred_from:
        said = sentence("{1} to {2}", said, happened_at(told.occurred_until, told.time_known))
    return sentence("happened {1} ({2})", said, since)


def _under(one: UnderOrder, at: datetime) -> HeldLine:
    served = one.order.served_at
    when = (moment(served), ago(served, at))
    return HeldLine(
        sentence(
            "Would be an act under the {1} of {2}, served {3} ({4})", one.order.kind.words, one.case.reference, *when
        ),
        href=reverse("orders:page", kwargs={"reference": one.case.reference}),
        text=sentence("Read the orders of {1}", one.case.reference),
        under=tuple(each.text for each in one.order.conditions),
        grave=True,
    )


def _answered(one: Answered) -> HeldLine:
    """Return what somebody recorded of an act under an order, with the way to it."""
    where = {"reference": one.reference}
    if one.breach is None:
        none = sentence(
            "Found to be no breach of the {1} in {2}, {3}", one.kind.words, one.reference, moment(one.recorded_at)
        )
        return HeldLine(none, href=reverse("orders:act", kwargs=where | {"allegation": one.act}), text=Word("Read why"))
    return HeldLine(
        sentence("{1}, {2}", opening(broken_as(one)), moment(one.recorded_at)),
        href=reverse("orders:decide", kwargs=where | {"breach": one.breach}),
        text=Word("Open the breach"),
        grave=True,
    )


def _case(case: HeldCase) -> HeldLine:
    grave = case.counts and case.state is not State.CLOSED and case.level in (Level.HIGH, Level.VERY_HIGH)
    said = sentence("{1}: {2}", opening(named_in(case)), counted(case.acts, "act"))
    if case.last_act_at:
        said = sentence(
            "{1}, the last told on {2}, its day not known" if case.last_act_told else "{1}, the last on {2}",
            said,
            day(case.last_act_at),
        )
    href = reverse("case:pattern", kwargs={"reference": case.reference})
    return HeldLine(said, href=href, text=sentence("Open case {1}", case.reference), grave=grave)


def _reports(held: Held, about: UUID | None) -> list[HeldLine]:
    lines = []
    triaged = reverse("desk:together", kwargs={"allegation": about}) if about else ""
    for waits, is_confirmed in ALIKE:
        if some := [one for one in held.alike if one.waits is waits and one.is_confirmed is is_confirmed]:
            who = counted(len(some), "waiting report") if waits else counted(len(some), "earlier report")
            says = say_alike(len(some), waits=waits, is_confirmed=True) if is_confirmed else _share(some, who)
            lines.append(HeldLine(says, href=triaged if waits else "", text=Word("Triage them together")))
    if held.through:
        more = counted(len(held.through), "more waiting report", "more waiting reports")
        lines.append(HeldLine(sentence("Through them {1}, which may tell of the people of one of these", more)))
    return lines


def _share(reports: Sequence[Alike], who: str) -> str:
    """Say what some reports share with this one: what every one of them does; else what most do."""
    often = Counter(each for one in reports for each in one.shares)
    whole = [each for each, times in often.items() if times == len(reports)]
    if not whole:
        return sentence("{1} may tell of the same people", who)
    shares = together(", ", whole[:-1])
    said = sentence("{1} and {2}", shares, whole[-1]) if len(whole) > 1 else whole[0]
    if len(reports) == 1:
        return sentence("{1} shares {2}", who, said)
    return sentence("{1} share {2}", who, said)


def _course(row: PossibleRow) -> HeldLine:
    """Say in what the rules put a report, and what somebody said who read it: that they say "possible" is theirs."""
    found = sentence(
        "Rules put it in a possible course of conduct of {1}, as reports were compared on {2}",
        counted(row.acts, "report"),
        moment(row.looked_at),
    )
    return HeldLine(
        sentence("{1}; somebody read it: {2}", found, row.judged.words) if row.judged else found,
        href=reverse("desk:course", kwargs={"course": row.id}),
        text=Word("Open what the rules found"),
    )


def _alike(one: Alike) -> dict[str, Any]:
    return {**shown(one.act), "shares": together(", ", one.shares), "reference": one.act.reference, "waits": one.waits}


def _hanging(one: Through) -> dict[str, Any]:
    shown = _alike(one.report)
    return {**shown, "shares": sentence("{1}, with {2}", shown["shares"], one.other)}


def finding(value: DeskPage) -> str:
    """Return in one sentence what the allegation belongs to; that it is the first only where nothing else may be meant."""
    course = value.course
    if value.possible:
        with_them = _counted_course(value.possible_course)
        return sentence("{1}, if the reports below are of the same people", with_them)
    if course.acts > 1:
        return _counted_course(course)
    if _is_alone(value):
        return Word("The first known act between these people")
    return Word("1 act, and the unit holds more that may belong to it")


def _is_alone(value: DeskPage) -> bool:
    """Return whether nothing else may be meant: no report, no case, and nobody on record whom the desk has not ruled out."""
    candidates = (*value.victims, *value.subjects)
    # Of the pair's own case nothing more may be meant than what was counted already.
    cases = (one for one in value.held.cases if one.reference != value.case or one.acts > value.course.acts)
    held = replace(value.held, cases=tuple(cases))
    return held.is_alone and not value.unknown and all(one.verdict is Verdict.NOT_SAME for one in candidates)


def _counted_course(course: CourseOfConduct) -> str:
    acts, days = counted(course.acts, "act"), counted(course.span_days, "day")
    said: list[Word] = [sentence("{1} in {2}", acts, days) if course.span_days else sentence("{1} on one day", acts)]
    if course.classes:
        said.append(counted(len(course.classes), "recording class", "recording classes"))
    if course.breaches:
        said.append(counted(course.breaches, "breach", "breaches"))
    if course.shortening:
        said.append(Word("acts are getting closer together"))
    return together(", ", said)


def two_acts(value: DeskPage) -> str:
    """Return whether the acts known are a course of conduct in law, or would be with those that may belong."""
    if value.two_acts:
        return Word("Two or more acts: a course of conduct in law.")
    if value.possible_two_acts:
        return Word("With the reports that may belong here: a course of conduct in law. Say first who the people are.")
    if _is_alone(value):
        return Word("One act is known: not yet a course of conduct.")
    return Word("One act is known here. The unit holds more that may belong to it: look at that before you answer.")


def four_context(value: DeskPage, holding: Holding) -> tuple[tuple[str, str], ...]:
    """Return what is known for each question of FOUR: context beside the answer, which a person gives."""
    course = value.possible_course if value.possible else value.course
    found: list[tuple[str, str]] = []
    confirmed = sum(one.is_confirmed for one in value.held.of_the_pair)
    said = [counted(confirmed, "other report is", "other reports are")] if confirmed else []
    if pair := len(value.held.of_the_pair) - confirmed:
        said.append(counted(pair, "other report may be", "other reports may be"))
    if said:
        reports = together(", ", said)
        found.append((Word("Fixated"), sentence("{1} of the same person against the same victim", reports)))
    if course.acts > 1 and (course.methods_changed or course.shortening):
        said = [sentence("the way of acting changed {1}", counted(course.methods_changed, "time"))]
        said += [sentence("acts are getting closer together")] if course.shortening else []
        found.append((Word("Obsessive"), together("; ", said)))
    bound = (*(one.order.kind.words for one in holding.under), *(one.kind.words for one in holding.answered))
    if bound:
        kinds = together(", ", bound)
        found.append((Word("Unwanted"), sentence("it happened under the {1}", kinds)))
    if course.acts > 1:
        found.append((Word("Repeated"), finding(value)))
    if value.told.beside_answer:
        found.append((Word("Immediate danger"), value.told.beside_answer))
    return tuple(found)
