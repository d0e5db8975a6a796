"""The recommendation's four files say the same numbers, and a reader who has none of the trade's words can follow them."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import docx
import pytest

from fourfold.gateways.reading_back import pdf_parts
from fourfold.rollout import facts
from fourfold.rollout.advice import run as runs
from fourfold.rollout.advice.figures import priced
from fourfold.rollout.advice.writing import KINDS, written
from tests.rollout.test_advice import AT, KNOWN, OWN

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?%?")


def a_plan(area: str, **more: object) -> runs.Run:
    place = facts.named(area)
    return replace(runs.Run(place.code, tuple(one.code for one in place.districts), 2026, runs.made(2026, AT)), **more)  # type: ignore[arg-type]


MERGED = tuple(one.code for name in ("Cheshire", "Merseyside") for one in facts.named(name).districts)
PLANS = {
    "an area": a_plan("Merseyside"),
    "a count is missing, too few sittings": a_plan("Greater Manchester"),
    "two areas become one": replace(a_plan("Merseyside"), area="", districts=MERGED),
    "a site model of its own": a_plan("Greater Manchester", own=OWN),
    "a released effect": a_plan("Merseyside", effect=KNOWN),
}


@pytest.fixture(scope="module", params=PLANS, name="files")
def of_a_plan(request: pytest.FixtureRequest) -> dict[str, bytes]:
    advice = runs.advice(PLANS[request.param])
    return {kind: written(advice, kind) for kind in KINDS}


def in_word(content: bytes) -> Iterator[str]:
    file = docx.Document(io.BytesIO(content))
    yield from (paragraph.text for paragraph in file.paragraphs)
    yield from (cell.text for table in file.tables for row in table.rows for cell in row.cells)


def on_the_page(content: bytes) -> Iterator[str]:
    plain = re.sub(r"<(style|svg|title|nav)\b.*?</\1>", " ", content.decode(), flags=re.DOTALL)
    yield from map(unescape, re.split(r"<[^>]+>", plain))


def in_json(content: bytes) -> Iterator[str]:
    for part in json.loads(content)["sections"]:
        yield f"{part['number']}. {part['title']}"
        yield from part["words"]
        yield from (text for point in part["points"] for text in point)
        for table in part["tables"]:
            yield from (table["caption"], *table["head"], *(cell for row in table["rows"] for cell in row))


def numbers(texts: Iterator[str]) -> Counter[str]:
    return Counter(found for text in texts for found in NUMBER.findall(text))


def test_every_number_of_the_document_and_of_the_page_stands_in_the_json_as_often(files: dict[str, bytes]) -> None:
    """The JSON said that it had every number, and had no price, no scenario, no year that was counted and no force foretold."""
    told, paper, page = (
        numbers(in_json(files["json"])),
        numbers(in_word(files["docx"])),
        numbers(on_the_page(files["html"])),
    )
    assert sum(told.values()) > 300
    # the year stands under the title as well, and on paper again where it is signed
    year = Counter({"2026": 1, "27": 1})
    assert page == told + year
    assert paper == told + year + year


def leaves(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        yield from (each for one in value.values() for each in leaves(one))
    elif isinstance(value, list):
        yield from (each for one in value for each in leaves(one))
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield value


def test_what_the_document_rounds_is_the_number_that_the_json_has_unrounded(files: dict[str, bytes]) -> None:
    told = json.loads(files["json"])
    said = {
        float(found.rstrip("%").replace(",", "")) for text in in_word(files["docx"]) for found in NUMBER.findall(text)
    }

    def is_said(number: float) -> bool:
        """Say whether a number of the paper is this one, rounded as counts and pounds are, or in percent."""
        shapes = (abs(number), 100 * abs(number))
        return any(
            abs(one - shape) <= max(0.012 * shape, 0.51 if shape > 5 else 0.051, 2.5 * (20 <= shape < 1_000))
            for one in said
            for shape in shapes
        )

    raw = {
        name: list(leaves(told[name])) for name in ("cost", "per_case", "managed", "team", "waits", "use", "residents")
    }
    raw["bridge"] = [one["total"] for one in told["bridge"]]
    raw["prices"] = [one[name] for one in told["prices"] for name in ("low", "central", "high")]
    raw["scenarios"] = [] if told["net"] else list(leaves(told["scenarios"]))
    raw["expected"] = list(leaves([one["range"] for one in told["expected"]]))
    raw["back_test"] = [round(one[name]) for one in told["back_test"]["rows"] for name in ("low", "high", "counted")]
    del raw["residents"][1:]  # those of 16 and over are not said; those under 16 are
    missing = {name: [each for each in found if not is_said(each)] for name, found in raw.items()}
    assert {name: found for name, found in missing.items() if found} == {}


def test_a_chart_says_chance_in_percent_as_the_table_under_it_does(files: dict[str, bytes]) -> None:
    charts = re.findall(r"<svg.*?</svg>", files["html"].decode(), re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        upright = re.findall(r'text-anchor="end"[^>]*>([^<]*)<', chart)
        assert upright == ["0", "20", "40", "60", "80", "100"]
        assert "chance, %" in chart


def test_each_line_of_a_point_stands_on_its_own_line_and_who_signs_reads_what_they_sign(
    files: dict[str, bytes],
) -> None:
    lines = [line for paragraph in in_word(files["docx"]) for line in paragraph.split("\n")]
    assert "Register the question of the evaluation before the first outcome is looked at." in lines
    place = json.loads(files["json"])["place"]
    agreed = f"Whoever signs agrees to this plan for {place} in 2026/27, its conditions and its data standard."
    assert agreed in lines
    sheets = [" ".join(text.split()) for where, text in pdf_parts(files["pdf"]) if where.startswith("page")]
    assert agreed in next(sheet for sheet in sheets if "For the advocacy service" in sheet), (
        "on the sheet that is signed"
    )


def test_fewer_cases_managed_than_taken_on_are_said_to_be_so() -> None:
    """A year's cost over the cases taken on was £5,090, and the document said £6,080 for a managed case without a word why."""
    short, enough = (
        " ".join(in_json(written(runs.advice(run), "json")))
        for run in (PLANS["a count is missing, too few sittings"], PLANS["an area"])
    )
    assert re.search(
        r"fewer than are taken on: the panel can hear \d+% of the cases that it must hear first \(section 6\)", short
    )
    assert "as planned can do" not in short, "no profession has too much to do there"
    assert "fewer than are taken on" not in enough


def test_no_word_of_the_trade_stands_where_a_chief_constable_reads(files: dict[str, bytes]) -> None:
    said = " ".join(in_word(files["docx"]))
    for word in ("demands drawn", "shipped facts", "share of pay", "mean number"):
        assert word not in said
    assert "25% of pay" in said
    assert "£31,164 to £56,208" in said


@pytest.mark.parametrize(
    ("number", "unit", "says"), [(0.25, "share of pay", "25% of pay"), (50_256, "pounds a year", "£50,256 a year")]
)
def test_a_price_is_said_with_its_unit(number: float, unit: str, says: str) -> None:
    assert priced(number, unit) == says
