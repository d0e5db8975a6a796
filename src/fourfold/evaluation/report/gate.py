"""The one way out for a number: counts rounded or held back, estimates only where enough people are under them."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from fourfold import stats
from fourfold.evaluation import doubts
from fourfold.evaluation.report.terms import Ledger, Number, Part, Report
from fourfold.gateways import reading_back

HELD = "suppressed"
PUBLISHED_ELSEWHERE = 15


def count(ledger: Ledger, name: str, people: int, *, plan: str, function: str = "count of rows") -> str:
    """Release a count in words, rounded to five, or the word that it is suppressed."""
    cell = stats.disclose_count(people)
    value = float(cell.count) if isinstance(cell, stats.Released) else None
    ledger.keep(Number(name, value, None, None, plan, function, "rounded to the nearest 5"))
    return f"{cell.count:,}" if isinstance(cell, stats.Released) else str(cell)


def estimate(
    ledger: Ledger, name: str, found: stats.Estimate, people: int, *, plan: str, function: str, digits: int = 2
) -> str:
    """Release an estimate with its interval in words; `people` is the smallest group under it."""
    released = stats.disclose_estimate(found, people)
    if isinstance(released, stats.Suppressed):
        ledger.keep(Number(name, None, None, None, plan, function, found.method))
        return HELD
    value, low, high = (_kept(bound, digits) for bound in (released.estimate, released.low, released.high))
    number = ledger.keep(Number(name, value, low, high, plan, f"fourfold.stats.{function}", found.method))
    return words(number, digits)


def value(
    ledger: Ledger, name: str, found: float, people: int, *, plan: str, function: str, method: str = "", digits: int = 2
) -> str:
    """Release a number that has no interval, in words."""
    bare = stats.Estimate(found, math.nan, math.nan, method=method)
    return estimate(ledger, name, bare, people, plan=plan, function=function, digits=digits)


def require_releasable(parts: Sequence[Part], ledger: Ledger, title: str = "") -> None:
    """Read the whole report once more before it leaves: every count, word, cell, drawing and its words.

    What an area should expect (part 15) is made from published counts of other areas, not from these people, and is left
    as it was published. Raises stats.NotReleasable, saying how many places and where the first is, never what stands there.
    """
    counts = [number.value for number in ledger.numbers if number.method.startswith("rounded") and number.shown]
    spoken = {"title": f"<p>{escape(title)}</p>"}
    for part in (part for part in parts if part.number != PUBLISHED_ELSEWHERE):
        tables = (*part.tables, *(figure.table for figure in part.figures))
        lines = (
            part.title,
            part.missing,
            *part.words,
            *sum(part.points, ()),
            *(text for table in tables for text in (table.caption, *table.head, *sum(table.rows, ()))),
        )
        spoken[f"part {part.number}"] = "".join(f"<p>{escape(line)}</p>" for line in lines)
        for place, figure in enumerate(part.figures, start=1):
            spoken[f"part {part.number}, figure {place}"] = figure.svg
    stats.require_releasable({"counts": counts}, spoken)


def require_files_releasable(report: Report, files: Mapping[str, bytes]) -> None:
    """Read the made files back, as whoever gets them will, and judge every word: what the report did not say, a file may.

    `files` has the HTML, PDF, DOCX and JSON by these names. Raises stats.NotReleasable as `require_releasable` does.
    """
    headings = [f"{part.number}. {part.title}" for part in report.parts]
    docx = [
        line
        for name, text in reading_back.docx_parts(files["docx"])
        if name.endswith(".xml")  # neither pictures nor attributes, which are numbers of the layout
        for line in text.split("\n")
    ]
    numbers = json.loads(files["json"])
    for name in ("missing", "parts", "tables"):
        numbers[name] = [each for each in numbers[name] if each["part"] != PUBLISHED_ELSEWHERE]
    spoken = {
        "HTML": re.sub(
            rf'<section id="part{PUBLISHED_ELSEWHERE}">.*?</section>', "", files["html"].decode(), flags=re.DOTALL
        ),
        "PDF": _of_these_people(reading_back.pdf_texts(files["pdf"]), headings),
        "DOCX": _of_these_people(docx, headings),
    }
    stats.require_releasable(numbers, spoken)


def _of_these_people(texts: Iterable[str], headings: Sequence[str]) -> str:
    """Return the texts of a file without the part about other areas."""
    kept, number = [], 0
    for text in texts:
        number = headings.index(text) + 1 if text in headings else number
        kept += [f"<p>{escape(text)}</p>"] if number != PUBLISHED_ELSEWHERE else []
    return "".join(kept)


def caution(said: str) -> str:
    """Return a method's caution as it may leave: a method that it names by its code is called as readers call it."""
    return doubts.rounded(re.sub(r"`(\w+)`", lambda name: f"a {name[1].replace('_', ' ')}", said))


def words(number: Number, digits: int = 2) -> str:
    """Say a number with its interval."""
    if number.value is None:
        return HELD
    interval = f" ({said(number.low, digits)} to {said(number.high, digits)})" if number.low is not None else ""
    return f"{said(number.value, digits)}{interval}"


def said(value: float | None, digits: int = 2) -> str:
    """Say one value; what has no bound is called unbounded, never a number."""
    if value is None:
        return "unbounded"
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def _kept(value: float, digits: int) -> float | None:
    return round(value, digits) + 0.0 if math.isfinite(value) else None
