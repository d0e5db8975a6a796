"""Whom an allegation may concern, what was decided about it, and which other allegations concern the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, NotFound, Opened, PartnerKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, FurtherPerson, Version
from fourfold.linkage import finding, rules, weights
from fourfold.linkage.models import KeptApart, Match, Proposal, SameProposed
from fourfold.linkage.terms import (
    Candidate,
    Confidence,
    Evidence,
    JoinedOrParted,
    LinksToConfirm,
    MatchNow,
    MayBeOne,
    MayBeOnePage,
    ToConfirm,
    Traits,
    TwoRecords,
    Verdict,
    Weights,
)
from fourfold.people.models import SamePerson, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.merged import subjects_open_to
from fourfold.people.queries.same import decisions, records_of
from fourfold.people.rules import key_of, parse_birth
from fourfold.people.rules.records import sex_of
from fourfold.people.terms import InvalidBirth, MarkKind, Part, PersonDetails

#: How strongly a match must be proposed for the walls around a person to stand around the allegation at once.
WALLED_WHEN = frozenset({Confidence.STRONG, Confidence.PROBABLE})
MOST_CANDIDATES = 10
PAGE = 50
MOST_TO_LEARN_FROM, READ_AT_ONCE = 100_000, 2_000
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

    A subject of None: those of this victim, whoever did it. `before` keeps those told before that moment. Records that
    were found to be one person count as one, from then on until that is undone. For services; a page filters what its
    reader may see with `visible_to`.
    """
    found = Allegation.objects.unscoped("filtered by confirmed people").filter(
        pk__in=_standing().filter(victim__in=records_of(victim_id)).values("allegation")
    )
    if subject_id is not None:
        found = found.filter(pk__in=_standing().filter(subject__in=records_of(subject_id)).values("allegation"))
    if before is not None:
        found = found.filter(told_at__lt=before)
    return found.order_by("told_at", "id")


