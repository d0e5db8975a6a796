"""Whose contact somebody reads at the desk, and what waits for them because of it.

A number that a report tells says whose it is. So it is compared only for whoever reads how that victim is reached: the
officer in the victim's case and the victim's advocate. What the desk cannot see waits for them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.conditions import Among, IsThere
from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import opens
from fourfold.access.statements import Call, Texts, composed
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, PartnerKind, Permission, RelationKind, Role
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, NameSound
from fourfold.cases.queries.possible_courses import reports_ahead, subjects_open_to
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match, Proposal
from fourfold.linkage.queries import weights_of
from fourfold.linkage.queries.weighing import REACHES
from fourfold.linkage.rules import probability_of
from fourfold.linkage.terms import Verdict
from fourfold.people import queries as people
from fourfold.people.rules.looked_for import is_mark
from fourfold.people.rules.name_search import LIKE_ENOUGH, likeness, sounds_to_look_for
from fourfold.people.terms import Part, People

INSIDE = "scoped by the allegation and by the victim's case in these lines"


@dataclass(frozen=True)
class ToCompare:
    """A report that may concern a victim by what nobody else at the desk may compare."""

    allegation: UUID
    reference: str
    victim: UUID
    name: str
    told_at: datetime


def reached(*, actor: Actor, at: datetime, among: Collection[UUID] | None = None) -> frozenset[UUID]:
    """Return the victims (`among` some) whose contact the actor reads; one statement, none for whoever reads nobody's."""
    kinds = _kinds(actor)
    if not kinds or (among is not None and not among):
        return frozenset()
    more = {} if among is None else {"victims": tuple(among)}
    return frozenset(victim for (victim,) in _victims_reached(actor, at, kinds, **more))


def reached_at_all(*, actor: Actor, at: datetime) -> bool:
    """Return whether there is a victim whose contact the actor reads; one statement, which looks for the first."""
    kinds = _kinds(actor)
    return bool(kinds and _one_reached(actor, at, kinds))


@composed
def _victims_reached(
    actor: Actor, at: datetime, kinds: tuple[RelationKind, ...], victims: Any = None
) -> QuerySet[Case, Any]:
    own = _cases(actor, at, kinds)
    return (own if victims is None else own.filter(victim__in=victims)).values_list("victim")


@composed
def _one_reached(actor: Actor, at: datetime, kinds: tuple[RelationKind, ...]) -> QuerySet[Case, Any]:
    return _cases(actor, at, kinds).values_list("victim")[:1]


def people_found(words: str, *, actor: Actor, at: datetime, everyone: bool = False) -> People:
    """Return whom some words find, as `people.queries.found` does: by what reaches a victim only where the actor reads it.

    And by the name that a report gives somebody who is confirmed to be the one it means. Three statements more at most.
    """
    told = _called_so(words, actor, at)
    return people.found(words, actor=actor, at=at, reached=_reached_by(actor), told=told, everyone=everyone)


def found_ahead(words: str, actor: Actor, at: datetime) -> tuple[Call, ...]:
    """Return what `people_found` and `reports_found` ask of a name whatever is found, to be run ahead."""
    if not access_queries.may(actor, Permission.ALLEGATION_VIEW) or not words.strip():
        return ()
    marks = people.marks_ahead(words, actor, at, _reached_by(actor))
    if is_mark(words):
        return marks
    sounds = Texts(sounds_to_look_for(words))
    return (*marks, _sounding_so.call(actor, at, sounds=sounds), *reports_ahead(actor, at, sounds))


def _reached_by(actor: Actor) -> people.Reached | None:
    return _reached if _kinds(actor) else None


def _reached(actor: Actor, at: datetime) -> QuerySet[Case, Any]:
    own = _cases(actor, at, _kinds(actor))
    if Compartment.VICTIM_CONTACT not in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        own = own.filter(opens(actor, Compartment.VICTIM_CONTACT, at=at))
    return own.values("victim")


def _called_so(words: str, actor: Actor, at: datetime) -> frozenset[UUID]:
    """Return whom a report that the actor may see calls nearly as typed, confirmed to mean them; two statements at most.

    The name of a subject finds only where the report's subject is open to the actor.
    """
    if not access_queries.may(actor, Permission.ALLEGATION_VIEW) or not words.strip() or is_mark(words):
        return frozenset()
    sees_subject = subjects_open_to(actor, at)
    return frozenset(
        row.victim_id or row.subject_id
        for row in _sounding_so(actor, at, sounds=Texts(sounds_to_look_for(words)))
        if (row.part == Part.VICTIM or sees_subject(row.allegation)) and _is_called(words, row)
    )


