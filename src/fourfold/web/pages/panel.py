"""Panel: what do we know together, what does each of us think, what do we decide and who does it by when?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import path, reverse

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Role
from fourfold.assessment import queries as assessment
from fourfold.assessment import services as signing
from fourfold.audit.terms import About, Actor
from fourfold.cases import queries as cases
from fourfold.cases.terms import Answer, Level
from fourfold.panel import queries, services
from fourfold.panel.measures import KINDS
from fourfold.panel.minutes import Form as MinutesForm
from fourfold.panel.queries.items import DecisionShown, ItemPage
from fourfold.panel.terms import (
    CLOSING,
    DECISION_TEXTS,
    CannotDecide,
    Certainty,
    DecisionDraft,
    MeasureDraft,
    MeasureKind,
    Phase,
    PlanClass,
    Strand,
)
from fourfold.web.case_frame import frame
from fourfold.web.components import charts
from fourfold.web.components.words import in_words
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import composed
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import Word, named, sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY}
KINDS_OFFERED = [
    ("", "Not said"),
    *(
        (kind.value, sentence("{1}: {2}", strand.label.capitalize(), kind.label))
        for strand, kinds in KINDS.items()
        for kind in kinds
    ),
    (MeasureKind.OTHER.value, "Something else"),
]
ROWS, MORE_ROWS, MOST_ROWS = 4, 3, 40
DONE = words(
    {
        "convened": "You have called the sitting. Each profession sees it in today’s list.",
        "added": "You have added the case to the sitting.",
        "view": "You have given your view. You can add to it, but you cannot change it.",
        "opened": "You have opened the views to the whole panel.",
        "decided": "You have recorded the decision, with an action for each measure.",
        "coming": "You have answered. You can change your answer until the panel meets.",
        "aside": "You have stepped aside from this item.",
        "no_conflict": "You have recorded why this is not a conflict.",
        "minutes": "You have made the minutes. They are saved with the documents of the case.",
    }
)


# ---- sittings -----------------------------------------------------------------------------------------------------


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the sittings of the reader's units, the latest first."""
    after = _place(request.GET.get("after", ""))
    rows = queries.sittings(actor=request.actor, at=request.at, after=after)
    last = f"{rows[-1].starts_at.isoformat()}~{rows[-1].id}" if len(rows) == queries.PAGE else ""
    rhythms = queries.rhythms(actor=request.actor, at=request.at)
    compares = access_queries.may(request.actor, Permission.RATINGS_COMPARE)
    return page(
        request, "panel/list.html", rows=rows, next=last, rhythms=rhythms, done=_done_words(request), compares=compares
    )


def _place(said: str) -> tuple[datetime, UUID] | None:
    when, _, key = said.partition("~")
    try:
        return (datetime.fromisoformat(when.replace(" ", "+")), UUID(key)) if said else None
    except ValueError:
        return None


def _done_words(request: Request) -> str:
    return DONE.get(request.GET.get("done", ""), "")


def _done(name: str, what: str, **kwargs: object) -> HttpResponse:
    answer = HttpResponse(status=303)
    answer["Location"] = f"{reverse(name, kwargs=kwargs)}?done={what}"
    return answer


@requires(Permission.PANEL_CONVENE, compartments={Compartment.CORE})
def convene(request: Request, site: str) -> HttpResponse:
    """Call a sitting: when, who chairs, and which cases come before it, the most dangerous first."""
    form = Form(request, _next_day(request, site))
    chosen = [each for each in (_uuid(said) for said in form.values("cases")) if each is not None]
    if form.sent:
        starts_at = form.moment("starts_at", missing="Enter the date of the sitting", ahead=True)
        chair = form.identifier("chair", missing="Choose who will chair")
        if not chosen:
            form.wrong("cases", "Choose at least one case")
        if form.ok and starts_at is not None and chair is not None:
            heard = queries.cases_to_hear(actor=request.actor, chosen=chosen, at=request.at)
            with form.catching(), request.once(lambda about: to("panel:sitting", sitting=about.id)):
                called = services.convene(
                    actor=request.actor, site=site, starts_at=starts_at, chair=chair, cases=heard, at=request.at
                )
            if form.ok:
                return _done("panel:sitting", "convened", sitting=called.pk)
    return page(
        request,
        "panel/convene.html",
        status=422 if form.problems else 200,
        form=form,
        errors=form.problems,
        site=site,
        chairs=queries.chairs(site, at=request.at),
        candidates=queries.to_be_heard(actor=request.actor, site=site, at=request.at),
        chosen=[str(each) for each in chosen],
    )


