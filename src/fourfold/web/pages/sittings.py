"""Sittings of a panel: called, filled, and who comes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.paging import page_of_list
from fourfold.access.roles import casework_sites
from fourfold.access.terms import Compartment, Permission, Role, day_of
from fourfold.audit.terms import Actor
from fourfold.duties.queries import anywhere
from fourfold.panel import queries, services
from fourfold.panel.drafts import AttendanceDraft, ItemDraft, SittingDraft
from fourfold.panel.terms import Came, Phase
from fourfold.web.components.words import moment
from fourfold.web.day_places import Button, end_of
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import composed, translated
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to, source
from fourfold.words import Word, sentence, together, words

DONE = words(
    {
        "convened": "You have called the sitting. Each profession sees it in today’s list.",
        "added": "You have added the case to the sitting.",
        "attendance": "You have recorded who attended. The minutes of this sitting say so.",
        "coming": "You have answered. You can change your answer until the panel meets.",
    }
)


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the sittings of the reader's units, the latest first."""
    rows = queries.sittings(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    rhythms = queries.rhythms(actor=request.actor, at=request.at)
    compares = access_queries.may(request.actor, Permission.RATINGS_COMPARE)
    return page(
        request,
        "panel/list.html",
        rows=rows,
        next=rows.next,
        rhythms=rhythms,
        done=DONE.get(request.GET.get("done", ""), ""),
        compares=compares,
    )


@requires(Permission.PANEL_CONVENE, compartments={Compartment.CORE})
def convene(request: Request, site: str) -> HttpResponse:
    """Call a sitting: when, who chairs, and which cases come before it, the most dangerous first."""

    def does(draft: SittingDraft) -> object:
        heard = queries.cases_to_hear(actor=request.actor, chosen=draft.cases, at=request.at)
        called = services.convene(
            actor=request.actor, site=site, starts_at=draft.starts_at, chair=draft.chair, cases=heard, at=request.at
        )
        return called.pk

    return form_page(
        request,
        "panel/convene.html",
        draft=lambda form: None if form.value("look") else form.read(SittingDraft),
        does=does,
        then=lambda called: to("panel:sitting", sitting=called),
        done="convened",
        again=lambda about: to("panel:sitting", sitting=about.id),
        initial=_next_day(request, site),
        shows=lambda form: {
            "site": site,
            "chairs": queries.chairs(site, at=request.at),
            **_to_choose(form, queries.to_be_heard(actor=request.actor, site=site, at=request.at)),
        },
    )


def _to_choose(form: Form, found: Sequence[queries.ToBeHeard]) -> dict[str, object]:
    """Return the cases that may be chosen, sixty a page, as far as the words searched for stand in what is said of them.

    What is ticked stays on every page, before the others.
    """
    ticked, words = set(form.values("cases")), str(form.value("words")).strip()[:LONGEST]
    kept = _with_words(found, words)
    after = str(form.value("look")).removeprefix("after:")
    shown = page_of_list(kept, lambda each: each.case, after=after, most=OFFERED)
    others = [each for each in shown if str(each.case) not in ticked]
    return {
        "candidates": [*(each for each in found if str(each.case) in ticked), *others],
        "chosen": ticked,
        "next": shown.next,
        "on_page": len(shown),
        "kept": len(kept),
        "all": len(found),
        "words": words,
    }


def _next_day(request: Request, site: str) -> dict[str, object]:
    """Return the day that the form starts from: the next sitting by the site's rhythm, never one that passed."""
    due = [each.by for each in queries.rhythms(actor=request.actor, at=request.at) if each.site == site]
    day = max(due[0], request.at.date()) if due else None
    return {f"starts_at-{part}": getattr(day, part) for part in ("day", "month", "year")} if day else {}


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def sitting(request: Request, sitting: UUID) -> HttpResponse:
    value = queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at)
    return page(request, "panel/sitting.html", value=value, done=DONE.get(request.GET.get("done", ""), ""))


@requires(Permission.PANEL_CONVENE, compartments={Compartment.CORE})
def add(request: Request, sitting: UUID) -> HttpResponse:
    """Put one more case before a sitting, and say why."""
    value = queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at)

    def does(draft: ItemDraft) -> object:
        (case,) = queries.cases_to_hear(actor=request.actor, chosen=[draft.cases], at=request.at)
        row = queries.sitting_to_fill(actor=request.actor, sitting_id=sitting)
        return services.add_item(actor=request.actor, sitting=row, case=case, why=draft.why, at=request.at)

    return form_page(
        request,
        "panel/add.html",
        draft=ItemDraft,
        does=does,
        then=to("panel:sitting", sitting=sitting),
        done="added",
        again=lambda about: to("panel:item", item=about.id),
        shows=lambda _: {"value": value, **_offered(request, value)},
    )


LONGEST = 100
#: So many cases are offered on one page.
OFFERED = 60


def _offered(request: Request, value: queries.SittingPage) -> dict[str, object]:
    """Return the cases that may still be added, sixty a page, as far as the words searched for stand in what is said of them."""
    words = request.GET.get("words", "").strip()[:LONGEST]
    found = _not_heard_yet(value, queries.to_be_heard(actor=request.actor, site=value.site, at=request.at))
    kept = _with_words(found, words)
    shown = page_of_list(kept, lambda each: each.case, after=request.GET.get("after", ""), most=OFFERED)
    candidates = shown.map(lambda each: (str(each.case), _said(each)))
    return {"candidates": candidates, "kept": len(kept), "all": len(found), "words": words}


def _with_words(found: Sequence[queries.ToBeHeard], words: str) -> Sequence[queries.ToBeHeard]:
    return [each for each in found if words.casefold() in _said(each).casefold()] if words else found


