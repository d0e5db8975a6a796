"""What the codes of a row mean: its class and those counted under it, what was done, and answers of yes or no."""

import re

from fourfold.intake.rules.feeds.cells import Cells, Columns, RowFault
from fourfold.intake.rules.feeds.layout import NO, REFUSE, UNKNOWN, YES, Mapping, Meaning, YesNo
from fourfold.intake.rules.feeds.losses import Loss, Losses
from fourfold.intake.terms import Behaviour, Fault, RecordingClass
from fourfold.words import sentence

LONGEST_CLASS = 160
#: How a code says that the force takes a crime back; no default may make another crime of it.
TAKEN_BACK = re.compile(
    r"\b(?:no|non)[\W_]{0,3}crim(?:e|ed|ing)\b|\bnot an? (?:crime|(?:criminal )?offen[cs]e)\b|\bno offen[cs]e\b|^\W*cancel"
    r"|\bcancell?ed\W*$|\bin error\b|\b(?:un|in|not )(?:founded|validated)\b|\bexpunged\b"
    r"|^\W*(?:deleted|void(?:ed)?|withdrawn|duplicate(?: (?:report|record|crime))?)\W*$",
    re.IGNORECASE,
)
_READS_AS_TAKEN_BACK = (
    "“{1}” reads as though the force takes the crime back. Add it to the classes in the mapping: as N if it does, else as "
    "the class that it stands for."
)


class Codes:
    """Reads the codes of a row through a mapping. Raises RowFault; what is left out is counted among the losses."""

    def __init__(self, mapping: Mapping, columns: Columns, losses: Losses) -> None:
        self._mapping, self._columns, self._losses = mapping, columns, losses
        self._class_cells = columns.pick(mapping.as_recorded)

    def as_recorded(self, cells: Cells) -> str:
        text = " ".join([cell.strip() for cell in self._class_cells(cells)])
        if len(text) > LONGEST_CLASS:
            self._losses.note(Loss.CUT, self._mapping.as_recorded[0], text)
        return text[:LONGEST_CLASS]

    def meaning(self, cells: Cells) -> Meaning | None:
        code = ""
        for table in self._mapping.classes:
            code = "|".join([self._columns.cell(cells, column) for column in table.columns])
            if code in table.codes:
                return table.codes[code]
        if not self._mapping.classes:
            return None if self._mapping.default_class is None else Meaning(self._mapping.default_class)
        column = self._mapping.classes[-1].columns[0]
        if self._mapping.default_class is not None:
            if TAKEN_BACK.search(code):
                self._losses.note(Loss.UNMAPPED, column, code)
                raise RowFault(Fault.CODE, column, sentence(_READS_AS_TAKEN_BACK, code[:60]))
            self._losses.note(Loss.DEFAULT_CLASS, column, code)
            return Meaning(self._mapping.default_class)
        self._losses.note(Loss.UNMAPPED, column, code)
        raise RowFault(
            Fault.CODE,
            column,
            sentence(
                "The mapping does not know the code “{1}”. Add it to the classes in the mapping (as N where the force takes the crime back with "
                "it), or say what class every other code has.",
                code[:60],
            ),
        )

    def included(self, cells: Cells, meaning: Meaning | None) -> tuple[RecordingClass, ...]:
        found = list(meaning.included) if meaning else []
        codes = self._mapping.classes[0].codes if self._mapping.classes else {}
        for column in self._mapping.included:
            cell = self._columns.cell(cells, column)
            for code in _parts(cell, self._mapping.included_separator):
                found.append(self._class_of(code, codes, column))
        return tuple(dict.fromkeys(found))

    def _class_of(self, code: str, codes: dict[str, Meaning], column: str) -> RecordingClass:
        if code in codes:
            return codes[code].recorded
        if self._mapping.default_class is not None:
            self._losses.note(Loss.DEFAULT_CLASS, column, code)
            return self._mapping.default_class
        self._losses.note(Loss.UNMAPPED, column, code)
        raise RowFault(
            Fault.CODE,
            column,
            sentence("The mapping does not know the code “{1}”. Add it to the classes in the mapping.", code[:60]),
        )

    def behaviours(self, cells: Cells, meaning: Meaning | None) -> tuple[Behaviour, ...]:
        found = meaning.behaviours if meaning else ()
        mo = self._mapping.mo
        if mo is None:
            return found
        for column in mo.columns:
            for code in _parts(self._columns.cell(cells, column), mo.separator):
                if code not in mo.codes:
                    self._losses.note(Loss.MO_CODE, column, code)
                found = (*found, *mo.codes.get(code, ()))
        return tuple(dict.fromkeys(found))

    def yes_no(self, asked: YesNo | None, cells: Cells) -> bool | None:
        if asked is None:
            return None
        cell = self._columns.cell(cells, asked.column)
        answer = (
            YES
            if cell in asked.yes
            else NO
            if cell in asked.no
            else UNKNOWN
            if cell in asked.unknown
            else asked.otherwise
        )
        if answer == REFUSE:
            raise RowFault(
                Fault.CODE,
                asked.column,
                sentence("“{1}” is neither yes, no nor unknown. Add it to one of these in the mapping.", cell[:60]),
            )
        if cell not in asked.yes and cell not in asked.no and cell not in asked.unknown:
            self._losses.note(Loss.ANSWER, asked.column, cell)
        return None if answer == UNKNOWN else answer == YES


def _parts(cell: str, separator: str) -> list[str]:
    """Return the texts in a cell that a separator keeps apart; without one the cell is one text."""
    return [text for part in (cell.split(separator) if separator else [cell]) if (text := part.strip())]
