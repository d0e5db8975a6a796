"""What a site brought in, and how each piece of it stands at a moment: all of it read in six statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from fourfold.access.projection import Projection
from fourfold.assessment import instruments
from fourfold.assessment.models import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.rules import approval as rules
from fourfold.assessment.rules.approval import Bringing, Granted, Signed, State, Verdict
from fourfold.assessment.terms import Instrument, TextPack, UnknownInstrument
from fourfold.programme import queries as programme
from fourfold.programme.terms import NoWorking

Row = TypeVar("Row", PackBrought, DefinitionImported)
Licences = Mapping[str, tuple[Granted, ...]]
FORBIDDING = ("refuse", "error")
GRANTED = Projection(Granted, LicenceRecorded)


@dataclass(frozen=True)
class Brought(Generic[Row]):
    """One thing that was brought in, as it stands at a moment."""

    row: Row
    bringing: Bringing
    verdict: Verdict
    approvers: tuple[UUID, ...]

    @property
    def is_active(self) -> bool:
        return self.verdict.state is State.ACTIVE

    @property
    def waits(self) -> bool:
        """True when only an approval is missing."""
        return self.verdict.state is State.WAITING


Either = Brought[PackBrought] | Brought[DefinitionImported]


@dataclass(frozen=True)
class Holdings:
    """Everything that a site brought in and uses, as of a moment; the latest first."""

    at: datetime
    used: tuple[str, ...]
    licences: Licences
    packs: tuple[Brought[PackBrought], ...]
    definitions: tuple[Brought[DefinitionImported], ...]

    @property
    def everything(self) -> list[Either]:
        """What was brought in, packs first."""
        return [*self.packs, *self.definitions]

    def packs_of(self, key: str, version: int | None = None) -> list[Brought[PackBrought]]:
        return [each for each in self.packs if each.row.instrument == key and version in (None, each.row.version)]

    def versions_of(self, key: str, version: int | None = None) -> list[Brought[DefinitionImported]]:
        return [each for each in self.definitions if each.row.key == key and version in (None, each.row.version)]


def holdings(site: str, *, at: datetime, key: str = "", whole: bool = False) -> Holdings:
    """Return what a site brought in, or only what concerns one instrument, as of a moment: six statements.

    With `whole`, imported definitions are read with all that they hold; a list of many does without.
    """
    packs = PackBrought.objects.filter(site=site, brought_at__lte=at, **({"instrument": key} if key else {}))
    definitions = DefinitionImported.objects.filter(site=site, brought_at__lte=at, **({"key": key} if key else {}))
    licences = _licences(site, at, key)
    approvals, withdrawals = _approvals(site, at), _withdrawals(site, at)

    def stand(row: Row, key: str) -> Brought[Row]:
        bringing = Bringing(
            brought=Signed(row.brought_by, row.brought_at),
            licences=licences.get(key, ()),
            approvals=approvals.get(row.pk, ()),
            withdrawals=withdrawals.get(row.pk, ()),
            **_terms(row),
        )
        return Brought(row, bringing, rules.standing(bringing, at=at), rules.approvers(bringing, at=at))

    return Holdings(
        at=at,
        used=_used(site, at),
        licences=licences,
        packs=tuple(
            stand(row, row.instrument) for row in packs.defer("document").order_by("-brought_at", "-turn", "id")
        ),
        definitions=tuple(
            stand(row, row.key)
            for row in definitions.defer(*(("original",) if whole else ("original", "canonical"))).order_by(
                "key", "-version"
            )
        ),
    )


def _used(site: str, at: datetime) -> tuple[str, ...]:
    """Return the instruments that the site's model of working names; none before it worked."""
    try:
        return programme.working(site, at.date()).instruments
    except NoWorking:
        return ()


def _licences(site: str, at: datetime, key: str) -> dict[str, tuple[Granted, ...]]:
    found: dict[str, tuple[Granted, ...]] = {}
    rows = LicenceRecorded.objects.filter(site=site, approved_at__lte=at, **({"instrument": key} if key else {}))
    for row in rows.order_by("approved_at", "id"):
        found[row.instrument] = (*found.get(row.instrument, ()), GRANTED(row))
    return found


