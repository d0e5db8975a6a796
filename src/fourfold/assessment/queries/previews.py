"""What bringing a file in would do: shown before anything is stored, and asked again when it is stored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from fourfold.assessment import fhir, instruments
from fourfold.assessment.fhir.terms import Finding as FhirFinding
from fourfold.assessment.fhir.terms import Outcome, Reading, Severity
from fourfold.assessment.models import DefinitionImported
from fourfold.assessment.queries.holdings import Holdings, definition_of, holdings
from fourfold.assessment.queries.library import in_use
from fourfold.assessment.queries.lists import documents_in_use, put_in
from fourfold.assessment.queries.reasons import Group, Reason, grouped, reasons_in
from fourfold.assessment.rules.approval import is_withdrawn
from fourfold.assessment.rules.comparing import Difference, differences
from fourfold.assessment.sandbox import read_apart
from fourfold.assessment.terms import (
    FilledInBy,
    Finding,
    Instrument,
    InvalidPack,
    LicenceStatus,
    TextPack,
    UnknownInstrument,
)

MADE_UP = "urn:uuid:"
MISSING_LIST = re.compile(
    r"(?:at|the list|whole of) “([^”]+)”, (?:and nothing is fetched|which (?:it|the file) does not)"
)
LARGEST = 16 * 1024 * 1024
"""Bytes of a file that is looked at; a form of a thousand questions has about one million."""


@dataclass(frozen=True)
class PackPreview:
    """A text pack laid over its structure. `already` says that this wording is here and was not withdrawn; `failing`
    is what stands against using it, the hand-checked cases (S13) among it; `left_out` are questions that its publisher does
    not print and that count in no score."""

    pack: TextPack
    form: Instrument
    free: bool
    already: bool
    turn: int
    differences: tuple[Difference, ...]
    failing: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportPreview:
    """How importing a file ends, always in one of three ways, and why.

    `form` is None exactly when the file is refused. `already` says that the same form is here; nothing is added then.
    `withdrawn`: but nobody uses it, so that it may be imported anew, filled in otherwise.
    `measure` is the key and title of a shipped measure whose wording the file holds, `alike` the title of one whose
    scored questions it asks without holding all of its wording.
    """

    file: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    sha256: str
    dialect: str = ""
    claims: str = ""
    form: Instrument | None = None
    already: bool = False
    withdrawn: bool = False
    differences: tuple[Difference, ...] = ()
    before: int | None = None
    measure: tuple[str, str] | None = None
    alike: str = ""

    @property
    def by(self) -> FilledInBy | None:
        """Who fills the form in, and about whom."""
        return FilledInBy.of(self.form.about, self.form.informant, self.form.kind) if self.form else None

    @property
    def groups(self) -> tuple[Group, ...]:
        """What was found, alike with alike, each question by its words."""
        return grouped(self.reasons, self.form)

    @property
    def may_be_approved(self) -> bool:
        """True when nothing that was found forbids the use, once two people approve it."""
        return self.form is not None and not any(
            reason.severity in (Severity.REFUSE, Severity.ERROR) for reason in self.reasons
        )

    @property
    def missing_lists(self) -> tuple[str, ...]:
        """The addresses of the lists of answers that the form names and that neither it nor the library holds."""
        found = (MISSING_LIST.search(reason.message) for reason in self.reasons if reason.rule == "Q12")
        return tuple(dict.fromkeys(match.group(1).partition("|")[0] for match in found if match))

    @property
    def odd(self) -> tuple[str, ...]:
        """What is odd about its scales and ranges, and stops nobody: for whoever approves it to look at."""
        return tuple(map(str, instruments.warnings(self.form))) if self.form else ()


def preview_pack(*, site: str, raw: bytes, file: str, at: datetime, key: str = "") -> PackPreview:
    """Return what bringing a text pack in would do at a site, or raise InvalidPack with every fault at once.

    A FHIR questionnaire is a text pack too: its words are those of the structure that it says it is, or of `key`.
    """
    pack = (
        _pack_of_form(with_lists(site, raw, at=at)[0], file, key)
        if looks_like_fhir(raw)
        else instruments.read_pack(raw)
    )
    structure = _structure_of(pack, file)
    form = instruments.worded(structure, pack)
    held = holdings(site, at=at, key=structure.key)
    _refuse_second_wording(structure, pack, file, held)
    same = [each for each in held.packs_of(structure.key, structure.version) if each.row.sha256 == pack.sha256]
    before = in_use(held, structure.key, structure.version, pack.language)
    return PackPreview(
        pack=pack,
        form=form,
        free=structure.rights.one_step,
        already=any(not each.bringing.withdrawals for each in same),
        turn=max((each.row.turn for each in same), default=0) + 1,
        differences=differences(before, form) if before else (),
        failing=tuple(str(finding) for finding in instruments.activation_findings(form)),
        left_out=tuple(structure.item(key).title for key in instruments.left_out(structure, pack)),
    )


def looks_like_fhir(raw: bytes) -> bool:
    """Return whether bytes are no text pack: they begin as JSON or XML does."""
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b"<"))


def _pack_of_form(raw: bytes, file: str, key: str) -> TextPack:
    """Return the wording that a FHIR file holds for a shipped structure, or raise InvalidPack."""
    reading = read_apart(raw)
    if reading.instrument is None:
        faults = tuple(Finding(each.where, each.problem, each.mend) for each in reading.findings)
        raise InvalidPack(file, faults)
    form = _whole(reading)
    shipped = instruments.catalogue()
    structure = next(iter(instruments.structure_for(shipped, form)), None) or instruments.recognised(shipped, form)
    if key:
        structure = _named(key, file)
    if structure is None:
        problem = "The file does not say of which instrument its words are."
        raise InvalidPack(file, (Finding("code", problem, "Name the instrument: --for KEY, such as --for phq-9."),))
    return instruments.pack_from(structure, form, source=f"{file}, sha256 {reading.sha256}"[:500])


def _named(key: str, file: str) -> Instrument:
    try:
        return instruments.load(key)
    except UnknownInstrument as fault:
        raise InvalidPack(file, (Finding("--for", str(fault), "Give the key of a shipped structure."),)) from fault


def _structure_of(pack: TextPack, file: str) -> Instrument:
    try:
        return instruments.load(pack.instrument, pack.version)
    except UnknownInstrument as fault:
        finding = Finding("instrument and version", str(fault), "Give the key and the version of a shipped structure.")
        raise InvalidPack(file, (finding,)) from fault


def _refuse_second_wording(structure: Instrument, pack: TextPack, file: str, held: Holdings) -> None:
    """Refuse another wording of what may only be used word for word, while the first one of its language is in use.

    Where the sum of the exact text is stated, laying the pack over the structure asked for it already.
    """
    if structure.rights.status is not LicenceStatus.VERBATIM_ONLY:
        return
    for each in held.packs_of(structure.key, structure.version):
        if each.is_active and each.row.language == pack.language and each.row.sha256 != pack.sha256:
            problem = f"It may only be used word for word, and other words are in use (sum {each.row.sha256})."
            finding = Finding(
                "sha256", problem, "Compare both with the original, and take the wrong one out of use first."
            )
            raise InvalidPack(file, (finding,))


# ---- a file with a whole instrument -------------------------------------------------------------------------------


def read_file(path: Path) -> bytes | ImportPreview:
    """Return the bytes of a file, or, where it cannot be looked at, how importing it ends: refused, and why."""
    try:
        if path.is_dir():
            return refused(path.name, "file", "This is a folder.", "Name the file with the questionnaire.")
        if path.exists() and not path.is_file():
            return refused(path.name, "file", "This is not a file.", "Name the file with the questionnaire.")
        if path.stat().st_size > LARGEST:
            size = f"The file has {path.stat().st_size:,} bytes; at most {LARGEST:,} are read."
            return refused(path.name, "Q19", size, "Send the questionnaire alone, without attachments.")
        return path.read_bytes()
    except FileNotFoundError:
        return refused(path.name, "file", "There is no such file.", "Check the name and the folder.")
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        return refused(path.name, "file", f"The file cannot be opened: {why}.", "Check the file and who may read it.")


def refused(file: str, rule: str, problem: str, mend: str) -> ImportPreview:
    reason = Reason(rule, Severity.REFUSE, "file", f"{problem} {mend}")
    return ImportPreview(file, Outcome.REFUSED, (reason,), sha256="")


def with_lists(site: str, raw: bytes, *, at: datetime) -> tuple[bytes, tuple[str, ...]]:
    """Return a form with the lists of answers that it names and does not hold, of those that the site brought in and those
    that ship, and their addresses: one statement."""
    return fhir.completed(raw, documents_in_use(site, at=at))


def _put_in(url: str) -> FhirFinding:
    return FhirFinding("Q12", Severity.NOTE, "file", put_in(url))


def preview_import(*, site: str, raw: bytes, file: str, at: datetime, by: FilledInBy | None = None) -> ImportPreview:
    """Return how importing a file at a site would end. It never raises for what the file holds.

    `by` says whom it is about and who fills it in, which no file says. None: as the site has the file, or an earlier version of
    the form, already; or else by a professional, about the victim.
    """
    raw, lists = with_lists(site, raw, at=at)
    digest = hashlib.sha256(raw).hexdigest()
    if (before := _imported(site, digest, file, by, at)) is not None:
        return before
    reading = read_apart(raw)
    if reading.instrument is None:
        return _preview(reading, file)
    read = reading.instrument
    reading = replace(reading, findings=(*reading.findings, *map(_put_in, lists)))
    if (ours := _here(site, read, at)) is not None:
        note = f"This is {ours.name}, which the library holds. Nothing added."
        told = _preview(reading, file)
        return replace(told, form=ours, already=True, reasons=(_again(note), *told.reasons))
    reading = _plain(reading, read)
    key, held = _place(site, read, by, at)
    by = by or _way_of(held) or FilledInBy.ABOUT_VICTIM
    filled = replace(_whole(reading), key=key, about=by.about, informant=by.informant, kind=by.kind)
    shipped = instruments.catalogue()
    form = _numbered(instruments.with_scores(shipped, instruments.with_alerts(shipped, filled)), held)
    same = next((each.row for each in held.definitions if each.row.sha256 == form.sha256), None)
    if same is not None:
        return replace(_as_before(same, file), sha256=digest, withdrawn=_is_withdrawn(same, at))
    latest = next((each.row for each in held.definitions), None)
    return replace(
        _preview(reading, file),
        form=form,
        differences=differences(definition_of(latest), form) if latest else (),
        before=latest.version if latest else None,
        **_as_measure(form, file),
    )


def _plain(reading: Reading, read: Instrument) -> Reading:
    """Return what was read without what a file says in its own favour, and say that it said so."""
    plain = fhir.unproven(read)
    if plain == read:
        return reading
    problem = (
        "It says of itself that it is validated, checked or confirmed, which level it sets, or to whom it leads. "
        "No file decides that here."
    )
    mend = (
        "Its scores wait for two people, it sets no level and leads to nobody. Its bands, reference figures and alerts "
        "stay as it gives them, not checked: whoever approves it answers for them."
    )
    told = FhirFinding("shape", Severity.WARNING, "definition", problem, mend)
    return replace(reading, instrument=plain, findings=(*reading.findings, told))


def _as_measure(form: Instrument, file: str) -> dict[str, Any]:
    """Return which shipped measure a form is: one whose wording it holds whole, or one whose questions it asks."""
    structure = instruments.recognised(instruments.catalogue(), form)
    if structure is None:
        return {}
    try:
        instruments.worded(structure, instruments.pack_from(structure, form, source=file))
    except InvalidPack:
        return {"alike": structure.title}
    return {"measure": (structure.key, structure.title)}


def _preview(reading: Reading, file: str) -> ImportPreview:
    return ImportPreview(
        file=file,
        outcome=reading.outcome,
        reasons=tuple(Reason(one.rule, one.severity, one.where, one.message) for one in reading.findings),
        sha256=reading.sha256,
        dialect=reading.dialect or "",
        claims=reading.claims.statement,
        form=reading.instrument,
    )


def _imported(site: str, digest: str, file: str, by: FilledInBy | None, at: datetime) -> ImportPreview | None:
    """Return how a file ends that is here already; None where it is not, or was withdrawn and is filled in otherwise now."""
    rows = DefinitionImported.objects.filter(site=site, original_sha256=digest).order_by("-version")
    ways = {FilledInBy.of(row.about, row.informant, row.kind): row for row in rows}
    if by in ways:
        return _as_before(ways[by], file)
    kept = next(((way, row) for way, row in ways.items() if not _is_withdrawn(row, at)), None)
    if kept is None:
        return None
    way, row = kept
    if by is None or way is None:
        return _as_before(row, file)
    problem = f"It was imported before, as {row.key} version {row.version}, filled in by {way.words}."
    return refused(file, "again", problem, "If that is wrong, withdraw it. Then import the file again.")


def _is_withdrawn(row: DefinitionImported, at: datetime) -> bool:
    held = holdings(row.site, at=at, key=row.key).versions_of(row.key, row.version)
    return all(is_withdrawn(each.bringing, at=at) for each in held)


def _as_before(row: DefinitionImported, file: str) -> ImportPreview:
    """Return how the file ended when it was imported; nothing is added a second time."""
    way = FilledInBy.of(row.about, row.informant, row.kind)
    filled = f" It is filled in by {way.words}. If that is wrong, withdraw it and import the file again." if way else ""
    note = _again(f"This was imported before, as version {row.version}. Nothing added.{filled}")
    return ImportPreview(
        file=file,
        outcome=Outcome(row.outcome),
        reasons=(note, *reasons_in(row.findings)),
        sha256=row.original_sha256,
        dialect=row.dialect,
        claims=row.claims,
        form=definition_of(row),
        already=True,
    )


def _again(words: str) -> Reason:
    return Reason("again", Severity.NOTE, "file", words)


def _here(site: str, form: Instrument, at: datetime) -> Instrument | None:
    """Return the form that ships, or that the site uses, if a file holds exactly this one: our own export come back."""
    shipped = [each for each in instruments.catalogue() if (each.key, each.version) == (form.key, form.version)]
    if not shipped:
        return None
    used = in_use(holdings(site, at=at, key=form.key), form.key, form.version)
    ours = [*shipped, *([used] if used else [])]
    return next((each for each in ours if instruments.canonical(each) == instruments.canonical(form)), None)


def _place(site: str, form: Instrument, by: FilledInBy | None, at: datetime) -> tuple[str, Holdings]:
    """Return the key under which an imported instrument stands, and what stands there already.

    It is never the key of one that ships, nor of another publisher's form that is only called the same, nor of one that
    others fill in: what was answered on that one stays where it is read.
    """
    ships = {each.key for each in instruments.catalogue()}
    wanted = f"{form.key}-imported" if form.key in ships else form.key
    for number in count(1):
        key = wanted if number == 1 else f"{wanted}-{number}"
        held = holdings(site, at=at, key=key, whole=True)
        if not held.definitions:
            return key, held
        same = _same_address(definition_of(held.definitions[0].row).url, form.url)
        if same and (by is None or _way_of(held) in (by, None)):
            return key, held
    raise AssertionError  # counting never ends


def _way_of(held: Holdings) -> FilledInBy | None:
    """Return who fills in the newest imported form of a key, and about whom."""
    rows = (each.row for each in held.definitions)
    return next((FilledInBy.of(row.about, row.informant, row.kind) for row in rows), None)


def _same_address(one: str, other: str) -> bool:
    """Return whether two forms may be versions of one; an address that was made up here says nothing."""
    return one == other or one.startswith(MADE_UP) or other.startswith(MADE_UP)


def _whole(reading: Reading) -> Instrument:
    form, pack = reading.instrument, reading.pack
    assert form is not None  # noqa: S101 -- asked by the caller
    return form if pack is None or form.is_worded else instruments.worded(form, pack)


def _numbered(form: Instrument, held: Holdings) -> Instrument:
    """Return the form under its key in this library, as the version after those that are there.

    The same content keeps the version that it has: a file that was only laid out otherwise is not a new version.
    """
    for each in held.definitions:
        before = definition_of(each.row)
        if instruments.identity(replace(form, version=each.row.version)) == each.row.sha256:
            return before
    latest = max((each.row.version for each in held.definitions), default=0)
    numbered = replace(form, version=latest + 1 if latest else form.version)
    return replace(numbered, sha256=instruments.identity(numbered))
