"""How a victim may be reached, as far as the reader may know, and what keeps a message in.

The rule is checked whoever acts, so it is read here for nobody in particular; what is *shown* needs the opened file.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField

from fourfold.access import signatories
from fourfold.access.scoping import walled_off
from fourfold.access.statements import composed_in, for_nobody
from fourfold.access.terms import Compartment, Opened
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.people.models import SafeContact, SafeContactEnded, VictimReach
from fourfold.people.queries.endpoints import Endpoints, Hostile, endpoints_on, hostile_among
from fourfold.people.queries.same_person import people_of, records_by, records_of
from fourfold.people.rules import contact as rules
from fourfold.people.rules.messages import LONGEST
from fourfold.people.terms import Channel, MarkKind, SafeContactRule
from fourfold.words import Word, sentence, together

_CHECKED = "the safe-contact rule binds whoever acts; nothing of what is read here is shown"
_OPENED = "the case was opened and its compartment checked before"
#: What the log of a case calls it where somebody from whom a wall keeps it asks for what was agreed in it to be broken.
HIDDEN_ASKED = "contact.against_hidden"
OWN_WORDS_AGAIN = timedelta(days=7)


@dataclass(frozen=True)
class AgreedElsewhere:
    """What binds besides this case's agreement: agreed in another case, `case` None where that was not kept."""

    id: UUID
    case: UUID | None
    at: datetime
    words: str
    confirmed: bool


@dataclass(frozen=True)
class StandsBeside:
    """What binds in a case and was agreed in another, as far as no wall hides it, and how its own agreement stands.

    `confirmed_at`: when the victim confirmed what holds of this case. `lost`: what was last agreed in this case, where it
    ended by what was agreed in another; `lost_at` says when, None where a wall keeps that case from the reader.
    """

    besides: tuple[SafeContact, ...]
    confirmed_at: datetime | None
    lost: SafeContact | None
    lost_at: datetime | None


