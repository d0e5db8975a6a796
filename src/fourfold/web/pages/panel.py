"""Panel: what do we know together, what does each of us think, what do we decide and who does it by when?"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.roles import casework_sites
from fourfold.access.terms import Compartment, Permission, Role
from fourfold.assessment import queries as assessment
from fourfold.assessment import services as signing
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.terms import Answer, Level
from fourfold.orders import queries as orders
from fourfold.panel import queries, services
from fourfold.panel.drafts import DeclareDraft
from fourfold.panel.measures import KINDS
from fourfold.panel.minutes import Form as MinutesForm
from fourfold.panel.minutes import MinutesDraft
from fourfold.panel.queries.items import DecisionShown, ItemPage
from fourfold.panel.terms import (
    CLOSING,
    DECISION_TEXTS,
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
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import composed
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Word, counted, sentence, words

Draft = TypeVar("Draft")
SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY}
KINDS_OFFERED = [
    ("", "Not answered"),
    *(
        (kind.value, sentence("{1}: {2}", strand.label, kind.words))
        for strand, kinds in KINDS.items()
        for kind in kinds
    ),
    (MeasureKind.OTHER.value, "Something else"),
]
ROWS, MORE_ROWS, MOST_ROWS = 4, 3, 40
DONE = words(
    {
        "view": "You have given your view. You can add to it, but you cannot change it.",
        "opened": "You have opened the views to the whole panel.",
        "decided": "You have recorded the decision, with an action for each measure.",
        "aside": "You have stepped aside from this item.",
        "no_conflict": "You have recorded why this is not a conflict.",
        "minutes": "You have made the minutes. They are saved with the documents of the case. Only the people of that agency can open them, and you.",
    }
)


# ---- one item -----------------------------------------------------------------------------------------------------


@requires(Permission.PANEL_VIEW, compartments=SHOWN, resumes=True)
def item(request: Request, item: UUID) -> HttpResponse:
    """Show an item as this member may see it now; take the member's own view."""
    value = queries.item_page(actor=request.actor, item_id=item, at=request.at)
    return _item_form(request, item, draft=_view, does=services.give_view, done="view", value=value)


def _view(form: Form) -> dict[str, Any]:
    cannot_say = form.value("level") == "cannot_say"
    return {
        "level": None if cannot_say else form.choice("level", Level, missing="Choose a level"),
        "certainty": form.choice("certainty", Certainty),
        "position": form.text("position", missing="Say what worries you most, and what that is based on"),
        "proposes": form.text("proposes"),
    }


def _item_form(
    request: Request,
    item: UUID,
    *,
    draft: type[Draft] | Callable[[Form], dict[str, Any]],
    does: Callable[..., object],
    done: str,
    value: ItemPage | None = None,
) -> HttpResponse:
    """Take a form of an item's page: the service gets the item and each field by its name."""

    def write(filled: Any) -> object:
        row = queries.item_to_decide(actor=request.actor, item_id=item, at=request.at)
        said = filled if isinstance(filled, dict) else vars(filled)
        return does(actor=request.actor, item=row, at=request.at, **said)

    def shows(form: Form) -> dict[str, Any]:
        shown = value or queries.item_page(actor=request.actor, item_id=item, at=request.at)
        return _shown(request, shown)

    reads: Any = draft
    return form_page(
        request, "panel/item.html", draft=reads, does=write, then=to("panel:item", item=item), done=done, shows=shows
    )


def _shown(request: Request, value: ItemPage) -> dict[str, Any]:
    return {
        "value": value,
        "orders": _thread(request, value),
        "phases": phases(value.phase),
        "wide": _drawn(value, narrow=False) if value.views else None,
        "narrow": _drawn(value, narrow=True) if value.views else None,
        "certainties": [(certainty.value, certainty.words) for certainty in Certainty],
        "forms": [(form.value, form.value.upper()) for form in MinutesForm],
        "done": DONE.get(request.GET.get("done", ""), ""),
    }


def _thread(request: Request, value: ItemPage) -> tuple[orders.OrderShown, ...]:
    """Return the orders of a case whose item is decided: what became of the decision, and whether the victim knows."""
    if value.decision is None:
        return ()
    opened = access_queries.opened(request.actor, value.case, at=request.at)
    return orders.orders_of(request.actor, opened, at=request.at)


@dataclass(frozen=True)
class PhaseShown:
    """A phase as the bar of phases takes it."""

    name: str
    state: str


def phases(now: Phase) -> tuple[PhaseShown, ...]:
    """Return the three phases, those that are over, the present one and those to come."""
    order = list(Phase)
    states = ["done" if n < order.index(now) else "current" if n == order.index(now) else "waiting" for n in range(3)]
    return tuple(PhaseShown(each.words.begins(), state) for each, state in zip(order, states, strict=True))


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
                        composed("{1}", view.certainty.words) if view.certainty else "",
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
    return decision is not None and profession.lower() in decision.dissent.lower()


@requires(Permission.WALL_DECLARE, compartments=SHOWN, methods=("POST",))
def declare(request: Request, item: UUID) -> HttpResponse:
    """Step aside from an item, or say why what the record suggests is no conflict."""
    done = "aside" if request.POST.get("aside") == "yes" else "no_conflict"
    return _item_form(request, item, draft=DeclareDraft, does=services.declare, done=done)


