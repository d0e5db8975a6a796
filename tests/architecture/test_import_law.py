"""The law of imports holds, and each of its contracts is seen to break when somebody breaks it.

The contracts are tried on a toy house with every floor of the real one, built from the contracts themselves: first
whole, when every contract is kept, then with one bad import planted, when the contract that forbids it must say so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "fourfold"
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
FLOORS = [re.split(r"\s*\|\s*", layer) for layer in CONTRACTS["one-way"]["layers"]]
ROOMS = ("services", "queries", "models", "rules", "terms")
DOORS = ("config", "web", "api", "cli", "demo", "journey")


@dataclass(frozen=True)
class Plant:
    """One bad import: the contract that forbids it, the lines to write into each module, and what must be named."""

    contract: str
    what: str
    lines: dict[str, str]
    named: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.what}"


def plant(contract: str, what: str, importer: str, imported: str) -> Plant:
    """Return a bad import of one module by another."""
    return Plant(contract, what, {importer: f"import fourfold.{imported}"}, f"{importer} -> fourfold.{imported}")


PLANTS = [
    plant("one-way", "an earlier stage knows a later one", "access.services", "cases.terms"),
    plant("one-way", "siblings know each other", "intake.terms", "people.terms"),
    plant("one-way", "the foundation knows a slice", "base", "audit.terms"),
    plant("one-way", "words know a table", "words", "base"),
    plant("one-way", "statistics know a slice", "stats.survival", "evaluation.terms"),
    plant("one-way", "the registers of law know a slice", "law.rules", "orders.terms"),
    plant("one-way", "a slice knows a door", "panel.services", "web.forms"),
    plant("one-way", "one door knows another", "api.urls", "cli.main"),
    plant("one-way", "a door knows the settings", "web.urls", "config.settings"),
    plant("one-way", "a slice reads the victim's file", "orders.services", "support.queries"),
    plant("inside-a-slice", "a table calls a write", "cases.models", "cases.services"),
    plant("inside-a-slice", "a read calls a write", "panel.queries", "panel.services"),
    plant("inside-a-slice", "a rule opens a table", "plan.rules", "plan.models"),
    plant("inside-a-slice", "a word knows a rule", "people.terms", "people.rules"),
    Plant(
        "inside-a-slice",
        "a rule opens a table through a third module",
        {"linkage.rules": "import fourfold.linkage.matching", "linkage.matching": "import fourfold.linkage.models"},
        "linkage.matching -> fourfold.linkage.models",
    ),
    Plant(
        "no-cycles",
        "two modules of a slice need each other",
        {"cases.thread": "import fourfold.cases.pattern", "cases.pattern": "import fourfold.cases.thread"},
        "No cycles are allowed in fourfold.cases",
    ),
    Plant(
        "no-cycles",
        "a knot three folders down",
        {
            "web.components.charts.ink": "import fourfold.web.components.charts.pen",
            "web.components.charts.pen": "import fourfold.web.components.charts.ink",
        },
        "No cycles are allowed in fourfold.web.components.charts",
    ),
    Plant("pure", "a rule uses Django", {"cases.rules": "from django.utils import timezone"}, "cases.rules -> django"),
    Plant("pure", "a word uses Django", {"audit.terms": "import django"}, "audit.terms -> django"),
    Plant(
        "pure", "the registers of law use Django", {"law.working_days": "import django"}, "law.working_days -> django"
    ),
    Plant("pure", "statistics use Django", {"stats.survival": "import django.conf"}, "stats.survival -> django"),
    Plant("pure", "the statistics' front page does", {"stats.__init__": "import django"}, "stats -> django"),
    Plant(
        "pure",
        "a rule uses Django through a third module",
        {"plan.rules": "import fourfold.plan.calendar", "plan.calendar": "import django.utils.timezone"},
        "plan.calendar -> django",
    ),
    plant("doors-open-no-table", "a page opens a table", "web.pages.case.views", "cases.models"),
    plant("doors-open-no-table", "the API opens a table", "api.urls", "people.models"),
    plant("doors-open-no-table", "the command line opens a table", "cli.main", "audit.models"),
    plant("doors-open-no-table", "the demo opens a table", "demo.builder", "intake.models"),
    plant("doors-open-no-table", "a journey opens a table", "journey.whole_way", "panel.models"),
    plant("learning-changes-nothing", "evaluation writes casework", "evaluation.extract", "cases.services"),
    plant("learning-changes-nothing", "roll-out writes casework", "rollout.services", "intake.services"),
    Plant(
        "learning-changes-nothing",
        "evaluation writes casework through a third module",
        {"evaluation.queries": "import fourfold.cases.closing", "cases.closing": "import fourfold.cases.services"},
        "cases.closing -> fourfold.cases.services",
    ),
    plant("victims-file", "evaluation reads the victim's file", "evaluation.queries", "support.queries"),
    plant("victims-file", "oversight reads the victim's file", "governance.queries", "support.queries"),
    plant("pages-link-by-url", "one page imports another", "web.pages.home.views", "web.pages.case.urls"),
]


def write(house: Path, module: str, line: str) -> None:
    """Add a line to a module of the house, with the packages around it."""
    path = house.joinpath(*module.split(".")).with_suffix(".py")
    for folder in reversed(path.relative_to(house).parents):
        (house / folder).mkdir(exist_ok=True)
        (house / folder / "__init__.py").touch()
    with path.open("a") as file:
        file.write(f"{line}\n")


@pytest.fixture
def toy_house(tmp_path: Path) -> Path:
    """A house with every floor and every room, and the arrows that the law allows."""
    house = tmp_path / "fourfold"
    floors = [package.strip("()") for floor in FLOORS for package in floor]
    for package in set(floors) - {
        "words",
        "glossary",
        "fields",
        "pronouns",
        "base",
        "inserted",
        "law",
        "stats",
        "gateways",
        *DOORS,
    }:
        for room in ROOMS:
            write(house, f"{package}.{room}", "")
        write(house, f"{package}.models", "import django.db\nimport fourfold.base")
        write(house, f"{package}.services", f"from fourfold.{package} import queries, models, rules, terms")
        write(house, f"{package}.rules", f"from fourfold.{package} import terms")
    for module, line in ALLOWED.items():
        write(house, module, line)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return house


ALLOWED = {
    "words": "import re",
    "glossary": "import tomllib",
    "pronouns": "import re",
    "fields": "import dataclasses, fourfold.words",
    "inserted": "import django.db.models",
    "base": "import django.db.models, fourfold.inserted",
    "law.working_days": "import math",
    "stats.survival": "import math",
    "gateways.clock": "",
    "config.settings": "import fourfold.web.urls, fourfold.api.urls",
    "web.forms": "import django.forms",
    "web.urls": "import fourfold.web.pages.case.urls, fourfold.web.pages.home.urls",
    "web.pages.case.urls": "import fourfold.web.pages.case.views",
    "web.pages.case.views": "import fourfold.cases.queries, fourfold.cases.services",
    "web.pages.home.urls": "import fourfold.web.pages.home.views",
    "web.pages.home.views": "import fourfold.cases.queries",
    "api.urls": "import fourfold.intake.services",
    "cli.main": "import fourfold.journey.whole_way",
    "demo.builder": "import fourfold.intake.services",
    "journey.whole_way": "import fourfold.orders.services, fourfold.support.services, fourfold.rollout.services",
    "evaluation.extract": "import fourfold.cases.queries, fourfold.access.services, fourfold.stats.survival",
    "rollout.services": "import fourfold.evaluation.services, fourfold.audit.services",
}


def lint(folder: Path, source: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run lint-imports with the contracts in `folder` over the package in `source`; return what it said."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_house_keeps_the_law() -> None:
    said = lint(ROOT, HOUSE.parent)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in said.stdout


def test_a_house_with_only_allowed_arrows_keeps_the_law(toy_house: Path) -> None:
    said = lint(toy_house.parent, toy_house.parent)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in said.stdout


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_planted_violation_breaks_its_contract(contract: str, toy_house: Path) -> None:
    """All of one contract are planted at once, and each has to be named."""
    planted = [each for each in PLANTS if each.contract == contract]
    assert planted, "every contract is tried"
    for module, line in (line for each in planted for line in each.lines.items()):
        write(toy_house, module, line)
    said = lint(toy_house.parent, toy_house.parent, "--contract", contract)
    assert said.returncode == 1, said.stdout + said.stderr
    assert f"{CONTRACTS[contract]['name']} BROKEN" in said.stdout
    assert [str(each) for each in planted if each.named not in said.stdout] == []


def test_a_floor_that_nobody_declared_breaks_the_law(toy_house: Path) -> None:
    write(toy_house, "helpers.__init__", "")
    said = lint(toy_house.parent, toy_house.parent, "--contract", "one-way")
    assert (said.returncode, "fourfold.helpers" in said.stdout) == (1, True), said.stdout + said.stderr


def test_a_floor_is_optional_only_while_it_is_missing() -> None:
    standing = {path.stem for path in HOUSE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    optional = {package.strip("()") for floor in FLOORS for package in floor if package.startswith("(")}
    assert not optional & standing, "take these layers out of their parentheses in pyproject.toml"


def test_no_folder_is_invisible_to_the_law() -> None:
    folders = {path.parent for path in HOUSE.rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_rules_terms_and_statistics_work_where_there_is_no_django() -> None:
    """The contract reads files; this imports them, and so sees what a slice's own `__init__` drags in."""
    modules = [name for name in map(module_name, HOUSE.rglob("*.py")) if is_pure(name)]
    assert len(modules) > len(FLOORS)
    code = (
        "import sys, importlib\nsys.modules['django'] = None\nfor name in sys.argv[1:]: importlib.import_module(name)"
    )
    said = subprocess.run([sys.executable, "-c", code, *modules], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def module_name(path: Path) -> str:
    """Return the dotted name of a module of the house."""
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_pure(module: str) -> bool:
    """Tell whether a module is one that must know nothing of a framework."""
    parts = module.split(".")
    return len(parts) > 1 and (parts[1] in ("law", "stats") or bool({"rules", "terms"} & set(parts[2:3])))