def _next_day(request: Request, site: str) -> dict[str, object]:
    """The day that the form starts from: when the site's rhythm lets the next sitting fall, never one that passed."""
    due = [each.by for each in queries.rhythms(actor=request.actor, at=request.at) if each.site == site]
    day = max(due[0], request.at.date()) if due else None
    return {f"starts_at-{part}": getattr(day, part) for part in ("day", "month", "year")} if day else {}


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("GET",))
def sitting(request: Request, sitting: UUID) -> HttpResponse:
    """Show one sitting with its items."""
    value = queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at)
    return page(request, "panel/sitting.html", value=value, done=_done_words(request))


@requires(Permission.PANEL_CONVENE, compartments={Compartment.CORE})
def add(request: Request, sitting: UUID) -> HttpResponse:
    """Put one more case before a sitting, and say why."""
    value = queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at)
    form = Form(request)
    if form.sent:
        chosen = form.identifier("cases", missing="Choose a case")
        why = form.text("why", longest=300)
        if form.ok and chosen is not None:
            (case,) = queries.cases_to_hear(actor=request.actor, chosen=[chosen], at=request.at)
            row = queries.sitting_to_fill(actor=request.actor, sitting_id=sitting)
            with form.catching(), request.once(lambda about: to("panel:item", item=about.id)):
                services.add_item(actor=request.actor, sitting=row, case=case, why=why, at=request.at)
            if form.ok:
                return _done("panel:sitting", "added", sitting=sitting)
    return page(
        request,
        "panel/add.html",
        status=422 if form.problems else 200,
        form=form,
        errors=form.problems,
        value=value,
        candidates=queries.to_be_heard(actor=request.actor, site=value.site, at=request.at),
    )


@requires(Permission.PANEL_VIEW, compartments={Compartment.CORE}, methods=("POST",))
def coming(request: Request, sitting: UUID) -> HttpResponse:
    """Say whether one comes to a sitting."""
    form = Form(request)
    row = queries.sitting_to_fill(actor=request.actor, sitting_id=sitting)
    with form.catching(), request.once(lambda _: to("panel:sitting", sitting=sitting)):
        services.answer_invitation(
            actor=request.actor, sitting=row, coming=form.value("coming") == "yes", at=request.at
        )
    if form.ok:
        return _done("panel:sitting", "coming", sitting=sitting)
    value = queries.sitting(actor=request.actor, sitting_id=sitting, at=request.at)
    return page(request, "panel/sitting.html", status=422, value=value, done="", errors=form.problems)


# ---- one item -----------------------------------------------------------------------------------------------------


@requires(Permission.PANEL_VIEW, compartments=SHOWN, resumes=True)
def item(request: Request, item: UUID) -> HttpResponse:
    """Show an item as this member may see it now; take the member's own view."""
    value = queries.item_page(actor=request.actor, item_id=item, at=request.at)
    form = Form(request)
    if form.sent:
        level = None if form.value("level") == "cannot_say" else form.choice("level", Level, missing="Choose a level")
        certainty = form.choice("certainty", Certainty)
        position = form.text("position", missing="Say what worries you most, and what that rests on")
        proposes = form.text("proposes")
        if form.ok:
            row = queries.item_to_decide(actor=request.actor, item_id=item, at=request.at)
            with form.catching(), request.once(_to_item(item)):
                services.give_view(
                    actor=request.actor,
                    item=row,
                    level=level,
                    certainty=certainty,
                    position=position,
                    proposes=proposes,
                    at=request.at,
                )
            if form.ok:
                return _done("panel:item", "view", item=item)
    return _item_page(request, value, form)


def _to_item(item: UUID) -> Callable[[About], HttpResponse]:
    return lambda _: to("panel:item", item=item)


def _item_page(request: Request, value: ItemPage, form: Form) -> HttpResponse:
    return page(
        request,
        "panel/item.html",
        status=409 if form.conflict else (422 if form.problems else 200),
        value=value,
        form=form,
        errors=form.problems,
        phases=phases(value.phase),
        wide=_drawn(value, narrow=False) if value.views else None,
        narrow=_drawn(value, narrow=True) if value.views else None,
        certainties=[(each.value, each.label) for each in Certainty],
        forms=[(each.value, each.value.upper()) for each in MinutesForm],
        done=_done_words(request),
    )


