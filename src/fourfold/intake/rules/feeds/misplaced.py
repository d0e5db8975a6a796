"""Cells that cannot be what their column is: a mailbox where a name stands, a postcode where a telephone number stands.

One such cell makes its row wait. A run of them down one column is no slip of the pen: the cells of the file have moved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from fourfold.intake.rules.feeds.cells import Cells
from fourfold.intake.rules.feeds.identifiers import is_nothing
from fourfold.intake.rules.feeds.layout import Mapping, PersonColumns
from fourfold.intake.terms import PersonAsTold
from fourfold.words import Word, sentence

EMAIL, PHONE, POSTCODE, DATE = "an e-mail address", "a telephone number", "a postcode", "a date"
ADDRESS = "an address"
SHORTENED = "a long number that a spreadsheet has shortened"
_LIKE = (
    (SHORTENED, re.compile(r"\d(?:[.,]\d+)?E\+\d{1,2}", re.IGNORECASE)),
    (EMAIL, re.compile(r"[^@\s]+@[^@\s]+")),
    (POSTCODE, re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)),
    (DATE, re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)|\d{4}-\d\d-\d\d")),
    (PHONE, re.compile(r"(?=(?:\D*\d){10,15}\D*$)(?:\+|\(?0)[\d ()\-.]+")),
)
_IS_SHORTENED = dict(_LIKE)[SHORTENED]
#: The same as one, which is asked of every second cell: the first of them that is all of the text.
_LIKE_ANY = re.compile("|".join(f"((?i:{like.pattern}))" for _, like in _LIKE))
_KINDS = ("", *(kind for kind, _ in _LIKE))
#: Where a kind belongs, by the detail of a person.
_BELONGS = {EMAIL: "email", PHONE: "phone", POSTCODE: "address", ADDRESS: "address", DATE: "birth"}
#: What clerks write where there is no number or mailbox, in their words.
_SAYS_NONE = re.compile(
    r"(?:no|none|not|nil|unknown|unk|refus\w*|declin\w*|withh\w*|ex.?dir\w*|n/?[ak]|does|do|tb[ac]|see|same|ask|via|dim|nac|anhysbys)\b.*|[\W_]*|x+",
    re.IGNORECASE | re.DOTALL,
)
#: Where they write why a number is of no use instead; a name in the wrong column has none of these words.
_NO_USE = re.compile(
    r"^[^\d]*\b(?:blocked|block|barred|changed|changes|chang\w+|private|hidden|anonymous|number|phone|mobile|landline|line|"
    r"disconnected|disabled|unobtainable|unavailable|unallocated|dead|lost|stolen|broken|seized|pay ?as ?you ?go|payg|prepaid|"
    r"voicemail|whatsapp|skype|contact\w*|text only|rhif|ffôn|wedi newid)\b[^\d]*$",
    re.IGNORECASE,
)
#: Nobody alive was born longer ago.
OLDEST = 120
#: So many cells of a column one below the other, none of them right, are a run; so many empty ones may stand between two.
RUN = 5
NEARLY = 3
#: Beside a postcode fewer digits are the number of a house, not of a telephone.
LEAST_DIGITS = 7
#: Signs without a width, and those that turn the direction of what follows.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_AS_IT_LEFT = "{1} Ask for the file as it left the force’s system: what was shortened cannot be made whole."
_POSTCODE_IN = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)
_WHOLE_EMAIL = re.compile(r"\w[\w.+-]*@[\w-]+(?:\.[\w-]+)+")
#: A house and its street, perhaps with what follows: nobody's name, number or mailbox.
_HOUSE = re.compile(
    r"(?:flat \w+,? )?\d{1,4}[a-z]?,? (?!.*\b(?:on|at|in|of|near|from|fe?males?|males?|m[ae]n|wom[ae]n|unknown)\b)"
    r"(?:[\w'’-]+ ){1,3}(?:road|rd|street|st|lane|ln|avenue|ave|close|drive|court|crescent|gardens|"
    r"grove|place|terrace|way|walk|square|hill|row|mews|heol|stryd|ffordd)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(1[0-9]\d\d)\b")
#: Letters alone, as of a name; an address that somebody wrote out says its sign or its dots.
_NAME = re.compile(r"(?!.*\b(?:at|dot)\b)[^\W\d_]+(?:[ ,'’-]+[^\W\d_]+){0,3}", re.IGNORECASE)
#: What a column of so many rows shows at a glance where any of its cells needs a look, over the cells in lines.
#: What no name is begins with digits, as a house does, or has the sign of a mailbox in it.
_NO_NAME = re.compile(r"@|^\W*\d|^\s*(?:flat |[A-Z]{1,2}\d)", re.IGNORECASE | re.MULTILINE)
#: Days, a line each, of a century in which whoever is told of was born.
_DAYS = re.compile(r"(?:(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:19[2-9]|20[0-9])[0-9])?(?:\n|\Z))*")
_ODD = {
    "name": _NO_NAME,
    "relationship": _NO_NAME,
    "phone": re.compile(r"[A-Za-z@/]|^[^\d\n]+$|\d[-.]\d\d?[-.]\d", re.MULTILINE),
    "email": re.compile(r"^[^@\n]+$", re.MULTILINE),
    "birth": re.compile(r"[A-Za-z@]|\d{5}|\b1[0-8]\d\d\b|\b19[01]\d\b"),
    "address": re.compile(r"@|^[\d +()./-]{8,}$", re.MULTILINE),
}


def kind_of(text: str) -> str:
    """Return what a text plainly is, whatever its column; "" where it may be anything."""
    found = _LIKE_ANY.fullmatch(text)
    return _KINDS[found.lastindex or 0] if found else ""


def why_misplaced(detail: str, text: str, today: date) -> str:
    """Return what a text is, or is not, that cannot stand for this detail of a person; "" where it can."""
    if detail == "birth":
        return _why_no_birth(text, today)
    odd = _ODD.get(detail)
    if odd is None or not text or odd.search(text) is None:
        return ""
    kind = kind_of(text.strip())
    if detail in ("name", "relationship"):
        if kind == EMAIL or not kind:  # somebody may be known by an account alone: @name
            return EMAIL if _WHOLE_EMAIL.search(text) else _why_an_address(text)
        return kind
    if detail == "address":
        return "" if kind == POSTCODE else kind
    if kind == (PHONE if detail == "phone" else EMAIL) or says_none(text):
        return ""
    if detail == "email":
        return kind or _why_an_address(text) or ("no e-mail address" if _NAME.fullmatch(text.strip()) else "")
    return kind or _why_no_number(text) or _why_an_address(text)


def _why_an_address(text: str) -> str:
    return ADDRESS if _HOUSE.match(text.strip()) and sum(map(str.isdigit, text)) < LEAST_DIGITS + 3 else ""


def _why_no_number(text: str) -> str:
    bare = _POSTCODE_IN.sub("", text)
    if bare != text and sum(map(str.isdigit, bare)) < LEAST_DIGITS:
        return POSTCODE
    return EMAIL if "@" in text else "" if any(map(str.isdigit, text)) else "no telephone number"


def says_none(text: str) -> bool:
    """Return whether a cell says that there is no number or mailbox, or none that can be used."""
    plain = text.strip()
    return bool(_SAYS_NONE.fullmatch(plain)) or is_nothing(plain) or ("@" not in plain and bool(_NO_USE.search(plain)))


def _why_no_birth(text: str, today: date) -> str:
    if not text or "1920" < text[:4] < "2100":  # in ISO form: hardly any other is asked for more
        return ""
    if (kind := kind_of(text)) and kind != DATE:
        return kind
    found = _YEAR.search(text)
    return found[1] if found and int(found[1]) < today.year - OLDEST else ""


_TOLD = ("name", "birth", "phone", "email", "address", "relationship")
_AS_TOLD = attrgetter(*_TOLD)
#: A day of birth is held to what it is as it was read, and not as it was written.
_LOOKED_FOR = tuple(None if detail == "birth" else _ODD[detail] for detail in _TOLD)


def misplaced_in(person: PersonAsTold, today: date) -> tuple[str, str] | None:
    """Return the detail of somebody that cannot be what it is told as, and what it is; None where all may be."""
    if not (person.email or person.address or (person.birth and not "1920" < person.birth[:4] < "2100")):
        name, what, phone = person.name, person.relationship, person.phone
        if (
            (not name or are_plain("name", (name,)))
            and (not what or are_plain("name", (what,)))
            and (not phone or phone.isdecimal())
        ):
            return None
    for detail, odd, text in zip(_TOLD, _LOOKED_FOR, _AS_TOLD(person), strict=True):
        if text and (odd is None or odd.search(text)) and (found := why_misplaced(detail, text, today)):
            return detail, found
    return None


def said_of(column: str, found: str) -> Word:
    """Return why a row waits whose cell in a column is something else."""
    if found.isdigit():
        return sentence(
            "“{1}” says {2}: nobody born then is alive. Correct the year; if it stands for a day that nobody knows, name it "
            "under unknown in the mapping.",
            column,
            found,
        )
    if found == SHORTENED:
        return sentence(_AS_IT_LEFT, sentence("“{1}” holds {2}.", column, Word(found)))
    return sentence("“{1}” holds {2}. Look whether the cells of the row have moved.", column, Word(found))


def why_no_reference(column: str, text: str) -> Word | None:
    """Return why a text cannot be the reference of a crime: it was made of many, or looks like another one; None if it can."""
    if _IS_SHORTENED.fullmatch(text):
        return said_of(column, SHORTENED)
    if not text.isascii() and (unseen := _UNSEEN.search(text)):
        said = f"U+{ord(unseen.group()):04X}"
        return sentence(
            "“{1}” has a sign in it that nobody sees ({2}): it may be of another crime. Take it out.", column, said
        )
    return None


# ---- a run of them


@dataclass(frozen=True)
class Run:
    """Cells of one column, one below the other, that are not what the column is; `belongs` is where they seem to come from."""

    column: str
    row: int
    kind: str
    belongs: str = ""
    moved: int = 0
    rows: int = 0

    @property
    def said(self) -> Word:
        """What stands there and what has probably happened, with how to mend it."""
        begins = sentence("From row {1} on, “{2}” holds {3}.", f"{self.row:,}", self.column, Word(self.kind))
        if self.kind == SHORTENED:
            return sentence(_AS_IT_LEFT, begins)
        if not self.belongs:
            return sentence("{1} Look whether the cells have moved, or the mapping names the wrong column.", begins)
        return sentence(
            "{1} The cells have probably moved {2} to the {3}: what belongs under “{4}” stands under “{5}”.",
            begins,
            Word("one column") if abs(self.moved) == 1 else sentence("{1} columns", abs(self.moved)),
            Word("right") if self.moved > 0 else Word("left"),
            self.belongs,
            self.column,
        )


class Watch:
    """Follows the columns of people down a file, and says where a run of misplaced cells begins."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], *, today: date) -> None:
        at = {name: number for number, name in enumerate(columns)}
        blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
        self._watched = {
            at[column]: detail for block in blocks for detail, column in _columns_of(block) if column in at
        }
        self._names = tuple(columns)
        self._today = today
        self._running: dict[int, Run] = {}
        self._empty: dict[int, int] = {}
        self._found: dict[int, Run] = {}

    def add(self, rows: Sequence[tuple[int, Cells]]) -> None:
        """Take more rows into account, with their numbers."""
        for place, detail in self._watched.items():
            cells = [cells[place] for _, cells in rows]
            odd = _ODD.get(detail)
            if odd is not None and (are_plain(detail, cells) or odd.search("\n".join(cells)) is None):
                if any(cells):
                    self._end(place)
                else:
                    self._is_empty(place, len(cells))
                continue
            self._follow(place, detail, rows)

    def _follow(self, place: int, detail: str, rows: Sequence[tuple[int, Cells]]) -> None:
        for number, cells in rows:
            text = cells[place].strip()
            if not text:
                self._is_empty(place, 1)
            elif found := why_misplaced(detail, text, self._today):
                run = self._running.get(place) or Run(self._names[place], number, found)
                self._running[place] = replace(run, rows=run.rows + 1)
                self._empty[place] = 0
            else:
                self._end(place)

    def _is_empty(self, place: int, cells: int) -> None:
        if place in self._running:
            self._empty[place] += cells
            if self._empty[place] > NEARLY:
                self._end(place)

    def _end(self, place: int) -> None:
        run = self._running.pop(place, None)
        if run is not None and run.rows >= RUN:
            first = self._found.get(place, replace(run, rows=0))
            self._found[place] = replace(first, rows=first.rows + run.rows)

    def runs(self) -> list[Run]:
        """Return the columns in which cells stand that are something else, from left to right, when the whole file was read."""
        for place in list(self._running):
            self._end(place)
        return [self._where_from(run) for _, run in sorted(self._found.items())]

    def _where_from(self, run: Run) -> Run:
        here = self._names.index(run.column)
        own = [place for place, detail in self._watched.items() if detail == _BELONGS.get(run.kind) and place != here]
        near = min(own, key=lambda place: (abs(here - place), place > here), default=None)
        return run if near is None else replace(run, belongs=self._names[near], moved=here - near)


def are_plain(detail: str, cells: Sequence[str]) -> bool:
    """Return whether cells are plainly what their column is, as those of thousands: a part of the look for what is odd in them.

    A name that begins with three letters, or is of fewer, a day of a century in which somebody may be born, digits alone.
    """
    if detail == "phone":
        return "".join(cells).isdecimal()
    whole = "\n".join(cells)
    if detail == "birth":
        return _DAYS.fullmatch(whole) is not None
    if "@" in whole or "flat " in whole.lower() or whole.count("\n") >= len(cells):
        return False
    return detail in ("name", "relationship") and "".join([cell[:3] for cell in cells]).isalpha()


def _columns_of(block: PersonColumns) -> Iterator[tuple[str, str]]:
    """Yield the details and columns of a person that hold one thing each; the parts of an address may be anything."""
    for detail in _TOLD:
        columns = block.columns.get(detail, ())
        for column in columns if detail != "birth" or len(columns) == 1 else ():
            yield detail, column