@composed
def _sounding_so(actor: Actor, at: datetime, sounds: Any) -> QuerySet[Any]:
    heard = "allegation__summary__sounds"
    # Asked of each that sounds so: as a list it would be every report that the actor may see, for each search.
    open_to_them = Exists(Allegation.objects.visible_to(actor, at=at).filter(pk=OuterRef("allegation")))
    # What sounds so is found once, first: PostgreSQL would compare all that was told with every sound for each match.
    so = NameSound.objects.unscoped(INSIDE).filter(sound__in=sounds).values("pk")
    named = Match.objects.unscoped(INSIDE).filter(
        open_to_them,
        Q(Among(heard, so)),
        **{f"{heard}__part": F("part")},
        verdict=Verdict.SAME,
        undone_at__isnull=True,
    )
    read = named.select_related("allegation").annotate(other_name=F(f"{heard}__other_name"))
    return read.only("part", "victim", "subject", *(f"allegation__{name}" for name in _NAMED_IN))


_NAMED_IN = ("victim_name", "subject_name", "site", "controller")


def _is_called(words: str, match: Any) -> bool:
    told = match.allegation.victim_name if match.part == Part.VICTIM else match.allegation.subject_name
    return likeness(words, f"{match.other_name} {told}".strip()) >= LIKE_ENOUGH


def to_compare(*, actor: Actor, at: datetime) -> tuple[ToCompare, ...]:
    """Return the reports at the desk that only how a victim is reached brings to one whose contact the actor reads.

    The oldest first, without what somebody has decided. One statement and the log's; none for whoever reads nobody's.
    """
    if not (kinds := _kinds(actor)):
        return ()
    found = [row for row in _to_compare(actor, at, kinds) if _desk_is_blind(row)]
    audit.consulted(actor, "match.to_compare", at=at, compartments={"core", "victim_contact"}, count=len(found))
    return tuple(
        ToCompare(row.allegation_id, row.allegation.reference, row.victim_id, row.victim.name, row.allegation.told_at)
        for row in found
    )


def compared_ahead(actor: Actor, at: datetime) -> tuple[Call, ...]:
    """Return what `to_compare` and `reached_at_all` ask, to be run ahead."""
    kinds = _kinds(actor)
    return (_to_compare.call(actor, at, kinds), *reached_ahead(actor, at)) if kinds else ()


def reached_ahead(actor: Actor, at: datetime, among: tuple[UUID, ...] | None = None) -> tuple[Call, ...]:
    """Return what `reached_at_all` asks, or `reached` of some, to be run ahead."""
    if among == () or not (kinds := _kinds(actor)):
        return ()
    asked = _one_reached if among is None else _victims_reached
    return (asked.call(actor, at, kinds, **({} if among is None else {"victims": among})),)


@composed
def _to_compare(actor: Actor, at: datetime, kinds: tuple[RelationKind, ...]) -> QuerySet[Any]:
    decided = Match.objects.unscoped("only whether somebody decided").filter(
        Q(victim=OuterRef("victim")) | Q(verdict=Verdict.SAME),
        allegation=OuterRef("allegation"), part=Part.VICTIM, undone_at__isnull=True,
    )  # fmt: skip
    told = Allegation.objects.visible_to(actor, at=at).filter(at_desk=True)
    # Asked of the few that are proposed: as a list, each of the actor's own cases would be looked at through its door.
    own = Exists(_cases(actor, at, kinds).filter(victim=OuterRef("victim")))
    waits = IsThere(told.filter(pk=OuterRef("allegation")))
    rows = Proposal.objects.unscoped(INSIDE).filter(~Exists(decided), own, waits)
    rows = rows.select_related("allegation", "victim").annotate(site=F("allegation__site"))
    return rows.order_by("recorded_at", "id")[:WHOLE]


def _desk_is_blind(row: Any) -> bool:
    """Return whether what the desk may read does not propose the victim."""
    weights = weights_of(row.site)
    seen = sum(each["weight"] for each in row.evidence if each["field"] not in REACHES)
    return probability_of(seen, weights.prior) < weights.thresholds.possible


def _kinds(actor: Actor) -> tuple[RelationKind, ...]:
    officer = actor.partner_kind == PartnerKind.POLICE and Role.POLICE_OFFICER in actor.roles
    advocate = Role.VICTIM_ADVOCATE in actor.roles
    return (*((RelationKind.OIC,) if officer else ()), *((RelationKind.ADVOCATE,) if advocate else ()))


def _cases(actor: Actor, at: datetime, kinds: tuple[RelationKind, ...]) -> QuerySet[Case]:
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    mine = Relation.objects.filter(running, staff_id=actor.staff, kind__in=kinds, from_at__lte=at)
    # Begun at the actor's own few: asked of each case, it is every case of the country.
    return Case.objects.visible_to(actor, at=at).filter(pk__in=mine.values("file"))
