"""A case of Northmoor's with acts, and a sitting before which it comes: what the tests below decide about."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.models import Wall
from fourfold.access.terms import RelationKind, Side
from fourfold.audit.services import recorded
from fourfold.cases.models import Case, CaseAct, StateSet
from fourfold.cases.terms import Level, State
from fourfold.intake.models import Allegation
from fourfold.panel import services as panel
from fourfold.panel.models import Item
from fourfold.panel.terms import DecisionDraft, MeasureDraft, Strand
from fourfold.people.models import Subject, Victim
from tests.cast import NOW, Cast
from tests.remembered import remembered

HELD = {"controller": "northmoor-police", "basis": "police.law_enforcement", "source": "test"}


def held(cast: Cast, at: datetime = NOW) -> dict[str, object]:
    """Return the columns that say who holds a row."""
    return {**HELD, "recorded_at": at, "recorded_by": cast.staff["officer"].pk}


@remembered
def open_case(cast: Cast, *, acts: int = 3, breaches: int = 0, opened_at: datetime = NOW - timedelta(days=200)) -> Case:
    """Open a case with acts a week apart, the last of them yesterday, for every partner of the unit."""
    with recorded(cast.officer, "case.made", at=opened_at):
        victim = Victim.objects.create(site="northmoor", given_name="Vera", family_name="Inventa", **held(cast))
        subject = Subject.objects.create(
            site="northmoor", given_name="Sven", family_name="Fictus", birth_on=date(1981, 4, 2), **held(cast)
        )
        case = Case.objects.create(
            site="northmoor", victim=victim, subject=subject, opened_at=opened_at, acts=acts, **held(cast, opened_at)
        )
        StateSet.objects.create(case=case, state=State.OPEN, entered_at=opened_at, **held(cast, opened_at))
        access.grant_file(actor=cast.officer, file=case.pk, site="northmoor", at=opened_at)
    for number in range(acts):
        add_act(cast, case, NOW - timedelta(days=1 + 7 * number), breach=number < breaches)
    return case


def add_act(cast: Cast, case: Case, at: datetime, *, breach: bool = False) -> CaseAct:
    """Join one more act to a case, as the desk would."""
    allegation = Allegation.objects.create(
        site=case.site,
        channel="feed",
        reference=f"T/{case.pk}/{at:%Y%m%d%H%M}",
        told_at=at,
        received_at=at,
        urgency="routine",
        recorded_class="8L",
        behaviours=["contacts"],
        breach_of=UUID(int=1) if breach else None,
        at_desk=False,
        **held(cast, at),
    )
    breach_at = at if breach else None
    return CaseAct.objects.create(
        case=case, allegation=allegation, happened_at=at, joined_at=at, breach_at=breach_at, **held(cast, at)
    )


def wall_off(cast: Cast, name: str, case: Case) -> None:
    """Wall one of the cast off a case."""
    Wall.objects.create(
        file=case.pk, staff=cast.staff[name], kind="assigned", from_at=NOW - timedelta(hours=1),
        set_by=cast.staff["governance"].pk,
    )  # fmt: skip


def relate(cast: Cast, name: str, case: Case, kind: RelationKind, side: Side = Side.NONE) -> None:
    """Let one of the cast stand to a case in some way."""
    access.relate(actor=cast.coordinator, file=case.pk, staff=cast.staff[name].pk, kind=kind, side=side, at=NOW)


def bring_before_panel(cast: Cast, *cases: Case, at: datetime = NOW) -> Item:
    """Call a sitting for the day after tomorrow, and return the item of the first case."""
    sitting = panel.convene(
        actor=cast.coordinator,
        site="northmoor",
        starts_at=datetime.combine(at.date() + timedelta(days=2), time(14), tzinfo=at.tzinfo),
        chair=cast.staff["chair"].pk,
        cases=cases,
        at=at,
    )
    return Item.objects.unscoped("test").select_related("case", "sitting").get(sitting=sitting, case=cases[0])


SPEAKERS = ("officer", "clinician", "outreach", "advocate")


def hear(cast: Cast, item: Item, *names: str, level: Level = Level.HIGH, at: datetime = NOW) -> None:
    """Let some of the professions, or all four, give their view."""
    for name in names or SPEAKERS:
        panel.give_view(
            actor=cast.actor(name), item=item, level=level, position=f"The {name} worries about the nights.", at=at
        )


def ready_to_decide(cast: Cast, case: Case | None = None, **more: object) -> Item:
    """Return an item whose four views are in and open."""
    item = bring_before_panel(cast, case or open_case(cast, **more))  # type: ignore[arg-type]
    hear(cast, item)
    return panel.open_views(actor=cast.chair, item=item, at=NOW)


def measure(strand: Strand = Strand.VICTIM_SAFETY, **changes: object) -> MeasureDraft:
    """Return a measure that lacks nothing, with `changes`."""
    whole = {
        "strand": strand,
        "what": "Agree a safe way home",
        "owner_partner": "northmoor-advocacy",
        "due_on": NOW.date() + timedelta(days=3),
    }
    return MeasureDraft(**{**whole, **changes})  # type: ignore[arg-type]


def decision(**changes: object) -> DecisionDraft:
    """Return a decision that lacks nothing, with `changes`."""
    whole = {
        "formulation": "A rejected former partner whose acts quicken after each limit.",
        "level": "high",
        "victim_safety": "She is told before any step, by text, by her advocate.",
        "order_considered": "yes",
        "order_reason": "The acts go on after a warning.",
        "measures": (measure(), measure(Strand.LEGAL, what="Apply for the order", owner_partner="northmoor-police")),
        "review_on": NOW.date() + timedelta(days=6),
        "without_assessment": "It cannot wait for one.",
    }
    return DecisionDraft(**{**whole, **changes})  # type: ignore[arg-type]
