"""One item as one member of the panel may see it now, and what a case shows of its panels."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.terms import Compartment, Opened, Permission, existing
from fourfold.assessment import queries as assessment_queries
from fourfold.assessment.queries import AssessmentRow
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer, CourseOfConduct, Level, ShownLevel
from fourfold.panel import conflicts, gates, rules
from fourfold.panel.advice import advice
from fourfold.panel.conflicts import ASIDE
from fourfold.panel.models import Decision, Item, Measure, View
from fourfold.panel.queries.conflicts import asides_shown, at_table
from fourfold.panel.queries.table import ActSeen, acts_of, answers, course_of, level_of, signs_from, table_of
from fourfold.panel.terms import (
    CLOSING,
    Advice,
    AtTable,
    Certainty,
    MeasureKind,
    OrderConsidered,
    Phase,
    PlanClass,
    Strand,
    Table,
    closing_texts,
)
from fourfold.programme import queries as programme
from fourfold.programme.terms import PartnerPart

GONE = "somebody who left"
RISK_SHUT = "Your agency’s agreement with this unit does not open the risk of its cases."


@dataclass(frozen=True)
class ViewShown:
    """A view that is open to the reader."""

    by: str
    profession: str
    level: Level | None
    certainty: Certainty | None
    position: str
    proposes: str
    given_at: datetime
    independent: bool
    mine: bool


@dataclass(frozen=True)
class Seat:
    """One profession at the table: whether it has spoken and when, and whether the seat is the reader's."""

    profession: str
    given_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class MeasureShown:
    strand: Strand
    what: str
    owner_partner: str
    owner: str
    due_on: date
    tell_victim_first: bool
    direct_work: bool
    kind: MeasureKind | None = None
    plan_class: PlanClass | None = None


@dataclass(frozen=True)
class DecisionShown:
    """A decision as it was recorded; `closing` are its further texts, each with its heading."""

    item: UUID
    decided_at: datetime
    decided_by: str
    formulation: str
    level: Level
    level_reason: str
    advised: Level | None
    countersigned_by: str
    victim_safety: str
    order_considered: OrderConsidered
    order_reason: str
    under_investigation: Answer
    dissent: str
    closing: tuple[tuple[str, str], ...]
    quorum: tuple[str, ...]
    review_on: date
    measures: tuple[MeasureShown, ...]


@dataclass(frozen=True)
class Shared:
    """What the whole panel may know together. `assessments` are empty until the reader's own view is in."""

    course: CourseOfConduct
    worst: tuple[ActSeen, ...]
    not_known: tuple[str, ...]
    assessments: tuple[AssessmentRow, ...]
    before: tuple[DecisionShown, ...]


@dataclass(frozen=True)
class ItemPage:
    """An item as one member of the panel may see it now; `why_not_…` is the reason where a step is not open.

    `stated` is the level that each profession stands by, empty while the views are shut for the reader.
    """

    id: UUID
    sitting: UUID
    site: str
    starts_at: datetime
    number: int
    of: int
    case: UUID
    reference: str
    title: str
    level: ShownLevel
    phase: Phase
    version: int
    shared: Shared
    seats: tuple[Seat, ...]
    views: tuple[ViewShown, ...]
    stated: tuple[tuple[str, Level], ...]
    advice: Advice | None
    gate: str
    assessed: bool
    residents_only: bool
    areas: tuple[str, ...]
    decision: DecisionShown | None
    partners: tuple[PartnerPart, ...]
    staff: tuple[tuple[UUID, str, str], ...]
    review_by: tuple[tuple[Level, date], ...]
    why_not_see_views: str
    why_not_give_view: str
    why_not_open_views: str
    asides: tuple[str, ...]
    conflict: AtTable
    may_decide: bool
    may_make_minutes: bool

    @property
    def highest(self) -> tuple[tuple[str, Level], ...]:
        """The professions that stand by the highest level of all, with it; nobody where all say the same."""
        top = max((level.rank for _, level in self.stated), default=0)
        found = tuple(each for each in self.stated if each[1].rank == top)
        return found if len(found) < len(self.stated) else ()

    @property
    def above(self) -> tuple[tuple[str, Level], ...]:
        """The professions that stand by a higher level than the one decided, with theirs."""
        decided = self.decision.level.rank if self.decision else 0
        return tuple(each for each in self.stated if self.decision and each[1].rank > decided)


