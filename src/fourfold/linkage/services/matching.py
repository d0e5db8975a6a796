"""Proposing whom an allegation concerns, and keeping what people decide about it. Nothing is merged; all can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission, Refused, WallKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways import private
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.linkage import queries, rules, weights
from fourfold.linkage.models import Match, Proposal
from fourfold.linkage.terms import Candidate, CannotMatch, PastMatch, Trained, Verdict
from fourfold.people import services as people
from fourfold.people.models import Subject, Victim, VictimReach
from fourfold.people.rules.records import reaches_of
from fourfold.people.terms import Part
from fourfold.words import sentence

UNDONE = "This has already been undone. Open the page again."
CONFIRMED = "The {part} is already confirmed. Undo that first."


def propose_matches(*, actor: Actor, allegation: Allegation, at: datetime) -> list[Proposal]:
    """Keep whom among the people on record this allegation may concern, with the evidence as it is now.

    Proposing again adds who has come since; what was proposed stays as it was. Returns what was added, which is for the
    desk: nothing of it goes back to whoever told it.
    """
    queries.require_told(actor, allegation, at=at)
    found = list(queries.likely(allegation, at=at))
    rows = Proposal.objects.unscoped("the allegation was opened").filter(allegation=allegation)
    before = set(rows.values_list("victim", "subject")) if found else set()
    new = [each for each in found if _pair(each) not in before]
    _wall_likely(actor, allegation.site, at, among=[allegation.pk])
    if not new:
        return []
    standing = _provisional(found)
    version = queries.weights_of(allegation.site).card.version
    with audit.recorded(actor, "match.proposed", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        return [entry.about(_propose(actor, allegation, each, at, version, each.id in standing)) for each in new]


def _provisional(found: Iterable[Candidate]) -> set[UUID]:
    """Return who may stand provisionally: one for each part, and nobody where two could, or somebody was decided on."""
    could: dict[Part, list[UUID]] = defaultdict(list)
    for each in found:
        if rules.may_stand_provisionally(each.comparison):
            could[each.part].append(each.id)
    decided = {each.part for each in found if each.verdict is not None}
    return {people[0] for part, people in could.items() if len(people) == 1 and part not in decided}


def matching_failed(*, actor: Actor, allegation: Allegation, fault: str, at: datetime) -> None:
    """Keep in the log that nobody could be proposed for an allegation, and which fault it was; never who was looked for."""
    with audit.recorded(actor, "match.failed", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        entry.more = {"fault": fault}


def wall_what_came(*, actor: Actor, site: str, at: datetime, among: Iterable[UUID] | None = None) -> int:
    """Let walls stand around every allegation of a site that probably concerns somebody walled; return around how many.

    For what came without anybody proposing matches, such as the rows of a feed (`among` names them, asked for where anybody is
    walled), for walls that are set later, and each night for what is known of people since. Doing it again changes nothing.
    """
    _may_extend_walls(actor, site, at)
    return _wall_likely(actor, site, at, among=among)


def _wall_likely(actor: Actor, site: str, at: datetime, *, among: Iterable[UUID] | None) -> int:
    """Let the walls around whoever is likely meant stand around the allegation before anybody confirms it.

    Whoever is walled off a person must not read the next allegation about them while it waits at the desk, and may
    be the very one who told it: so nobody's eyes decide. It fails closed: a likely stranger walls somebody off too,
    and the governance lead lifts what was not needed.
    """
    likely: dict[UUID, list[UUID]] = defaultdict(list)
    for allegation, person in queries.likely_walled(site, at=at, among=among):
        likely[allegation].append(person)
    return sum(_extend_walls(actor, allegation, people, at) for allegation, people in likely.items())


def _may_extend_walls(actor: Actor, site: str, at: datetime) -> None:
    allowed = (Permission.ALLEGATION_VIEW, Permission.WALL_SET)
    if not any(access_queries.may(actor, permission, site=site) for permission in allowed):
        access.require(actor, Permission.WALL_SET, at=at, site=site)


def _extend_walls(actor: Actor, allegation: UUID, likely: list[UUID], at: datetime) -> bool:
    """Copy the walls around each person to the allegation, as provisional ones; say whether any was missing there."""
    if not access_queries.walls_missing(likely, allegation, at=at):
        return False
    with audit.recorded(actor, "wall.provisional", at=at, file=allegation, operation=Operation.CONFIGURATION):
        for person in likely:
            access.copy_walls(actor=actor, source=person, to=[allegation], at=at, kind=WallKind.PROVISIONAL)
    return True


def _pair(found: Candidate) -> tuple[object, object]:
    return (found.id, None) if found.part is Part.VICTIM else (None, found.id)


def _propose(
    actor: Actor, allegation: Allegation, found: Candidate, at: datetime, model: str, provisional: bool
) -> Proposal:
    victim, subject = _pair(found)
    evidence = [
        queries.without_reach(each) if found.part is Part.VICTIM else each for each in found.comparison.evidence
    ]
    return Proposal.objects.create(
        allegation=allegation,
        part=found.part,
        victim_id=victim,
        subject_id=subject,
        weight=round(found.comparison.weight, 2),
        probability=round(found.comparison.probability, 6),
        evidence=[asdict(each) for each in evidence],
        model=model,
        provisional=provisional,
        **access_queries.held_by(actor, "linkage", at=at),
    )


def confirm_match(
    *,
    actor: Actor,
    allegation: Allegation,
    part: Part,
    at: datetime,
    victim: Victim | None = None,
    subject: Subject | None = None,
    reason: str = "",
) -> Match:
    """Keep that one part of an allegation is this person; with nobody named, put a person on record from what was told.

    A subject of whom nothing was told goes on record as not known. What was told of a known person's numbers and
    addresses is learned with it, and forgotten again when the match is undone. Raises CannotMatch naming the field.
    """
    _let_in(actor, allegation, Permission.MATCH_CONFIRM, at)
    with audit.recorded(actor, "match.confirmed", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        _refuse_settled(allegation, part, victim or subject)
        named = _named(actor, allegation, part, victim, subject, at)
        person = named or _registered(actor, allegation, part, at)
        match = _decide(actor, allegation, part, person, Verdict.SAME, reason, at)
        if named is not None:
            access.copy_walls(actor=actor, source=person.pk, to=[allegation.pk], at=at)
            _learn(actor, allegation, match, person, at)
        return entry.about(match)


def _refuse_settled(allegation: Allegation, part: Part, person: Victim | Subject | None) -> None:
    """Hold the report, and refuse to confirm where a colleague has decided otherwise meanwhile."""
    queries.hold([allegation.pk])
    if queries.people_of(allegation.pk)[0 if part is Part.VICTIM else 1] is not None:
        raise CannotMatch(str(part), CONFIRMED.format(part=part))
    if part is Part.VICTIM and queries.third_of(allegation.pk) is not None:
        raise CannotMatch(str(part), "This is a third party, as somebody said. Undo that first.")
    if person is not None and person.pk in queries.not_them(allegation, part):
        raise CannotMatch(str(part), "Somebody has said that this is not the person. Undo that first.")


def reject_match(
    *,
    actor: Actor,
    allegation: Allegation,
    part: Part,
    at: datetime,
    victim: Victim | None = None,
    subject: Subject | None = None,
    reason: str = "",
) -> Match:
    """Keep that one part of an allegation is not this person."""
    return _without_sameness(actor, allegation, part, victim, subject, Verdict.NOT_SAME, reason, at)


def cannot_say(
    *,
    actor: Actor,
    allegation: Allegation,
    part: Part,
    at: datetime,
    victim: Victim | None = None,
    subject: Subject | None = None,
    reason: str = "",
) -> Match:
    """Keep that nobody can say yet whether one part of an allegation is this person; it stays open."""
    return _without_sameness(actor, allegation, part, victim, subject, Verdict.CANNOT_SAY, reason, at)


def think_match(
    *,
    actor: Actor,
    allegation: Allegation,
    part: Part,
    verdict: Verdict,
    reason: str,
    at: datetime,
    victim: Victim | None = None,
    subject: Subject | None = None,
) -> Match:
    """Keep that somebody thinks that one part of an allegation is this person, how sure they are, and why.

    It counts as possible and never as confirmed: nothing joins a case, nothing is learned. The walls around the person
    stand around the allegation from now on. Another thought, or a decision, may follow it, and it can be undone. Raises
    CannotMatch naming the field.
    """
    if not verdict.is_thought:
        raise CannotMatch("verdict", "Choose how sure you are.")
    if not reason.strip():
        raise CannotMatch("match_reason", "Say why you think so. One sentence is enough.")
    with audit.recorded(actor, "match.thought", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        match = _without_sameness(actor, allegation, part, victim, subject, verdict, reason, at)
        _replace_thought(match, at)
        _extend_walls(actor, allegation.pk, [match.victim_id or match.subject_id], at)  # type: ignore[list-item]
        return entry.about(match)


def _replace_thought(match: Match, at: datetime) -> None:
    """Let what was thought of the same person before give way to what is thought now; the row stays."""
    before = Match.objects.unscoped("opened above").filter(
        allegation=match.allegation_id, part=match.part, victim=match.victim_id, subject=match.subject_id
    )
    before = before.filter(undone_at__isnull=True, verdict__in=[each for each in Verdict if each.is_thought])
    said = {"undone_at": at, "undone_by": match.decided_by, "undone_because": "thought otherwise since"}
    before.exclude(pk=match.pk).update(**said)


def undo_match(*, actor: Actor, match: Match, reason: str, at: datetime) -> Match:
    """Undo a decision: from now on nothing is counted from it. The row stays, with who undid it and why.

    `cases.services.undo_match` does this and takes the act out of its case; pages and journeys call that one.
    """
    _let_in(actor, match.allegation, Permission.MATCH_UNDO, at)
    if not reason.strip():
        raise CannotMatch("reason", "Say why you undo this.")
    undone = {"undone_at": at, "undone_by": actor.staff, "undone_because": reason.strip()}
    with audit.recorded(actor, "match.undone", at=at, file=match.allegation_id) as entry:
        standing = Match.objects.unscoped("opened above").filter(pk=match.pk, undone_at__isnull=True)
        if not standing.update(**undone):
            raise CannotMatch("match", UNDONE)
        for column, value in undone.items():
            setattr(match, column, value)
        _forget_reaches(actor, match, at)
        return entry.about(match)


def _let_in(actor: Actor, allegation: Allegation, permission: Permission, at: datetime) -> None:
    queries.open_allegation(actor, allegation, at=at)
    access.require(actor, permission, at=at, site=allegation.site)


def _without_sameness(
    actor: Actor,
    allegation: Allegation,
    part: Part,
    victim: Victim | None,
    subject: Subject | None,
    verdict: Verdict,
    reason: str,
    at: datetime,
) -> Match:
    _let_in(actor, allegation, Permission.MATCH_CONFIRM, at)
    person = _named(actor, allegation, part, victim, subject, at)
    if person is None:
        raise CannotMatch(str(part), sentence("Choose the {1} on record that this is about.", part))
    with audit.recorded(actor, f"match.{verdict}", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        queries.hold([allegation.pk])
        if person == queries.people_of(allegation.pk)[0 if part is Part.VICTIM else 1]:
            raise CannotMatch(str(part), sentence("This {1} is confirmed. Undo that first.", part))
        return entry.about(_decide(actor, allegation, part, person, verdict, reason, at))


def _named(
    actor: Actor, allegation: Allegation, part: Part, victim: Victim | None, subject: Subject | None, at: datetime
) -> Victim | Subject | None:
    """Return the person named for this part, whom the actor may see and who is of the same site."""
    person, other = (victim, subject) if part is Part.VICTIM else (subject, victim)
    if other is not None:
        raise CannotMatch(str(part), sentence("Enter the name of the {1}.", part))
    if person is None:
        return None
    access_queries.opened_at_site(actor, person.pk, person.site, person.controller, at=at)
    if person.site != allegation.site:
        raise NotFound
    return person


def _registered(actor: Actor, allegation: Allegation, part: Part, at: datetime) -> Victim | Subject:
    [told] = intake.as_told_last([allegation])
    details = queries.details_of(told, part, on=at.date())
    if part is Part.SUBJECT:
        return people.register_subject(
            actor=actor, site=allegation.site, told=None if details.is_empty else details, at=at
        )
    if details.is_empty:
        raise CannotMatch("victim", "The report says nothing about the victim. Choose a person on record.")
    return people.register_victim(actor=actor, site=allegation.site, told=details, at=at)


def _decide(
    actor: Actor,
    allegation: Allegation,
    part: Part,
    person: Victim | Subject,
    verdict: Verdict,
    reason: str,
    at: datetime,
) -> Match:
    try:
        return Match.objects.create(
            allegation=allegation,
            part=part,
            victim=person if isinstance(person, Victim) else None,
            subject=person if isinstance(person, Subject) else None,
            verdict=verdict,
            reason=reason.strip(),
            decided_at=at,
            decided_by=actor.staff,
            **access_queries.held_by(actor, "desk", at=at),
        )
    except IntegrityError as fault:  # somebody else confirmed a person between our look and our write
        raise CannotMatch(str(part), CONFIRMED.format(part=part)) from fault


def _learn(actor: Actor, allegation: Allegation, match: Match, person: Victim | Subject, at: datetime) -> None:
    """Keep what was told last of a known person and was not on record, naming the match as source.

    Numbers, email addresses and postal addresses, cars, accounts and other names. What was withdrawn after this report had been
    confirmed is not learned from it again; another report may teach it.
    """
    known = queries.not_to_learn(allegation, match, person)
    source = queries.learned_from(match.pk)
    [told] = intake.as_told_last([allegation])
    for kind, value, key in reaches_of(queries.details_of(told, Part(match.part), on=at.date())):
        if not key or (kind, key) in known:
            continue
        known.add((kind, key))
        if isinstance(person, Victim):
            people.add_reach(actor=actor, victim=person, kind=kind, value=value, source=source, at=at)
        else:
            people.add_mark(actor=actor, subject=person, kind=kind, value=value, source=source, at=at)


def _forget_reaches(actor: Actor, match: Match, at: datetime) -> None:
    """End the ways to reach a victim that only this match taught; a subject's stay hostile, but are not compared."""
    if match.victim is None:
        return
    learned = VictimReach.objects.unscoped("the match was opened").filter(
        victim=match.victim, source=queries.learned_from(match.pk), ended_at__isnull=True
    )
    for reach in learned.values_list("pk", flat=True):
        people.end_reach(actor=actor, victim=match.victim, reach=reach, at=at)