@requires(Permission.PANEL_DECIDE, compartments=SHOWN, methods=("POST",))
def open_views(request: Request, item: UUID) -> HttpResponse:
    return _item_form(request, item, draft=_version, does=services.open_views, done="opened")


def _version(form: Form) -> dict[str, Any]:
    return {"version": form.number("version", most=10**9)}


# ---- the decision -------------------------------------------------------------------------------------------------


@requires(Permission.PANEL_DECIDE, compartments=SHOWN, resumes=True)
def decide(request: Request, item: UUID) -> HttpResponse:
    """Record the one decision: everything it must answer, each measure with its owner and day."""
    value = queries.item_page(actor=request.actor, item_id=item, at=request.at)
    wish = request.POST.get("do", "")

    def reads(form: Form) -> tuple[DecisionDraft, int | None] | None:
        form.typed = without_empty_rows(request.POST)
        draft = _draft(form) if wish == "decide" else None
        return (draft, form.number("version", most=10**9)) if draft else None

    def does(filled: tuple[DecisionDraft, int | None]) -> object:
        draft, seen = filled
        signed = _signed(request, value, draft.level)
        return journey.panel_decided(
            actor=request.actor,
            item=queries.item_to_decide(actor=request.actor, item_id=item, at=request.at),
            draft=replace(draft, level_reason=signed.reason) if signed else draft,
            version=seen,
            countersigned_by=signed.by if signed else None,
            at=request.at,
        )

    def shows(form: Form) -> dict[str, Any]:
        rows = max(ROWS, rows_in(form) + (MORE_ROWS if wish == "more" else 1))
        return {
            "value": value,
            "asked": wish == "ask" and _ask(request, value, form),
            "signed": _signed(request, value, form.value("level")),
            "phases": phases(value.phase),
            "rows": range(1, min(rows, MOST_ROWS) + 1),
            "strands": [(each.value, each.words) for each in Strand],
            "kinds": KINDS_OFFERED,
            "texts": {text.name: text for text in DECISION_TEXTS},
            "closing": [text for text in CLOSING if text.name != "without_assessment"],
            "classes": [("", Word("As its kind usually is")), *((each.value, each.label) for each in PlanClass)],
            "investigated": [(each.value, in_words(each)) for each in Answer],
            "once": form.value("once") if wish == "decide" else "",
        }

    return form_page(
        request,
        "panel/decide.html",
        draft=reads,
        does=does,
        then=to("panel:item", item=item),
        done="decided",
        initial={"version": value.version},
        shows=shows,
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


def _draft(form: Form) -> DecisionDraft | None:
    measures = tuple(_measure(form, f"measure-{number}") for number in range(1, rows_in(form) + 1))
    draft = form.read(DecisionDraft)
    return replace(draft, measures=measures) if draft else None


def _signed(request: Request, value: ItemPage, said: object) -> assessment.Signed | None:
    if said not in set(Level):
        return None
    return assessment.signature_held(actor=request.actor, case_id=value.case, level=Level(str(said)), at=request.at)


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
    return _item_form(request, item, draft=MinutesDraft, does=services.make_minutes, done="minutes")


@requires(Permission.PANEL_VIEW, compartments=SHOWN | {Compartment.VICTIM_CONTACT}, methods=("GET",))
def of_case(request: Request, reference: str) -> HttpResponse:
    """Show what panels have decided about a case, and whether it is before one now."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.panels_of_case(actor=request.actor, case_id=header.id, at=request.at)
    return page(
        request, "panel/case.html", value=value, frame=frame(header, "panel:case", actor=request.actor, at=request.at)
    )


# ---- on the day --------------------------------------------------------------------------------------------------


#: For so long after a sitting began a view is still asked for.
ASKED_FOR = timedelta(days=14)


def _by_sitting(waits: Sequence[Waiting], actor: Actor, at: datetime) -> dict[UUID, int]:
    """Return, by one case of each sitting, of how many of its cases the reader has given no view."""
    first: dict[str, UUID] = {}
    found: Counter[UUID] = Counter()
    for one in waits:
        site, starts_at = one.said["site"], one.due_at or at
        speaks = site in casework_sites(actor) and assessment.profession_of(actor, site)
        if speaks and starts_at > at - ASKED_FOR and str(actor.staff) not in one.said["spoke"]:
            found[first.setdefault(one.said["sitting"], one.about)] += 1
    return dict(found)


@kept(
    Permission.PANEL_GIVE_VIEW,
    of="panel_items",
    first_for={Role.MENTAL_HEALTH_PROFESSIONAL, Role.OUTREACH_WORKER},
    beside=_by_sitting,
)
def views_due(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the sittings ahead, and of the last fortnight, for which the person has not given every view."""
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Give your view on {1} before the panel sits", counted(one.beside, "case")),
        href=link_to("panel:sitting", sitting=one.said["sitting"]),
        why="panel phase: giving views",
    )


urlpatterns = [
    path("panel/items/<uuid:item>/", item, name="panel:item"),
    path("panel/items/<uuid:item>/aside/", declare, name="panel:declare"),
    path("panel/items/<uuid:item>/open/", open_views, name="panel:open"),
    path("panel/items/<uuid:item>/decide/", decide, name="panel:decide"),
    path("panel/items/<uuid:item>/minutes/", minutes, name="panel:minutes"),
    path("cases/<str:reference>/panel/", of_case, name="panel:case"),
]
