"""A site's description as the TOML file from which it can be founded again."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fourfold.programme.rules import settings_of
from fourfold.programme.terms import ModelOfWorking, SiteCard, SiteSpec


def spec_of(card: SiteCard, working: ModelOfWorking) -> SiteSpec:
    """Return what would found a site as it stands."""
    return SiteSpec(card.code, card.name, card.force_code, card.live_on, card.partners, card.catchments, working)


def toml_of(spec: SiteSpec) -> str:
    """Return a site's description as TOML; `read_site` gives the same description back."""
    return "\n".join(_lines(spec)) + "\n"


def document_of(spec: SiteSpec) -> dict[str, Any]:
    """Return a site's description as plain data, in the shape of its file."""
    return {
        "code": spec.code,
        "name": spec.name,
        "force_code": spec.force_code,
        "live_on": spec.live_on,
        "partners": [
            {"code": part.code, "name": part.name, "kind": str(part.kind), **({"hosts": True} if part.hosts else {})}
            for part in spec.partners
        ],
        "catchments": [
            {"code": area.code, "name": area.name, "live_on": area.live_on}
            | ({} if area.population is None else {"population": area.population})
            for area in spec.catchments
        ],
        "working": settings_of(spec.working),
    }


def _lines(spec: SiteSpec) -> Iterator[str]:
    document = document_of(spec)
    working = document.pop("working")
    tables = {name: working.pop(name) for name in ("review_hours", "advice", "measures")}
    yield from _pairs({name: document[name] for name in ("code", "name", "force_code", "live_on")})
    yield from ("", "[working]", *_pairs(working))
    yield from ("", "[working.review_hours]", *_pairs(tables["review_hours"]))
    for rule in tables["advice"]:
        yield from ("", "[[working.advice]]", *_pairs(rule))
    for level, measures in tables["measures"].items():
        for measure in measures:
            yield from ("", f"[[working.measures.{level}]]", *_pairs(measure))
    for name in ("partners", "catchments"):
        for row in document[name]:
            yield from ("", f"[[{name}]]", *_pairs(row))


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name} = {_value(value)}" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(_pairs(value))} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