def allegations_of_pair(victim_id: UUID, subject_id: UUID) -> set[UUID]:
    """Return the allegations that concern this victim and this subject, or one of them while the other is not confirmed.

    For walls, which must stand around what a later confirmation would join; four statements.
    """
    victims, subjects = records_of(victim_id), records_of(subject_id)
    either = _standing().filter(Q(victim__in=victims) | Q(subject__in=subjects)).values_list("allegation", flat=True)
    return {
        allegation
        for allegation, (victim, subject) in people_of_many(either).items()
        if victim in {*victims, None} and subject in {*subjects, None}
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
    Six statements and the log's once the allegation is `opened`.
    """
    opened = opened or open_allegation(actor, allegation, at=at)
    if part is Part.SUBJECT and Compartment.SUBJECT_IDENTITY not in opened.readable:
        return []
    [told] = intake.as_told_last([allegation])
    likely = weighed(allegation.site, part, told_of(told, part, on=at.date()))
    found = _seen(actor, allegation, part, likely, at) if likely else []
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
    if not _visible(actor, part, allegation.site, at).filter(pk=person_id).exists():
        raise NotFound
    [last] = intake.as_told_last([allegation])
    told, decided = told_of(last, part, on=at.date()), _verdicts(allegation, part)
    [compared] = _compared(finding.known(part, [person_id], named=False), told, part, allegation.site)
    found = replace(compared, verdict=decided.get(person_id))
    audit.consulted(actor, "match.comparison", at=at, file=allegation.pk, compartments=_read(part), count=1)
    return _as_shown(found, part, opened)


def weighed(site: str, part: Part, told: Traits) -> list[Candidate]:
    """Return those of a site who share a key with what was told and may be meant, scored, the most probable first.

    For nobody in particular: `candidates` keeps whom the reader may see. Three statements, each answered by an index.
    """
    compared = _compared(finding.sharing(site, part, told), told, part, site)
    found = [each for each in compared if each.comparison.confidence is not None]
    return sorted(found, key=lambda each: (-each.comparison.weight, each.name, each.id))


def _seen(actor: Actor, allegation: Allegation, part: Part, found: list[Candidate], at: datetime) -> list[Candidate]:
    """Keep the ten most probable whom the actor may see, with what stands decided about each; two statements."""
    visible = _visible(actor, part, allegation.site, at).filter(pk__in=[each.id for each in found])
    seen, decided = set(visible.values_list("pk", flat=True)), _verdicts(allegation, part)
    shown = [each for each in found if each.id in seen][:MOST_CANDIDATES]
    return [replace(each, verdict=decided.get(each.id)) for each in shown]


def _visible(actor: Actor, part: Part, site: str, at: datetime) -> QuerySet[Person]:
    if part is Part.VICTIM:
        return Victim.objects.visible_to(actor, at=at).filter(site=site)
    return Subject.objects.visible_to(actor, at=at).filter(site=site)


def _compared(people: list[finding.Known], told: Traits, part: Part, site: str) -> list[Candidate]:
    """Return each person with what speaks for and against, without what was learned from a match undone since."""
    undone = _undone(source for each in people for _, _, source in each.sources)
    model = weights_of(site)
    return [
        Candidate(
            id=each.id,
            part=part,
            name=each.name,
            birth_on=each.traits.birth_on,
            comparison=rules.compare(told, _without(each, undone), model),
        )
        for each in people
    ]


def _without(person: finding.Known, undone: set[str]) -> Traits:
    if not undone:
        return person.traits
    marks = frozenset((kind, key) for kind, key, source in person.sources if source not in undone)
    return replace(person.traits, marks=marks)


def two_records(actor: Actor, part: Part, one: UUID, other: UUID, *, at: datetime) -> TwoRecords:
    """Return two records of one site side by side for whoever may see both, or raise NotFound."""
    site = site_of_both(actor, part, one, other, at=at)
    left, right = finding.known(part, [one, other], named=False)
    found = rules.compare(left.traits, right.traits, weights_of(site))
    evidence = found.evidence if part is Part.SUBJECT else tuple(without_reach(each) for each in found.evidence)
    decided = tuple(_joined_or_parted(row) for row in decisions(one, other))
    first, second = sorted((one, other))
    apart = KeptApart.objects.unscoped("both records were opened").filter(first=first, second=second)
    kept_apart = tuple(_joined_or_parted(row) for row in apart.order_by("-decided_at", "id"))
    audit.consulted(actor, "people.compared", at=at, file=one, compartments=_read(part), count=2)
    return TwoRecords(
        part=part,
        one=one,
        other=other,
        names=(left.name, right.name),
        births=(left.traits.birth_on, right.traits.birth_on),
        comparison=replace(found, evidence=evidence),
        are_one=any(each.undone_at is None for each in decided),
        decided=decided,
        kept_apart=kept_apart,
    )


def _any_visible(actor: Actor, part: Part, at: datetime) -> QuerySet[Person]:
    if part is Part.VICTIM:
        return Victim.objects.visible_to(actor, at=at)
    if Compartment.SUBJECT_IDENTITY not in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        raise NotFound
    return Subject.objects.visible_to(actor, at=at)


def _joined_or_parted(row: SamePerson | KeptApart) -> JoinedOrParted:
    return JoinedOrParted(row.decided_at, row.decided_by, row.reason, row.undone_at, row.undone_by, row.undone_because)


def site_of_both(actor: Actor, part: Part, one: UUID, other: UUID, *, at: datetime) -> str:
    """Return the one site at which two records lie, for whoever may see both, or raise NotFound."""
    sites = dict(_any_visible(actor, part, at).filter(pk__in={one, other}).values_list("pk", "site"))
    if len(sites) != 2 or len(set(sites.values())) != 1:
        raise NotFound
    return sites[one]


def on_record(site: str, part: Part, *, among: Collection[UUID] | None = None) -> Iterator[tuple[UUID, Traits]]:
    """Yield everybody on record at a site as they are compared, or some of them: for nobody in particular.

    Without subjects whom nobody can name, and without what was learned from a match undone since.
    """
    table: Any = Victim if part is Part.VICTIM else Subject
    rows = table.objects.unscoped("compared, never shown").filter(site=site)
    ids = iter(among) if among is not None else rows.order_by("pk").values_list("pk", flat=True).iterator()
    while some := list(islice(ids, READ_AT_ONCE)):
        people = finding.known(part, some)
        undone = _undone(source for each in people for _, _, source in each.sources)
        yield from ((each.id, _without(each, undone)) for each in people)


def may_be_one(actor: Actor, *, at: datetime, after: UUID | None = None) -> MayBeOnePage:
    """Return fifty pairs of records that the run over everybody takes for one person, the most likely first.

    Only where the actor may see both records; without those that are one person already or that somebody keeps apart.
    Three statements and the log's; four with `after`.
    """
    victims, subjects = Victim.objects.visible_to(actor, at=at), subjects_open_to(actor, at)
    both = Q(first__in=victims.values("pk"), second__in=victims.values("pk"))
    both |= Q(first__in=subjects.values("pk"), second__in=subjects.values("pk"))
    pair = {"first": OuterRef("first"), "second": OuterRef("second"), "undone_at__isnull": True}
    joined = SamePerson.objects.unscoped("only whether it is settled").filter(**pair)
    apart = KeptApart.objects.unscoped("only whether it is settled").filter(**pair)
    found = SameProposed.objects.unscoped("scoped by both records in this line").filter(
        both, ~Exists(joined), ~Exists(apart), ended_at__isnull=True
    )
    if after and (last := SameProposed.objects.unscoped("where a page begins").filter(pk=after).first()):
        found = found.filter(Q(weight__lt=last.weight) | Q(weight=last.weight, id__gt=last.pk))
    shown = list(found.order_by("-weight", "id")[: PAGE + 1])
    listed = shown[:PAGE]
    ids = {each for row in listed for each in (row.first, row.second)}
    people = {row.pk: row for table in (victims, subjects) for row in table.filter(pk__in=ids)}
    audit.consulted(actor, "people.may_be_one", at=at, compartments={str(Compartment.CORE)}, count=len(listed))
    return MayBeOnePage(
        tuple(_may_be_one(row, people[row.first], people[row.second]) for row in listed),
        listed[-1].pk if len(shown) > PAGE else None,
    )


def _may_be_one(row: SameProposed, one: Person, other: Person) -> MayBeOne:
    return MayBeOne(
        id=row.pk,
        part=Part(row.part),
        one=row.first,
        other=row.second,
        names=(one.name, other.name),
        births=(one.birth_on, other.birth_on),
        probability=row.probability,
        found_at=row.recorded_at,
    )


def likely_walled(site: str, *, at: datetime, among: Collection[UUID] | None = None) -> Iterator[tuple[UUID, UUID]]:
    """Yield each allegation of a site beside somebody walled whom it probably concerns and nobody confirmed yet.

    `among` keeps to some allegations, a thousand at most. Reads for nobody in particular: whoever is walled off must
    not decide what they are walled off from.
    """
    walled = access_queries.walled_files(at=at)
    for part in Part:
        people = _known_among(part, site, walled)
        if not people:
            continue
        marks, of_site = _marks_of(people, part), weights_of(site)
        traits = [(row.pk, _traits(row, marks[row.pk])) for row in people]
        for told, allegation in _told_first_and_last(_unconfirmed(part, site, among), part, at.date()):
            for person, known in traits:
                if rules.compare(told, known, of_site).confidence in WALLED_WHEN:
                    yield allegation, person
        for further in _further(part, site, among).iterator(chunk_size=500):
            told = told_of_further(further, part, on=at.date())
            for person, known in traits:
                if rules.compare(told, known, of_site).confidence in WALLED_WHEN:
                    yield further.allegation_id, person


def _told_first_and_last(allegations: QuerySet[Allegation], part: Part, on: date) -> Iterator[tuple[Traits, UUID]]:
    """Yield whom each allegation tells of, and once more where a later version tells of another: either may be walled."""
    rows = allegations.iterator(chunk_size=500)
    while some := list(islice(rows, 500)):
        for row, last in zip(some, intake.as_told_last(some), strict=True):
            yield from ((told, row.pk) for told in {told_of(row, part, on=on), told_of(last, part, on=on)})


def _further(part: Part, site: str, among: Collection[UUID] | None) -> QuerySet[FurtherPerson]:
    """Return whoever else is told of in this part; nobody confirms who they are, so they count for as long as they stand."""
    told = FurtherPerson.objects.unscoped("walls").filter(allegation__site=site, role=str(part))
    return (told if among is None else told.filter(allegation__in=among)).order_by("pk")


def _known_among(part: Part, site: str, files: Iterable[UUID]) -> list[Person]:
    if part is Part.VICTIM:
        return list(Victim.objects.unscoped("walls").filter(site=site, pk__in=files))
    return list(Subject.objects.unscoped("walls").filter(site=site, known=True, pk__in=files))


def _unconfirmed(part: Part, site: str, among: Collection[UUID] | None) -> QuerySet[Allegation]:
    """Return the allegations that say something of this part and of whom nobody has confirmed who it is."""
    standing = Match.objects.unscoped("walls").filter(
        allegation=OuterRef("pk"), part=part, verdict=Verdict.SAME, undone_at__isnull=True
    )
    said = Q()
    for name in ("name", "birth", "phone", "email", "address"):
        said |= ~Q(**{f"{part}_{name}": ""})
    said |= Q(Exists(Version.objects.unscoped("walls").filter(allegation=OuterRef("pk"))))
    told = Allegation.objects.unscoped("walls").filter(said, ~Exists(standing), site=site)
    return (told if among is None else told.filter(pk__in=among)).order_by("pk")


def to_confirm(actor: Actor, *, at: datetime, after: UUID | None = None) -> LinksToConfirm:
    """Return fifty links that stand provisionally and wait for somebody to confirm or refuse them, the newest first.

    Only of allegations and people that the actor may see. A link leaves the list with the first decision on the person,
    or on the part of the allegation. Two statements and the log's; three with `after`.
    """
    shown = list(_after(_provisional(actor, at), after).order_by("-recorded_at", "id")[: PAGE + 1])
    listed = tuple(_to_confirm(row) for row in shown[:PAGE])
    audit.consulted(actor, "match.to_confirm", at=at, compartments={str(Compartment.CORE)}, count=len(listed))
    return LinksToConfirm(listed, listed[-1].proposal if len(shown) > PAGE else None)


def _provisional(actor: Actor, at: datetime) -> QuerySet[Proposal]:
    decided = Match.objects.unscoped("only whether somebody decided").filter(
        Q(victim=OuterRef("victim")) | Q(subject=OuterRef("subject")) | Q(verdict=Verdict.SAME),
        allegation=OuterRef("allegation"),
        part=OuterRef("part"),
        undone_at__isnull=True,
    )
    of_mine = Q(victim__in=Victim.objects.visible_to(actor, at=at).values("pk"))
    if Compartment.SUBJECT_IDENTITY in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        of_mine |= Q(subject__in=Subject.objects.visible_to(actor, at=at).values("pk"))
    return (
        Proposal.objects.unscoped("scoped by allegation and person in the next lines")
        .filter(of_mine, provisional=True, allegation__in=Allegation.objects.visible_to(actor, at=at).values("pk"))
        .exclude(Exists(decided))
        .select_related("allegation", "victim", "subject")
    )


def _after(found: QuerySet[Proposal], after: UUID | None) -> QuerySet[Proposal]:
    last = found.filter(pk=after).values_list("recorded_at", flat=True).first() if after else None
    return found if last is None else found.filter(Q(recorded_at__lt=last) | Q(recorded_at=last, id__gt=after))


def _to_confirm(row: Proposal) -> ToConfirm:
    person = row.victim or row.subject
    assert person is not None  # noqa: S101 -- a proposal names one of the two
    return ToConfirm(
        proposal=row.pk,
        allegation=row.allegation_id,
        reference=row.allegation.reference,
        part=Part(row.part),
        person=person.pk,
        name=person.name,
        birth_on=person.birth_on,
        probability=row.probability,
        agrees=tuple(each["comparison"] for each in row.evidence if each["weight"] > 0),
        proposed_at=row.recorded_at,
    )


def weights_of(site: str) -> Weights:
    """Return the model with which a site compares: its own, or the shipped one."""
    return weights.of_site(folder_of_weights(), site)


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
    given = {name: getattr(allegation, f"{part}_{name}") for name in _TOLD}
    return _traits_told(given, allegation.words if part is Part.SUBJECT else "", on)


def told_of_further(further: FurtherPerson, part: Part, *, on: date) -> Traits:
    """Return what an allegation tells of somebody beside its first victim and its first subject."""
    return _traits_told({name: getattr(further, name) for name in _TOLD}, "", on)


_TOLD = ("name", "birth", "sex", "phone", "email", "address")


def _traits_told(given: dict[str, str], words: str, on: date) -> Traits:
    marks = {(kind, key_of(kind, given[str(kind)])) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)}
    marks |= {(MarkKind.VEHICLE, key_of(MarkKind.VEHICLE, plate)) for plate in rules.plates_in(words)}
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
    return replace(found, comparison=replace(comparison, evidence=without))


def without_reach(evidence: Evidence) -> Evidence:
    """Return evidence without the values of a number or an address: how they compare is all that is said."""
    if evidence.field not in REACHES:
        return evidence
    told, known = ("told" if evidence.as_told else "", "known" if evidence.on_record else "")
    return Evidence(evidence.field, told, known, evidence.comparison, evidence.weight)
