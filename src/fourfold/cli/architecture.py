"""The floors of the house, drawn from the import law and described in the words of each package."""

import tomllib
from collections.abc import Iterator
from html import escape
from importlib import import_module

from django.conf import settings

WIDTH, ROW, GAP, LEFT = 960, 30, 4, 190
TITLE = "The floors of Fourfold: each may import only the floors below it"
FACE = "font-family='Arial, sans-serif'"


def floors() -> list[list[str]]:
    """Return the packages of each floor, from the top down; packages of one floor may not import each other."""
    law = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (one_way,) = (contract for contract in law["contracts"] if contract["id"] == "one-way")
    return [layer.split(" | ") for layer in one_way["layers"]]


def described(package: str) -> str:
    """Return the first sentence that a package says of itself, without its name."""
    first = str(import_module(f"fourfold.{package}").__doc__).strip().splitlines()[0]
    name, colon, rest = first.partition(": ")
    sentence = rest if colon and " " not in name else first
    return sentence[:1].upper() + sentence[1:]


def page() -> Iterator[str]:
    yield "# The floors of the house\n"
    yield "Each floor may import only the floors below it; packages of one floor may not import each other. Drawn from the"
    yield "import law in `pyproject.toml`, which `make check` enforces.\n"
    yield f"![{TITLE}](architecture.svg)\n"
    yield "| floor | package | what it holds |\n|---|---|---|"
    rows = floors()
    for number, packages in zip(range(len(rows), 0, -1), rows, strict=True):
        for package in packages:
            yield f"| {number} | `{package}` | {described(package)} |"


def picture() -> str:
    """Return the floors as an SVG: a row for each, with its packages side by side."""
    rows = floors()
    height = len(rows) * (ROW + GAP) + GAP
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' aria-labelledby='t d'>",
        f"<title id='t'>{TITLE}</title>",
        f"<desc id='d'>From the top down: {'; '.join(', '.join(packages) for packages in rows)}.</desc>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
    ]
    for number, packages in enumerate(rows):
        parts += _row(packages, GAP + number * (ROW + GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(packages: list[str], top: int) -> Iterator[str]:
    width = (WIDTH - GAP) / len(packages)
    for place, package in enumerate(packages):
        left = GAP + place * width
        yield f"<rect x='{left:g}' y='{top}' width='{width - GAP:g}' height='{ROW}' fill='#e8f1f8' stroke='#1d70b8'/>"
        middle = f"y='{top + 20}' {FACE} font-size='14'"
        yield f"<text x='{left + 10:g}' {middle} font-weight='bold' fill='#0b0c0c'>{package}</text>"
        if len(packages) == 1:
            yield f"<text x='{LEFT}' {middle} fill='#383f43'>{escape(described(package))}</text>"
