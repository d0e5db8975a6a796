"""Whom an allegation may concern, what was decided about it, and which other allegations concern the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.models import Allegation
from fourfold.linkage import rules, weights
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Blocks, Candidate, Comparison, Confidence, Evidence, MatchNow, Traits, Verdict
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.rules import key_of, parse_birth
from fourfold.people.rules.records import sex_of
from fourfold.people.terms import InvalidBirth, MarkKind, Part, PersonDetails

MOST_COMPARED = 400
#: How strongly a match must be proposed for the walls around a person to stand around the allegation at once.
WALLED_WHEN = frozenset({Confidence.STRONG, Confidence.PROBABLE})
MOST_CANDIDATES = 10
MOST_TO_LEARN_FROM = 100_000
LEARNED = "match "
"""How the source of a mark begins that was learned from a confirmed match; the match's identifier follows."""

Person = Victim | Subject


def open_allegation(actor: Actor, allegation: Allegation, *, at: datetime) -> Opened:
    """Open an allegation for whoever may see it, or raise NotFound: foreign, walled off and absent look the same."""
    return access_queries.opened_at_site(actor, allegation.pk, allegation.site, allegation.controller, at=at)


def allegation(actor: Actor, allegation_id: UUID, *, at: datetime) -> Allegation:
    """Return an allegation for whoever may see it, or raise NotFound; for a page to hand to a service."""
    return opened_allegation(actor, allegation_id, at=at)[0]


def opened_allegation(actor: Actor, allegation_id: UUID, *, at: datetime) -> tuple[Allegation, Opened]:
    """Return an allegation with the key to what of it may be shown, or raise NotFound."""
    row = Allegation.objects.unscoped("opened in the next lines").filter(pk=allegation_id).first()
    if row is None:
        audit.refused(actor, "file.opened", at=at, rule="absent")
        raise NotFound
    return row, open_allegation(actor, row, at=at)


def people_of(allegation_id: UUID) -> tuple[Victim | None, Subject | None]:
    """Return whom an allegation concerns as confirmed now, for services that have opened it; one statement."""
    found: dict[str, Person] = {
        match.part: match.victim or match.subject  # type: ignore[misc]
        for match in _standing().filter(allegation=allegation_id).select_related("victim", "subject")
    }
    return found.get(Part.VICTIM), found.get(Part.SUBJECT)  # type: ignore[return-value]


