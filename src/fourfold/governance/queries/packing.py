"""What goes into a pack, and what may not stand in it: the allow-list, and everything that would give a victim away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from fourfold.access.forenames import other_forms
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet
from fourfold.cases.queries.same_events import told_in
from fourfold.gateways.documents import Document
from fourfold.governance import packs
from fourfold.governance.models import Challenge, Pack
from fourfold.governance.packs import CourtPack, OrderLine, SubjectPack
from fourfold.governance.queries import advising, applying
from fourfold.governance.queries.material import (
    OWN,
    SEARCHED,
    documents_of,
    leads_to_nobody,
    listed,
    own_marks,
    own_ways,
    picture_lines,
    references_of,
    write_to,
)
from fourfold.governance.rules import redaction
from fourfold.governance.rules.dangers import Entry, Sieve
from fourfold.governance.rules.redaction import Redactor
from fourfold.governance.terms import (
    AT_RISK,
    FORM,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    Choice,
    PackKind,
    PackOrder,
    Sought,
)
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.intake.terms import KnownKind, PersonRole, RecordingClass
from fourfold.orders.application import FALLEN, Passes
from fourfold.orders.models import Breach, Condition, Order
from fourfold.orders.queries.breaches import fallen_acts
from fourfold.orders.terms import BEING_SOUGHT, OrderKind, Step
from fourfold.people.models import SafeContact, Subject, Victim, VictimReach
from fourfold.people.queries import standing
from fourfold.people.queries.same_person import records_of, records_of_any
from fourfold.people.terms import MarkKind
from fourfold.plan.models import Session
from fourfold.programme import queries as programme
from fourfold.words import sentence

TOLD_REACHES = (
    ("victim_phone", "phone"),
    ("victim_email", "email"),
    ("victim_address", "address"),
    ("place", "address"),
)

#: An order that stands there binds nobody: a court is not told that it runs until further order.
NEVER_MADE = BEING_SOUGHT | {Step.DECLINED, Step.REFUSED}
#: What stands in the place of a court where none makes such an order.
BY_NO_COURT = dict.fromkeys(("bail", "dvpn"), "given by the police") | {"licence": "no court"}

Withheld = tuple[dict[str, str | int], ...]
"""What was left out, how much of it, and on which ground: the restriction record."""
Decided = Mapping[str, Choice]
"""What was decided last of each danger, by its key."""


def cases_of_subject(actor: Actor, case: Case, *, at: datetime) -> list[Case]:
    """Return the cases of a case's subject, under every record of that person, that are open to the actor."""
    files = Case.objects.visible_to(actor, at=at)
    return list(files.filter(subject__in=records_of(case.subject_id)).order_by("opened_at"))


def sought_in(case: Case, *, whole: bool, at_risk: Iterable[str] = ()) -> tuple[Sought, ...]:
    """Return everything that may not stand in a pack about a case: the ways to every victim of its subject.

    `at_risk`: the names of children and others at risk, as the victims' files have them.
    `whole`: this victim's names too, and whom else an account names; for the subject's own record. Wherever the cases are, and
    whether or not the reader may open them.
    """
    files = Case.objects.unscoped(SEARCHED).filter(subject__in=records_of(case.subject_id))
    victims = sorted(records_of_any(files.values_list("victim_id", flat=True)))
    allegations = Allegation.objects.unscoped(SEARCHED).filter(case_acts__case__in=files)
    sought = [
        item
        for reach in VictimReach.objects.unscoped(SEARCHED).filter(victim__in=victims).exclude(kind=MarkKind.OTHER_NAME)
        for item in redaction.reach_sought(reach.kind, reach.value)
    ]
    rows = list(allegations.values("victim_name", *(name for name, _ in TOLD_REACHES)).distinct())
    for row in rows:
        for name, kind in TOLD_REACHES:
            sought += redaction.reach_sought(kind, row[name]) if row[name] else []
    sought += [item for kind, value in _told_besides(allegations) for item in redaction.reach_sought(kind, value)]
    sought += _at_risk(case, at_risk, [] if whole else victims)
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


def _at_risk(case: Case, names: Iterable[str], victims: list[UUID]) -> list[Sought]:
    """Return the names of people and other victims at risk: whole as any other, each word as one that others may bear too."""
    others = Victim.objects.unscoped(SEARCHED).filter(pk__in=victims).exclude(pk__in=records_of(case.victim_id))
    named = (*names, *(name for row in others for name in (row.name, row.other_names) if name))
    every = [each for name in named for each in (name, *other_forms(name))]
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
    own, known = (subject.given_name, subject.family_name, subject.other_names), (packs.vocabulary(),)
    forms = [form for name in {*names, *told_names} for form in other_forms(name)]
    called = redaction.names_sought(forms, own=own, template=known)
    sought = redaction.names_sought((*names, *told_names), own=own, template=known)
    return [*sought, *(Sought(FORM, each.value) for each in called)]


