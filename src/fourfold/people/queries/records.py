"""Reading people's records: one person, or those that a search finds, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.withdrawals import reach_in, standing
from fourfold.people.rules.identifiers import email_key, phone_key
from fourfold.people.rules.name_search import LIKE_ENOUGH, likeness, sounds_to_look_for
from fourfold.people.terms import Found, MarkKind, Named, Part, Reach, SubjectCard, VictimCard, name_as_said

VICTIM_NAMED, SUBJECT_NAMED = Projection(Named, Victim), Projection(Named, Subject)
VICTIM, SUBJECT = Projection(VictimCard, Victim, "reaches"), Projection(SubjectCard, Subject, "marks")
MOST_FOUND = 25
MOST_WEIGHED = 1_500


def victim(victim_id: UUID, *, actor: Actor, at: datetime) -> VictimCard:
    """Return a victim's record, or raise NotFound; ways of contact only where they are open to the actor."""
    row = Victim.objects.unscoped("opened in the next line").filter(pk=victim_id).first()
    if row is None:
        raise NotFound
    opened = access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at)
    shown = {Compartment.CORE} | ({Compartment.VICTIM_CONTACT} & opened.readable)
    audit.consulted(actor, "victim.record", at=at, file=row.pk, compartments={str(part) for part in shown}, count=1)
    return VICTIM(row, reaches=_reaches(row) if Compartment.VICTIM_CONTACT in shown else None)


def _reaches(row: Victim) -> tuple[Reach, ...]:
    rows = standing(VictimReach.objects.unscoped("the victim was opened").filter(victim=row, ended_at__isnull=True))
    return tuple(map(reach_in, rows.order_by("kind", "recorded_at", "id")))


def subject(subject_id: UUID, *, actor: Actor, at: datetime) -> SubjectCard:
    """Return a subject's record with its marks, or raise NotFound where the subject's identity is closed too."""
    row = Subject.objects.unscoped("opened in the next line").filter(pk=subject_id).first()
    if row is None:
        raise NotFound
    opened = access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at)
    if Compartment.SUBJECT_IDENTITY not in opened.readable:
        audit.refused(actor, "subject.record", at=at, rule=f"compartment {Compartment.SUBJECT_IDENTITY}", file=row.pk)
        raise NotFound
    audit.consulted(
        actor, "subject.record", at=at, file=row.pk, compartments={str(Compartment.SUBJECT_IDENTITY)}, count=1
    )
    marks = standing(SubjectMark.objects.of(opened)).order_by("kind", "recorded_at", "id")
    return SUBJECT(row, marks=tuple(map(reach_in, marks)))


def found(words: str, *, actor: Actor, at: datetime) -> list[Found]:
    """Return at most 25 people of the actor's units whom a name, a number or an email address may mean.

    The closest name comes first; a slip of the finger is forgiven. A victim is never found by a number, which would
    tell whose it is to somebody who may not know. Two statements and the log's, answered by indexes.
    """
    if not access_queries.may(actor, Permission.ALLEGATION_VIEW) or not words.strip():
        return []
    names = _name_condition(words)
    key = phone_key(words) or email_key(words)
    marked = standing(SubjectMark.objects.unscoped("part of a scoped list").filter(kind__in=_REACHES, key=key))
    victims = Victim.objects.visible_to(actor, at=at).filter(names)
    subjects = Subject.objects.visible_to(actor, at=at)
    subjects = subjects.filter(pk__in=marked.values("subject_id")) if key else subjects.filter(names, known=True)
    rows = [
        *([] if key else _found(victims, Part.VICTIM)),
        *_found(subjects, Part.SUBJECT),
    ]
    listed = sorted(rows, key=lambda row: (row.name, row.part)) if key else _closest(words, rows)
    audit.consulted(
        actor, "people.search", at=at, compartments={"core", "subject_identity"}, count=len(listed[:MOST_FOUND])
    )
    return listed[:MOST_FOUND]


_REACHES = (MarkKind.PHONE, MarkKind.EMAIL)


def _closest(words: str, rows: list[Found]) -> list[Found]:
    weighed = [(likeness(words, row.name), row) for row in rows]
    weighed.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].part))
    return [row for alike, row in weighed if alike >= LIKE_ENOUGH]


def _name_condition(words: str) -> Q:
    """Return the condition that a name sounds as typed or nearly so, or that a word typed begins one of its names."""
    condition = Q(sound_key__in=sounds_to_look_for(words))
    for word in {each.title() for each in words.split() if len(each) > 1}:
        for column in ("family_name", "given_name"):
            condition |= Q(**{f"{column}__gte": word, f"{column}__lt": f"{word}zzzz"})
    return condition


def _found(people: QuerySet[Any], part: Part) -> Iterator[Found]:
    """Read people as rows: hundreds are weighed for the few that are shown."""
    columns = ("pk", "birth_on", "given_name", "family_name", *(("known",) if part is Part.SUBJECT else ()))
    for pk, birth_on, *name in people.values_list(*columns)[:MOST_WEIGHED]:
        yield Found(pk, part, name_as_said(*name), birth_on)


def victim_row(victim_id: UUID, *, actor: Actor, at: datetime) -> Victim:
    """Return the victim whom a page is about to name, or raise NotFound."""
    row = Victim.objects.visible_to(actor, at=at).filter(pk=victim_id).first()
    if row is None:
        raise NotFound
    return row


def subject_row(subject_id: UUID, *, actor: Actor, at: datetime) -> Subject:
    """Return the subject whom a page is about to name, or raise NotFound."""
    row = Subject.objects.visible_to(actor, at=at).filter(pk=subject_id).first()
    if row is None:
        raise NotFound
    return row


def may_refer_to(actor: Actor, site: str | None = None) -> bool:
    """Return whether the actor (at `site`, if named) meets people, and may record how one is referred to."""
    meets = (Permission.MATCH_CONFIRM, Permission.SAFE_CONTACT_SET, Permission.SESSION_RECORD)
    return any(access_queries.may(actor, permission, site=site) for permission in meets)