def people_of_many(allegation_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Return the identifiers of victim and subject of each allegation as confirmed now; one statement."""
    rows = _standing().filter(allegation__in=set(allegation_ids)).values_list("allegation", "victim", "subject")
    pairs: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    for allegation, victim, subject in rows:
        before = pairs.get(allegation, (None, None))
        pairs[allegation] = (victim or before[0], subject or before[1])
    return pairs


def earlier_allegations(
    victim_id: UUID, subject_id: UUID | None, before: datetime | None = None
) -> QuerySet[Allegation]:
    """Return the allegations confirmed to concern this victim and this subject, oldest first.

    A subject of None: those of this victim, whoever did it. `before` keeps those told before that moment. For
    services; a page filters what its reader may see with `visible_to`.
    """
    found = Allegation.objects.unscoped("filtered by confirmed people").filter(
        pk__in=_standing().filter(victim=victim_id).values("allegation")
    )
    if subject_id is not None:
        found = found.filter(pk__in=_standing().filter(subject=subject_id).values("allegation"))
    if before is not None:
        found = found.filter(told_at__lt=before)
    return found.order_by("told_at", "id")


def allegations_of_pair(victim_id: UUID, subject_id: UUID) -> set[UUID]:
    """Return the allegations that concern this victim and this subject, or one of them while the other is not confirmed.

    For walls, which must stand around what a later confirmation would join; two statements.
    """
    either = _standing().filter(Q(victim=victim_id) | Q(subject=subject_id)).values_list("allegation", flat=True)
    pairs = people_of_many(either)
    return {
        allegation
        for allegation, (victim, subject) in pairs.items()
        if victim in (victim_id, None) and subject in (subject_id, None)
    }


def _standing() -> QuerySet[Match]:
    return Match.objects.unscoped("the caller has opened the allegation").filter(
        verdict=Verdict.SAME, undone_at__isnull=True
    )


def matches(
    actor: Actor, allegation: Allegation, *, at: datetime, opened: Opened | None = None
) -> tuple[MatchNow, ...]:
    """Return every decision on who an allegation concerns, undone ones too, newest first; one statement once `opened`."""
    opened = opened or open_allegation(actor, allegation, at=at)
    rows = Match.objects.of(opened).select_related("victim", "subject").order_by("-decided_at", "-recorded_at", "id")
    sees_subject = opened.may_read(Compartment.SUBJECT_IDENTITY)
    return tuple(_match_now(row, sees_subject) for row in rows)


def match(actor: Actor, match_id: UUID, *, at: datetime) -> Match:
    """Return one decision for whoever may open its allegation, or raise NotFound; for a service to act upon."""
    row = Match.objects.unscoped("opened in the next line").select_related("allegation").filter(pk=match_id).first()
    if row is None:
        raise NotFound
    open_allegation(actor, row.allegation, at=at)
    return row


def _match_now(row: Match, sees_subject: bool) -> MatchNow:
    person = row.victim or row.subject
    hidden = row.part == Part.SUBJECT and not sees_subject
    return MatchNow(
        id=row.pk,
        part=Part(row.part),
        verdict=Verdict(row.verdict),
        person=None if person is None or hidden else person.pk,
        name="" if person is None or hidden else person.name,
        reason=row.reason,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        undone_at=row.undone_at,
        undone_because=row.undone_because,
    )


# ---- candidates ---------------------------------------------------------------------------------------------------


def candidates(
    actor: Actor, allegation: Allegation, part: Part, *, at: datetime, opened: Opened | None = None
) -> list[Candidate]:
    """Return at most ten people on record whom one part of an allegation may concern, the most probable first.

    Only people of the allegation's site whom the actor may see: somebody behind a wall is not there. Values of the
    victim's numbers and addresses are left out for whoever may not see how to reach her; how they compare stays.
    Three statements and the log's once the allegation is `opened`.
    """
    opened = opened or open_allegation(actor, allegation, at=at)
    if part is Part.SUBJECT and Compartment.SUBJECT_IDENTITY not in opened.readable:
        return []
    told = told_of(allegation, part, on=at.date())
    found = _weighed(actor, allegation, part, told, at)
    shown = [_as_shown(each, part, opened) for each in found]
    audit.consulted(actor, "match.candidates", at=at, file=allegation.pk, compartments=_read(part), count=len(shown))
    return shown


def _read(part: Part) -> set[str]:
    return {str(Compartment.CORE if part is Part.VICTIM else Compartment.SUBJECT_IDENTITY)}


def candidate(actor: Actor, allegation: Allegation, part: Part, person_id: UUID, *, at: datetime) -> Candidate:
    """Return one person on record beside what an allegation tells, however they compare, or raise NotFound."""
    opened = open_allegation(actor, allegation, at=at)
    if part is Part.SUBJECT and Compartment.SUBJECT_IDENTITY not in opened.readable:
        raise NotFound
    row = _visible(actor, part, allegation.site, at).filter(pk=person_id).first()
    if row is None:
        raise NotFound
    told = told_of(allegation, part, on=at.date())
    [found] = _compared([row], told, part, allegation)
    audit.consulted(actor, "match.comparison", at=at, file=allegation.pk, compartments=_read(part), count=1)
    return _as_shown(found, part, opened)


def _weighed(actor: Actor, allegation: Allegation, part: Part, told: Traits, at: datetime) -> list[Candidate]:
    everybody = _visible(actor, part, allegation.site, at)
    named = everybody if part is Part.VICTIM else everybody.filter(known=True)
    people = _blocked(named, part, rules.blocks(told))
    found = [each for each in _compared(people, told, part, allegation) if each.comparison.confidence is not None]
    return sorted(found, key=lambda each: (-each.comparison.weight, each.name, each.id))[:MOST_CANDIDATES]


def _visible(actor: Actor, part: Part, site: str, at: datetime) -> QuerySet[Person]:
    if part is Part.VICTIM:
        return Victim.objects.visible_to(actor, at=at).filter(site=site)
    return Subject.objects.visible_to(actor, at=at).filter(site=site)


def _blocked(people: QuerySet[Person], part: Part, where: Blocks) -> list[Person]:
    """Return the people who share at least one thing with what was told, in one statement on indexed keys.

    Somebody whose family name sounds alike and of whom nothing else agrees is looked at only where another word of
    the name begins alike: nobody would be proposed otherwise.
    """
    alike = Q(birth_on__in=where.births) if where.births else Q()
    for heard in where.heard:
        alike |= Q(sound_key=heard.sound) & _one_begins(heard.initials)
    if where.marks:
        alike |= Q(pk__in=_owners(part, where.marks))
    return list(people.filter(alike)[:MOST_COMPARED]) if alike else []


def _one_begins(initials: tuple[str, ...]) -> Q:
    begins = Q()
    for letter in initials:
        begins |= Q(name_key__startswith=letter) | Q(name_key__contains=f" {letter}")
    return begins


def _owners(part: Part, marks: frozenset[tuple[MarkKind, str]]) -> QuerySet[VictimReach] | QuerySet[SubjectMark]:
    same = Q()
    for kind, key in sorted(marks):
        same |= Q(kind=kind, key=key)
    if part is Part.VICTIM:
        return VictimReach.objects.unscoped("compared").filter(same).values("victim")
    return SubjectMark.objects.unscoped("compared").filter(same).values("subject")


def _compared(people: list[Person], told: Traits, part: Part, allegation: Allegation) -> list[Candidate]:
    """Return each person with what speaks for and against; three statements, whatever the number of people."""
    if not people:
        return []
    of_site = weights.of_site(folder_of_weights(), allegation.site)
    marks = _marks_of(people, part)
    decided = _verdicts(allegation, part)
    return [
        Candidate(
            id=row.pk,
            part=part,
            name=row.name,
            birth_on=row.birth_on,
            comparison=rules.compare(told, _traits(row, marks[row.pk]), of_site),
            verdict=decided.get(row.pk),
        )
        for row in people
    ]


def likely_walled(site: str, *, at: datetime) -> Iterator[tuple[UUID, UUID]]:
    """Yield each allegation of a site beside somebody walled whom it probably concerns and nobody confirmed yet.

    Reads for nobody in particular: whoever is walled off must not decide what they are walled off from.
    """
    walled = access_queries.walled_files(at=at)
    for part in Part:
        people = _known_among(part, site, walled)
        if not people:
            continue
        marks, of_site = _marks_of(people, part), weights.of_site(folder_of_weights(), site)
        traits = [(row.pk, _traits(row, marks[row.pk])) for row in people]
        for allegation in _unconfirmed(part, site).iterator(chunk_size=500):
            told = told_of(allegation, part, on=at.date())
            for person, known in traits:
                if rules.compare(told, known, of_site).confidence in WALLED_WHEN:
                    yield allegation.pk, person


def _known_among(part: Part, site: str, files: Iterable[UUID]) -> list[Person]:
    if part is Part.VICTIM:
        return list(Victim.objects.unscoped("walls").filter(site=site, pk__in=files))
    return list(Subject.objects.unscoped("walls").filter(site=site, known=True, pk__in=files))


def _unconfirmed(part: Part, site: str) -> QuerySet[Allegation]:
    """Return the allegations that say something of this part and of whom nobody has confirmed who it is."""
    standing = Match.objects.unscoped("walls").filter(
        allegation=OuterRef("pk"), part=part, verdict=Verdict.SAME, undone_at__isnull=True
    )
    said = Q()
    for name in ("name", "birth", "phone", "email", "address"):
        said |= ~Q(**{f"{part}_{name}": ""})
    return Allegation.objects.unscoped("walls").filter(said, ~Exists(standing), site=site).order_by("pk")


def folder_of_weights() -> Path:
    """Return where the weights lie that sites have trained."""
    return Path(settings.FOURFOLD.data_dir) / "linkage"


def _traits(row: Person, marks: frozenset[tuple[MarkKind, str]]) -> Traits:
    name = " ".join(part for part in (row.given_name, row.other_names, row.family_name) if part)
    return Traits(name=name, birth_on=row.birth_on, sex=row.sex, marks=marks)


def _marks_of(people: list[Person], part: Part) -> dict[UUID, frozenset[tuple[MarkKind, str]]]:
    """Return what identifies each person besides the name, without what was learned from a match undone since."""
    owner, table = ("victim_id", VictimReach) if part is Part.VICTIM else ("subject_id", SubjectMark)
    rows = list(
        table.objects.unscoped("compared, never shown")
        .filter(**{f"{owner}__in": [row.pk for row in people]})
        .exclude(key="")
        .values_list(owner, "kind", "key", "source")
    )
    undone = _undone(source for *_, source in rows)
    found: dict[UUID, set[tuple[MarkKind, str]]] = defaultdict(set)
    for person, kind, key, source in rows:
        if source not in undone:
            found[person].add((MarkKind(kind), key))
    return defaultdict(frozenset, {person: frozenset(marks) for person, marks in found.items()})


def _undone(sources: Iterable[str]) -> set[str]:
    learned = {source for source in sources if source.startswith(LEARNED)}
    if not learned:
        return set()
    rows = Match.objects.unscoped("only whether they stand").filter(
        pk__in=[UUID(source.removeprefix(LEARNED)) for source in learned], undone_at__isnull=False
    )
    return {learned_from(pk) for pk in rows.values_list("pk", flat=True)}


def learned_from(match_id: UUID) -> str:
    """Return the source of a mark that was learned from a match."""
    return f"{LEARNED}{match_id.hex}"


def _verdicts(allegation: Allegation, part: Part) -> dict[UUID, Verdict]:
    """Return what stands decided about each person for this part, the newest decision counting."""
    rows = (
        Match.objects.unscoped("the allegation was opened")
        .filter(allegation=allegation, part=part, undone_at__isnull=True)
        .order_by("decided_at", "recorded_at")
        .values_list("victim", "subject", "verdict")
    )
    return {victim or subject: Verdict(verdict) for victim, subject, verdict in rows}


def told_of(allegation: Allegation, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of its victim or subject, normalised; what cannot be read is not known."""
    side = str(part)
    given = {
        name: getattr(allegation, f"{side}_{name}") for name in ("name", "birth", "sex", "phone", "email", "address")
    }
    marks = {(kind, key_of(kind, given[str(kind)])) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)}
    if part is Part.SUBJECT:
        marks |= {(MarkKind.VEHICLE, key_of(MarkKind.VEHICLE, plate)) for plate in rules.plates_in(allegation.words)}
    return Traits(
        name=given["name"] if rules.is_name(given["name"]) else "",
        birth_on=readable_birth(given["birth"], on=on),
        sex=sex_of(given["sex"]),
        marks=frozenset((kind, key) for kind, key in marks if key),
    )


