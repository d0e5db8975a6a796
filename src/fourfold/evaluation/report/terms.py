"""The words of the report: a number with its origin, a figure with its table, a part, and the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from fourfold.evaluation.terms import FlowRow, NotFinal


@dataclass(frozen=True)
class Number:
    """One released number: which line of the plan asked for it and which function made it; None is one that stays."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    plan: str
    function: str
    method: str = ""

    @property
    def shown(self) -> bool:
        return self.value is not None


@dataclass(frozen=True)
class Table:
    """Rows of words under a head, with a caption; a cell to which nothing belongs says so.

    Where its numbers are not in the ledger one by one, `plan` and `function` say what they all go back to.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plan: str = ""
    function: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(tuple(cell or "does not apply" for cell in row) for row in self.rows))


@dataclass(frozen=True)
class Figure:
    """A drawing (SVG with its title and description) and the table that says the same."""

    svg: str
    table: Table


@dataclass(frozen=True)
class Part:
    """One of the twenty parts; `missing` says in words what it lacks, and is empty where it stands.

    `points` are each a short heading with the lines that are said under it. `parts.PARTS` has the numbers and titles.
    """

    number: int = 0
    title: str = ""
    words: tuple[str, ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Origin:
    """Where a report comes from: the plan with its chain, the frozen data, the code; and what its sites are called
    and since when they work."""

    title: str
    registered_at: datetime
    plan_sha256: str
    amendments: tuple[tuple[int, str, str, bool], ...]
    deviations: tuple[tuple[str, str, str], ...]
    frozen_at: datetime
    until: datetime
    extract_sha256: str
    code_version: str
    made_at: datetime
    rollout: tuple[str, ...] = ()
    flow: tuple[FlowRow, ...] = ()
    sites: Mapping[str, str] = field(default_factory=dict)
    live_on: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The whole report; `numbers` is every number in it."""

    origin: Origin
    parts: tuple[Part, ...]
    numbers: tuple[Number, ...]

    @property
    def missing(self) -> tuple[Part, ...]:
        """Give the parts that stand in the way of calling it final."""
        return tuple(part for part in self.parts if part.missing)

    @property
    def status(self) -> str:
        """Give "final" only where no part is missing."""
        return "draft" if self.missing else "final"

    def require_final(self) -> None:
        """Raise NotFinal, naming every part that is missing and why."""
        if self.missing:
            named = "; ".join(f"{part.number} {part.title}: {part.missing}" for part in self.missing)
            raise NotFinal(f"The report stays a draft. Missing: {named}.")


@dataclass
class Ledger:
    """Every number on its way out passes here: too few people under it, and it stays."""

    numbers: list[Number] = field(default_factory=list)

    def keep(self, number: Number) -> Number:
        self.numbers.append(number)
        return number