def _without_own_towns(case: Case, sought: list[Sought]) -> list[Sought]:
    """Leave out the towns in the subject's own addresses: that the subject lives there says nothing about a victim."""
    own = [redaction.squeezed(value) for value in own_ways(case)]
    return [
        item
        for item in sought
        if item.kind != "town" or not any(redaction.squeezed(item.value) in value for value in own)
    ]


@dataclass(frozen=True)
class Composed:
    """A pack as it would be made now: the document, what it leaves out, and the sieve with its dangers."""

    document: Document
    withheld: Withheld
    sieve: Sieve
    sought: int


def composed(
    actor: Actor, case: Case, order: PackOrder | Pack, *, at: datetime, at_risk: Iterable[str], decided: Decided
) -> Composed:
    """Return a pack from the record as it is now; what nobody decided is masked in it."""
    kind = PackKind(order.kind)
    sought = sought_in(case, whole=kind is PackKind.SUBJECT, at_risk=at_risk)
    applied = order.application_id if isinstance(order, Pack) else order.application
    more = applying.vocabulary(applied, at=at) if applied else advising.vocabulary(at) * (kind is PackKind.ADVICE)
    sieve = _sieve(case, kind, sought, decided, f"{packs.vocabulary()} {more}".strip())
    withheld: Withheld = (
        {"what": "every way to reach the victim", "count": len(sought), "why": "the victim's safety"},
    )
    if applied is not None:
        document = applying.application_document(actor, case, applied, sieve, at=at)
    elif kind is PackKind.ADVICE:
        document = advising.advice_document(actor, case, order, sieve, at=at)
    elif kind is PackKind.COURT:
        document = packs.court_document(court_pack(actor, case, order.asked_by.strip(), sieve, at=at))
    elif order.must_not_know:
        document = packs.subject_document(SubjectPack(packs.answer_to(order), at, *_answers(case)))
        withheld = ({"what": "everything", "count": 1, "why": order.restriction_reason.strip()},)
    else:
        pack, withheld = subject_pack(actor, case, packs.answer_to(order), sieve, at=at)
        document = packs.subject_document(pack)
    return Composed(document, (*withheld, *_as_decided(sieve)), sieve, len(sought))


def _answers(case: Case) -> tuple[str, str]:
    """Return who answers for a case, its police force or whoever hosts the unit, for this unit; and where to write to them."""
    named = f"{programme.name_of(case.controller)}, for the {programme.name_of(case.site)} unit"
    return named, write_to(case.controller)


def _sieve(case: Case, kind: PackKind, sought: tuple[Sought, ...], decided: Decided, own_words: str) -> Sieve:
    subject = (case.subject.name, case.subject.other_names)
    parties = subject if kind is PackKind.SUBJECT else _parties(case)
    sieve = Sieve(
        sought, known=(*parties, own_words), called=leads_to_nobody(case), served=_served_texts(case), decided=decided
    )
    for text in (*parties, own_words, *_answers(case)):
        sieve.lets(text)
    return sieve


def _served_texts(case: Case) -> tuple[str, ...]:
    """Return the words of every order with which the subject was served: its court, and its conditions as served."""
    rows = Condition.objects.unscoped(OWN).filter(order__case__subject__in=records_of(case.subject_id))
    return tuple(rows.filter(recorded_at__lte=F("order__served_at")).values_list("text", flat=True))


def _as_decided(sieve: Sieve) -> Withheld:
    """Return how often each thing was decided, for the record of what was left out."""
    said = Counter(sieve.decision(each) for each in sieve.dangers if each.picture is None)
    seen = Counter(sieve.decision(each) for each in sieve.dangers if each.picture is not None)
    counted = (
        ("words that were masked", said[Choice.MASK], "they may lead to a victim"),
        ("entries that were left out", said[Choice.LEAVE_OUT], "they may lead to a victim"),
        ("words that were read and left in", said[Choice.KEEP], "a person decided so, with a reason"),
        ("pictures that were left out", seen[Choice.LEAVE_OUT], "they may lead to a victim"),
        ("pictures that were looked at and shown", seen[Choice.KEEP], "a person decided so, with a reason"),
    )
    return tuple({"what": what, "count": count, "why": why} for what, count, why in counted if count)


def subject_pack(
    actor: Actor, case: Case, reference: str, sieve: Sieve, *, at: datetime
) -> tuple[SubjectPack, Withheld]:
    """Return what a subject is given of their own record, and what is left out and why."""
    cases = cases_of_subject(actor, case, at=at)
    marks, shared = _own_marks(case, sieve)
    pack = SubjectPack(
        reference=reference,
        made_at=at,
        controller=_answers(case)[0],
        write_to=_answers(case)[1],
        identity=_identity(case, sieve),
        marks=marks,
        orders=_orders(actor, cases, sieve, at),
        sessions=_sessions(actor, cases, at),
        challenges=_own_challenges(actor, cases, at),
    )
    return pack, _withheld(actor, cases, shared, own_marks(case).count() - standing(own_marks(case)).count(), at)


