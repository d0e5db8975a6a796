"""The reports at the desk that belong together with one of them, side by side: who each tells of, and why it belongs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.scoping import opens_at_site
from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, PossibleAct, Triage
from fourfold.cases.queries import rows
from fourfold.cases.queries.alike import Alike
from fourfold.cases.queries.held import Held, HeldCase, acts_of_cases, open_at_sites, reports_read, unit_holds
from fourfold.cases.queries.reached import reached
from fourfold.cases.queries.second_case import case_of_pair
from fourfold.cases.queries.values import ActRow, as_rules_see
from fourfold.cases.terms import ClassCheck, Outcome
from fourfold.intake.models import Allegation
from fourfold.intake.terms import RecordingClass
from fourfold.linkage import queries as linkage
from fourfold.linkage.queries.meant import Meant, Told
from fourfold.linkage.terms import Evidence, MatchNow, Sure, Verdict
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part
from fourfold.programme import queries as programme

MOST = 60
"""So many reports stand on one page; of more it is said how many wait, and they follow once these have left."""


@dataclass(frozen=True)
class PersonTold:
    """Somebody as one report tells of them. Empty where the reader may not see it, or nothing is told."""

    name: str = ""
    birth_on: date | None = None
    is_told: bool = False


@dataclass(frozen=True)
class ReportBeside:
    """One report of a course that waits at the desk: its people as told, what they share with the first, what stands.

    `sure` says how sure it is that each part is the same person as in the first report. `seen` changes with every
    decision on its people. `expected` is what the counting rules expect of its class, if all of these belong.
    """

    act: ActRow
    told: Mapping[Part, PersonTold]
    sure: Mapping[Part, Sure | None]
    shares: tuple[str, ...]
    evidence: tuple[tuple[Part, Evidence], ...]
    may_be_third: bool
    subject_unnamed: bool
    decided: tuple[MatchNow, ...]
    expected: ClassCheck | None
    sees_subject: bool

    @property
    def id(self) -> UUID:
        return self.act.allegation

    @property
    def seen(self) -> str:
        standing = sorted(str(one.id) for one in self.decided)
        return sha256(" ".join(standing).encode()).hexdigest()

    def stands(self, part: Part) -> MatchNow | None:
        """Return what is settled of one part: a person who is confirmed, or a third party."""
        settled = (Verdict.SAME, Verdict.THIRD)
        return next((one for one in self.decided if one.part is part and one.verdict in settled), None)


@dataclass(frozen=True)
class OnRecord:
    """Somebody on record who may be the victim or the subject of a course: how sure that is, and in which case."""

    id: UUID
    name: str
    birth_on: date | None
    sure: Sure
    case: str = ""


@dataclass(frozen=True)
class CourseAtDesk:
    """The reports at the desk that belong together with one of them, which stands first; and who its people may be."""

    about: UUID
    reference: str
    site: str
    reports: tuple[ReportBeside, ...]
    left_out: int
    people: Mapping[Part, tuple[OnRecord, ...]]
    cases: tuple[HeldCase, ...]
    outcomes: tuple[Outcome, ...]
    names: Mapping[UUID, str] = field(default_factory=dict)


def course_at_desk(*, actor: Actor, allegation: UUID, at: datetime) -> CourseAtDesk:
    """Return the reports at the desk that belong together with one, or raise NotFound.

    Those that may tell of the same people (`unit_holds`), and those of the possible courses in which it lies. What is
    closed to the actor neither shows nor ranks. The same statements however many there are, and the log's.
    """
    first, _ = linkage.opened_allegation(actor, allegation, at=at)
    readable = open_at_sites(actor, at)
    held = unit_holds(actor=actor, reports=[first], at=at, readable=readable)[first.pk]
    third = _in_courses(held)
    alike = {one.act.allegation: one for one in held.waiting}
    wanted = [first.pk, *alike, *(pk for pk in third if pk not in alike and pk != first.pk)]
    found = {row.pk: row for row in reports_read(actor, wanted, at) if row.at_desk}
    listed = [found[pk] for pk in dict.fromkeys(wanted) if pk in found]
    shown = listed[:MOST]
    told = linkage.told_of_many(shown, readable, at=at)
    seen_by = {row.pk: Compartment.SUBJECT_IDENTITY in readable(row) for row in shown}
    decided = linkage.matches_of_many(shown, seen_by)
    expected = _expected(actor, held, shown, decided, at)
    beside = [
        _beside(
            row, told[row.pk], alike.get(row.pk), third, decided[row.pk], expected[row.pk], seen_by[row.pk], first.pk
        )
        for row in shown
    ]
    audit.consulted(actor, "course.beside", at=at, file=first.pk, compartments={"core"}, count=len(beside))
    return CourseAtDesk(
        about=first.pk,
        reference=first.reference,
        site=first.site,
        reports=tuple(beside),
        left_out=len(listed) - len(shown),
        people=_people(actor, shown, told, held.cases, at),
        cases=held.cases,
        outcomes=tuple(Outcome(name) for name in programme.working(first.site, at.date()).triage_outcomes),
        names=access_queries.names_of(one.decided_by for some in decided.values() for one in some),
    )


def _in_courses(held: Held) -> dict[UUID, bool]:
    """Return the reports of the possible courses, and which of them tell of somebody near the victim; one statement."""
    courses = [row.id for row in held.courses]
    if not courses:
        return {}
    acts = PossibleAct.objects.unscoped("read through the actor's scope next").filter(course__in=courses)
    return dict(acts.order_by("id").values_list("allegation", "third"))


def _beside(
    row: Allegation,
    told: Told,
    alike: Alike | None,
    third: Mapping[UUID, bool],
    decided: tuple[MatchNow, ...],
    expected: ClassCheck | None,
    sees_subject: bool,
    first: UUID,
) -> ReportBeside:
    itself = Sure.LIKELY if row.pk == first else None
    return ReportBeside(
        act=rows.allegation_row(row),
        told={Part.VICTIM: _told(told, Part.VICTIM, row.victim_name), Part.SUBJECT: _told(told, Part.SUBJECT)},
        sure={Part.VICTIM: alike.victim if alike else itself, Part.SUBJECT: alike.subject if alike else itself},
        shares=alike.shares if alike else (),
        evidence=alike.evidence if alike else (),
        may_be_third=third.get(row.pk, False),
        subject_unnamed=alike.subject_unnamed if alike else False,
        decided=decided,
        expected=expected,
        sees_subject=sees_subject,
    )


def _told(told: Told, part: Part, as_told: str = "") -> PersonTold:
    traits = told.of(part)
    name = traits.name or as_told  # what a school is called is no name to compare by
    return PersonTold(name, traits.birth_on, bool(name or traits.birth_on or traits.marks))


def _expected(
    actor: Actor, held: Held, shown: Sequence[Allegation], decided: Mapping[UUID, tuple[MatchNow, ...]], at: datetime
) -> dict[UUID, ClassCheck | None]:
    """Return what the counting rules expect of each report, if all of them and what is known of the pair belong."""
    third = {pk for pk, some in decided.items() if any(one.verdict is Verdict.THIRD for one in some)}
    ours = [row for row in shown if row.pk not in third]
    before = {one.act.allegation: one.act for one in held.of_the_pair if not one.waits}
    before |= {one.allegation: one for one in acts_of_cases(actor, held, at=at)}
    acts = [rows.act_of(row, rows.kinds_of(row)) for row in ours]
    here = {row.pk for row in ours}
    acts += [as_rules_see(one) for pk, one in before.items() if pk not in here]
    partners = {row.former_partner for row in ours} | {one.former_partner for one in held.of_the_pair if not one.waits}
    partner = True if True in partners else (None if None in partners else False)
    return {
        row.pk: None
        if row.pk in third
        else rules.class_check(
            acts,
            recorded_as=RecordingClass(row.recorded_class) if row.recorded_class else None,
            former_partner=partner,
            on=row.told_at.date(),
            included=row.included_classes,
        )
        for row in shown
    }


# ---- who its people may be -----------------------------------------------------------------------------------------


def _people(
    actor: Actor, shown: Sequence[Allegation], told: Mapping[UUID, Told], cases: Iterable[HeldCase], at: datetime
) -> dict[Part, tuple[OnRecord, ...]]:
    """Return who on record the reports may mean, the surest first, with the open case of the pair that names them."""
    if not shown:
        return dict.fromkeys(Part, ())
    meant = linkage.meant_by(actor, shown, told, at=at, reached=reached(actor=actor, at=at))
    sure: dict[Part, dict[UUID, Sure]] = {part: {} for part in Part}
    for one in (each for some in meant.values() for each in some):
        known = sure[one.part].get(one.person)
        sure[one.part][one.person] = _surer(one, known)
    of_pair = {case.id: case.reference for case in cases if case.is_of_the_pair}
    pairs = Case.objects.visible_to(actor, at=at).filter(pk__in=of_pair).values_list("victim", "subject", "reference")
    named = {person: reference for victim, subject, reference in pairs for person in (victim, subject)}
    victims = Victim.objects.visible_to(actor, at=at).filter(pk__in=sure[Part.VICTIM])
    subjects = Subject.objects.visible_to(actor, at=at).filter(
        opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at), pk__in=sure[Part.SUBJECT]
    )
    return {
        Part.VICTIM: _on_record(victims, sure[Part.VICTIM], named),
        Part.SUBJECT: _on_record(subjects, sure[Part.SUBJECT], named),
    }


def _surer(one: Meant, known: Sure | None) -> Sure:
    return one.sure if known is None else min(one.sure, known, key=lambda each: each.rank)


def _on_record(
    people: Iterable[Victim | Subject], sure: Mapping[UUID, Sure], named: Mapping[UUID, str]
) -> tuple[OnRecord, ...]:
    found = [OnRecord(each.pk, each.name, each.birth_on, sure[each.pk], named.get(each.pk, "")) for each in people]
    return tuple(sorted(found, key=lambda one: (not one.case, one.sure.rank, one.name, one.id)))


def reports_of_case(case: Case | None, victim: Victim | None, subject: Subject | None) -> set[UUID]:
    """Return the reports that are acts of a case now, or else of the case of a pair; for services. Two statements."""
    if case is None and victim is not None and subject is not None:
        case = case_of_pair(victim, subject)
    if case is None:
        return set()
    acts = CaseAct.objects.unscoped("which third parties it has").filter(case=case, left_at__isnull=True)
    return set(acts.values_list("allegation", flat=True))


# ---- what has left meanwhile ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeftDesk:
    """A report that left the desk while somebody wrote: how, by whom and when, and which case it joined."""

    reference: str
    outcome: Outcome
    reason: str
    by: str
    at: datetime
    case: str


def left_desk(*, actor: Actor, reports: Iterable[UUID], at: datetime) -> tuple[LeftDesk, ...]:
    """Return how some reports left the desk that the actor may see; three statements, none for no report."""
    wanted = list(reports)
    if not wanted:
        return ()
    seen = Allegation.objects.visible_to(actor, at=at).filter(pk__in=wanted).values("pk")
    found = Triage.objects.unscoped("scoped by its report").filter(allegation__in=seen).select_related("allegation")
    latest = {row.allegation_id: row for row in found.order_by("decided_at", "id")}
    cases = dict(
        Case.objects.visible_to(actor, at=at)
        .filter(pk__in={row.case_id for row in latest.values()})
        .values_list("pk", "reference")
    )
    names = access_queries.names_of(row.recorded_by for row in latest.values())
    return tuple(
        LeftDesk(
            row.allegation.reference,
            Outcome(row.outcome),
            row.reason,
            names.get(row.recorded_by, ""),
            row.decided_at,
            cases.get(row.case_id, ""),
        )
        for row in latest.values()
    )
