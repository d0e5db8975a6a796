"""The diagrams of states are drawn from the tables by which the rules decide, and from nothing else."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from fourfold.cli import reference

ARROW = re.compile(r"^    (\S+) --> (\S+)$", re.MULTILINE)


def drawn() -> dict[str, set[tuple[str, str]]]:
    """Return the arrows of each diagram by its title."""
    parts = re.split(r"^## ", reference.pages()["states.md"], flags=re.MULTILINE)[1:]
    return {part.splitlines()[0]: set(ARROW.findall(part)) for part in parts}


@pytest.mark.parametrize(("title", "module", "name"), reference.MACHINES)
def test_a_diagram_holds_every_step_of_its_table_and_no_other(title: str, module: str, name: str) -> None:
    steps = getattr(import_module(module), name)
    arrows = {(str(before or "[*]"), str(after)) for before, following in steps.items() for after in following}
    assert drawn()[title] == arrows | {(str(before), "[*]") for before, following in steps.items() if not following}


def test_a_step_taken_out_of_a_table_leaves_its_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    from fourfold.cases import rules
    from fourfold.cases.terms import State

    assert ("closed", "open") in drawn()["A case"]
    monkeypatch.setitem(rules.NEXT, State.CLOSED, frozenset())
    assert ("closed", "open") not in drawn()["A case"]
