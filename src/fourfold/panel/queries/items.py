"""One item as one member of the panel may see it now, and what a case shows of its panels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.assessment import queries as assessment_queries
from fourfold.assessment.queries import AssessmentRow
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer, CourseOfConduct, Level
from fourfold.panel import conflicts, gates, rules
from fourfold.panel.advice import advice
from fourfold.panel.conflicts import ASIDE
from fourfold.panel.models import Decision, Item, Measure, View
from fourfold.panel.queries.conflicts import asides_shown, at_table
from fourfold.panel.queries.table import ActSeen, acts_of, answers, course_of, level_of, signs_from, table_of
from fourfold.panel.terms import (
    Advice,
    AtTable,
    Certainty,
    MeasureKind,
    OrderConsidered,
    Phase,
    PlanClass,
    Strand,
    Table,
)
from fourfold.programme import queries as programme
from fourfold.programme.terms import PartnerPart


@dataclass(frozen=True)
class ViewShown:
    """A view that is open to the reader."""

    by: str
    profession: str
    level: Level | None
    certainty: str
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
    """A measure as it was decided."""

    strand: Strand
    what: str
    owner_partner: str
    owner: str
    due_on: date
    tell_victim_first: bool
    direct_work: bool
    kind: str = ""
    plan_class: str = ""


@dataclass(frozen=True)
class DecisionShown:
    """A decision as it was recorded."""

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
    want_of_capacity: str
    without_assessment: str
    alternatives_rejected: str
    dissent: str
    authority: str
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
    level: Level | None
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
    def agencies(self) -> tuple[tuple[str, str], ...]:
        """The agencies of the unit, code and name."""
        return tuple((partner.code, partner.name) for partner in self.partners)

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
    found = (
        Item.objects.visible_to(actor, at=at)
        .filter(pk=item_id)
        .select_related("sitting", "case__subject", "case__victim")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def item_page(*, actor: Actor, item_id: UUID, at: datetime) -> ItemPage:
    """Return an item with everything that this member of the panel may see of it now, or raise NotFound.

    Others' views, the assessments and the rules' advice stay shut until the reader's own view is in, or the views
    have been opened: each thinks alone before all think together. Thirty-three statements and the log's, however
    long the course of conduct.
    """
    item = item_to_decide(actor=actor, item_id=item_id, at=at)
    opened = access_queries.opened(actor, item.case_id, at=at)
    level = level_of(item.case.level)
    standing = assessment_queries.standings(opened, item.case.site, level, at=at)
    acts = acts_of(opened, at)
    signs = signs_from(standing, acts, level, at, subject_known=item.case.subject.known)
    investigated, resident = answers(opened)
    table = table_of(item, signs, at=at)
    views = _views(opened, item, actor)
    standing_at = at_table(opened, item, actor)
    shut = rules.why_not_see_views(table.phase, mine_is_in=any(view.mine for view in views)) or ""
    shut = ASIDE if standing_at.aside else shut
    _keep_account(actor, opened, item, shut, len(views), at)
    decisions = _decisions(opened)
    number, of = _place(actor, item, at)
    site = programme.site(item.sitting.site)
    return ItemPage(
        id=item.pk,
        sitting=item.sitting_id,
        site=item.sitting.site,
        starts_at=item.sitting.starts_at,
        number=number,
        of=of,
        case=item.case_id,
        reference=item.case.reference,
        title=_title(opened),
        level=level,
        phase=table.phase,
        version=item.version,
        shared=Shared(
            course=course_of(acts),
            worst=_worst(acts),
            not_known=_not_known(opened),
            assessments=() if shut else standing.latest,
            before=tuple(each for each in decisions if each.item != item.pk),
        ),
        seats=_seats(table, views, actor, item.sitting.site),
        views=tuple(view for view in views if view.mine) if shut else views,
        stated=() if shut else tuple(rules.stated_levels(table.views).items()),
        advice=None if shut else advice(signs, table, investigated, resident),
        gate=gates.why_not_direct_work(investigated, table, resident) or "",
        assessed=table.assessed,
        residents_only=table.residents_only,
        areas=tuple(area.name for area in site.areas_live(at.date())) if table.residents_only else (),
        decision=next((each for each in decisions if each.item == item.pk), None),
        partners=site.partners,
        staff=_staff(item.sitting.site, at),
        review_by=tuple(table.review_by.items()),
        why_not_see_views=shut,
        why_not_give_view=rules.why_not_give_view(
            table.phase, assessment_queries.profession_of(actor, item.sitting.site)
        )
        or conflicts.why_not_speak(standing_at)
        or "",
        why_not_open_views=rules.why_not_open_views(table.phase, table.quorum, table.views) or "",
        asides=asides_shown(opened, item, at=at),
        conflict=standing_at,
        may_decide=access_queries.may(actor, Permission.PANEL_DECIDE, site=item.sitting.site) and not standing_at.aside,
        may_make_minutes=access_queries.may(actor, Permission.DOCUMENT_MAKE, site=item.sitting.site),
    )


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
    """The place of an item among those of its sitting that the reader may see."""
    seen = Item.objects.visible_to(actor, at=at).filter(sitting=item.sitting_id).order_by("position", "pk")
    order = list(seen.values_list("pk", flat=True))
    return order.index(item.pk) + 1, len(order)


def _title(opened: Opened) -> str:
    case = Case.objects.of(opened).select_related("victim", "subject").get()
    subject = case.subject.name if opened.may_read(Compartment.SUBJECT_IDENTITY) else ""
    return f"{case.victim.name} / {subject}" if subject else case.victim.name


def _worst(acts: tuple[ActSeen, ...]) -> tuple[ActSeen, ...]:
    return tuple(sorted(acts, key=lambda act: (act.breach, act.seriousness, act.at), reverse=True)[:3])


def _not_known(opened: Opened) -> tuple[str, ...]:
    """The questions that the latest assessments left open: what the panel does not know, by name."""
    return assessment_queries.open_questions(opened)


def _views(opened: Opened, item: Item, actor: Actor) -> tuple[ViewShown, ...]:
    if not opened.may_read(Compartment.RISK):
        return ()
    found = list(View.objects.of(opened).filter(item=item).order_by("given_at", "pk"))
    names = access_queries.names_of(view.staff for view in found)
    return tuple(
        ViewShown(
            by=names.get(view.staff, "somebody who left"),
            profession=view.profession,
            level=level_of(view.level),
            certainty=Certainty(view.certainty).label if view.certainty else "",
            position=view.position,
            proposes=view.proposes,
            given_at=view.given_at,
            independent=view.independent,
            mine=view.staff == actor.staff,
        )
        for view in found
    )


def _seats(table: Table, views: tuple[ViewShown, ...], actor: Actor, site: str) -> tuple[Seat, ...]:
    mine = assessment_queries.profession_of(actor, site)
    extra = [view.profession for view in views if view.profession not in table.quorum]
    first = {view.profession: view.given_at for view in reversed(views)}
    return tuple(
        Seat(profession, first.get(profession), profession == mine)
        for profession in dict.fromkeys([*table.quorum, *extra])
    )


def _staff(site: str, at: datetime) -> tuple[tuple[UUID, str, str], ...]:
    """Who works in the unit: identifier, name and partner, each once."""
    return tuple({who.pk: (who.pk, who.name, who.partner) for who, _ in access_queries.unit_of(site, at=at)}.values())


def _decisions(opened: Opened) -> tuple[DecisionShown, ...]:
    """Every decision about an opened case with its measures, the latest first: three statements."""
    if not opened.may_read(Compartment.RISK):
        return ()
    found = list(Decision.objects.of(opened).order_by("-decided_at"))
    measures = list(Measure.objects.of(opened).order_by("position", "pk"))
    people = {row.decided_by for row in found} | {row.countersigned_by for row in found if row.countersigned_by}
    names = access_queries.names_of(people | {row.owner for row in measures if row.owner})
    return tuple(_shown(row, [each for each in measures if each.decision_id == row.pk], names) for row in found)


def _shown(row: Decision, measures: list[Measure], names: dict[UUID, str]) -> DecisionShown:
    return DecisionShown(
        item=row.item_id,
        decided_at=row.decided_at,
        decided_by=names.get(row.decided_by, "somebody who left"),
        formulation=row.formulation,
        level=Level(row.level),
        level_reason=row.level_reason,
        advised=level_of(row.advised),
        countersigned_by=names.get(row.countersigned_by, "") if row.countersigned_by else "",
        victim_safety=row.victim_safety,
        order_considered=OrderConsidered(row.order_considered),
        order_reason=row.order_reason,
        under_investigation=Answer(row.under_investigation),
        want_of_capacity=row.want_of_capacity,
        without_assessment=row.without_assessment,
        alternatives_rejected=row.alternatives_rejected,
        dissent=row.dissent,
        authority=row.authority,
        quorum=tuple(row.quorum_present),
        review_on=row.review_on,
        measures=tuple(_measure_shown(each, names) for each in measures),
    )


def _measure_shown(row: Measure, names: dict[UUID, str]) -> MeasureShown:
    return MeasureShown(
        strand=Strand(row.strand),
        what=row.what,
        owner_partner=row.owner_partner,
        owner=names.get(row.owner, "") if row.owner else "",
        due_on=row.due_on,
        tell_victim_first=row.tell_victim_first,
        direct_work=row.direct_work,
        kind=MeasureKind(row.kind).label if row.kind else "",
        plan_class=PlanClass(row.plan_class).label if row.plan_class else "",
    )


@dataclass(frozen=True)
class CasePanels:
    """What a case shows of its panels: the item that is open, if any, and the decisions, the latest first."""

    case: UUID
    reference: str
    item: UUID | None
    sits_at: datetime | None
    decisions: tuple[DecisionShown, ...]
    agencies: tuple[tuple[str, str], ...]


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
        agencies=tuple((partner.code, partner.name) for partner in programme.site(case.site).partners),
    )
