"""Every module and name of the product is called by the product, or stands on a list with what will call it."""

from __future__ import annotations

import pytest

from tests.architecture import reach

#: Written and tested ahead of what uses it. A module leaves the list when it is called; none joins it.
WAITING = {
    "fourfold.stats.accelerated": "evaluation: how much later an event comes",
    "fourfold.stats.meta_regression": "roll-out: what explains that sites differ",
    "fourfold.stats.mixed_models": "evaluation: sites within regions",
    "fourfold.stats.negative_control": "evaluation: an outcome that cannot have changed",
    "fourfold.stats.parquet": "evaluation: an extract read without a database",
    "fourfold.stats.subdistribution": "evaluation: risks that compete, in a model",
}


#: Names that only tests say, in modules that the product calls, and why they stay. None joins them without a reason.
KEPT = {
    "fourfold.api.agencies.fetch_token": "an address of the API: the decorator above it hands it to the router",
    "fourfold.linkage.batch.shown": "what a person is shown, beside other linkers: python -m bench.febrl",
    "fourfold.rollout.capacity.network.warm": "`fourfold serve` says it to a process of its own (cli/server.py)",
    "fourfold.web.drawing.put_out": "the code that is made of a template calls it",
    "fourfold.governance.terms.WHY_LEFT_OUT": "texts that a rule composes, listed for the translators",
}


def test_no_module_is_without_a_caller() -> None:
    found = reach.without_a_caller() - WAITING.keys()
    assert not found, f"called by nobody: wire it or delete it: {', '.join(sorted(found))}"


def test_what_is_called_by_now_is_taken_from_the_list() -> None:
    assert WAITING.keys() <= reach.without_a_caller()


def test_no_name_is_said_by_tests_alone() -> None:
    waiting = tuple(f"{module}." for module in WAITING)
    found = {name for name in reach.names_without_a_caller() if not name.startswith(waiting)}
    assert found == KEPT.keys(), "a page, a command or a service uses it, or it goes: " + ", ".join(found ^ KEPT.keys())


def test_a_name_is_found_through_its_facades_and_is_no_caller_of_itself() -> None:
    used = reach.used()
    assert ("fourfold.cases.services.persons", "split_person") in used, "by a page, through the façade of its package"
    assert ("fourfold.stats.mixed_models", "linear_mixed_model") not in used, "a façade that brings it in is no caller"
    assert ("fourfold.stats.tipping_point", "tipping_shift") not in used, "and neither is what it says of itself"


@pytest.mark.parametrize(
    ("module", "facade", "names"),
    [
        ("fourfold.stats.logrank", "fourfold.stats", {"LogRank", "log_rank"}),
        ("fourfold.web.pages.case", "fourfold.web.pages", set()),
    ],
)
def test_the_names_by_which_a_facade_brings_in_a_module(module: str, facade: str, names: set[str]) -> None:
    assert reach.names_through(facade, module) >= names


def test_a_name_that_nobody_says_is_not_said() -> None:
    assert not reach.is_said({"a_name_that_stands_nowhere_else"}, "fourfold.stats", "fourfold.stats.logrank")
