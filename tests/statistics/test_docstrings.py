"""Every public function says what it returns, what goes in and in which shape and unit, what it refuses, and whose it is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from fourfold import stats
from tests.statistics.public import FUNCTIONS

WORDS = (stats.__doc__ or "").split("mean the same in all of them:", 1)[1]
LINES = [line.strip() for line in re.split(r"\n(?=`)", WORDS) if line.strip().startswith("`")]
#: What is said once, in the package: a word and all that its line says.
COMMON = {
    word: line for line in LINES for word in re.findall(r"`(\w+)`", line.split("  ")[0] + line[: line.rfind("`") + 1])
}

VERBS = {
    "Add", "Adjust", "Calibrate", "Compare", "Correct", "Count", "Describe", "Draw", "Estimate", "Fill", "Find", "Fit",
    "Follow", "Give", "Judge", "Lay", "Let", "Make", "Match", "Measure", "Permute", "Place", "Pool", "Predict", "Read",
    "Regress", "Resample", "Round", "Run", "Say", "Simulate", "Suppress", "Test", "Try", "Turn", "Weight", "Write",
}  # fmt: skip
SHAPE = re.compile(r"\((\w+),( \w+){0,2}\)|\((\w+), (\w+)\)")
SOURCE = re.compile(r"[A-Z][\w'.&-]*(?:[^.]|al\.){0,60}?\b(1[89]|20)\d\d\b|Source: own\b")
TIMES = {
    "time", "entry", "tau", "horizon", "step", "days", "arrivals", "service_rate", "mean_service", "within", "abandon_rate",
    "rate", "exposure", "period",
}  # fmt: skip
TIME_UNIT = re.compile(r"\b(units?|days?|periods?|months?|years?|cycles?)\b")
MONEY = {"costs", "cost", "amounts", "incremental_costs", "willingness"}
MONEY_UNIT = re.compile(r"\b(currency|worth|price)")


def text(function: Callable[..., Any]) -> str:
    """Return a docstring on one line."""
    return " ".join((inspect.getdoc(function) or "").split())


def said_of(name: str, argument: str) -> str:
    """Return what a reader of a function finds about one of its arguments: its own words where they name it, and the package's."""
    own = text(FUNCTIONS[name])
    return (own if mentions(own, argument) else "") + COMMON.get(argument, "")


def mentions(said: str, argument: str) -> bool:
    """Say whether an argument is named, in backticks or as the plain word."""
    return bool(re.search(rf"\b{re.escape(argument.replace('_', ' '))}s?\b", said.replace("_", " "), re.IGNORECASE))


def faults(name: str) -> list[str]:
    """Name what the documentation of a public function leaves open."""
    function, found = FUNCTIONS[name], []
    said, parameters = text(function), inspect.signature(function).parameters
    if said.split(" ")[0].strip(",") not in VERBS:
        found.append("does not begin with what it gives")
    if inspect.signature(function).return_annotation is inspect.Signature.empty:
        found.append("has no kind of result")
    if "Raises" not in said:
        found.append("does not say what it refuses")
    if not SOURCE.search(said):
        found.append("names no source with its year, nor says that it is our own")
    for argument, parameter in parameters.items():
        about = said_of(name, argument)
        if not about:
            found.append(f"does not say what {argument} is")
        if "ArrayLike" in str(parameter.annotation) and not SHAPE.search(said + COMMON.get(argument, "")):
            found.append(f"gives no shape of {argument}")
        if argument in TIMES and not TIME_UNIT.search(about):
            found.append(f"gives no unit of {argument}")
        if argument in MONEY and not MONEY_UNIT.search(said):
            found.append(f"gives no currency of {argument}")
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_says_what_goes_in_comes_out_is_refused_and_whose_it_is(name: str) -> None:
    assert faults(name) == []


def test_what_is_said_once_is_said_with_shape_or_unit() -> None:
    assert {"time", "entry", "event", "covariates", "weights", "estimates", "level", "seed", "path"} <= set(COMMON)
    for word in ("time", "event", "treated", "outcome", "weights", "person", "period", "estimates"):
        assert SHAPE.search(COMMON[word]), word
    for word in ("time", "period"):
        assert TIME_UNIT.search(COMMON[word]), word


def test_a_function_that_falls_short_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant a function that says nothing."""

    def silent(amounts: Any, tau: float):  # type: ignore[no-untyped-def]
        """Something with amounts."""

    silent.__annotations__["amounts"] = "npt.ArrayLike"
    monkeypatch.setitem(FUNCTIONS, "silent", silent)
    assert faults("silent") == [
        "does not begin with what it gives",
        "has no kind of result",
        "does not say what it refuses",
        "names no source with its year, nor says that it is our own",
        "gives no shape of amounts",
        "gives no currency of amounts",
        "does not say what tau is",
        "gives no unit of tau",
    ]