# ---- learning the weights -----------------------------------------------------------------------------------------


def train_weights(*, actor: Actor, site: str, at: datetime, seed: int = 1) -> Trained:
    """Learn from a site's own records how much each agreement says, and compare with those weights from now on.

    The weights go to `<data>/linkage/<site>.toml`, whose name and numbers anybody may read and mend; removing the file
    brings the shipped ones back. Raises InvalidWeights where there are too few records.
    """
    from fourfold.linkage import training  # Splink takes a second to start

    access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    trained = training.train(list(queries.told_at(site, on=at.date())), seed=seed)
    text = weights.as_toml(trained.weights, says=f"Trained on {trained.records} records of {site}, {at:%-d %B %Y}.")
    with audit.recorded(actor, "weights.trained", at=at, operation=Operation.CONFIGURATION) as entry:
        entry.more = {"site": site, "records": trained.records}
        path = queries.folder_of_weights() / f"{site}.toml"
        private.made(path.parent)
        fresh = path.with_suffix(".fresh")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    return trained


# ---- taking over what was before ----------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastMatch], at: datetime) -> int:
    """Bring in decisions from the time before, in the order given, and return how many.

    Batches of 500 with one entry each, whose root stands for every row in it.
    """
    access.require(actor, Permission.MATCH_CONFIRM, at=at)
    return audit.taken_over(
        actor, "match.taken_over", rows, lambda batch: _take_batch(actor, batch), at=at, operation=Operation.COMBINATION
    )


