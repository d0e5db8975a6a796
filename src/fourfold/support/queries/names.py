"""Which names a message to a victim must not say: those that its reader may know of, and all that are on record."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.linkage import queries as linkage_queries
from fourfold.people.models import Message
from fourfold.people.queries.names import names_of

CHECKED = "what must not leave; the answer is shown to nobody"


def names_open_to(reader: Actor, case: Case, *, at: datetime) -> frozenset[str]:
    """Return the names of a case that somebody may read: its reference, the victim, the subject and who stands in the
    reports, on the records that are open to them. A name on any other record is none of these, or the answer would tell of it.
    """
    opened = access_queries.opened(reader, case.pk, at=at)
    if not opened.may_read(Compartment.SUBJECT_IDENTITY):
        return frozenset({case.reference, *names_of(case.victim_id, (), reader=reader, at=at)})
    told = linkage_queries.names_told({case.victim_id}, {case.subject_id}, reader=reader, at=at)
    return told.union({case.reference}, names_of(case.victim_id, {case.subject_id}, reader=reader, at=at))


def names_on_record(message: Message) -> frozenset[str]:
    """Return every name that a message must not say when it leaves, on whichever record, with who wrote it."""
    case = Case.objects.unscoped(CHECKED).filter(pk=message.file).first()
    subjects = {case.subject_id} if case else set()
    written = access_queries.names_of([message.recorded_by]).values()
    reference = (case.reference,) if case else ()
    told = linkage_queries.names_told({message.victim_id}, subjects)
    return told.union(names_of(message.victim_id, subjects), written, reference)


def case_of_message(message: Message) -> Case:
    """Return the case of a message whose reader has opened it."""
    return Case.objects.unscoped("the file was opened above for whoever reads").get(pk=message.file)
