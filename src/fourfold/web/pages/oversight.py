"""Oversight: who read this, and why; does the log hold; who is kept from what, and is that still right."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Permission
from fourfold.access.terms.endings import Ending
from fourfold.audit.terms import Actor
from fourfold.cases.queries import walls_to_consider
from fourfold.cases.queries.parts import to_look_at
from fourfold.gateways import underway
from fourfold.governance import queries as governance
from fourfold.governance import services
from fourfold.governance.queries.oversight import StandingWall, WallShown
from fourfold.governance.terms import WallAnswer, WallAnswerDraft, WallDraft, WallGoesDraft
from fourfold.programme.queries import name_of
from fourfold.web import long_work, worklist
from fourfold.web.components.words import plural
from fourfold.web.form_pages import form_page
from fourfold.web.forms import date_in
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.in_vain import in_vain
from fourfold.web.worklist import WorkRow, source
from fourfold.words import Word, sentence, words

#: The one check of the log.
CHECKS = "check"
ANSWERED_IN = timedelta(days=1)
DONE = words(
    {
        WallAnswer.STAY: "Your answer was recorded, and the wall stays. Against somebody who works on the case it is provisional "
        "until people from two agencies have asked to keep it.",
        WallAnswer.GO: "Your answer was recorded. A wall is removed when people from two agencies have asked for it.",
        "set": "The wall was set. Against somebody who works on the case it stands for three days, until a second person "
        "confirms it.",
    }
)


@requires(Permission.AUDIT_VIEW, methods=("GET",))
def log(request: Request) -> HttpResponse:
    """Show the log, newest first, of one case, person, day or kind where asked; check it where asked."""
    asked = request.GET
    said = asked.get("day", "").strip()
    day = date_in(said)
    value = governance.log_page(
        actor=request.actor,
        at=request.at,
        after=asked.get("after", ""),
        case=asked.get("case", "")[:20],
        person=asked.get("person", "")[:100],
        day=day,
        operation=asked.get("operation", "")[:20],
    )
    checked = underway.how_far(CHECKS)
    first, made, copied = to_look_at(actor=request.actor, at=request.at)
    decide = worklist.today(request.actor, request.at, "unit", after=asked.get("decide", ""))
    return page(
        request,
        "oversight/log.html",
        value=value,
        day_said=said,
        day_wrong="Enter a real date, such as 24/11/2026" if said and day is None else "",
        checked=checked,
        done=asked.get("done", ""),
        verdict=_verdict(checked),
        decide=decide,
        first_parts=first,
        made_by_host=made,
        copied=copied,
    )


def _verdict(far: underway.Underway | None) -> dict[str, Any] | None:
    """Return what a check found, with its moment; None where it said why it could not be."""
    if far is None or not far.said.startswith("{"):
        return None
    verdict: dict[str, Any] = json.loads(far.said)
    return verdict | {"at": datetime.fromisoformat(verdict["at"])}


@requires(Permission.AUDIT_VIEW)
def check(request: Request) -> HttpResponse:
    """Have the whole log checked, and say how far that is; what came of it stands on the page of the log."""
    there = f"{reverse('oversight:home')}?done=checked"
    if request.method != "POST" and _verdict(underway.how_far(CHECKS)):
        return HttpResponseRedirect(there)
    return long_work.beside(
        request,
        CHECKS,
        lambda: long_work.ask(CHECKS, "check", request.actor),
        then=there,
        heading=Word("Checking the whole log"),
        takes=Word(
            "Every entry is read, and every row that the log names. You can leave this page: the check goes on."
        ),
        refused=Word("The log was not checked"),
    )


@requires(Permission.AUDIT_VIEW, methods=("GET",))
def disclosures(request: Request) -> HttpResponse:
    """Show what left the unit, newest first, and what has a date or stops a disposal; no file is opened."""
    value = governance.ledger(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    waiting = governance.holds_and_reviews(actor=request.actor, at=request.at)
    return page(request, "oversight/disclosures.html", value=value, waiting=waiting)


@requires(Permission.WALL_LIFT, methods=("GET",))
def walls(request: Request) -> HttpResponse:
    """List the provisional walls, and the allegations for which the desk asks for one; no file is opened."""
    value = governance.walls_page(actor=request.actor, at=request.at)
    probing = governance.probing(actor=request.actor, at=request.at)
    doubted = governance.doubted_confirmations(actor=request.actor, at=request.at)
    against = governance.asked_against_hidden(actor=request.actor, at=request.at)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(
        request, "oversight/walls.html", value=value, probing=probing, doubted=doubted, against=against, done=done
    )


@requires(Permission.WALL_LIFT)
def wall(request: Request, wall: UUID) -> HttpResponse:
    """Record that a provisional wall is to stay, or to go, and why."""
    value = governance.wall_shown(actor=request.actor, wall=wall, at=request.at)
    return form_page(
        request,
        "oversight/wall.html",
        draft=WallAnswerDraft,
        does=lambda draft: _answer(request, wall, draft),
        then=lambda said: to("oversight:walls", done=said.value),
        again=lambda _: to("oversight:walls"),
        shows=lambda _: {"value": value, "seconds": _who_says_so_too(request, value)},
    )


def _who_says_so_too(request: Request, value: WallShown | StandingWall) -> Seconds | None:
    """Return who of another agency could say that a wall is to go, None where one has said so."""
    if any(said.lifts and said.partner != request.actor.partner for said in value.said):
        return None
    needs = Needs(Permission.WALL_LIFT, value.site, apart=(value.file,))
    return who_could(needs, actor=request.actor, not_agency=request.actor.partner, at=request.at)


def _answer(request: Request, wall: UUID, draft: WallAnswerDraft) -> WallAnswer:
    write = services.keep_wall if draft.said is WallAnswer.STAY else services.lift_wall
    write(actor=request.actor, wall=wall, reason=draft.reason, at=request.at)
    return draft.said


@requires(Permission.WALL_LIFT, methods=("GET",))
def standing(request: Request) -> HttpResponse:
    """List the walls around cases, and around reports of which no case came; no file is opened."""
    value = governance.standing_walls(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "oversight/standing.html", value=value)


@requires(Permission.WALL_LIFT)
def lift(request: Request, wall: UUID) -> HttpResponse:
    """Record that a wall around a case is to go, and why; it goes once somebody of another agency has said so too."""
    value = governance.standing_wall(actor=request.actor, wall=wall, at=request.at)
    return form_page(
        request,
        "oversight/lift.html",
        draft=WallGoesDraft,
        does=lambda draft: services.lift_standing_wall(
            actor=request.actor, wall=wall, reason=draft.reason, at=request.at
        ),
        then=to("oversight:walls", done=WallAnswer.GO.value),
        shows=lambda _: {"value": value, "seconds": _who_says_so_too(request, value)},
    )


@requires(Permission.WALL_SET)
def set_wall(request: Request, allegation: UUID) -> HttpResponse:
    """Keep a member of the unit from an allegation in which, the desk said, somebody is known to staff."""
    value = governance.wall_form(actor=request.actor, allegation=allegation, at=request.at)
    return form_page(
        request,
        "oversight/set_wall.html",
        draft=WallDraft,
        does=lambda draft: services.wall_off(actor=request.actor, allegation=allegation, at=request.at, **vars(draft)),
        then=to("oversight:walls", done="set"),
        shows={"value": value},
    )


@source(Permission.WALL_LIFT)
def walls_to_look_at(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what waits for oversight: provisional walls, reports for which the desk asks for a wall, and confirmations
    to ask about. What is there is asked at once, since mostly nothing is."""
    waits = governance.oversight_waits(actor=actor, at=at)
    if waits.walls:
        yield from _provisional(actor, at)
    if waits.asked:
        yield from _to_set(actor, at)
    if waits.confirmed:
        yield from _to_ask_about(actor, at)
    if waits.hidden:
        yield from _against_hidden(actor, at)
    if waits.ends:
        yield from _to_end(actor, at)


