"""What goes into a pack, and what may not stand in it: the allow-list, and everything that would give a victim away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import NO_EVIDENCE
from fourfold.governance import packs
from fourfold.governance.models import Challenge
from fourfold.governance.packs import CourtPack, OrderLine, SubjectPack
from fourfold.governance.rules import redaction
from fourfold.governance.rules.redaction import Redactor
from fourfold.governance.terms import (
    AT_RISK,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    LeftOut,
    LeftOutPage,
    Sought,
    Sure,
)
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.intake.terms import KnownKind, PersonRole, RecordingClass
from fourfold.orders.models import Breach, Condition, Order
from fourfold.orders.terms import OrderKind
from fourfold.people.models import SafeContact, SubjectMark, Victim, VictimReach
from fourfold.people.queries import standing
from fourfold.people.rules.forenames import other_forms
from fourfold.people.terms import MarkKind
from fourfold.plan.models import Session

SEARCHED = "looked for in a made document, never shown"
OWN = "the subject's own record, for the pack that was asked for"
TOLD_REACHES = (
    ("victim_phone", "phone"),
    ("victim_email", "email"),
    ("victim_address", "address"),
    ("place", "address"),
)

#: Rows of each kind that are read for the page on which a pack is prepared, and letters shown around what is left out.
MOST_READ, AROUND = 1000, 60

Withheld = tuple[dict[str, str | int], ...]
"""What was left out, how much of it, and on which ground: the restriction record."""


def cases_of_subject(actor: Actor, case: Case, *, at: datetime) -> list[Case]:
    """Return the cases of a case's subject that are open to the actor."""
    return list(Case.objects.visible_to(actor, at=at).filter(subject=case.subject_id).order_by("opened_at"))


def sought_in(case: Case, *, whole: bool, at_risk: Iterable[str] = ()) -> tuple[Sought, ...]:
    """Return everything that may not stand in a pack about a case: the ways to every victim of its subject.

    `at_risk`: the names of children and others at risk, as the victims' files have them.

    `whole`: the victims' names too, and whom else an account names; for the subject's own record. Wherever the cases are, and
    whether or not the reader may open them.
    """
    files = Case.objects.unscoped(SEARCHED).filter(subject=case.subject_id)
    victims = list(files.values_list("victim_id", flat=True))
    allegations = Allegation.objects.unscoped(SEARCHED).filter(case_acts__case__in=files)
    sought = [
        item
        for reach in VictimReach.objects.unscoped(SEARCHED).filter(victim__in=victims).exclude(kind=MarkKind.OTHER_NAME)
        for item in redaction.reach_sought(reach.kind, reach.value)
    ]
    columns = ("victim_name", *(name for name, _ in TOLD_REACHES))
    rows = list(allegations.values(*columns).distinct())
    for row in rows:
        for name, kind in TOLD_REACHES:
            sought += redaction.reach_sought(kind, row[name]) if row[name] else []
    sought += [item for kind, value in _told_besides(allegations) for item in redaction.reach_sought(kind, value)]
    sought += _at_risk(case, at_risk)
    phrases = SafeContact.objects.unscoped(SEARCHED).filter(victim__in=victims).values_list("code_phrase", flat=True)
    sought += [Sought("code phrase", phrase) for phrase in set(phrases) if len(phrase) > redaction.SHORTEST]
    if whole:
        sought += _victim_names(case, victims, [row["victim_name"] for row in rows])
        sought = _without_own_towns(case, sought)
    return tuple({(item.kind, redaction.squeezed(item.value)): item for item in sought}.values())


def _told_besides(allegations: QuerySet[Allegation]) -> Iterator[tuple[str, str]]:
    """Yield what was told of further victims, and the cars and accounts of any of them: (kind, value)."""
    further = FurtherPerson.objects.unscoped(SEARCHED).filter(allegation__in=allegations, role=PersonRole.VICTIM)
    for row in further.values("phone", "email", "address"):
        yield from ((kind, value) for kind, value in row.items() if value)
    known = PersonKnownBy.objects.unscoped(SEARCHED).filter(allegation__in=allegations, role=PersonRole.VICTIM)
    for kind, value in known.values_list("kind", "value"):
        if kind in (KnownKind.VEHICLE, KnownKind.ACCOUNT):
            yield kind, value.rpartition(":")[2].strip()