def _take_batch(actor: Actor, batch: list[PastMatch]) -> list[Match]:
    _refuse_foreign(actor, batch)
    return Match.objects.bulk_create(_past_match(actor, past) for past in batch)


def _refuse_foreign(actor: Actor, batch: list[PastMatch]) -> None:
    """Refuse decisions about allegations that belong to another site's unit."""
    wanted = {past.allegation for past in batch}
    mine = Allegation.objects.unscoped("only whose site it is").filter(pk__in=wanted, site__in=actor.sites)
    if mine.count() < len(wanted):
        raise Refused("site", "A decision is about an allegation that does not belong to your unit.")


def _past_match(actor: Actor, past: PastMatch) -> Match:
    if (past.victim is None) == (past.subject is None):
        raise CannotMatch("victim", "Name one victim or one subject for each decision.")
    identifier = {} if past.id is None else {"id": past.id}
    return Match(
        allegation_id=past.allegation,
        part=Part.VICTIM if past.victim else Part.SUBJECT,
        victim_id=past.victim,
        subject_id=past.subject,
        verdict=past.verdict,
        reason=past.reason,
        decided_at=past.decided_at,
        decided_by=actor.staff,
        **identifier,
        **access_queries.held_by(actor, past.source, at=past.decided_at),
    )