def _provisional(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield that provisional walls wait, in one row, and each person who refers again and again behind one."""
    if waiting := governance.walls_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            what=sentence("Check {1}", plural(waiting, "provisional wall")),
            href=reverse("oversight:walls"),
            why="set because an allegation is probably about somebody with a wall",
        )
        for one in governance.probing(actor=actor, at=at):
            yield WorkRow(
                due_at=None,
                what=sentence("Ask why {1} refers people with a wall against them", one.who),
                href=reverse("oversight:walls"),
                why=sentence(
                    "{1}, corrections of held rows or small feed files within seven days",
                    plural(one.referrals, "referral"),
                ),
                rank=0,
                mine=True,
            )


def _to_set(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the reports in which, the desk said, somebody is known to staff, and around which no wall stands."""
    for one in walls_to_consider(actor=actor, at=at):
        yield WorkRow(
            due_at=one.asked_at + ANSWERED_IN,
            what="Decide on a wall: a member of staff knows somebody in a report",
            href=reverse("oversight:set_wall", kwargs={"allegation": one.allegation}),
            why="the desk asks",
            detail=one.reference,
            decide=True,
            mine=True,
        )


def _to_ask_about(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what an advocate confirmed that is somebody else's too, for somebody else to ask about."""
    for one in governance.doubted_confirmations(actor=actor, at=at):
        if one.often or not one.answered:
            yield WorkRow(
                due_at=one.confirmed_at + ANSWERED_IN,
                what=sentence("Ask {1} how the {2} was confirmed", one.who, one.kind.words),
                href=reverse("oversight:walls"),
                why="it is on somebody else’s record too, so nothing is sent there",
                rank=0,
                mine=True,
            )


def _against_hidden(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield who asks again and again for contacts against what a wall keeps from them, for somebody to ask why."""
    for one in governance.asked_against_hidden(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            what=sentence("Ask why {1} tries contacts against what may be hidden from them", one.who),
            href=reverse("oversight:walls"),
            why=sentence("{1} within seven days", plural(one.contacts, "try", "tries")),
            rank=0,
            mine=True,
        )


def _to_end(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what is to end by the reader's word, agreements and walls that stand on one person's, and what did not."""
    for one in governance.ends_to_answer(actor=actor, at=at):
        wall = one.ending is Ending.WALL
        yield WorkRow(
            due_at=one.waits_until if wall else one.asked_at + ANSWERED_IN,
            what=sentence("Confirm or refuse: {1} ({2})", one.ending.words, one.who or name_of(one.partner)),
            href=reverse("ends:confirm", kwargs={"asked": one.id}),
            why=sentence("asked by {1}", one.asked_by),
            decide=wall,
            mine=True,
        )
    for refused in governance.ends_in_vain(actor=actor, at=at):
        yield in_vain(refused, opens=False)


urlpatterns = [
    path("oversight/", log, name="oversight:home"),
    path("oversight/disclosures/", disclosures, name="oversight:disclosures"),
    path("oversight/check/", check, name="oversight:check"),
    path("oversight/walls/", walls, name="oversight:walls"),
    path("oversight/walls/standing/", standing, name="oversight:standing"),
    path("oversight/walls/standing/<uuid:wall>/", lift, name="oversight:lift"),
    path("oversight/walls/<uuid:wall>/", wall, name="oversight:wall"),
    path("oversight/walls/about/<uuid:allegation>/", set_wall, name="oversight:set_wall"),
]
