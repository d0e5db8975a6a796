"""What was asked and what was said: the very form that answers were given on, and an answer in words."""

from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from fourfold.access.terms import PROFESSIONS, Compartment, NotFound, Opened
from fourfold.assessment import instruments
from fourfold.assessment.models import Answer
from fourfold.assessment.queries import library
from fourfold.assessment.queries.library import Given
from fourfold.assessment.terms import Instrument, Slot, Standing
from fourfold.audit.terms import Actor
from fourfold.cases.terms import Level
from fourfold.words import Word, together, words

GONE = Word("somebody who left")
RISK = frozenset({Compartment.RISK.value})
ABSENT_SAID = words({
    "unknown": "not known", "refused": "preferred not to say", "omit": "too little information", "left_open": "left open"
})  # fmt: skip


Row = TypeVar("Row", bound=Model)


class FormRow(Protocol):
    """A row that names the form it belongs to."""

    instrument: str
    version: int
    sha256: str
    pack_sha256: str
    recorded_at: datetime


class RecordedForms:
    """The forms that a site's answers were given on, each looked up once."""

    def __init__(self, site: str):
        self.site = site
        self._found: dict[tuple[str, int, str, str], Given] = {}

    def of(self, row: FormRow) -> Instrument:
        """Return the very version and wording that a row was given on, as it stood then; one statement for what was
        brought in, and one more where it proposes scores, however many rows."""
        asked = (row.instrument, row.version, row.sha256, row.pack_sha256)
        if asked not in self._found:
            self._found[asked] = _given(row, self.site)
        return self._found[asked].at(row.recorded_at)


def form_of(row: FormRow, site: str) -> Instrument:
    """Return the very version and wording that a row was given on."""
    return _given(row, site).at(row.recorded_at)


def _given(row: FormRow, site: str) -> Given:
    """Return the form of a row. A draft from before hashes were kept with drafts names a shipped form by its version."""
    if not row.sha256:
        return Given(instruments.load(row.instrument, row.version))
    return library.given_on(
        site, key=row.instrument, version=row.version, sha256=row.sha256, pack_sha256=row.pack_sha256
    )


def profession_of(actor: Actor, site: str) -> str:
    """Return the profession in which somebody works at a site; empty where the role carries none."""
    held = {role for where, role in actor.memberships if where == site}
    return next((name for role, name in PROFESSIONS.items() if role.value in held), "")


def said(form: Instrument, slot: Slot, row: Answer) -> str:
    """Return an answer in words: the labels of what was chosen, a number with its unit, or why there is none."""
    if row.standing == Standing.NOT_APPLICABLE:
        return Word("does not apply to this case")
    if row.absent:
        return ABSENT_SAID.get(row.absent, row.absent.replace("_", " "))
    if row.standing == Standing.OMITTED:
        return Word("not answered")
    scale, item = form.scale_of(slot), form.item(slot.item)
    named = item.unit_named(row.option) if item.offers_units else None
    unit = (named.display or named.code) if named else item.unit
    labels = [option.label for code in row.option.split() if scale and (option := scale.option(code))]
    typed = f"{row.text} {unit}" if row.text and unit else row.text
    return together("; ", [*labels, *([typed] if typed else [])])


def staff_name(names: dict[UUID, str], staff: UUID | None) -> str:
    """Return a name; of somebody who left, that they did."""
    return "" if staff is None else names.get(staff, GONE)


def level_of(stored: str) -> Level | None:
    return Level(stored) if stored else None


def found_in(opened: Opened, rows: QuerySet[Row]) -> Row:
    """Return the first of some rows of an opened file, or raise NotFound: also where its risk is closed to the reader."""
    row = rows.first()
    if row is None or not opened.may_read(Compartment.RISK):
        raise NotFound
    return row