def _at_risk(case: Case, names: Iterable[str]) -> list[Sought]:
    """Return the names of people at risk: whole as any other, each word alone as one that others may bear too."""
    every = [each for name in names for each in (name, *other_forms(name))]
    found = redaction.names_sought(every, own=_parties(case), template=(packs.vocabulary(),))
    return [item if " " in item.value else Sought(AT_RISK, item.value) for item in found]


def _parties(case: Case) -> tuple[str, ...]:
    subject, victim = case.subject, case.victim
    return (subject.name, subject.other_names, victim.name, victim.other_names)


def _victim_names(case: Case, victims: list[UUID], told_names: list[str]) -> list[Sought]:
    rows = Victim.objects.unscoped(SEARCHED).filter(pk__in=victims)
    names = [name for row in rows for name in (row.name, row.other_names) if name]
    also = VictimReach.objects.unscoped(SEARCHED).filter(victim__in=victims, kind=MarkKind.OTHER_NAME)
    names += also.values_list("value", flat=True)
    subject = case.subject
    own = (subject.given_name, subject.family_name, subject.other_names)
    return redaction.names_sought((*names, *told_names), own=own, template=(packs.vocabulary(),))


def _without_own_towns(case: Case, sought: list[Sought]) -> list[Sought]:
    """Leave out the towns in the subject's own addresses: that the subject lives there says nothing about a victim."""
    marks = standing(SubjectMark.objects.unscoped(OWN).filter(subject=case.subject_id, of_associate=False))
    own = [redaction.squeezed(value) for value in marks.values_list("value", flat=True)]
    return [
        item
        for item in sought
        if item.kind != "town" or not any(redaction.squeezed(item.value) in value for value in own)
    ]


def subject_pack(
    actor: Actor, case: Case, reference: str, sought: tuple[Sought, ...], *, at: datetime
) -> tuple[SubjectPack, Withheld]:
    """Return what a subject is given of their own record, and what is left out and why."""
    cases = cases_of_subject(actor, case, at=at)
    marks, shared = _own_marks(case, sought)
    pack = SubjectPack(
        reference=reference,
        made_at=at,
        identity=_identity(case),
        marks=marks,
        orders=_orders(actor, cases, at),
        sessions=_sessions(actor, cases, at),
        challenges=_own_challenges(actor, cases, at),
    )
    return pack, _withheld(actor, cases, shared, _withdrawn(case), at)


def _identity(case: Case) -> tuple[tuple[str, str], ...]:
    subject = case.subject
    if not subject.known:
        return ()
    born = packs.day(subject.birth_on)
    return (("Name", subject.name), ("Other names", subject.other_names or "none on record"), ("Date of birth", born))


