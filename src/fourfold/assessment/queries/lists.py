"""Lists of answers in a file, beside those that a site has already, and those by themselves with the forms that took from them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.terms import NotFound, Permission, existing
from fourfold.assessment import fhir
from fourfold.assessment.fhir.lists import ListRead
from fourfold.assessment.fhir.terms import Refused
from fourfold.assessment.models import DefinitionImported, ListBrought, ListWithdrawn
from fourfold.assessment.rules.approval import CannotBring
from fourfold.audit.terms import Actor
from fourfold.words import put


@dataclass(frozen=True)
class ListFound:
    """One list of a file; `already` says that exactly this one counts at the site, else `turn` the how manieth of its
    address it would be."""

    read: ListRead
    already: bool
    turn: int

    @property
    def answers(self) -> int:
        return self.read.answers


def preview_lists(*, site: str, raw: bytes, at: datetime) -> tuple[ListFound, ...]:
    """Return the lists that a file holds: one statement. Raises CannotBring for a file that holds none."""
    try:
        found = fhir.read_lists(raw)
    except Refused as fault:
        raise CannotBring("file", fault.finding.message) from fault
    held = lists_brought(site, at=at).filter(url__in=[one.url for one in found])
    latest = {
        url: ("" if gone else sha256, turn)
        for url, sha256, turn, gone in held.values_list("url", "sha256", "turn", "is_withdrawn")
    }
    shown = []
    for read in found:
        counts, turn = latest.get(read.url, ("", 0))
        one = ListFound(read, counts == sum_of(read), turn + 1)
        if one.answers and not one.already:
            latest[read.url] = (sum_of(read), one.turn)
        shown.append(one)
    return tuple(shown)


def sum_of(read: ListRead) -> str:
    return hashlib.sha256(read.document).hexdigest()


def lists_brought(site: str, *, at: datetime) -> QuerySet[Any]:
    """Return the lists of a site as they were brought in: of one address the last counts, unless it `is_withdrawn`."""
    gone = Exists(ListWithdrawn.objects.filter(brought=OuterRef("pk"), withdrawn_at__lte=at))
    brought = ListBrought.objects.filter(site=site, brought_at__lte=at)
    return brought.annotate(is_withdrawn=gone).order_by("brought_at", "turn", "pk")


def documents_in_use(site: str, *, at: datetime) -> dict[str, bytes]:
    """Return the lists that forms of a site take answers from, by address: one statement."""
    found: dict[str, str | None] = {}
    for url, document, gone in lists_brought(site, at=at).values_list("url", "document", "is_withdrawn"):
        found[url] = None if gone else document
    return {url: document.encode() for url, document in found.items() if document is not None}


def put_in(url: str) -> str:
    """Return how an import says that it put a list of the library into a form: by this the form is found again."""
    return put("Some answers come from the list “{1}”, which the library holds; it was put into the form.", (url,))


@dataclass(frozen=True)
class ListLine:
    """The last list of one address at a site: who brought it, whether and why it is out of use, and the forms whose latest
    version holds its answers, by key and title."""

    id: UUID
    title: str
    url: str
    answers: int
    brought_at: datetime
    by: str
    forms: tuple[tuple[str, str], ...]
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ListsPage:
    """The lists of answers of a site, and whether the reader may take one out of use."""

    site: str
    lines: tuple[ListLine, ...]
    may_withdraw: bool
    may_bring: bool


def lists_page(*, actor: Actor, site: str, at: datetime) -> ListsPage:
    """Return the lists that a site brought in, by title, or raise NotFound for another site: three statements."""
    if not access_queries.may(actor, Permission.INSTRUMENT_VIEW, site=site):
        raise NotFound
    rows: dict[str, Any] = {
        row.url: row for row in lists_brought(site, at=at).select_related("withdrawal").defer("document")
    }
    names = access_queries.names_of(
        who
        for row in rows.values()
        for who in (row.brought_by, row.is_withdrawn and row.withdrawal.withdrawn_by)
        if who
    )
    latest = DefinitionImported.objects.filter(site=site, brought_at__lte=at).order_by("version")
    forms = {
        key: (title, " ".join(each["message"] for each in said))
        for key, title, said in latest.values_list("key", "title", "findings")
    }
    return ListsPage(
        site,
        tuple(sorted((_line(row, names, forms) for row in rows.values()), key=lambda one: (one.title, one.url))),
        may_withdraw=access_queries.may(actor, Permission.INSTRUMENT_APPROVE, site=site),
        may_bring=access_queries.may(actor, Permission.INSTRUMENT_IMPORT, site=site),
    )


def list_line(*, actor: Actor, site: str, brought: UUID, at: datetime) -> ListLine:
    """Return one list that is in use at a site, or raise NotFound."""
    lines = lists_page(actor=actor, site=site, at=at).lines
    return existing(next((one for one in lines if one.id == brought and one.withdrawn_at is None), None))


def _line(row: Any, names: Mapping[UUID, str], forms: Mapping[str, tuple[str, str]]) -> ListLine:
    gone = row.withdrawal if row.is_withdrawn else None
    return ListLine(
        row.pk,
        row.title,
        row.url,
        row.answers,
        row.brought_at,
        names.get(row.brought_by, ""),
        tuple((key, title) for key, (title, said) in sorted(forms.items()) if put_in(row.url) in said),
        withdrawn_at=gone.withdrawn_at if gone else None,
        withdrawn_by=names.get(gone.withdrawn_by, "") if gone else "",
        reason=gone.reason if gone else "",
    )