def _said(one: queries.ToBeHeard) -> str:
    level = translated(one.level.words if one.level else Word("not assessed"))
    return composed("{1}, {2}", one.reference, ": ".join(filter(None, (level, "; ".join(map(translated, one.why))))))


def _not_heard_yet(value: queries.SittingPage, found: Sequence[queries.ToBeHeard]) -> list[queries.ToBeHeard]:
    heard = {item.reference for item in value.items}
    return [each for each in found if each.reference not in heard]


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("POST",))
def coming(request: Request, sitting: UUID) -> HttpResponse:
    """Record whether one comes to a sitting."""
    row = queries.sitting_to_fill(actor=request.actor, sitting_id=sitting)
    return form_page(
        request,
        "panel/sitting.html",
        draft=_comes,
        does=lambda comes: services.answer_invitation(actor=request.actor, sitting=row, coming=comes, at=request.at),
        then=to("panel:sitting", sitting=sitting),
        done="coming",
        shows=lambda _: {"value": queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at), "done": ""},
    )


def _comes(form: Form) -> bool:
    return form.value("coming") == "yes"


@requires(Permission.PANEL_CONVENE, compartments={Compartment.CORE})
def attendance(request: Request, sitting: UUID) -> HttpResponse:
    """Record, at a sitting, who attended, who sent apologies and who was absent."""
    value = queries.attendance_page(actor=request.actor, sitting_id=sitting, at=request.at)

    def read(form: Form) -> AttendanceDraft:
        said = {seat.staff: form.choice(f"came-{seat.staff}", Came) for seat in value.seats}
        return AttendanceDraft({staff: came for staff, came in said.items() if came}, form.text("others"))

    def does(draft: AttendanceDraft) -> object:
        row = queries.sitting_to_fill(actor=request.actor, sitting_id=sitting)
        return services.record_attendance(
            actor=request.actor, sitting=row, said=draft, seen=request.POST.get("version"), at=request.at
        )

    return form_page(
        request,
        "panel/attendance.html",
        draft=read,
        does=does,
        then=to("panel:sitting", sitting=sitting),
        done="attendance",
        initial={
            "others": "\n".join(value.others),
            **{f"came-{seat.staff}": seat.proposed.value for seat in value.seats if seat.proposed},
        },
        shows={"value": value, "options": [("", Word("Not recorded")), *Came.options()]},
    )


@source(Permission.PANEL_DECIDE, first_for={Role.PANEL_CHAIR})
def sittings(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the next sitting, and what triage sent to a panel."""
    if ahead := queries.next_sitting(actor=actor, at=at):
        yield WorkRow(
            due_at=max(ahead.starts_at, at),
            what="Chair the panel" if ahead.mine else "The panel sits",
            href=link_to("panel:sitting", sitting=ahead.id),
            why="the next sitting",
            mine=ahead.mine,
        )
        yield from _sent_here(actor, ahead, at)


@kept(Permission.PANEL_DECIDE, first_for={Role.PANEL_CHAIR})
def panel_items(item: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the items that only their chair brings on: views to open, a decision to record."""
    if not item.said["ready"] or item.said["site"] not in casework_sites(actor):
        return None
    phase = Phase(item.said["phase"])
    views_open = phase is Phase.CONSOLIDATING
    return WorkRow(
        due_at=item.due_at,
        what="Record the panel's decision" if views_open else "Open the views: every profession has given one",
        href=link_to("panel:decide" if views_open else "panel:item", item=item.about),
        why=sentence("panel phase: {1}", phase.words),
        case=item.reference,
        level=item.level,
        mine=item.said["chair"] == str(actor.staff),
    )


@source(Permission.PANEL_DECIDE)
def attendance_to_record(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings that took place and of which nobody has recorded who attended."""
    for one in queries.attendance_missing(actor=actor, at=at):
        yield WorkRow(
            due_at=end_of(day_of(one.starts_at)),
            what=sentence("Record who attended the panel of {1}", moment(one.starts_at)),
            href=link_to("panel:attendance", sitting=one.id),
            why="minutes say “not recorded” until then; asked for 28 days",
            mine=one.mine,
        )


def _sent_here(actor: Actor, ahead: queries.SittingAhead, at: datetime) -> Iterator[WorkRow]:
    """Yield the cases that triage sent to a panel and that are before none, to be put before the next by one press."""
    for one in queries.to_be_heard(actor=actor, site=ahead.site, at=at):
        if one.sent_at is None or ahead.starts_at <= at:
            continue
        add = link_to("panel:add", sitting=ahead.id)
        yield WorkRow(
            due_at=ahead.starts_at,
            what=sentence("Put {1} before the panel of {2}", one.reference, moment(ahead.starts_at)),
            href=f"{add}?words={one.reference}",
            why=together("; ", one.why),
            case=one.reference,
            level=one.level,
            mine=ahead.mine,
            button=Button(Word("Put it before this panel"), add, (("cases", str(one.case)),)),
        )


@source(Permission.PANEL_VIEW, there=anywhere.invitations)
def invitations(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings to which the person is invited and has not said whether they come."""
    for sitting in queries.invitations_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=sitting.starts_at,
            what="Say whether you will attend the panel",
            href=link_to("panel:sitting", sitting=sitting.id),
            why="you are invited",
            mine=True,
        )


urlpatterns = [
    path("panel/", listing, name="panel:list"),
    path("panel/new/<slug:site>/", convene, name="panel:convene"),
    path("panel/<uuid:sitting>/", sitting, name="panel:sitting"),
    path("panel/<uuid:sitting>/attendance/", attendance, name="panel:attendance"),
    path("panel/<uuid:sitting>/add/", add, name="panel:add"),
    path("panel/sittings/<uuid:sitting>/coming/", coming, name="panel:coming"),
]