@dataclass(frozen=True)
class PhaseShown:
    """A phase as the bar of phases takes it."""

    name: str
    state: str


def phases(now: Phase) -> tuple[PhaseShown, ...]:
    """Return the three phases, those that are over, the present one and those to come."""
    order = list(Phase)
    states = ["done" if n < order.index(now) else "current" if n == order.index(now) else "waiting" for n in range(3)]
    return tuple(PhaseShown(named(each.value).begins(), state) for each, state in zip(order, states, strict=True))


def _drawn(value: ItemPage, *, narrow: bool) -> charts.Svg:
    """Draw what each of us thought before we spoke: the first view of each, given alone."""
    decided = value.decision.level.rank if value.decision else None
    first = {view.by: view for view in reversed(value.views) if view.independent}
    seen = [
        charts.PanelView(
            ", ".join(
                filter(
                    None,
                    (
                        in_words(view.profession).capitalize(),
                        composed("{1}", view.certainty.label) if view.certainty else "",
                    ),
                )
            ),
            view.level.rank if view.level else None,
            dissents=_is_named(view.profession, value.decision),
        )
        for view in sorted(first.values(), key=lambda view: view.given_at)
    ]
    advised = value.advice.level.rank if value.advice and value.advice.level else None
    return charts.panel_views(seen, decided=decided, advised=advised, narrow=narrow)


def _is_named(profession: str, decision: DecisionShown | None) -> bool:
    """Say whether the dissent that was kept names a profession."""
    return decision is not None and profession.lower() in decision.dissent.lower()


@requires(Permission.WALL_DECLARE, compartments=SHOWN, methods=("POST",))
def declare(request: Request, item: UUID) -> HttpResponse:
    """Step aside from an item, or say why what the record suggests is no conflict."""
    form = Form(request)
    said, because = form.text("aside", missing="Say whether you step aside"), form.text("because", longest=300)
    row = queries.item_to_decide(actor=request.actor, item_id=item, at=request.at)
    if form.ok:
        with form.catching(), request.once(_to_item(item)):
            services.declare(actor=request.actor, item=row, aside=said == "yes", because=because, at=request.at)
    if form.ok:
        return _done("panel:item", "aside" if said == "yes" else "no_conflict", item=item)
    return _item_page(request, queries.item_page(actor=request.actor, item_id=item, at=request.at), form)


@requires(Permission.PANEL_DECIDE, compartments=SHOWN, methods=("POST",))
def open_views(request: Request, item: UUID) -> HttpResponse:
    """Open the views to the whole panel."""
    form = Form(request)
    seen = form.number("version", most=10**9)
    row = queries.item_to_decide(actor=request.actor, item_id=item, at=request.at)
    with form.catching(), request.once(_to_item(item)):
        services.open_views(actor=request.actor, item=row, version=seen, at=request.at)
    if form.ok:
        return _done("panel:item", "opened", item=item)
    return _item_page(request, queries.item_page(actor=request.actor, item_id=item, at=request.at), form)


# ---- the decision -------------------------------------------------------------------------------------------------


@requires(Permission.PANEL_DECIDE, compartments=SHOWN, resumes=True)
def decide(request: Request, item: UUID) -> HttpResponse:
    """Record the one decision: everything it must answer, each measure with its owner and day."""
    value = queries.item_page(actor=request.actor, item_id=item, at=request.at)
    form = Form(request, {"version": value.version})
    if form.sent:
        form.typed = without_empty_rows(request.POST)
    filled, wish = rows_in(form), form.value("do")
    if form.sent and wish == "decide":
        answer = _decide(request, value, form, filled)
        if answer is not None:
            return answer
    asked = form.sent and wish == "ask" and _ask(request, value, form)
    rows = max(ROWS, filled + (MORE_ROWS if wish == "more" else 1))
    return page(
        request,
        "panel/decide.html",
        status=409 if form.conflict else (422 if form.problems else 200),
        value=value,
        form=form,
        errors=form.problems,
        asked=asked,
        signed=_signed(request, value, form),
        phases=phases(value.phase),
        rows=range(1, min(rows, MOST_ROWS) + 1),
        strands=[(each.value, each.label) for each in Strand],
        kinds=KINDS_OFFERED,
        texts={text.name: text for text in DECISION_TEXTS},
        closing=[text for text in CLOSING if text.name != "without_assessment"],
        classes=[("", Word("As its kind usually is")), *((each.value, each.label.capitalize()) for each in PlanClass)],
        investigated=[(each.value, in_words(each)) for each in Answer],
        once=form.value("once") if wish == "decide" else "",
    )


