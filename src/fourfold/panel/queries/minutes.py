"""What an agency as such may be sent."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.models import Grant, Wall
from fourfold.access.projection import Projection, Through
from fourfold.access.scoping import in_force
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.cases.terms import Level
from fourfold.panel.minutes import Attendance, Line, Minutes, Position, Risk, moment
from fourfold.panel.models import Decision, Invitation, Item, Measure, View
from fourfold.panel.queries.attendance import GONE, recorded_of, standing_of
from fourfold.panel.queries.conflicts import aside_of, asides_shown
from fourfold.panel.terms import CLOSING, Came, Certainty, PlanClass, Strand, closing_texts
from fourfold.programme import queries as programme
from fourfold.programme.terms import PartnerPart


def open_to_partner(file: UUID, partner: str, *, at: datetime) -> frozenset[Compartment]:
    """Return the compartments of a file that are open to a partner as such: by its own control or by an agreement in
    force, and none at all where the partner is walled off."""
    running = Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))
    if Wall.objects.filter(running, file=file, partner=partner).exists():
        return frozenset()
    covered = Q(agreement__isnull=True) | in_force(at, "agreement__")
    masks = Grant.objects.filter(running, covered, file=file, partner=partner).values_list("compartments", flat=True)
    return frozenset(c for c in Compartment if any(c.bit & mask for mask in masks))


def minutes_for(opened: Opened, item: Item, partner: PartnerPart, *, at: datetime) -> Minutes:
    """Return what the minutes of a decided item say to one agency, or raise NotFound where nothing is open to it."""
    compartments = open_to_partner(opened.file, partner.code, at=at)
    decision = Decision.objects.of(opened).filter(item=item).first()
    if decision is None or Compartment.CORE not in compartments:
        raise NotFound
    measures = list(Measure.objects.of(opened).filter(decision=decision).order_by("position", "pk"))
    names = access_queries.names_of({decision.decided_by, *(row.owner for row in measures if row.owner)})
    return Minutes(
        reference=item.case.reference,
        partner=partner.name,
        sat_at=item.sitting.starts_at,
        decided_at=decision.decided_at,
        chair=names.get(decision.decided_by, ""),
        attendance=_attendance(opened, item, decision),
        measures=tuple(_line(row, names) for row in measures),
        risk=_risk(opened, item, decision, at) if Compartment.RISK in compartments else None,
    )


def _attendance(opened: Opened, item: Item, decision: Decision) -> Attendance:
    """Return who was at the sitting, as it was recorded there, and who was heard on an item. Five statements.

    Whoever stands aside is in none of the lists: that is said to those alone who may read what the panel thought.
    """
    aside = aside_of(item)
    asked = list(
        Invitation.objects.filter(sitting=item.sitting_id).exclude(staff__in=aside).order_by("profession", "pk")
    )
    views = View.objects.of(opened).filter(item=item).exclude(staff__in=aside).order_by("given_at", "profession", "pk")
    spoke = dict(views.values_list("staff", "profession"))
    recorded = recorded_of(item.sitting)
    people, others = standing_of(item.sitting)
    names = access_queries.names_of({*spoke, *(row.staff for row in asked), *(row.recorded_by for row in recorded)})
    came = {row.staff: Came(people[row.staff].came) if row.staff in people else _word_sent(row) for row in asked}

    def those(said: Came | None) -> tuple[str, ...]:
        return tuple(_person(names, row.staff, row.profession) for row in asked if came[row.staff] is said)

    def of(profession: str) -> tuple[str, ...]:
        """Return who of a profession attended; that nobody did only where that was recorded of each who was asked."""
        theirs = [row.staff for row in asked if row.profession == profession]
        here = [names.get(who, GONE) for who in theirs if came[who] is Came.ATTENDED]
        here += [name for name in others if profession.casefold() in name.casefold()]
        known = bool(recorded) and all(came[who] is not None for who in theirs)
        return tuple(here) or (("nobody" if known else "not recorded"),)

    professions = dict.fromkeys((*item.sitting.quorum, *decision.quorum_present, *spoke.values()))
    last = recorded[-1] if recorded else None
    return Attendance(
        attended=(*those(Came.ATTENDED), *others),
        apologies=those(Came.APOLOGIES),
        absent=those(Came.ABSENT),
        unrecorded=tuple(
            _person(names, row.staff, row.profession)
            for row in asked
            if came[row.staff] is None and row.staff != decision.decided_by
        ),
        views=tuple(_person(names, who, profession) for who, profession in spoke.items()),
        heard=tuple(
            (each, of(each), tuple(names.get(who, GONE) for who in spoke if spoke[who] == each)) for each in professions
        ),
        recorded=f"by {names.get(last.recorded_by, GONE)}, {moment(last.recorded_at)}" if last else "",
    )


def _word_sent(row: Invitation) -> Came | None:
    """Return what somebody said themselves where nobody recorded it at the sitting: an apology is theirs to send."""
    return Came.APOLOGIES if row.coming is False else None


def _person(names: dict[UUID, str], staff: UUID, profession: str) -> str:
    name = names.get(staff, GONE)
    return f"{name} ({profession})" if profession else name


def _line(row: Measure, names: dict[UUID, str]) -> Line:
    agency, person = programme.name_of(row.owner_partner), names.get(row.owner, "") if row.owner else ""
    return Line(
        row.what,
        f"{agency}, {person}" if person else agency,
        row.due_on,
        Strand(row.strand).words,
        PlanClass(row.plan_class).words if row.plan_class else "",
        row.tell_victim_first,
    )


_RISK = Projection(
    Risk,
    Decision,
    "positions",
    "asides",
    level=Through(lambda level: Level(level).words, "level"),
    order="order_considered",
    closing=Through(closing_texts, *(text.name for text in CLOSING)),
)


def _risk(opened: Opened, item: Item, decision: Decision, at: datetime) -> Risk:
    return _RISK(decision, positions=_positions(opened, item), asides=asides_shown(opened, item, at=at))


def _positions(opened: Opened, item: Item) -> tuple[Position, ...]:
    """Return each view as it was given, the earliest first: three statements."""
    found = list(View.objects.of(opened).filter(item=item).order_by("given_at", "profession", "pk"))
    names, aside = access_queries.names_of(view.staff for view in found), aside_of(item)
    return tuple(
        Position(
            profession=view.profession,
            by=names.get(view.staff, GONE),
            level=Level(view.level).words if view.level else "",
            words=view.position,
            proposes=view.proposes,
            standing=_standing(view, stood_aside=view.staff in aside),
        )
        for view in found
    )


def _standing(view: View, *, stood_aside: bool) -> str:
    parts = (
        Certainty(view.certainty).words if view.certainty else "",
        "" if view.independent else "after the views were opened",
        "stepped aside later, so this view does not count" if stood_aside else "",
    )
    return "".join(f"; {part}" for part in parts if part)