def item_to_decide(*, actor: Actor, item_id: UUID, at: datetime) -> Item:
    """Return an item that is open to the actor, to be handed to a service, or raise NotFound."""
    return existing(
        Item.objects.visible_to(actor, at=at)
        .filter(pk=item_id)
        .select_related("sitting", "case__subject", "case__victim")
        .first()
    )


def item_page(*, actor: Actor, item_id: UUID, at: datetime) -> ItemPage:
    """Return an item with everything that this member of the panel may see of it now, or raise NotFound.

    Others' views, the assessments and the rules' advice stay shut until the reader's own view is in, or the views
    have been opened: each thinks alone before all think together. Thirty-three statements and the log's, however
    long the course of conduct.
    """
    item = item_to_decide(actor=actor, item_id=item_id, at=at)
    opened, site = access_queries.opened(actor, item.case_id, at=at), item.sitting.site
    level = level_of(item.case.level)
    standing = assessment_queries.standings(opened, item.case.site, level, at=at)
    acts = acts_of(opened, at)
    signs = signs_from(standing, acts, level, at, subject_known=item.case.subject.known)
    investigated, resident = answers(opened)
    table = table_of(item, signs, at=at)
    views, conflict = _views(opened, item, actor), at_table(opened, item, actor, at=at)
    shut = _why_shut(opened, table, views, conflict)
    _keep_account(actor, opened, item, shut, len(views), at)
    decisions = _decisions(opened)
    number, of = _place(actor, item, at)
    card = programme.site(site)
    profession = assessment_queries.profession_of(actor, site)
    return _ITEM(
        item,
        opened=opened,
        number=number,
        of=of,
        title=_title(opened),
        phase=table.phase,
        shared=Shared(
            course=course_of(acts),
            worst=tuple(sorted(acts, key=lambda act: (act.breach, act.seriousness, act.at), reverse=True)[:3]),
            not_known=assessment_queries.open_questions(opened),
            assessments=() if shut else standing.latest,
            before=tuple(decision for decision in decisions if decision.item != item.pk),
        ),
        seats=_seats(table, views, profession),
        views=tuple(view for view in views if view.mine) if shut else views,
        stated=() if shut else tuple(rules.stated_levels(table.views).items()),
        advice=None if shut else advice(signs, table, investigated, resident),
        gate=gates.why_not_direct_work(investigated, table, resident) or "",
        assessed=table.assessed,
        residents_only=table.residents_only,
        areas=tuple(area.name for area in card.areas_live(at.date())) if table.residents_only else (),
        decision=next((decision for decision in decisions if decision.item == item.pk), None),
        partners=card.partners,
        staff=_staff(site, at),
        review_by=tuple(table.review_by.items()),
        why_not_see_views=shut,
        why_not_give_view=rules.why_not_give_view(table.phase, profession) or conflicts.why_not_speak(conflict) or "",
        why_not_open_views=rules.why_not_open_views(table.phase, table.quorum, table.views) or "",
        asides=asides_shown(opened, item, at=at),
        conflict=conflict,
        may_decide=access_queries.may(actor, Permission.PANEL_DECIDE, site=site) and not conflict.aside,
        may_make_minutes=access_queries.may(actor, Permission.DOCUMENT_MAKE, site=site),
    )


_OF_ITEM = {
    "id": "pk",
    "site": "sitting__site",
    "starts_at": "sitting__starts_at",
    "reference": "case__reference",
    "level": "case__level",
}
_ITEM = Projection(
    ItemPage,
    Item,
    *(each.name for each in fields(ItemPage) if each.name not in (*_OF_ITEM, "sitting", "case", "version")),
    **_OF_ITEM,
)


def _why_shut(opened: Opened, table: Table, views: tuple[ViewShown, ...], conflict: AtTable) -> str:
    """Return why the views of others, the assessments and the advice are shut for the reader; empty where they are not."""
    if not opened.may_read(Compartment.RISK):
        return RISK_SHUT
    if conflict.aside:
        return ASIDE
    return rules.why_not_see_views(table.phase, mine_is_in=any(view.mine for view in views)) or ""


