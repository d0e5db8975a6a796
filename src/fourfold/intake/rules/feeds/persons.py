"""The people of one row of a feed: who they are, what they are known by, and as what they are told of."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from fourfold.intake.rules.feeds.cells import Cells, Columns, RowFault
from fourfold.intake.rules.feeds.identifiers import MOST, is_nothing, texts_in, value_of
from fourfold.intake.rules.feeds.layout import PERSON_FIELDS, FurtherColumns, KnownColumns, Mapping, PersonColumns
from fourfold.intake.rules.feeds.losses import OTHERS, Loss, Losses
from fourfold.intake.rules.feeds.moments import is_no_day, no_such_date, parsed, writes_iso
from fourfold.intake.terms import Fault, FurtherAsTold, KnownBy, PersonAsTold, PersonRole
from fourfold.words import sentence

DAYS_REMEMBERED = 65_536


class People:
    """Reads the people of a row through a mapping. Raises RowFault; what is left out is counted among the losses."""

    def __init__(self, mapping: Mapping, columns: Columns, losses: Losses, *, today: date) -> None:
        self._mapping, self._columns, self._losses, self._today = mapping, columns, losses, today
        self._victim, self._subject = self._person_of(mapping.victim), self._person_of(mapping.subject)
        self._further = [(block, self._person_of(block.columns)) for block in mapping.further]

    def read(self, cells: Cells) -> tuple[PersonAsTold, PersonAsTold, tuple[FurtherAsTold, ...]]:
        """Return the first victim, the first subject, and everybody else whom the row names."""
        victim, subject = self._victim(cells), self._subject(cells)
        if not victim.name and victim is not _NOBODY:
            self._note_nobody(victim, self._mapping.victim)
        if not subject.name and subject is not _NOBODY:
            self._note_nobody(subject, self._mapping.subject)
        if not self._further:
            return victim, subject, ()
        told = (self._told_of(block, read(cells), cells) for block, read in self._further)
        return placed(victim, subject, tuple(one for one in told if one is not None))

    def _told_of(self, block: FurtherColumns, person: PersonAsTold, cells: Cells) -> FurtherAsTold | None:
        role = block.role if not block.role_column else self._role(block, cells, person)
        if role is None:
            return None
        if person.is_empty:
            if block.role_column:
                self._losses.note(Loss.NOBODY, block.role_column, self._columns.cell(cells, block.role_column))
            else:
                self._note_nobody(person, block.columns)
            return None
        return FurtherAsTold(role, person)

    def _note_nobody(self, person: PersonAsTold, block: PersonColumns) -> None:
        """Count a person of whom something is told, and nothing by which to know them again."""
        if person.is_empty and (told := next((name for name, text in vars(person).items() if text), None)):
            self._losses.note(Loss.NOBODY, block.columns[told][0])

    def _role(self, block: FurtherColumns, cells: Cells, person: PersonAsTold) -> PersonRole | None:
        word = self._columns.cell(cells, block.role_column)
        if word in block.roles:
            if block.roles[word] is None:
                self._losses.note(Loss.ROLE, block.role_column, word)
            return block.roles[word]
        if not word and person.is_empty:
            return None
        said = (
            f"“{word[:60]}” is not a role in the mapping" if word else "The row does not say what this person’s role is"
        )
        raise RowFault(
            Fault.CODE,
            block.role_column,
            sentence("{1}. Add it to victim, subject or other under role in the mapping.", said),
        )

    def _person_of(self, person: PersonColumns) -> Callable[[Cells], PersonAsTold]:
        """Return a function to who is told of in some columns."""
        if not person.columns:
            return lambda cells: _NOBODY
        parts = {
            name: self._columns.joined(columns) for name, columns in person.columns.items() if name in PERSON_FIELDS
        }
        for name, codes in person.codes.items():
            if codes and name in parts:
                parts[name] = self._decoded(parts[name], codes, person.columns[name][0], name)
        if person.birth_formats and "birth" in parts:
            parts["birth"] = self._birth_of(parts["birth"], person)
        readers = [parts.get(name, _untold) for name in PERSON_FIELDS]
        if not person.known_by:
            return lambda cells: PersonAsTold(*[read(cells) for read in readers])
        known_by = self._known_by(person.known_by)
        return lambda cells: PersonAsTold(*[read(cells) for read in readers], known_by=known_by(cells))

    def _known_by(self, blocks: tuple[KnownColumns, ...]) -> Callable[[Cells], tuple[KnownBy, ...]]:
        """Return a function to what somebody is known by, each once."""
        places = [(block, name, self._columns.place(name)) for block in blocks for name in block.columns]

        def read(cells: Cells) -> tuple[KnownBy, ...]:
            found: dict[KnownBy, None] = {}
            for block, column, number in places:
                for text in texts_in(cells[number], block.separator):
                    value, loss = value_of(block.kind, text, self._platform(block, cells))
                    if value and len(found) < MOST:
                        found[KnownBy(block.kind, value)] = None
                    elif value:
                        loss = Loss.KNOWN_BY
                    if loss is not None:  # names are not shown around
                        self._losses.note(loss, column, text if loss is Loss.REGISTRATION else OTHERS)
            return tuple(found)

        return read

    def _platform(self, block: KnownColumns, cells: Cells) -> str:
        if not block.platform_column:
            return block.platform
        told = self._columns.cell(cells, block.platform_column)
        return "" if is_nothing(told) else told

    def _decoded(
        self, told: Callable[[Cells], str], codes: dict[str, str], column: str, name: str
    ) -> Callable[[Cells], str]:
        loss = Loss.SEX if name == "sex" else Loss.DETAIL

        def read(cells: Cells) -> str:
            text = told(cells)
            if text and text not in codes:
                self._losses.note(loss, column, text)
            return codes.get(text, "")

        return read

    def _birth_of(self, told: Callable[[Cells], str], person: PersonColumns) -> Callable[[Cells], str]:
        @lru_cache(maxsize=DAYS_REMEMBERED)
        def iso(text: str) -> str:
            return "" if is_no_day(text) or text.casefold() in person.birth_unknown else self._birth(text, person)

        def read(cells: Cells) -> str:
            text = told(cells)
            day = iso(text) if text else ""
            if text and not day:
                self._losses.note(Loss.BIRTH, person.columns["birth"][0], text)
            return day

        return read

    def _birth(self, text: str, person: PersonColumns) -> str:
        """Return a day of birth in ISO form, so that nobody later takes the month for the day."""
        column = person.columns["birth"][0]
        found = parsed(text, person.birth_formats, iso=writes_iso(self._mapping.kind))
        if found is None:
            raise RowFault(Fault.DATE, column, no_such_date(text, person.birth_formats))
        if found.date() > self._today:
            raise RowFault(Fault.FUTURE, column, sentence("“{1}” is in the future. Check the year.", text[:40]))
        return found.date().isoformat()


_NOBODY = PersonAsTold()


def _untold(_: Cells) -> str:
    return ""


def placed(
    victim: PersonAsTold, subject: PersonAsTold, people: tuple[FurtherAsTold, ...]
) -> tuple[PersonAsTold, PersonAsTold, tuple[FurtherAsTold, ...]]:
    """Return the first victim, the first subject and the others, each person once."""
    left: list[FurtherAsTold] = []
    for one in dict.fromkeys(people):
        if one.role is PersonRole.VICTIM and victim.is_empty:
            victim = one.person
        elif one.role is PersonRole.SUBJECT and subject.is_empty:
            subject = one.person
        elif one.person != (victim if one.role is PersonRole.VICTIM else subject):
            left.append(one)
    return victim, subject, tuple(left)