def _own_marks(case: Case, sought: tuple[Sought, ...]) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return the subject's numbers, addresses, cars and accounts, and how many are left out as a victim's too.

    What was withdrawn is not given: it may be somebody else's.
    """
    own = standing(SubjectMark.objects.unscoped(OWN).filter(subject=case.subject_id, of_associate=False))
    rows = own.order_by("kind", "pk")
    marks = [(MarkKind(row.kind).words, row.value) for row in rows]
    kept = tuple(item for item in marks if not redaction.find([("", item[1])], sought))
    return kept, len(marks) - len(kept)


def _orders(actor: Actor, cases: Iterable[Case], at: datetime) -> tuple[OrderLine, ...]:
    rows = Order.objects.visible_to(actor, at=at).filter(case__in=list(cases), served_at__isnull=False)
    return tuple(_order(row) for row in rows.prefetch_related(None).order_by("served_at", "pk"))


def _order(row: Order) -> OrderLine:
    return OrderLine(
        kind=OrderKind(row.kind).words,
        court=row.court,
        made=packs.day(row.made_on),
        served=packs.day(row.served_at) if row.served_at else "not served",
        until=packs.day(row.ended_on or row.expires_on) if row.ended_on or row.expires_on else "further order",
        conditions=Condition.objects.unscoped("of an order in a pack").filter(order=row).count(),
    )


def _sessions(actor: Actor, cases: Iterable[Case], at: datetime) -> tuple[tuple[str, str, str], ...]:
    rows = Session.objects.visible_to(actor, at=at).filter(case__in=list(cases)).exclude(strand="victim_safety")
    return tuple(
        (packs.day(row.planned_at), row.get_strand_display(), row.get_attendance_display().replace("_", " "))
        for row in rows.order_by("planned_at", "pk")
    )


def _withdrawn(case: Case) -> int:
    """Return how many marks were withdrawn from the subject's record as somebody else's."""
    rows = SubjectMark.objects.unscoped(OWN).filter(subject=case.subject_id, of_associate=False)
    return rows.count() - standing(rows).count()


def _withheld(actor: Actor, cases: list[Case], shared: int, withdrawn: int, at: datetime) -> Withheld:
    acts = CaseAct.objects.visible_to(actor, at=at).filter(case__in=cases, left_at=None).count()
    levels = LevelSet.objects.visible_to(actor, at=at).filter(case__in=cases).count()
    counted = (
        ("accounts that others gave", acts, "the rights of others, and the investigation of crime"),
        ("judgements of risk", levels, "to prevent crime, and serious harm to somebody"),
        ("numbers or addresses that a victim uses too", shared, "the rights of others"),
        (
            "what was recorded by mistake and withdrawn",
            withdrawn,
            "it is not about the subject and may be about somebody else",
        ),
        ("the victim's own file", 1, "never in a subject's pack, whatever it holds"),
    )
    return tuple({"what": what, "count": count, "why": why} for what, count, why in counted if count)


def court_pack(
    actor: Actor, case: Case, for_whom: str, sought: tuple[Sought, ...], *, at: datetime, keep: Iterable[str] = ()
) -> tuple[CourtPack, Withheld]:
    """Return what a court is given of one case, with every way to reach the victim left out of every text.

    `keep`: what only looked like one of them, as a person found who read it (`left_out`).
    """
    reader = redactor(case, sought, keep=keep)
    clean = reader.masked
    acts = CaseAct.objects.visible_to(actor, at=at).filter(case=case, left_at=None).select_related("allegation")
    conditions = Condition.objects.visible_to(actor, at=at).filter(order__case=case).select_related("order")
    breaches = Breach.objects.visible_to(actor, at=at).filter(condition__order__case=case)
    orders = Order.objects.visible_to(actor, at=at).filter(case=case).order_by("recorded_at", "pk")
    pack = CourtPack(
        reference=case.reference,
        made_at=at,
        for_whom=clean(for_whom),
        parties=(("Victim", case.victim.name), ("Subject", case.subject.name), ("Relationship", case.relationship)),
        acts=tuple(
            (packs.day(act.happened_at), _recorded_as(act.allegation),
             clean(act.allegation.reference), clean(act.allegation.words) or "no words were kept")
            for act in acts.order_by("happened_at", "pk")
        ),
        orders=tuple(_order(row) for row in orders),
        conditions=tuple(
            (OrderKind(row.order.kind).words, str(row.number), clean(row.text))
            for row in conditions.order_by("order__recorded_at", "number")
        ),
        breaches=tuple(
            (packs.day(row.happened_at), str(row.condition.number), clean(row.allegation.reference))
            for row in breaches.select_related("condition", "allegation").order_by("happened_at")
        ),
        exhibits=_material(actor, case, at),
        beside=tuple(
            (clean(row.about), _became(row), clean(row.answered.correction) if hasattr(row, "answered") else "")
            for row in _challenges(actor, [case], at)
        ),
    )  # fmt: skip
    notes: Withheld = ({"what": "every way to reach the victim", "count": len(sought), "why": "the victim's safety"},)
    if reader.left_in:
        read = len(reader.left_in)
        notes += ({"what": "words that were read and left in", "count": read, "why": "they lead to nobody"},)
    return pack, notes


def redactor(case: Case, sought: tuple[Sought, ...], *, keep: Iterable[str] = ()) -> Redactor:
    """Return what leaves out of a court's texts everything that is sought; the names of the parties give nobody away."""
    return Redactor(sought, known=(*_parties(case), packs.vocabulary()), keep=keep)


