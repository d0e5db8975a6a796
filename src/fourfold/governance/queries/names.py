"""Who may be named in a text that leaves without naming anybody: everyone whose name is on the record of a case."""

from collections.abc import Callable, Iterable, Iterator

from fourfold.access.forenames import other_forms
from fourfold.cases.models import Case
from fourfold.cases.queries.third_parties import third_parties_of
from fourfold.governance import packs
from fourfold.governance.queries.material import SEARCHED
from fourfold.governance.queries.packing import sought_in
from fourfold.governance.rules.redaction import Redactor, names_sought
from fourfold.governance.terms import FORM, Sought
from fourfold.intake.models import Allegation, FurtherPerson
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import MarkKind


def names_nobody(case: Case, *, at_risk: Iterable[str] = ()) -> Callable[[str], str]:
    """Return what masks in a text every name on record, and every way to reach a victim of the case's subject.

    `at_risk`: the names of children and others at risk, as the victims' files have them.
    """
    own = [*_named(case), *at_risk]
    forms = names_sought((form for name in own for form in other_forms(name)), own=(), template=())
    sought = [*sought_in(case, whole=True, at_risk=at_risk), *sought_in(case, whole=False)]
    sought += [*names_sought(own, own=(), template=()), *(Sought(FORM, each.value) for each in forms)]
    return Redactor(dict.fromkeys(sought), known=(packs.vocabulary(),)).masked


def _named(case: Case) -> Iterator[str]:
    """Yield the names of a case: the victim's, the subject's, of third parties, and of whom a report tells besides, with
    those of every record of the same person."""
    victims, subjects = records_of(case.victim_id), records_of(case.subject_id)
    for victim in Victim.objects.unscoped(SEARCHED).filter(pk__in=victims):
        yield from (victim.name, victim.other_names)
    for subject in Subject.objects.unscoped(SEARCHED).filter(pk__in=subjects):
        yield from (f"{subject.given_name} {subject.family_name}", subject.other_names)
    reaches = VictimReach.objects.unscoped(SEARCHED).filter(victim__in=victims, kind=MarkKind.OTHER_NAME)
    marks = SubjectMark.objects.unscoped(SEARCHED).filter(subject__in=subjects, kind=MarkKind.OTHER_NAME)
    for rows in (reaches, marks):
        yield from rows.values_list("value", flat=True)
    yield from (third.name for third in third_parties_of(case.pk))
    told = Allegation.objects.unscoped(SEARCHED).filter(case_acts__case__subject__in=subjects)
    further = FurtherPerson.objects.unscoped(SEARCHED).filter(allegation__in=told)
    yield from further.exclude(name="").values_list("name", flat=True).distinct()