@dataclass(frozen=True)
class AgreedContact:
    """What was last agreed with a victim, for those who may see it; `id` says which agreement a page was made from.

    `rule` and `note` were agreed in this case; `holds` is what every agreement with the victim allows. The code phrase is
    this case's, or else one that was agreed in another case on the same record.
    """

    id: UUID | None
    rule: SafeContactRule | None
    holds: SafeContactRule
    words: str
    code_phrase: str
    phrase_is_ours: bool
    note: str
    notes_elsewhere: tuple[str, ...] = ()
    elsewhere: tuple[AgreedElsewhere, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """What whoever makes contact must have before their eyes."""
        notes = tuple(sentence("Noted in another case of the victim: “{1}”.", note) for note in self.notes_elsewhere)
        return (*((self._phrase,) if self.code_phrase else ()), *notes)

    @property
    def _phrase(self) -> str:
        if self.phrase_is_ours:
            return sentence("Code phrase: “{1}”. Whoever says it is not alone.", self.code_phrase)
        return sentence(
            "Code phrase of another case of the victim: “{1}”. Whoever says it is not alone. It proves no number in this case.",
            self.code_phrase,
        )


ELSEWHERE = Word("Something was agreed in another case of the victim too: this is what every agreement allows.")


def rule_of(victim: UUID) -> SafeContactRule | None:
    """Return what was last agreed with a victim, on whichever of their records, or None where nothing ever was."""
    return rules_of_people(people_of([victim]))[victim]


def rules_of_people(
    people: Mapping[UUID, frozenset[UUID]],
    *,
    actor: Actor | None = None,
    at: datetime | None = None,
    cases: Collection[UUID] = (),
) -> dict[UUID, SafeContactRule | None]:
    """Return for each victim what all that was last agreed on any of their records (`people`) allows. One statement.

    For an `actor`, who has opened these `cases`, as `_allowed` says; one more where anything was agreed in another case.
    """
    agreed = standing_on(frozenset().union(*people.values()))
    elsewhere = {row.pk for row in agreed if row.case_file and row.case_file not in cases}
    hidden = _behind_walls(elsewhere, actor, at) if actor is not None and at is not None else set()
    return {
        one: _allowed([row for row in agreed if row.victim_id in records], hidden) for one, records in people.items()
    }


def _allowed(rows: Sequence[SafeContact], hidden: Collection[UUID]) -> SafeContactRule | None:
    """Return what as much of this allows as somebody may know of from whom a wall hides some.

    What is hidden narrows nothing that they read, so that no way and no hour tells of it; it binds when they make contact.
    Where they may know of none, nothing is agreed for them, and they make no contact.
    """
    return rules.strictest(rule_in(row) for row in rows if row.pk not in hidden)


def agreed_contact(
    opened: Opened, victim: UUID, *, actor: Actor, at: datetime, records: frozenset[UUID] | None = None
) -> AgreedContact | None:
    """Return what was last agreed with the victim; None also for a reader who may not know it. The log tells of it.

    `records`: all that are this person, for whoever has asked already.
    """
    if not opened.may_read(Compartment.VICTIM_CONTACT):
        return None
    rows = (
        [row for row in _last(_of_person(opened, victim=victim)) if not row.ended_at]
        if records is None
        else standing_on(records)
    )
    own = _own(rows, victim, opened.file)
    others = not_walled_off([row for row in rows if row is not own], actor, at)
    holds = _allowed(rows, {row.pk for row in rows if row is not own and row not in others})
    if holds is None:
        return None
    audit.consulted(
        actor, "victim.contact_rule", at=at, file=opened.file, compartments={Compartment.VICTIM_CONTACT.value}
    )
    phrases = [row for row in (*others, own) if row is not None and row.victim_id == victim and row.code_phrase]
    phrase = own if own in phrases else next(reversed(phrases), None)
    words = rules.in_words(holds)
    return AgreedContact(
        id=own.pk if own else None,
        rule=rule_in(own) if own else None,
        holds=holds,
        words=together(" ", (words, ELSEWHERE)) if others else words,
        code_phrase=phrase.code_phrase if phrase else "",
        phrase_is_ours=phrase is own,
        note=own.note if own else "",
        notes_elsewhere=tuple(row.note for row in others if row.note),
        elsewhere=tuple(_elsewhere(row) for row in others),
    )


def _elsewhere(row: SafeContact) -> AgreedElsewhere:
    rule = rule_in(row)
    words = rules.in_words(replace(rule, confirmed=True))
    return AgreedElsewhere(row.pk, row.case_file, row.recorded_at, words, rule.confirmed)


def _own(rows: Sequence[SafeContact], victim: UUID, case: UUID | None) -> SafeContact | None:
    """Return of what was agreed with a person what counts as agreed in one case, on its record."""
    return next((row for row in reversed(rows) if row.victim_id == victim and row.case_file in (None, case)), None)


def elsewhere_of(
    cases: Mapping[UUID, UUID], people: Mapping[UUID, frozenset[UUID]], *, actor: Actor, at: datetime
) -> dict[UUID, StandsBeside]:
    """Return for each case, given with its victim, of whom `people` are every record, what was agreed in another and binds
    in it or ended its own. One statement where there is none of it, else two.
    """
    records = frozenset().union(*people.values())
    every = _last_of(Q(victim_id__in=records) | Q(case_file__in=list(cases)))
    last = {row.case_file: row for row in every}
    found = {}
    for case, victim in cases.items():
        theirs = [row for row in every if row.victim_id in people[victim] and not row.ended_at]
        own = _own(theirs, victim, case)
        found[case] = [row for row in theirs if row is not own]
    lost = {case: last[case] for case in cases if case in last and last[case].ended_at}
    told = {row.pk for rows in found.values() for row in rows} | {row.ended_by for row in lost.values()}
    hidden = _behind_walls(told, actor, at)
    return {
        case: StandsBeside(
            besides=tuple(row for row in rows if row.pk not in hidden),
            confirmed_at=last[case].confirmed_at if case in last and case not in lost else None,
            lost=lost.get(case),
            lost_at=lost[case].ended_at if case in lost and lost[case].ended_by not in hidden else None,
        )
        for case, rows in found.items()
    }


def not_walled_off(rows: list[SafeContact], actor: Actor, at: datetime) -> list[SafeContact]:
    """Leave out what was agreed in a case from which a wall keeps the reader: it binds, and nobody learns of it by words."""
    hidden = _behind_walls({row.pk for row in rows}, actor, at)
    return [row for row in rows if row.pk not in hidden]


def _behind_walls(agreements: Collection[UUID], actor: Actor, at: datetime) -> set[UUID]:
    if not agreements:
        return set()
    rows = SafeContact.objects.unscoped(_CHECKED).filter(walled_off(actor, "case_file", at=at), pk__in=agreements)
    return set(rows.values_list("pk", flat=True))


def is_phrase_agreed(victim: UUID, *, case: UUID) -> bool:
    """Return whether a code phrase was agreed and confirmed with the victim in this very case. One statement."""
    rows = SafeContact.objects.unscoped(_CHECKED).filter(victim_id=victim, case_file=case).select_related("ended")
    last = rows.order_by("-recorded_at", "-id").first()
    stands = last is not None and not hasattr(last, "ended")
    return stands and bool(last.code_phrase) and last.confirmed_at is not None


def why_not_contact_now(
    victim: UUID,
    channel: Channel,
    *,
    case: UUID,
    at: datetime,
    leaves_message: bool,
    subjects: Collection[UUID] = (),
    actor: Actor | None = None,
) -> tuple[str | None, VictimReach | None]:
    """Return why a victim may not be contacted this way now, or None, and the endpoint it would use.

    A visit needs no address on record, since it may be to another place; every other way needs an endpoint that
    was confirmed for this record in the `case` for which it is asked, whose `subjects` are given. The endpoint is the one
    confirmed last, never one that was only told. Where several records are one person, what was agreed on any of them
    binds; for an `actor` as `_allowed` says. Six statements, seven for an actor where it was agreed in another case.
    """
    records = records_of(victim)
    found = endpoints_on(victim, records, {rules.ENDPOINT[channel]}, case=case)
    rows = standing_on(records)
    own, asked = _own(rows, victim, case), _Asked(channel, at, leaves_message)
    hidden = _hidden_besides(rows, own, actor, at)
    why = asked.own(own, [row for row in rows if row.pk not in hidden])
    if why is None and (against := [row for row in rows if asked.forbids(row)]):
        why = rules.HELD_BACK
        _remember(actor, (row for row in against if row.pk in hidden), at)
    why = why or _unreached(channel, found, _hostile(records, found, subjects))
    return why, found.get(rules.ENDPOINT[channel], Endpoints()).confirmed


def why_not_contact_then(
    victim: UUID,
    channel: Channel,
    *,
    case: UUID,
    actor: Actor,
    happened_at: datetime,
    at: datetime,
    leaves_message: bool,
    subjects: Collection[UUID] = (),
) -> str | None:
    """Return what a contact that was made at a moment broke of the rule, as far as the actor may know, or None.

    What was agreed by then counts, to the minute where the time was typed so, and the endpoint that was confirmed then; that
    somebody else answers there counts whenever it came to be known, for it was so. What a wall hides decides nothing: any
    moment may be typed, so that an answer would tell its hours. The log of its case says so. Six statements, seven where
    something was agreed in another case.
    """
    records, then = records_of(victim), rules.known_by(happened_at)
    found = endpoints_on(victim, records, {rules.ENDPOINT[channel]}, case=case, then=then)
    rows = standing_on(records, then=then)
    own, asked = _own(rows, victim, case), _Asked(channel, happened_at, leaves_message, happened=True)
    hidden = _hidden_besides(rows, own, actor, at)
    seen = [row for row in rows if row.pk not in hidden]
    _remember(actor, (row for row in rows if row.pk in hidden and asked.forbids(row)), at)
    why = asked.own(own, seen)
    if why is None and any(asked.forbids(row) for row in seen):
        why = rules.HELD_BACK_THEN
    return why or _unreached(channel, found, _hostile(records, found, subjects), happened=True)


@dataclass(frozen=True)
class _Asked:
    """A contact of which somebody asks whether it may be made, or might have been."""

    channel: Channel
    at: datetime
    leaves_message: bool
    happened: bool = False

    def own(self, own: SafeContact | None, seen: Sequence[SafeContact]) -> str | None:
        """Return why the case's own agreement forbids it, or that nothing is agreed as far as is `seen`, or None.

        Whatever was agreed in another case is answered alike (HELD_BACK), seen or hidden: the reason is kept in this case,
        where others read it.
        """
        return None if own is None and seen else self.why(rule_in(own) if own else None)

    def forbids(self, row: SafeContact) -> bool:
        return self.why(rule_in(row)) is not None

    def why(self, rule: SafeContactRule | None) -> str | None:
        return rules.why_not_contact(
            rule,
            channel=self.channel,
            at=self.at,
            hostile=False,
            leaves_message=self.leaves_message,
            happened=self.happened,
        )


def why_no_own_words(staff: UUID, *, at: datetime) -> str | None:
    """Return why somebody writes no words of their own to a victim, and lets none of others go, or None. Two statements.

    What they wrote or let go named somebody on record, or what they asked broke what is hidden from them: each is one
    answer about a record, and so many are given in a week.
    """
    tried = Entry.refusals().filter(at__gt=at - OWN_WORDS_AGAIN, at__lte=at)
    mine = tried.filter(action=HIDDEN_ASKED, actor__in=signatories.records_of_people([staff]))
    return rules.NO_OWN_WORDS if mine.count() >= rules.MOST_GUESSES else None


def _hidden_besides(
    rows: Sequence[SafeContact], own: SafeContact | None, actor: Actor | None, at: datetime
) -> set[UUID]:
    """Return what of other cases a wall hides from the actor; nothing where nobody in particular asks."""
    return set() if actor is None else _behind_walls({row.pk for row in rows if row is not own}, actor, at)


def _remember(actor: Actor | None, against: Iterable[SafeContact], at: datetime) -> None:
    """Let the log of each case whose agreement is hidden from the actor, and speaks against a contact, say who asked."""
    for row in against:
        if actor is not None:
            audit.refused(actor, HIDDEN_ASKED, at=at, rule="agreed behind a wall", file=row.case_file)


def ways_now(
    victim: UUID,
    records: frozenset[UUID],
    agreed: SafeContactRule | None,
    *,
    case: UUID,
    at: datetime,
    subjects: Collection[UUID] = (),
) -> dict[Channel, str | None]:
    """Return for every way why a victim may not be contacted by it now in this case, or None. Four statements.

    `records` are all that are this person, `agreed` what everything agreed on them allows.
    """
    found = endpoints_on(victim, records, case=case)
    hostile = _hostile(records, found, subjects)
    asked = {channel: _Asked(channel, at, leaves_message=False) for channel in Channel}
    return {channel: contact.why(agreed) or _unreached(channel, found, hostile) for channel, contact in asked.items()}


def _hostile(records: frozenset[UUID], found: Mapping[MarkKind, Endpoints], subjects: Collection[UUID]) -> Hostile:
    return hostile_among(records, [each.would_be for each in found.values() if each.would_be], subjects=subjects)


def standing_on(records: Collection[UUID], *, then: datetime | None = None) -> list[SafeContact]:
    """Return the last agreement of each case on each record, the earliest first, now or by a moment. One statement.

    One of which the case was not kept stands until another follows on its record; one that was ended stands no more.
    """
    by_then = {} if then is None else {"then": then}
    return [row for row in _last(_on_records(records=tuple(records), **by_then)) if not row.ended_at]


@for_nobody
def _on_records(*, records: Any, then: Any = None) -> QuerySet[SafeContact]:
    return _agreements(Q(victim_id__in=records), then=then)


@composed_in
def _of_person(opened: Opened, *, victim: Any) -> QuerySet[SafeContact]:
    """Return the agreements on every record of the victim of a case that was opened."""
    return _agreements(Q(victim_id__in=records_by(victim)))


def _last_of(which: Q, *, then: datetime | None = None) -> list[Any]:
    """Return the last agreement of each case on each record, the earliest first, with when it was `ended_at`, and by which."""
    return _last(_agreements(which, then=then))


def _agreements(which: Q, *, then: datetime | None = None) -> QuerySet[SafeContact]:
    ends = SafeContactEnded.objects.unscoped(_CHECKED).filter(agreement=OuterRef("pk"))
    if then is not None:
        ends, which = ends.filter(recorded_at__lte=then), which & Q(recorded_at__lte=then)
    rows = SafeContact.objects.unscoped(_CHECKED).filter(which).order_by("recorded_at", "id")
    return rows.annotate(
        ended_at=Subquery(ends.values("recorded_at")[:1]),
        ended_by=Subquery(ends.values("by")[:1], output_field=UUIDField()),
    )


def _last(rows: Iterable[Any]) -> list[Any]:
    last: dict[tuple[UUID, UUID | None], Any] = {}
    for row in rows:
        for case in (None, row.case_file):
            last.pop((row.victim_id, case), None)
        last[row.victim_id, row.case_file] = row
    return list(last.values())


def _unreached(
    channel: Channel, found: Mapping[MarkKind, Endpoints], hostile: Hostile, *, happened: bool = False
) -> str | None:
    """Return what the endpoint lacks, or None. A message, which hears nobody answer, waits for every doubt.

    What was confirmed and is somebody else's whom the reader may not know of is not used, in the words for any other
    that is not confirmed; of what was only told, it makes no difference.
    """
    endpoint = found.get(rules.ENDPOINT[channel], Endpoints())
    if endpoint.would_be is not None and endpoint.would_be.pk in hostile.known:
        return rules.HOSTILE
    unused = endpoint.confirmed is not None and endpoint.confirmed.pk in hostile.hidden
    if channel is Channel.VISIT and not unused:
        return None
    if endpoint.confirmed is None or unused:
        words = rules.UNCONFIRMED if endpoint.would_be else rules.NO_ENDPOINT
        then = rules.UNCONFIRMED_THEN if endpoint.would_be else rules.NO_ENDPOINT_THEN
        return sentence(then if happened else words, rules.ENDPOINT[channel].words)
    if endpoint.told and channel in LONGEST and not happened:
        return sentence(rules.TOLD_SINCE, rules.ENDPOINT[channel].words)
    return None


def rule_in(row: SafeContact) -> SafeContactRule:
    return SafeContactRule(
        channels=tuple(Channel(channel) for channel in row.channels),
        from_time=row.from_time,
        until_time=row.until_time,
        leave_message=row.leave_message,
        shared_device=row.shared_device,
        confirmed=row.confirmed_at is not None,
        every_days=row.every_days,
    )