def left_out(*, actor: Actor, case: Case, at_risk: Iterable[str], at: datetime) -> LeftOutPage:
    """Return the words that a court's pack would leave out now, those first that only look like what is sought.

    Of the first thousand reports, conditions and challenges each; `whole` says whether that was all of them.
    """
    reader = redactor(case, sought_in(case, whole=False, at_risk=at_risk))
    texts, whole = _court_texts(actor, case, at)
    found: dict[tuple[str, str], LeftOut] = {}
    for text in texts:
        for seen in reader.seen(text):
            words = text[seen.start : seen.end]
            before, after = text[max(0, seen.start - AROUND) : seen.start], text[seen.end : seen.end + AROUND]
            keep = "" if seen.sure is Sure.CERTAIN else redaction.kept_by(text, seen)
            key = (seen.kind, redaction.squeezed(words))
            first = found.get(key) or LeftOut(words, before, after, seen.why, seen.kind, 0, keep, seen.slip)
            found[key] = replace(first, times=first.times + 1)
    rows = sorted(found.values(), key=lambda row: (not row.keep, -row.times))
    core = frozenset({Compartment.CORE.value})
    audit.consulted(
        actor, "pack.left_out", at=at, file=case.pk, compartments=core, fields=frozenset({"words"}), count=len(rows)
    )
    return LeftOutPage(tuple(rows), whole)


def _court_texts(actor: Actor, case: Case, at: datetime) -> tuple[list[str], bool]:
    acts = CaseAct.objects.visible_to(actor, at=at).filter(case=case, left_at=None).order_by("happened_at", "pk")
    conditions = Condition.objects.visible_to(actor, at=at).filter(order__case=case).order_by("pk")
    told = list(acts.values_list("allegation__words", "allegation__reference")[: MOST_READ + 1])
    set_ = list(conditions.values_list("text", flat=True)[:MOST_READ])
    said = [
        text
        for row in list(_challenges(actor, [case], at))[:MOST_READ]
        for text in (row.about, row.answered.correction if hasattr(row, "answered") else "")
    ]
    return [*(text for row in told[:MOST_READ] for text in row), *set_, *said], len(told) <= MOST_READ


def _challenges(actor: Actor, cases: Iterable[Case], at: datetime) -> Iterable[Challenge]:
    rows = Challenge.objects.visible_to(actor, at=at).filter(case__in=list(cases)).select_related("answered")
    return rows.order_by("received_on", "pk")


def _became(row: Challenge) -> str:
    return ChallengeOutcome(row.answered.outcome).words if hasattr(row, "answered") else "not answered yet"


def _own_challenges(actor: Actor, cases: Iterable[Case], at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return the subject's own challenges with their outcomes, and nobody's words, so that none is about a victim."""
    return tuple(
        (packs.day(row.received_on), ChallengeKind(row.kind).words, _became(row))
        for row in _challenges(actor, cases, at)
        if row.by_whom == Challenger.SUBJECT
    )


def _recorded_as(told: Allegation) -> str:
    return RecordingClass(told.recorded_class).label if told.recorded_class else "not recorded as a crime"


def _material(actor: Actor, case: Case, at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return the documents of a case that a whole team reads: by kind and hash, for a title may say too much.

    What the unit said to itself, minutes and advice, is no material of the case.
    """
    rows = Exhibit.objects.visible_to(actor, at=at).filter(file=case.pk, compartment=Compartment.CORE)
    return tuple(
        (row.kind.replace("_", " "), packs.day(row.recorded_at), row.sha256)
        for row in rows.exclude(kind__startswith="pack")
        .exclude(kind__in=NO_EVIDENCE)
        .defer("content")
        .order_by("recorded_at", "pk")
    )