def _approvals(site: str, at: datetime) -> dict[UUID, tuple[Signed, ...]]:
    """Return who approved what: by the identifier of the pack or the definition."""
    rows = BringingApproved.objects.filter(site=site, approved_at__lte=at).order_by("approved_at", "id")
    return _gathered(
        (row.pack_id or row.definition_id, Signed(row.approved_by, row.approved_at, row.turn, tuple(row.confirms)))
        for row in rows
    )


def _withdrawals(site: str, at: datetime) -> dict[UUID, tuple[Signed, ...]]:
    rows = BringingWithdrawn.objects.filter(site=site, withdrawn_at__lte=at).order_by("withdrawn_at", "id")
    return _gathered(
        (row.pack_id or row.definition_id, Signed(row.withdrawn_by, row.withdrawn_at, row.turn)) for row in rows
    )


def _gathered(signed: Iterable[tuple[UUID | None, Signed]]) -> dict[UUID, tuple[Signed, ...]]:
    """Gather signatures by what they stand under; the table sees to it that each stands under something."""
    found: dict[UUID, tuple[Signed, ...]] = {}
    for about, one in signed:
        if about is not None:
            found[about] = (*found.get(about, ()), one)
    return found


def _terms(row: PackBrought | DefinitionImported) -> dict[str, Any]:
    """Return what the owner of the wording asks for, and what forbids the use whoever approves."""
    return _terms_of_file(row) if isinstance(row, DefinitionImported) else _terms_of_pack(row)


def _terms_of_file(row: DefinitionImported) -> dict[str, Any]:
    """A copyright statement in a file is a claim: somebody must hold a licence. Without one, two people answer."""
    errors = tuple(each["message"] for each in row.findings if each["severity"] in FORBIDDING)
    return {"free": False, "licence_needed": bool(row.claims), "errors": errors}


def _terms_of_pack(row: PackBrought) -> dict[str, Any]:
    try:
        structure = instruments.load(row.instrument, row.version)
    except UnknownInstrument as fault:
        return {"free": False, "licence_needed": True, "errors": (str(fault),)}
    rights = structure.rights
    errors: tuple[str, ...] = ()
    if instruments.sealed(pack_of(row)).sha256 != row.sha256:
        errors = ("Its words are not those that were brought in.",)
    elif structure.sha256 != row.structure_sha256:
        errors = ("The structure is another one than the wording was brought in for.",)
    elif (rights.exact_packs and row.sha256 not in rights.exact_packs) or not instruments.is_published_text(
        pack_of(row)
    ):
        errors = ("It is not the text byte for byte, which its licence asks for.",)
    return {"free": rights.one_step, "licence_needed": not rights.one_step, "errors": errors}


# ---- from rows ----------------------------------------------------------------------------------------------------


def pack_of(row: PackBrought) -> TextPack:
    """Return the wording that a row keeps, in the order in which it was brought in."""
    return TextPack(
        instrument=row.instrument,
        version=row.version,
        language=row.language,
        items=dict(row.texts["items"]),
        scales={scale: dict(labels) for scale, labels in row.texts["scales"]},
        title=row.title,
        source=row.source,
        sha256=row.sha256,
    )


def definition_of(row: DefinitionImported) -> Instrument:
    return _definition(row.canonical)


@lru_cache(maxsize=8)
def _definition(text: str) -> Instrument:
    """Return a kept definition, read once for all who ask for it on one page; the largest takes a quarter of a second."""
    return instruments.from_canonical(text.encode())


def form_of(row: PackBrought | DefinitionImported) -> Instrument:
    """Return the form that a row would make, or makes, available: a structure with its wording, or what was imported.

    Raises InvalidPack or UnknownInstrument where the shipped structure is another one by now.
    """
    if isinstance(row, DefinitionImported):
        return definition_of(row)
    return instruments.worded(instruments.load(row.instrument, row.version), pack_of(row))
