"""Every stored field is mapped to the police data standards, or named as an extension; nothing gone is named."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from fourfold.api.agency_schemas import ReportIn
from fourfold.api.schemas import PersonIn
from fourfold.cli import data_standards

File = dict[str, Any]


def wrong(said: File) -> Iterator[str]:
    """Yield what the file leaves out, says twice, or says of what is not there."""
    listed = Counter(f"{group['slice']}.{table}" for group in said["groups"] for table in group["tables"].split())
    yield from (
        f"{table}: add it to a group of {data_standards.FILE.name}."
        for table in data_standards.stored()
        if table not in listed
    )
    yield from (f"{table} is in {count} groups." for table, count in listed.items() if count > 1)
    yield from (f"{table} is gone: take it out." for table in listed if table not in data_standards.stored())
    given = {f"{app}.{table}": fields for app, tables in said["maps"].items() for table, fields in tables.items()}
    for table, fields in given.items():
        there = {*data_standards.stored().get(table, ()), "_is", "_like"}
        yield from (f"{table}.{name} is gone: take it out." for name in fields if name not in there)
    everything = list(data_standards.placed(said)) if given.keys() <= data_standards.stored().keys() else []
    known, tokens = data_standards.names(said), set(said["sounding"].split())
    yield from (
        f"{p.table}.{p.field}: no {code} in `names`." for p in everything for code in p.codes if code not in known
    )
    patterns = [pattern for rule in said["rules"] for pattern in rule["names"].split()]
    plain = {f"{p.table}.{p.field}" for p in everything if p.by not in ("map", "link") and p.field not in patterns}
    sounds = {name for name in plain if set(name.rpartition(".")[2].split("_")) & tokens}
    own = {f"{group['slice']}.{name}" for group in said["groups"] for name in group.get("own", "").split()}
    yield from (f"{name} sounds like police data: map it, or name it under `own`." for name in sorted(sounds - own))
    yield from (f"{name} needs no `own`, or is gone." for name in sorted(own - sounds))
    fields = {name for fields in data_standards.stored().values() for name in fields}
    yield from (
        f"No field is called {p}: take it out of `rules`."
        for p in patterns
        if not any(data_standards.fits(f, p) for f in fields)
    )


def test_every_field_of_every_table_has_one_place() -> None:
    assert list(wrong(data_standards.said())) == []
    places = [(p.table, p.field) for p in data_standards.placed(data_standards.said())]
    tables = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("fourfold.")]
    assert sorted(places) == sorted((m._meta.label, f.name) for m in tables for f in m._meta.concrete_fields)


def test_all_that_an_agency_may_report_is_on_the_page_and_nothing_else() -> None:
    sent = re.findall(r"^\| [^|]+ \| `([^`]+)` \| intake\.", "\n".join(data_standards.page()), re.MULTILINE)
    of_event = ReportIn.model_fields.keys() - {"victim", "subject", "another"}
    of_people = {f"{part}.{name}" for part in ("victim", "subject") for name in PersonIn.model_fields}
    assert set(sent) == of_event | of_people - {"victim.relationship"}  # the two share one


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file["groups"].pop(0), "people.Victim: add it to a group"),
        (lambda file: file["groups"].append(file["groups"][0]), "people.Victim is in 2 groups"),
        (lambda file: file["groups"][0].update(tables="Victim Subject ThirdParty Nobody"), "people.Nobody is gone"),
        (
            lambda file: file["maps"]["people"]["Victim"].pop("birth_on"),
            "people.Victim.birth_on sounds like police data",
        ),
        (lambda file: file["maps"]["people"]["Victim"].update(shoe="DS_031"), "people.Victim.shoe is gone"),
        (lambda file: file["maps"]["people"].update(Nobody={"name": "DS_031"}), "people.Nobody.name is gone"),
        (lambda file: file["maps"]["people"]["Victim"].update(sex="DS_999"), "people.Victim.sex: no DS_999"),
        (lambda file: file["groups"][0].update(own="Victim.pronoun"), "people.Victim.pronoun needs no `own`"),
        (lambda file: file["rules"][0].update(names="id seq shoe_*"), "No field is called shoe_*"),
    ],
)
def test_a_file_that_is_not_right_is_told(change: Callable[[File], object], says: str) -> None:
    file = copy.deepcopy(data_standards.said())
    change(file)
    assert any(line.startswith(says) for line in wrong(file))
