"""Every public function has an example that a reader can type, and gives what stands beneath it."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fourfold import stats
from fourfold.cli import statistics_pages
from tests.statistics.public import FUNCTIONS

PUBLIC, EXAMPLES, PAGES = statistics_pages.functions(), statistics_pages.examples(), statistics_pages.pages()


def run(name: str, example: str, begun: dict[str, Any]) -> str:
    """Run an example after what all of them begin with; return how it differs from what stands there."""
    code = re.sub(r"^```\w*$", "", example, flags=re.MULTILINE)
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(code, dict(begun), name, None, None)
    doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
    begun.update(test.globs if not name else {})
    return "".join(said)


@pytest.fixture(scope="module")
def begun() -> dict[str, Any]:
    found: dict[str, Any] = {}
    assert run("", EXAMPLES[""], found) == ""
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_of_a_public_function_gives_what_it_says(name: str, begun: dict[str, Any]) -> None:
    called = re.compile(rf"\b{'' if '.' in name else 'stats.'}{re.escape(name)}\(")
    assert called.search(EXAMPLES.get(name, "")), f"write an example of {name} in {statistics_pages.EXAMPLES.name}"
    assert run(name, EXAMPLES[name], begun) == ""


def test_an_example_that_says_another_number_is_found(begun: dict[str, Any]) -> None:
    assert "Got:\n    6" in run("wrong", ">>> stats.whole_points(5.2)\n7\n", begun)


def test_every_public_function_is_on_the_page_of_one_question_and_no_example_is_of_none() -> None:
    placed = [name for names in statistics_pages.groups().values() for name in names]
    assert sorted(placed) == sorted(PUBLIC)
    assert set(EXAMPLES) == {"", *PUBLIC}
    assert set(FUNCTIONS) <= set(PUBLIC)


def test_whatever_is_exported_is_told_and_what_is_a_file_is_not_exported() -> None:
    told = "\n".join(PAGES.values())
    untold = [name for name in statistics_pages.exported() if f"`{name}`" not in told and f"## {name}" not in told]
    assert untold == []
    for package in (stats, stats.agreement):
        public = {name for name, one in vars(package).items() if name[0] != "_" and not inspect.ismodule(one)}
        assert public <= set(package.__all__) <= public | {"agreement"}
        assert not {"cox", "coefficients", "survival"} & set(package.__all__), "its files are its own"


def test_a_page_says_what_goes_in_what_is_refused_and_whose_it_is() -> None:
    page = PAGES["by-how-much.md"]
    part = page.split("## `cox_regression`")[1].split("\n## ")[0]
    for said in ("-> CoxFit", "| `time` | must be given | (rows,)", "`0.95`", "**Refuses.** Raises TooFewEvents", "1989",
                 ">>> fit = stats.cox_regression("):  # fmt: skip
        assert said in part or said.replace("(rows,)", "when each row") in part, said


FROM_R = Path(__file__).parents[2] / "docs" / "how-to" / "coming-from-r.md"
ROWS = [
    re.split(r" (?<!\\)\| ", line.strip("| \n"))
    for line in FROM_R.read_text("utf-8").splitlines()
    if "stats." in line or "agreement." in line
]
CALLS = [(theirs, ours.strip("`")) for theirs, ours, *_ in (row for row in ROWS if len(row) == 3)]


@pytest.mark.parametrize(("theirs", "ours"), CALLS, ids=[theirs for theirs, _ in CALLS])
def test_each_call_that_an_r_user_is_led_to_runs(theirs: str, ours: str, begun: dict[str, Any]) -> None:
    assert eval(ours, dict(begun)) is not None, theirs


def test_what_the_page_says_of_the_defaults_is_so(begun: dict[str, Any]) -> None:
    """Each number by the formula that the page names, by hand."""
    area, on, rate = (np.asarray(begun[name]) for name in ("area", "on", "rate"))
    design = np.column_stack([np.ones(rate.size), on])
    beta, inverse = np.linalg.lstsq(design, rate, rcond=None)[0], np.linalg.inv(design.T @ design)
    scores = np.array([(design * (rate - design @ beta)[:, None])[area == one].sum(axis=0) for one in range(12)])
    crv1 = inverse @ scores.T @ scores @ inverse * (12 / 11) * (71 / 70)
    found = stats.linear_regression(rate, {"on": on}, cluster=area)
    assert found["on"].standard_error == pytest.approx(np.sqrt(crv1[1, 1]))
    assert found.degrees_of_freedom == 11
    assert (
        stats.linear_regression(rate, {"on": on})["on"] == stats.linear_regression(rate, {"on": on}, errors="HC1")["on"]
    )
    assert stats.people_needed_for_shares(0.3, 0.2) == pytest.approx(293.1513, abs=1e-3)
    assert stats.people_needed_for_means(0.5) == pytest.approx(63.76576, abs=1e-4)