def _identity(case: Case, sieve: Sieve) -> tuple[tuple[str, str], ...]:
    subject = case.subject
    if not subject.known:
        return ()
    joined = Subject.objects.unscoped(OWN).filter(pk__in=records_of(subject.pk)).exclude(pk=subject.pk)
    every = [subject.other_names, *(name for row in joined.order_by("pk") for name in (row.name, row.other_names))]
    names = "; ".join(name for name in dict.fromkeys(every) if name not in ("", subject.name))
    also = sieve.through(names, _of_subject(subject.pk, "other names")) or "none on record"
    return (("Name", subject.name), ("Other names", also), ("Date of birth", packs.day(subject.birth_on)))


def _of_subject(row: UUID, field: str, *, apart: bool = False) -> Entry:
    return Entry(str(row), "the subject's record", field, Compartment.SUBJECT_IDENTITY, apart=apart)


def _own_marks(case: Case, sieve: Sieve) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return the subject's numbers, addresses, cars and accounts, and how many are left out as a victim's too.

    What was withdrawn is not given: it may be somebody else's.
    """
    marks = [
        (MarkKind(row.kind).words, sieve.through(row.value, _of_subject(row.pk, row.kind, apart=True)))
        for row in standing(own_marks(case)).order_by("kind", "pk")
    ]
    kept = [item for item in marks if redaction.MASK not in item[1]]
    return tuple(dict.fromkeys(kept)), len(marks) - len(kept)


def _orders(actor: Actor, cases: Iterable[Case], sieve: Sieve, at: datetime) -> tuple[OrderLine, ...]:
    rows = Order.objects.visible_to(actor, at=at).filter(case__in=list(cases), served_at__isnull=False)
    return tuple(_order(row, sieve) for row in rows.prefetch_related(None).order_by("served_at", "pk"))


def _order(row: Order, sieve: Sieve) -> OrderLine:
    court = Entry(str(row.pk), OrderKind(row.kind).words, "court", court=True)
    kind, was_made = OrderKind(row.kind).words, row.step not in NEVER_MADE
    return OrderLine(
        kind=kind,
        court=sieve.through(row.court, court) or (BY_NO_COURT.get(row.kind, "not known") if was_made else ""),
        made=packs.day(row.made_on) if was_made else f"{Step(row.step).words}; no court has made it",
        served=packs.day(row.served_at) if row.served_at else "not served" if was_made else "",
        until=_until(row) if was_made else "",
        conditions=Condition.objects.unscoped("of an order in a pack").filter(order=row).count(),
    )


def _until(row: Order) -> str:
    if row.ended_on:
        return f"ended {packs.day(row.ended_on)}"
    return packs.day(row.expires_on) if row.expires_on else "further order"


def _called(row: Order) -> str:
    """Return an order as it is told from another of its kind: by the day on which it was made, or by how far it came."""
    kind = OrderKind(row.kind).words
    return f"{kind} of {packs.day(row.made_on)}" if row.made_on else f"{kind}, {Step(row.step).words}"


def _sessions(actor: Actor, cases: Iterable[Case], at: datetime) -> tuple[tuple[str, str, str], ...]:
    rows = Session.objects.visible_to(actor, at=at).filter(case__in=list(cases)).exclude(strand="victim_safety")
    return tuple(
        (packs.day(row.planned_at), row.get_strand_display(), row.get_attendance_display().replace("_", " "))
        for row in rows.order_by("planned_at", "pk")
    )


def _withheld(actor: Actor, cases: list[Case], shared: int, withdrawn: int, at: datetime) -> Withheld:
    acts = told_in(CaseAct.objects.visible_to(actor, at=at).filter(case__in=cases)).count()
    levels = LevelSet.objects.visible_to(actor, at=at).filter(case__in=cases).count()
    counted = (
        ("accounts that others gave", acts, "the rights of others, and the investigation of crime"),
        ("judgements of risk", levels, "to prevent crime, and serious harm to somebody"),
        ("numbers or addresses that a victim uses too, or may", shared, "the rights of others"),
        (
            "what was recorded by mistake and withdrawn",
            withdrawn,
            "it is not about the subject and may be about somebody else",
        ),
        ("the victim's own file", 1, "never in a subject's pack, whatever it holds"),
    )
    return tuple({"what": what, "count": count, "why": why} for what, count, why in counted if count)


def court_pack(actor: Actor, case: Case, for_whom: str, sieve: Sieve, *, at: datetime) -> CourtPack:
    """Return what a court is given of one case, with every way to reach the victim left out of every text."""
    acts = told_in(CaseAct.objects.visible_to(actor, at=at).filter(case=case)).select_related("allegation")
    breaches = Breach.objects.visible_to(actor, at=at).filter(condition__order__case=case)
    breaches = breaches.select_related("condition__order", "allegation").order_by("happened_at", "pk")
    fallen = fallen_acts(breaches)
    orders = Order.objects.visible_to(actor, at=at).filter(case=case).order_by("recorded_at", "pk")
    related = Entry(str(case.pk), "the case", "relationship")
    material = documents_of(actor, case, at=at)
    return CourtPack(
        reference=case.reference,
        made_at=at,
        for_whom=sieve.through(for_whom, Entry("request", "the request", "who asked", court=True)),
        parties=(
            ("Victim", case.victim.name),
            ("Subject", case.subject.name),
            ("Relationship", sieve.through(case.relationship.replace("_", " "), related) or "not known"),
        ),
        acts=tuple(_act(row, sieve, fallen) for row in acts.order_by("happened_at", "pk")),
        orders=tuple(_order(row, sieve) for row in orders),
        conditions=_conditions(actor, case, sieve, at),
        breaches=_breaches((row for row in breaches if row.withdrawn_at is None), sieve),
        exhibits=tuple(listed(case, material, sieve)),
        pictures=tuple(picture_lines(case.reference, material, sieve)),
        beside=tuple(_beside(row, sieve) for row in _challenges(actor, [case], at)),
    )


def _act(act: CaseAct, sieve: Sieve, fallen: Container[UUID]) -> tuple[str, str, str, str]:
    told, day = act.allegation, packs.day_of_act(act.allegation.occurred_from, act.happened_at)
    record = sentence("report {1} of {2}", told.reference, day)
    words = sieve.through(told.words, Entry(str(told.pk), record, "account as told"))
    reference = sieve.through(told.reference, Entry(str(told.pk), record, "reference"))
    stands = f"; {FALLEN}" if told.pk in fallen else f"; {packs.SAME}" if act.left_at else ""
    return day, _recorded_as(told, record, sieve) + stands, reference, words.strip()


def _conditions(actor: Actor, case: Case, sieve: Sieve, at: datetime) -> tuple[tuple[str, str, str], ...]:
    rows = Condition.objects.visible_to(actor, at=at).filter(order__case=case).select_related("order")
    return tuple(
        (_called(row.order), _number(row), sieve.through(row.text, _of_condition(row)))
        for row in rows.order_by("order__recorded_at", "number")
    )


def _number(row: Condition) -> str:
    """Return the number of a condition; of one that was varied away, until when it stood."""
    return f"{row.number}, until {packs.day(row.ended_at)}" if row.ended_at else str(row.number)


def _of_condition(row: Condition) -> Entry:
    order = row.order
    served = order.served_at is not None and row.recorded_at <= order.served_at
    record = sentence("{1}, condition {2}", OrderKind(order.kind).words, row.number)
    return Entry(str(row.pk), record, "words of the condition", served=served, meant=bool(row.place_ground))


def _breaches(rows: Iterable[Breach], sieve: Sieve) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (
            packs.day_of_act(row.allegation.occurred_from, row.happened_at),
            _called(row.condition.order),
            str(row.condition.number),
            sieve.through(row.allegation.reference, Entry(str(row.pk), "a breach", "reference")),
        )
        for row in rows
    )


def _beside(row: Challenge, sieve: Sieve) -> tuple[str, str, str]:
    record = sentence("challenge of {1}", packs.day(row.received_on))
    about = sieve.through(row.about, Entry(str(row.pk), record, "what it is about"))
    correction = row.answered.correction if hasattr(row, "answered") else ""
    added = Entry(str(row.pk), record, "what was added to the record")
    return about, _became(row), sieve.through(correction, added) or "nothing"


def leaves_out(case: Case, *, at_risk: Iterable[str] = ()) -> Passes:
    """Return what masks every way to reach a victim in a text, also where it only may be one; the names of whom an order protects stay."""
    sought = sought_in(case, whole=False, at_risk=at_risk)
    known = (*_parties(case), packs.vocabulary(), *references_of(case))
    every = Redactor(sought, known=known)
    but_names = Redactor((item for item in sought if not redaction.names_somebody(item)), known=known)
    return lambda text, place: (but_names if place.named else every).masked(text)


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


def _recorded_as(told: Allegation, record: str, sieve: Sieve) -> str:
    """Return the class in words; as the force wrote it, where it is none of ours."""
    if told.recorded_class:
        return RecordingClass(told.recorded_class).words
    written = sieve.through(told.class_as_recorded, Entry(str(told.pk), record, "class as recorded"))
    return written or "not recorded as a crime"