def without_empty_rows(sent: QueryDict) -> QueryDict:
    """Return what was sent with the rows of measures moved together, so that nothing is asked of an empty one."""
    kept = sent.copy()
    kept.pop("measures", None)
    filled = [_row(sent, number) for number in range(1, MOST_ROWS + 1)]
    for number, row in enumerate(filter(None, filled), start=1):
        for name, said in row.items():
            kept[f"measure-{number}-{name}"] = said
    for number in range(sum(map(bool, filled)) + 1, MOST_ROWS + 1):
        for name in MEASURE_FIELDS:
            kept.pop(f"measure-{number}-{name}", None)
    return kept


def _row(sent: QueryDict, number: int) -> dict[str, str]:
    """Return what was written into one row; nothing, if it is only as the page brought it."""
    row = {name: sent.get(f"measure-{number}-{name}", "") for name in MEASURE_FIELDS}
    return row if any(row[name].strip() for name in WRITTEN) else {}


def rows_in(form: Form) -> int:
    """Return how many rows of measures hold something, after the empty ones were taken out."""
    return sum(any(form.value(f"measure-{n}-{name}") for name in WRITTEN) for n in range(1, MOST_ROWS + 1))


WRITTEN = ("what", "owner_partner", "owner", "due_on")
MEASURE_FIELDS = (*WRITTEN, "strand", "kind", "plan_class", "tell_victim_first", "direct_work")


def _measure(form: Form, where: str) -> MeasureDraft:
    return MeasureDraft(
        strand=form.choice(f"{where}-strand", Strand) or Strand.VICTIM_SAFETY,
        what=form.text(f"{where}-what", longest=300),
        owner_partner=form.text(f"{where}-owner_partner"),
        owner=form.identifier(f"{where}-owner"),
        due_on=form.day(f"{where}-due_on"),
        tell_victim_first=form.flag(f"{where}-tell_victim_first"),
        direct_work=form.flag(f"{where}-direct_work"),
        kind=form.choice(f"{where}-kind", MeasureKind),
        plan_class=form.choice(f"{where}-plan_class", PlanClass),
    )


def _draft(form: Form, rows: int) -> DecisionDraft | None:
    measures = tuple(_measure(form, f"measure-{number}") for number in range(1, rows + 1))
    draft = form.read(DecisionDraft)
    return replace(draft, measures=measures) if draft else None


def _decide(request: Request, value: ItemPage, form: Form, rows: int) -> HttpResponse | None:
    draft, signed = _draft(form, rows), _signed(request, value, form)
    seen = form.number("version", most=10**9)
    if form.problems or draft is None:
        return None
    row = queries.item_to_decide(actor=request.actor, item_id=value.id, at=request.at)
    with form.catching(), _naming_every_gap(form), request.once(_to_item(value.id)):
        journey.panel_decided(
            actor=request.actor,
            item=row,
            draft=draft,
            version=seen,
            countersigned_by=signed.by if signed else None,
            at=request.at,
        )
    return _done("panel:item", "decided", item=value.id) if form.ok else None


@contextmanager
def _naming_every_gap(form: Form) -> Iterator[None]:
    """Note everything that a decision lacks, not only the first of it."""
    try:
        yield
    except CannotDecide as refusal:
        for gap in refusal.gaps:
            form.wrong(gap.field, gap.message)


def _signed(request: Request, value: ItemPage, form: Form) -> assessment.Signed | None:
    if form.value("level") not in set(Level):
        return None
    level = Level(str(form.value("level")))
    return assessment.signature_held(actor=request.actor, case_id=value.case, level=level, at=request.at)


def _ask(request: Request, value: ItemPage, form: Form) -> bool:
    """Ask a colleague to sign the lower level; everything that was typed stays on the page."""
    level = form.choice("level", Level, missing="Choose the level that your colleague is to sign")
    reason = form.text("level_reason", missing="Give the reason: it is what your colleague signs")
    if not form.ok or level is None:
        return False
    case = cases.case_of(actor=request.actor, reference=value.reference, at=request.at)
    with form.catching():
        signing.ask_signature(actor=request.actor, case=case, level=level, reason=reason, at=request.at)
    return form.ok


