"""A site's library: which instruments may be used, which not and why, and every wording that was ever used.

Three kinds stand in it: forms that ship with their wording, which a site uses when its model of working names them;
structures that ship without, which need a text pack; and whole definitions that the site imported.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from fourfold.assessment import instruments
from fourfold.assessment.models import BringingApproved, DefinitionImported, PackBrought
from fourfold.assessment.queries.holdings import Brought, Either, Holdings, definition_of, holdings, pack_of
from fourfold.assessment.rules import approval as rules
from fourfold.assessment.rules.approval import CannotBring, State, Verdict
from fourfold.assessment.terms import (
    About,
    CannotRecord,
    Informant,
    Instrument,
    InstrumentKind,
    Shipped,
    UnknownInstrument,
)
from fourfold.words import Word, sentence

ENGLISH = "en"
NOT_NAMED = Word("This site does not use it (see its model of working).")
NO_CLAIM = Word("The file does not say who owns the wording.")


class Origin(StrEnum):
    """Where an instrument of a library comes from."""

    SHIPPED = "ships with its wording"
    STRUCTURE = "ships without its wording"
    IMPORTED = "imported"


@dataclass(frozen=True)
class FormCard:
    """One instrument in a site's library: whether it may be used, and if not, why and how to change that.

    The version is the one in use, or the newest where none is. `waiting` counts what waits for approval.
    """

    key: str
    version: int
    title: str
    kind: InstrumentKind
    about: About
    informant: Informant
    origin: Origin
    state: State
    why: str
    licence: str
    how_to_get: str
    language: str
    validated: bool
    items: int
    sha256: str
    pack_sha256: str
    waiting: int = 0

    @property
    def is_active(self) -> bool:
        return self.state is State.ACTIVE


def forms_of(site: str, *, at: datetime) -> tuple[FormCard, ...]:
    """Return every instrument that a site uses or could use, by title, each with its state: six statements."""
    held = holdings(site, at=at)
    shipped = (form.key for form in instruments.catalogue())
    cards = (card_of(held, key) for key in dict.fromkeys((*shipped, *_imported(held))))
    return tuple(sorted(cards, key=lambda card: (card.title.casefold(), card.key)))


def form(site: str, key: str, version: int | None = None, *, at: datetime, language: str = ENGLISH) -> Instrument:
    """Return an instrument as it is filled in at a site at a moment, with its wording: six statements.

    Without a version, the newest that may be used. Raises UnknownInstrument where neither ships nor was imported
    what is asked for, and CannotRecord, in words, where it may not be used.
    """
    held = holdings(site, at=at, key=key)
    found = in_use(held, key, version, language)
    if found is not None:
        return found
    card = card_of(held, key, version)
    raise CannotRecord("instrument", f"{card.title} cannot be used here. {card.why} {card.how_to_get}".strip())


def uses(site: str, key: str, *, at: datetime) -> bool:
    """Return whether a site may fill in an instrument at a moment: six statements."""
    return in_use(holdings(site, at=at, key=key), key) is not None


@dataclass(frozen=True)
class Given:
    """The very version and wording that answers were given on, with each approval of an imported file: when, in which
    turn, and the proposed scores that the person answered for."""

    form: Instrument
    approvals: tuple[tuple[datetime, int, Sequence[str]], ...] = ()

    def at(self, moment: datetime) -> Instrument:
        """Return the form as it stood at a moment: with the proposed scores that two people answered for by then."""
        if not self.approvals:
            return self.form
        found = [(turn, scores) for approved_at, turn, scores in self.approvals if approved_at <= moment]
        latest = max((turn for turn, _ in found), default=0)
        named = Counter(score for turn, scores in found for score in set(scores) if turn == latest)
        return answered_for(self.form, frozenset(score for score, times in named.items() if times >= rules.NEEDED))


def form_as_given(site: str, *, key: str, version: int, sha256: str, pack_sha256: str = "") -> Instrument:
    """Return the very version and wording that answers were given on, with its proposed scores as the file has them."""
    return given_on(site, key=key, version=version, sha256=sha256, pack_sha256=pack_sha256).form


def given_on(site: str, *, key: str, version: int, sha256: str, pack_sha256: str = "") -> Given:
    """Return the very version and wording that answers were given on, however old, withdrawn or expired: at most one
    statement, and one more for who answered for the scores that a file proposed.

    Raises UnknownInstrument where this site never had it.
    """
    for shipped in instruments.catalogue():
        if (shipped.key, shipped.version, shipped.sha256) == (key, version, sha256):
            return Given(shipped if not pack_sha256 else _as_worded(site, shipped, pack_sha256))
    row = DefinitionImported.objects.filter(site=site, key=key, version=version, sha256=sha256).first()
    if row is None or row.pack_sha256 != pack_sha256:
        raise UnknownInstrument(
            sentence("{1} never had {2} version {3} with the sum {4}….", site, key, version, sha256[:12])
        )
    form = definition_of(row)
    if all(score.confirmed for score in form.scores):
        return Given(form)
    approvals = BringingApproved.objects.filter(definition=row).exclude(approved_by=row.brought_by)
    return Given(form, tuple(approvals.values_list("approved_at", "turn", "confirms")))


def _as_worded(site: str, structure: Instrument, pack_sha256: str) -> Instrument:
    row = PackBrought.objects.filter(
        site=site, instrument=structure.key, version=structure.version, sha256=pack_sha256
    ).first()
    if row is None:
        raise UnknownInstrument(
            sentence("{1} never had the wording {2}… of {3}.", site, pack_sha256[:12], structure.name)
        )
    return instruments.worded(structure, pack_of(row))


def card(site: str, key: str, *, at: datetime) -> FormCard:
    """Return how one instrument stands at a site, or raise UnknownInstrument: six statements."""
    return card_of(holdings(site, at=at, key=key), key)


def to_approve(site: str, key: str, *, at: datetime) -> UUID:
    """Return the pack or the definition that an approval of this instrument means: the latest that is not in use.

    Raises CannotBring where there is none: six statements.
    """
    pieces = _pieces(site, key, at)
    found = next((each for each in pieces if each.waits), next((each for each in pieces if not each.is_active), None))
    if found is None:
        raise CannotBring("approve", sentence("Nothing of {1} waits for approval.", key))
    return found.row.pk


def to_withdraw(site: str, key: str, *, at: datetime) -> UUID:
    """Return the pack or the definition that a withdrawal of this instrument means: the one in use, else the latest.

    Raises CannotBring where there is none: six statements.
    """
    pieces = _pieces(site, key, at)
    found = next((each for each in pieces if each.is_active), next(iter(pieces), None))
    if found is None:
        raise CannotBring("withdraw", sentence("Nothing of {1} was brought in.", key))
    return found.row.pk


def _pieces(site: str, key: str, at: datetime) -> list[Either]:
    held = holdings(site, at=at, key=key)
    card_of(held, key)
    return held.everything


def structure_of(key: str, version: int | None = None) -> Instrument:
    """Return a shipped structure, the newest where no version is named, or raise CannotBring where its wording ships with it."""
    structure = instruments.load(key, version)
    if structure.shipped is Shipped.WHOLE:
        raise CannotBring("instrument", sentence("{1} ships with its wording and takes no text pack.", structure.title))
    return structure


def without_wording() -> tuple[tuple[str, str], ...]:
    """Return the key and the title of every shipped structure that needs a wording, by title."""
    newest = {form.key: form for form in instruments.catalogue() if form.shipped is not Shipped.WHOLE}
    return tuple(sorted(((form.key, form.title) for form in newest.values()), key=lambda pair: pair[1].casefold()))


def original_of(site: str, key: str, version: int) -> bytes:
    """Return the file of an imported instrument exactly as it came, or raise UnknownInstrument."""
    found = DefinitionImported.objects.filter(site=site, key=key, version=version).values_list("original", flat=True)
    if not found:
        raise UnknownInstrument(sentence("{1} version {2} was not imported from a file.", key, version))
    return base64.b64decode(found[0])


# ---- one instrument -----------------------------------------------------------------------------------------------


def in_use(held: Holdings, key: str, version: int | None = None, language: str = ENGLISH) -> Instrument | None:
    """Return the instrument as it may be filled in, the newest version first; None where none may."""
    for structure in _shipped(key, version):
        if structure.shipped is Shipped.WHOLE:
            if key in held.used:
                return structure
        elif (pack := _active_pack(held, structure, language)) is not None:
            return instruments.worded(structure, pack_of(pack))
    active = next((each for each in held.versions_of(key, version) if each.is_active), None)
    if active is None:
        return None
    return answered_for(definition_of(active.row), rules.confirmed_scores(active.bringing, at=held.at))


def answered_for(form: Instrument, scores: frozenset[str]) -> Instrument:
    """Return an imported form in which the scores that two people answer for count, and no other proposed one."""
    return replace(
        form, scores=tuple(replace(each, confirmed=each.confirmed or each.key in scores) for each in form.scores)
    )


def _shipped(key: str, version: int | None = None) -> list[Instrument]:
    """Return the shipped versions of an instrument, the newest first."""
    return [form for form in reversed(instruments.catalogue()) if form.key == key and version in (None, form.version)]


def _active_pack(held: Holdings, structure: Instrument, language: str) -> PackBrought | None:
    """Return the latest pack in use, in the language that was asked for where there is one."""
    active = [each.row for each in held.packs_of(structure.key, structure.version) if each.is_active]
    asked = [row for row in active if _spoken(row.language) == _spoken(language)]
    return next(iter(asked or active), None)


def _spoken(language: str) -> str:
    return language.partition("-")[0].lower()


def card_of(held: Holdings, key: str, version: int | None = None) -> FormCard:
    """Return how an instrument stands in a library; raise UnknownInstrument where there is none of this key."""
    if shipped := _shipped(key, version):
        return _shipped_card(held, shipped, version)
    if imported := held.versions_of(key, version):
        return _imported_card(imported)
    known = ", ".join(dict.fromkeys([*(form.key for form in instruments.catalogue()), *_imported(held)]))
    asked = key if version is None else f"{key} version {version}"
    raise UnknownInstrument(sentence("There is no instrument “{1}” in this library. There are: {2}.", asked, known))


def versions_of(held: Holdings, key: str) -> tuple[int, ...]:
    """Return the versions of an instrument that a library knows, the newest first."""
    imported = {each.row.version for each in held.versions_of(key)}
    return tuple(sorted({form.version for form in _shipped(key)} | imported, reverse=True))


def _imported(held: Holdings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.row.key for each in held.definitions))


def _shipped_card(held: Holdings, shipped: list[Instrument], version: int | None) -> FormCard:
    active = in_use(held, shipped[0].key, version)
    form = active or shipped[0]
    packs = held.packs_of(form.key, form.version)
    whole = form.shipped is Shipped.WHOLE
    verdict = _stands(active is not None, packs)
    if verdict is None:
        licensor = form.rights.licensor.rstrip(".") or "its owner"
        why = NOT_NAMED if whole else sentence("Its wording is not included. It belongs to {1}.", licensor)
        verdict = Verdict(State.INACTIVE, why)
    return FormCard(
        key=form.key,
        version=form.version,
        title=form.title,
        kind=form.kind,
        about=form.about,
        informant=form.informant,
        origin=Origin.SHIPPED if whole else Origin.STRUCTURE,
        state=verdict.state,
        why=verdict.why,
        licence=form.licence,
        how_to_get="" if whole or active else form.rights.how_to_get,
        language=form.language,
        validated=form.validated,
        items=sum(item.takes_answer and not item.is_rule for item in form.items),
        sha256=form.sha256,
        pack_sha256=form.pack_sha256,
        waiting=sum(each.waits for each in packs),
    )


def _stands(active: bool, brought: Sequence[Brought[Any]]) -> Verdict | None:
    """Return how an instrument stands: in use, else as the latest that waits, or the latest of all, stands."""
    if active:
        return Verdict(State.ACTIVE)
    latest = next((each for each in brought if each.waits), next(iter(brought), None))
    return latest.verdict if latest else None


def _imported_card(imported: list[Brought[DefinitionImported]]) -> FormCard:
    shown = next(
        (each for each in imported if each.is_active), next((each for each in imported if each.waits), imported[0])
    )
    row = shown.row
    return FormCard(
        key=row.key,
        version=row.version,
        title=row.title,
        kind=InstrumentKind(row.kind),
        about=About(row.about),
        informant=Informant(row.informant),
        origin=Origin.IMPORTED,
        state=shown.verdict.state,
        why=shown.verdict.why,
        licence=row.claims or NO_CLAIM,
        how_to_get="",
        language=row.language,
        validated=False,
        items=row.items,
        sha256=row.sha256,
        pack_sha256=row.pack_sha256,
        waiting=sum(each.waits for each in imported),
    )