def _keep_account(actor: Actor, opened: Opened, item: Item, shut: str, count: int, at: datetime) -> None:
    fields = {"acts", "views", "decision"} if shut else {"acts", "views", "decision", "assessments", "advice"}
    audit.consulted(
        actor,
        "panel.item",
        at=at,
        file=item.case_id,
        compartments={c.value for c in (Compartment.CORE, Compartment.RISK) if opened.may_read(c)},
        fields=frozenset(fields),
        count=count,
    )


def _place(actor: Actor, item: Item, at: datetime) -> tuple[int, int]:
    """Return the place of an item among those of its sitting that the reader may see."""
    seen = Item.objects.visible_to(actor, at=at).filter(sitting=item.sitting_id).order_by("position", "pk")
    order = list(seen.values_list("pk", flat=True))
    return order.index(item.pk) + 1, len(order)


def _title(opened: Opened) -> str:
    case = Case.objects.of(opened).select_related("victim", "subject").get()
    subject = case.subject.name if opened.may_read(Compartment.SUBJECT_IDENTITY) else ""
    return f"{case.victim.name} / {subject}" if subject else case.victim.name


def _views(opened: Opened, item: Item, actor: Actor) -> tuple[ViewShown, ...]:
    if not opened.may_read(Compartment.RISK):
        return ()
    rows = list(View.objects.of(opened).filter(item=item).order_by("given_at", "pk"))
    names = access_queries.names_of(_VIEW.staff_in(rows))
    return tuple(_VIEW(row, names=names, mine=row.staff == actor.staff) for row in rows)


_VIEW = Projection(ViewShown, View, "mine", by=Staff("staff", GONE))


def _seats(table: Table, views: tuple[ViewShown, ...], mine: str) -> tuple[Seat, ...]:
    extra = [view.profession for view in views if view.profession not in table.quorum]
    first = {view.profession: view.given_at for view in reversed(views)}
    return tuple(
        Seat(profession, first.get(profession), profession == mine)
        for profession in dict.fromkeys([*table.quorum, *extra])
    )


def _staff(site: str, at: datetime) -> tuple[tuple[UUID, str, str], ...]:
    """Return who works in the unit: identifier, name and partner, each once."""
    return tuple({who.pk: (who.pk, who.name, who.partner) for who, _ in access_queries.unit_of(site, at=at)}.values())


def _decisions(opened: Opened) -> tuple[DecisionShown, ...]:
    """Return every decision about an opened case with its measures, the latest first: three statements."""
    if not opened.may_read(Compartment.RISK):
        return ()
    decisions = list(Decision.objects.of(opened).order_by("-decided_at"))
    measures = list(Measure.objects.of(opened).order_by("position", "pk"))
    names = access_queries.names_of(_DECISION.staff_in(decisions) | _MEASURE.staff_in(measures))
    return tuple(
        _DECISION(
            row,
            names=names,
            measures=tuple(_MEASURE(each, names=names) for each in measures if each.decision_id == row.pk),
        )
        for row in decisions
    )


_MEASURE = Projection(MeasureShown, Measure, owner=Staff("owner"))
_DECISION = Projection(
    DecisionShown,
    Decision,
    "measures",
    decided_by=Staff("decided_by", GONE),
    countersigned_by=Staff("countersigned_by"),
    quorum="quorum_present",
    closing=Through(closing_texts, *(text.name for text in CLOSING)),
)


@dataclass(frozen=True)
class CasePanels:
    """What a case shows of its panels: the item that is open, if any, and the decisions, the latest first."""

    case: UUID
    reference: str
    item: UUID | None
    sits_at: datetime | None
    decisions: tuple[DecisionShown, ...]


def panels_of_case(*, actor: Actor, case_id: UUID, at: datetime) -> CasePanels:
    """Return what a case shows of its panels, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    case = Case.objects.of(opened).only("reference", "site").get()
    item = Item.objects.of(opened).exclude(phase=Phase.DECIDED).select_related("sitting").first()
    decisions = _decisions(opened)
    audit.consulted(
        actor, "case.panels", at=at, file=case_id, compartments={Compartment.CORE.value, Compartment.RISK.value},
        fields=frozenset({"decisions"}), count=len(decisions),
    )  # fmt: skip
    return CasePanels(
        case=case.pk,
        reference=case.reference,
        item=item.pk if item else None,
        sits_at=item.sitting.starts_at if item else None,
        decisions=decisions,
    )
