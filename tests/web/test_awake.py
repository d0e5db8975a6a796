"""What the server holds before anybody asks for a page: every page, and nothing that few pages need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.faults.apart import played

#: What takes long to read, or much memory, and what needs it: none of it is read before such a page is asked for.
READ_WHEN_ASKED = {
    "altair": "pictures of an evaluation",
    "dask": "statistics over many machines",
    "duckdb": "frozen data and long files",
    "fourfold.demo.load": "the invented programme",
    "icalendar": "calendars",
    "numba": "a team's queue",
    "openpyxl": "workbooks",
    "pandas": "linkage",
    "pyarrow": "Parquet",
    "pyspark": "statistics over many machines",
    "scipy.optimize": "fits",
    "scipy.special": "intervals",
    "scipy.stats": "intervals",
    "splink": "linkage",
    "typst": "documents",
}
ASKS = """
import json, sys
import fourfold.config.wsgi
from django.db import connections
from django.template import engines
from django.urls import get_resolver
found = [get_resolver().resolve("/cases/") for _ in range(2)]
opened = [each.alias for each in connections.all() if each.connection]
print(json.dumps([sorted(sys.modules), len(engines["jinja2"].env.cache), opened, found[0] is found[1]]))
"""


def test_the_server_has_read_its_pages_and_nothing_that_few_of_them_need(tmp_path: Path) -> None:
    around = os.environ | {"FOURFOLD_DATA_DIR": str(tmp_path), "FOURFOLD_DEMO": "0", "DATABASE_URL": ""}
    said = subprocess.run([sys.executable, "-c", ASKS], env=around, capture_output=True, text=True, check=True).stdout
    modules, templates, opened, is_kept = json.loads(said.splitlines()[-1])
    assert sorted(READ_WHEN_ASKED.keys() & set(modules)) == []
    assert {"fourfold.web.pages.home", "fourfold.duties.services"} <= set(modules)
    assert templates > 250
    assert opened == []
    assert is_kept, "where an address leads is looked for at each request"


def test_where_the_keys_lie_is_worked_out_once() -> None:
    settings = django_settings.FOURFOLD
    own = settings.model_copy(update={"shared_keys": None})
    assert own.keys_dir is own.keys_dir
    assert settings.model_copy(update={"data_dir": Path("/elsewhere"), "shared_keys": None}).keys_dir == Path(
        "/elsewhere/keys"
    )


@pytest.mark.django_db
@pytest.mark.slow
def test_no_page_of_casework_reads_what_only_mathematics_documents_and_files_need(tmp_path: Path) -> None:
    """A unit's quarter has intervals, and read all of scipy's functions for the one number that they share."""
    told = played("opening", tmp_path)
    assert told["answers"].pop("200") >= 70, told["answers"]
    assert told["answers"].keys() <= {"403", "404"}, told["answers"]
    assert sorted(READ_WHEN_ASKED.keys() & set(told["modules"])) == []


MAKES = """
import builtins, dataclasses, json
compiled, plain = [], builtins.compile
def counting(text, name, *words, **more):
    compiled.extend([text] * (name == "<string>"))
    return plain(text, name, *words, **more)
builtins.compile = counting
import fourfold
@dataclasses.dataclass(frozen=True, order=True)
class Said:
    who: str
    times: int = 2
builtins.compile = plain
said = Said("Ann")
try:
    said.who = "Ben"
except dataclasses.FrozenInstanceError as why:
    frozen = str(why)
print(json.dumps([len(compiled), repr(said), said == Said("Ann"), said < Said("Ben"), hash(said) == hash(Said("Ann")), frozen]))
fourfold.keep_methods()
"""


def test_methods_of_data_classes_are_compiled_once_and_work_the_same(tmp_path: Path) -> None:
    """A second process reads what the first compiled; where the file is broken, or none may be kept, it compiles anew."""

    def made(**more: str) -> tuple[int, list[object]]:
        plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        around = plain | {"PYTHONPYCACHEPREFIX": str(tmp_path)} | more
        said = subprocess.run(
            [sys.executable, "-c", MAKES], env=around, capture_output=True, text=True, check=True
        ).stdout
        compiled, *works = json.loads(said)
        return compiled, works

    works = ["Said(who='Ann', times=2)", True, True, True, "cannot assign to field 'who'"]
    compiled, said = made(PYTHONDONTWRITEBYTECODE="1")
    assert compiled >= 1
    assert said == works
    assert made() == (compiled, works), "nothing was kept before"
    assert made() == (0, works)
    (kept,) = tmp_path.rglob("*.methods")
    kept.write_bytes(kept.read_bytes()[:-9])
    assert made() == (compiled, works)
    assert made() == (0, works)
