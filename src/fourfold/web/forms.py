"""Reading and checking what a form says. It never decides and never saves; what a person typed is kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict

from fourfold.audit.terms import Conflict
from fourfold.fields import LONGEST, Asked, Kind, asked_by
from fourfold.web.saved_forms import typed_again
from fourfold.web.translation import translated
from fourfold.words import sentence

Choice = TypeVar("Choice", bound=Enum)
Draft = TypeVar("Draft", bound=object)
LONDON = ZoneInfo("Europe/London")
#: Of a whole number; Python refuses to read thousands of them, and no field of ours goes so far.
MOST_DIGITS = 12
ANSWERS = {"yes": True, "no": False}


class Form:
    """What was typed, field by field, and what is wrong with it.

    `read` fills a draft by its declared fields; each reader of one field returns the value or None and notes a problem
    under the field's name. Pages leave what comes after to `form_pages.form_page`.
    """

    def __init__(self, request: HttpRequest, initial: dict[str, object] | None = None):
        self.sent = request.method == "POST"
        again = None if self.sent else typed_again(request)
        #: Whether what stands in the fields is what the person began before and has not sent.
        self.begun = again is not None or (self.sent and bool(request.POST.get("begun")))
        self.typed: Any = request.POST if self.sent else (again if again is not None else initial or {})
        self.problems: dict[str, str] = {}
        self.conflict: Conflict | None = None
        self._at: datetime | None = getattr(request, "at", None)
        self._typed_in: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        """Return whether the form was sent and nothing is wrong with it."""
        return self.sent and not self.problems and self.conflict is None

    @property
    def status(self) -> int:
        """Return the status of the page that shows this form: 409 for a conflict, 422 for a problem, else 200."""
        return 409 if self.conflict else 422 if self.problems else 200

    @property
    def keeps_theirs(self) -> bool:
        """Return whether the sender was shown what a colleague wrote first, and leaves that standing."""
        return self.sent and any(name.startswith("keep-") and said == "theirs" for name, said in self.typed.items())

    def read(self, draft: type[Draft]) -> Draft | None:
        """Fill a draft by its declared fields (`fourfold.fields`), or note every problem and return None."""
        asked = asked_by(draft)  # type: ignore[arg-type]
        self._typed_in |= {each.name: each.typed_in for each in asked if each.typed_in != each.name}
        values = {each.name: self._filled(each) for each in asked}
        filled: Draft | None = None
        if not self.problems:
            with self.catching():
                filled = draft(**values)
        return filled

    def _filled(self, asked: Asked) -> Any:
        """Return what stands in one field, or its default where it was left empty."""
        if asked.kind is Kind.TEXT and asked.default is None and asked.typed_in not in self.typed:
            return None
        value = _READERS[asked.kind](self, asked)
        if asked.kind is Kind.SEVERAL:
            return type(asked.default)(value)
        return asked.default if value is None or value == "" else value

    def answer(self, name: str, *, missing: str = "") -> bool | None:
        """Read yes or no; None where neither was said."""
        said = self.text(name, missing=missing)
        if said and said not in ANSWERS:
            self.wrong(name, "Choose one of the answers shown")
        return ANSWERS.get(said)

    def several(self, name: str, options: Callable[[str], Any], *, missing: str = "") -> tuple[Any, ...]:
        """Read every answer that was chosen, each of a type."""
        said = [each for each in self.values(name) if each]
        if not said and missing:
            self.wrong(name, missing)
        try:
            return tuple(options(each) for each in said)
        except ValueError:
            self.wrong(name, "Choose from the answers shown")
            return ()

    def value(self, name: str, default: object = "") -> object:
        """Return what stands in the field now, for showing it again."""
        return self.typed.get(name, default)

    def version(self, name: str) -> str | None:
        """Return which rows stood before the writer's eyes, as the page named them; None where it did not say."""
        return str(self.typed[name]) if name in self.typed else None

    def typed_day(self, name: str) -> str:
        parts = (str(self.value(f"{name}-{part}")).strip() for part in ("day", "month", "year"))
        return " ".join(part for part in parts if part)

    def values(self, name: str) -> list[str]:
        return list(self.typed.getlist(name) if isinstance(self.typed, QueryDict) else self.typed.get(name, []))

    def error(self, name: str) -> str:
        """Return the problem with a field in the language of the page, or nothing."""
        return translated(self.problems.get(name, ""))

    def mended_at(self, fields: Mapping[str, str]) -> None:
        """Note where a problem is mended that a service names by another name than the form."""
        self._typed_in |= fields

    def wrong(self, name: str, text: str) -> None:
        """Note a problem with a field, where it is mended; the first one stays."""
        self.problems.setdefault(self._typed_in.get(name, name), text)

    def text(self, name: str, *, missing: str = "", longest: int = LONGEST) -> str:
        """Read a text, stripped; where it may not be empty, `missing` says how to mend it."""
        said = str(self.typed.get(name, "")).replace("\r\n", "\n").strip()
        if not said and missing:
            self.wrong(name, missing)
        if "\x00" in said:
            self.wrong(name, "Remove the characters that cannot be shown")
            return ""
        if len(said) > longest:
            self.wrong(
                name, sentence("Shorten this to {1} characters or fewer; it has {2}", f"{longest:,}", f"{len(said):,}")
            )
        return said

    def choice(self, name: str, options: type[Choice], *, missing: str = "") -> Choice | None:
        said = str(self.typed.get(name, ""))
        if not said:
            if missing:
                self.wrong(name, missing)
            return None
        try:
            return options(said)
        except ValueError:
            self.wrong(name, "Choose one of the answers shown")
            return None

    def flag(self, name: str) -> bool:
        return str(self.typed.get(name, "")) in ("on", "yes", "true", "1")

    def number(self, name: str, *, least: int = 0, most: int = 100_000, missing: str = "") -> int | None:
        said = self.text(name, missing=missing)
        if not said:
            return None
        whole = said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS
        if not whole or not least <= int(said) <= most:
            self.wrong(name, sentence("Enter a whole number from {1} to {2}", least, f"{most:,}"))
            return None
        return int(said)

    def identifier(self, name: str, *, missing: str = "") -> UUID | None:
        said = self.text(name, missing=missing)
        try:
            return UUID(said) if said else None
        except ValueError:
            self.wrong(name, "Choose one of the entries shown")
            return None

    def day(self, name: str, *, missing: str = "") -> date | None:
        """Read a date from one field (2026-11-24 or 24/11/2026) or from the three of a date input."""
        parts = [str(self.typed.get(f"{name}-{part}", "")).strip() for part in ("year", "month", "day")]
        said = "-".join(parts) if any(parts) else str(self.typed.get(name, "")).strip()
        if not said:
            if missing:
                self.wrong(name, missing)
            return None
        day = date_in(said)
        if day is None:
            self.wrong(name, "Enter a real date, such as 24/11/2026")
        return day

    def moment(self, name: str, *, missing: str = "", ahead: bool = False) -> datetime | None:
        """Read a day and a time (`name` and `name-time`) as they are said in London.

        A day without a time stands at its noon. What has happened (not `ahead`) stands today at the latest at the
        moment of sending: "told today", sent before noon, is nothing to come.
        """
        day = self.day(name, missing=missing)
        said = str(self.typed.get(f"{name}-time", "")).strip().replace(".", ":")
        if day is None:
            return None
        try:
            moment = datetime.combine(day, time.fromisoformat(said.zfill(5)) if said else time(12), tzinfo=LONDON)
        except ValueError:
            self.wrong(name, "Enter a real time, such as 14:05")
            return None
        if said or ahead or self._at is None or day != self._at.astimezone(LONDON).date():
            return moment
        return min(moment, self._at)

    def overtaken(self, what: str, **theirs: object) -> None:
        """Note that a colleague has said first what is said once, and what that was, in the place of any problem."""
        self.problems.clear()
        self.conflict = Conflict(what, theirs)

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Turn what a service refuses into a problem with each field it names; a conflict is kept to be shown."""
        try:
            yield
        except Conflict as conflict:
            self.conflict = conflict
        except ValueError as refusal:
            if not hasattr(refusal, "field"):
                raise
            for field, message in getattr(refusal, "problems", ((refusal.field, str(refusal)),)):
                self.wrong(str(field), message)


def identifier_in(said: str) -> UUID | None:
    """Return the identifier in an address or a cell; None where it names none."""
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


def moment_in(said: str) -> datetime | None:
    """Return the moment in an address, with its zone; None where it names none."""
    try:
        found = datetime.fromisoformat(said[:40])
    except ValueError:
        return None
    return found if found.tzinfo else None


#: How each kind of a declared field is read.
_READERS: dict[Kind, Callable[[Form, Asked], Any]] = {
    Kind.TEXT: lambda form, asked: form.text(
        asked.typed_in, missing=asked.limits.missing, longest=asked.limits.longest
    ),
    Kind.CHOICE: lambda form, asked: form.choice(asked.typed_in, asked.options, missing=asked.limits.missing),  # type: ignore[arg-type]
    Kind.CHECK: lambda form, asked: form.flag(asked.typed_in),
    Kind.ANSWER: lambda form, asked: form.answer(asked.typed_in, missing=asked.limits.missing),
    Kind.NUMBER: lambda form, asked: form.number(
        asked.typed_in, least=asked.limits.least, most=asked.limits.most, missing=asked.limits.missing
    ),
    Kind.DAY: lambda form, asked: form.day(asked.typed_in, missing=asked.limits.missing),
    Kind.MOMENT: lambda form, asked: form.moment(
        asked.typed_in, missing=asked.limits.missing, ahead=asked.limits.ahead
    ),
    Kind.IDENTIFIER: lambda form, asked: form.identifier(asked.typed_in, missing=asked.limits.missing),
    Kind.SEVERAL: lambda form, asked: form.several(asked.typed_in, asked.options, missing=asked.limits.missing),
}


def date_in(said: str) -> date | None:
    """Return the day in an address or a field, such as 2026-11-24 or 24/11/2026; None where it names none."""
    pieces = said.replace("/", "-").replace(".", "-").split("-")
    if len(pieces) != 3 or not all(piece.isascii() and piece.isdigit() for piece in pieces):
        return None
    year, month, day = pieces if len(pieces[0]) == 4 else reversed(pieces)
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None
