"""Print every size to which we hold ourselves, beside its bound; `tests/architecture/test_bounds.py` holds them.

.venv/bin/python -m tools.bounds
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import quick
from tools.progress import ROOT

PRODUCT = ROOT / "src" / "fourfold"
HOW_TO = ROOT / "docs" / "how-to" / "add-a-field.md"
CASE_PAGE = ROOT / "tests" / "web" / "test_log_entries.py"

#: Files that are one list, which a reader looks up and does not read: cutting them would not make them shorter.
LISTS = frozenset({"src/fourfold/demo/histories.py"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A size that may not grow: what it is, how much it is now, how much it may be, and where the most of it stands."""

    name: str
    now: int | None
    most: int
    where: str = ""

    @property
    def holds(self) -> bool:
        return self.now is None or self.now <= self.most


def bounds() -> Iterator[Bound]:
    files = {path: path.read_text(encoding="utf-8") for path in sorted(PRODUCT.rglob("*.py"))}
    source = {path: text for path, text in files.items() if "migrations" not in path.parts}
    yield Bound("lines of source outside migrations", lines(source.values()), 95_000)
    yield Bound("lines of migrations", lines(files.values()) - lines(source.values()), 4_000)
    longest, where = max(functions(source))
    yield Bound("lines of the longest function", longest, 60, where)
    over = {named(path): lines([text]) for path, text in source.items() if named(path) not in LISTS}
    file = max(over, key=lambda path: over[path])
    yield Bound("lines of the longest file that is no list", over[file], 450, file)
    yield Bound("statements of the page of a case", statements_of_a_case(), 25, named(CASE_PAGE))
    yield Bound("files that a field of a decision touches", files_of("decision"), 6, named(HOW_TO))
    yield Bound("files that a field of an allegation touches", files_of("allegation"), 11, named(HOW_TO))
    yield Bound("seconds of `make quick`", quick.SECONDS + quick.GRACE, 60, "tools/quick.py")


def lines(texts: Iterable[str]) -> int:
    return sum(text.count("\n") for text in texts)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(source: dict[Path, str]) -> Iterator[tuple[int, str]]:
    """Yield the length and the place of every function."""
    for path, text in source.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or 0) - node.lineno + 1, f"{named(path)}:{node.lineno} {node.name}"


def statements_of_a_case() -> int | None:
    """Return how many statements the test of a case's page allows, by its name."""
    found = re.search(r"def test_the_page_of_a_case_costs_(\d+)_statements", CASE_PAGE.read_text(encoding="utf-8"))
    return int(found[1]) if found else None


def files_of(kind: str) -> int | None:
    """Return how many files of the product the how-to names under the heading of a kind of field; None if there is none."""
    if not HOW_TO.exists():
        return None
    for part in re.split(r"^## ", HOW_TO.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if kind in part.partition("\n")[0].lower():
            return len(set(re.findall(r"src/fourfold/[\w/.-]+\.\w+", part)))
    return None


def main() -> int:
    """Print the table; return 0 if every bound holds."""
    found = list(bounds())
    for bound in found:
        now = "not said" if bound.now is None else f"{bound.now:,}"
        print(f"{'holds' if bound.holds else 'OVER '}  {now:>8} of {bound.most:>6,}  {bound.name}  {bound.where}")
    return int(not all(bound.holds for bound in found))


if __name__ == "__main__":
    sys.exit(main())
