"""The applications that were released: what whoever applies takes to the court, once a second person has let it leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access.projection import Projection, Staff
from fourfold.access.queries import names_of
from fourfold.access.terms import Opened
from fourfold.governance.models import Pack, PackMadeAgain, PackReleased
from fourfold.governance.queries.dangers import files_of, pack_is_released


@dataclass(frozen=True)
class ReleasedApplication:
    """The application for an order as it was released: its files, who released it and when, and how it goes."""

    pdf: UUID
    docx: UUID
    released_at: datetime
    released_by: str
    channel: str


_RELEASED = Projection(
    ReleasedApplication,
    PackReleased,
    *("pdf", "docx"),
    released_at="recorded_at",
    released_by=Staff("recorded_by", "somebody who left"),
)


def released_applications(opened: Opened) -> dict[UUID, ReleasedApplication]:
    """Return for each order of an opened case its application as it was released last.

    One statement where none was, else one more for the names and one for each order.
    """
    rows = PackReleased.objects.of(opened).filter(pack__application__isnull=False).select_related("pack")
    last = {row.pack.application_id: row for row in rows.order_by("recorded_at", "pk")}
    names = names_of(_RELEASED.staff_in(last.values())) if last else {}
    files = {order: files_of(row.pack) for order, row in last.items()}
    return {
        order: _RELEASED(row, names=names, pdf=files[order].pdf, docx=files[order].docx) for order, row in last.items()
    }


def unreleased_files(opened: Opened) -> frozenset[UUID]:
    """Return the files of packs of an opened case that nobody has released: they wait, or were made again since.

    One statement, and one more where there is a pack.
    """
    packs = list(Pack.objects.of(opened).select_related("release"))
    again = list(PackMadeAgain.objects.of(opened).order_by("recorded_at", "pk")) if packs else []
    last: dict[UUID, Pack | PackMadeAgain] = {row.pk: row for row in packs} | {row.pack_id: row for row in again}
    left = (last[row.pk] for row in packs if pack_is_released(row))
    return _files((*packs, *again)) - _files(left)


def _files(made: Iterable[Pack | PackMadeAgain]) -> frozenset[UUID]:
    return frozenset(file for row in made for file in (row.pdf, row.docx))
