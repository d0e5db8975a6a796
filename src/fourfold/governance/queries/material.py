"""What of a case a pack is made of: its documents, each with its number; its pictures, as decided; what leads to no victim."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.exhibits.models import Exhibit, SafeCopy
from fourfold.exhibits.rules import is_picture
from fourfold.exhibits.terms import NO_EVIDENCE, SEALED_FILE, ExhibitRow
from fourfold.governance import packs
from fourfold.governance.packs import PictureLine
from fourfold.governance.rules.dangers import Entry, Sieve
from fourfold.governance.terms import Choice
from fourfold.intake.models import Allegation
from fourfold.people.models import SubjectMark
from fourfold.people.queries import standing
from fourfold.people.queries.same_person import records_by, records_of
from fourfold.words import Word

SEARCHED = "looked for in a made document, never shown"
OWN = "the subject's own record, for the pack that was asked for"
NEVER_DRAWN = frozenset({"image/heic", "image/tiff"})
NOT_DRAWN = "whether a copy of its pixels could be drawn"


def documents_of(actor: Actor, case: Case, *, at: datetime) -> list[Exhibit]:
    """Return the documents of a case that a whole team reads, in the order in which an application numbers them.

    What the unit said to itself, minutes and advice, is no material.
    """
    rows = Exhibit.objects.visible_to(actor, at=at).filter(file=case.pk, compartment=Compartment.CORE)
    rows = rows.exclude(kind__startswith="pack").exclude(kind__in=NO_EVIDENCE).defer("content")
    return list(rows.order_by("recorded_at", "pk"))


def listed(case: Case, rows: Iterable[Exhibit], sieve: Sieve) -> Iterator[tuple[str, str, str, str]]:
    """Yield documents of a case by number, kind and hash: a title may say too much."""
    for number, row in enumerate(rows, 1):
        kind = sieve.through(
            row.kind.replace("_", " ").replace("-", " "), Entry(str(row.pk), "a document of the case", "kind")
        )
        yield f"{case.reference}/{number}", kind, packs.day(row.recorded_at), row.sha256


def picture_lines(reference: str, rows: Iterable[Exhibit | ExhibitRow], sieve: Sieve) -> Iterator[PictureLine]:
    """Yield what stands in a pack of each document of a case, numbered in this order: no picture that nobody decided to show.

    One statement more than the rows take where there is a picture among them.
    """
    every = list(rows)
    drawn = [row.id for row in every if is_picture(row.media_type)]
    undrawn = SafeCopy.objects.unscoped(NOT_DRAWN).filter(exhibit__in=drawn, content="")
    why_none: dict[UUID, str] = dict(undrawn.values_list("exhibit", "why_none") if drawn else ())
    for number, row in enumerate(every, 1):
        exhibit = f"{reference}/{number}"
        if row.kind == SEALED_FILE:
            yield PictureLine(exhibit, instead=f"{packs.NOT_SHOWN}: {row.title.rpartition(': ')[2]}")
        elif not is_picture(row.media_type):
            yield PictureLine(exhibit, instead=packs.NO_PICTURE)
        elif row.media_type in NEVER_DRAWN or row.id in why_none:
            yield PictureLine(exhibit, instead=f"{packs.NOT_SHOWN}: {why_none.get(row.id) or packs.NO_KIND}")
        else:
            yield _decided(exhibit, row, sieve)


def _decided(exhibit: str, row: Exhibit | ExhibitRow, sieve: Sieve) -> PictureLine:
    entry = Entry(str(row.id), Word("a document of the case"), Word("picture"), Compartment(row.compartment))
    said = sieve.shows(row.id, f"Exhibit {exhibit}", row.title, entry)
    if said is Choice.KEEP:
        return PictureLine(exhibit, photo=str(row.id))
    return PictureLine(exhibit, instead=packs.LEFT_OUT if said is Choice.LEAVE_OUT else packs.UNDECIDED)


def references_of(case: Case) -> QuerySet[Allegation, str]:
    """Return what the reports of a case are called; one statement, once somebody looks."""
    rows = Allegation.objects.unscoped(SEARCHED).filter(case_acts__case=case)
    return rows.values_list("reference", flat=True).distinct()


def leads_to_nobody(case: Case) -> Iterable[str]:
    """Return what only looks like a way to a victim: what reports are called, and the subject's own numbers and places.

    On whichever record of the subject they are. One statement, once somebody looks.
    """
    records = records_by(case.subject_id)
    own = standing(SubjectMark.objects.unscoped(OWN).filter(subject__in=records, of_associate=False))
    return references_of(case).union(own.values_list("value", flat=True))


def write_to(controller: str) -> str:
    """Return where somebody writes who asks about their record; "" where nobody has set that."""
    return " ".join(settings.FOURFOLD.write_to.get(controller, "").split())


def own_marks(case: Case) -> QuerySet[SubjectMark]:
    return SubjectMark.objects.unscoped(OWN).filter(subject__in=records_of(case.subject_id), of_associate=False)


def own_ways(case: Case) -> QuerySet[SubjectMark, str]:
    return standing(own_marks(case)).values_list("value", flat=True)