def details_of(allegation: Allegation, part: Part, *, on: date) -> PersonDetails:
    """Return what an allegation that was opened tells of a person, as people's records take it. No statement.

    Words that are no name (“unknown male”) and a day that no calendar has are left out: they stay as they were told.
    """
    name, birth = getattr(allegation, f"{part}_name"), getattr(allegation, f"{part}_birth")
    return PersonDetails(
        name=name if rules.is_name(name) else "",
        birth=birth if readable_birth(birth, on=on) else "",
        sex=getattr(allegation, f"{part}_sex"),
        phone=getattr(allegation, f"{part}_phone"),
        email=getattr(allegation, f"{part}_email"),
        address=getattr(allegation, f"{part}_address"),
        relationship=allegation.relationship,
    )


def told_at(site: str, *, on: date) -> Iterator[Traits]:
    """Yield what the newest 100,000 allegations of a site tell of their victims and subjects: to count, never to show."""
    rows = Allegation.objects.unscoped("counted, never shown").filter(site=site).order_by("-told_at", "id")
    for row in rows[:MOST_TO_LEARN_FROM].iterator(chunk_size=2_000):
        for part in Part:
            traits = told_of(row, part, on=on)
            if traits != Traits(sex=traits.sex):
                yield traits


def readable_birth(text: str, *, on: date) -> date | None:
    """Return a day of birth as told, or None where it is no day: the words stay in the allegation."""
    try:
        return parse_birth(text, on=on)
    except InvalidBirth:
        return None


REACHES = frozenset({"phone", "email", "address"})


def _as_shown(found: Candidate, part: Part, opened: Opened) -> Candidate:
    if part is Part.SUBJECT or Compartment.VICTIM_CONTACT in opened.readable:
        return found
    comparison = found.comparison
    without = tuple(without_reach(each) for each in comparison.evidence)
    shown = Comparison(comparison.weight, comparison.probability, comparison.confidence, without)
    return Candidate(found.id, found.part, found.name, found.birth_on, shown, found.verdict)


def without_reach(evidence: Evidence) -> Evidence:
    """Return evidence without the values of a number or an address: how they compare is all that is said."""
    if evidence.field not in REACHES:
        return evidence
    told, known = ("told" if evidence.as_told else "", "known" if evidence.on_record else "")
    return Evidence(evidence.field, told, known, evidence.comparison, evidence.weight)