@requires(Permission.DOCUMENT_MAKE, compartments=SHOWN, methods=("POST",))
def minutes(request: Request, item: UUID) -> HttpResponse:
    """Make the minutes of a decided item for one agency, with what it may see."""
    form = Form(request)
    partner = form.text("partner", missing="Choose an agency")
    made = form.choice("form", MinutesForm, missing="Choose a form")
    if form.ok and made is not None:
        row = queries.item_to_decide(actor=request.actor, item_id=item, at=request.at)
        with form.catching(), request.once(_to_item(item)):
            services.make_minutes(actor=request.actor, item=row, partner=partner, form=made, at=request.at)
        if form.ok:
            return _done("panel:item", "minutes", item=item)
    return _item_page(request, queries.item_page(actor=request.actor, item_id=item, at=request.at), form)


@requires(Permission.PANEL_VIEW, compartments=SHOWN | {Compartment.VICTIM_CONTACT}, methods=("GET",))
def of_case(request: Request, reference: str) -> HttpResponse:
    """Show what panels have decided about a case, and whether it is before one now."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.panels_of_case(actor=request.actor, case_id=header.id, at=request.at)
    return page(
        request, "panel/case.html", value=value, frame=frame(header, "panel:case", actor=request.actor, at=request.at)
    )


# ---- on the day --------------------------------------------------------------------------------------------------


@source(Permission.PANEL_GIVE_VIEW, first_for={Role.MENTAL_HEALTH_PROFESSIONAL, Role.OUTREACH_WORKER})
def views_due(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings ahead for which the person has not given every view."""
    for sitting in queries.sittings(actor=actor, at=at):
        if sitting.mine_missing and sitting.starts_at > at - timedelta(days=14):
            yield WorkRow(
                due_at=sitting.starts_at,
                what=sentence(
                    "Give your view on {1} of {2} cases before the panel sits", sitting.mine_missing, sitting.items
                ),
                href=link_to("panel:sitting", sitting=sitting.id),
                why="panel phase: independent",
            )


@source(Permission.PANEL_DECIDE, first_for={Role.PANEL_CHAIR})
def sittings(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the next sitting, and the items that only its chair brings on: views to open, a decision to record."""
    if ahead := queries.next_sitting(actor=actor, at=at):
        yield WorkRow(
            due_at=max(ahead.starts_at, at),
            what="Chair the panel" if ahead.mine else "The panel sits",
            href=link_to("panel:sitting", sitting=ahead.id),
            why="the next sitting",
            mine=ahead.mine,
        )
    for item in queries.items_for_chair(actor=actor, at=at):
        views_open = item.phase is Phase.CONSOLIDATING
        yield WorkRow(
            due_at=item.starts_at,
            what="Record the panel's decision" if views_open else "Open the views: every profession has spoken",
            href=link_to("panel:decide" if views_open else "panel:item", item=item.id),
            why=sentence("panel phase: {1}", named(item.phase)),
            case=item.reference,
            level=item.level,
            mine=item.mine,
        )


@source(Permission.PANEL_VIEW)
def invitations(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sittings to which the person is invited and has not said whether they come."""
    for sitting in queries.invitations_waiting(actor=actor, at=at):
        yield WorkRow(
            due_at=sitting.starts_at,
            what="Say whether you come to the panel",
            href=link_to("panel:sitting", sitting=sitting.id),
            why="you are invited",
            mine=True,
        )


urlpatterns = [
    path("panel/", listing, name="panel:list"),
    path("panel/new/<slug:site>/", convene, name="panel:convene"),
    path("panel/<uuid:sitting>/", sitting, name="panel:sitting"),
    path("panel/<uuid:sitting>/add/", add, name="panel:add"),
    path("panel/items/<uuid:item>/", item, name="panel:item"),
    path("panel/items/<uuid:item>/aside/", declare, name="panel:declare"),
    path("panel/sittings/<uuid:sitting>/coming/", coming, name="panel:coming"),
    path("panel/items/<uuid:item>/open/", open_views, name="panel:open"),
    path("panel/items/<uuid:item>/decide/", decide, name="panel:decide"),
    path("panel/items/<uuid:item>/minutes/", minutes, name="panel:minutes"),
    path("cases/<str:reference>/panel/", of_case, name="panel:case"),
]
