"""The weights with which records are compared: read from a file that people can read too."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path

from fourfold.linkage.terms import Card, InvalidWeights, Thresholds, Weight, Weights

#: Every way in which a field may compare; a file of weights names all of them, and no other.
LEVELS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("same", "short_form", "reordered", "part", "alike", "one_word"),
        *("other_family_name", "other_forename", "different"),
    ),
    "birth": ("same", "swapped", "one_digit", "same_year", "different"),
    "sex": ("same", "different"),
    "phone": ("same", "different"),
    "email": ("same", "different"),
    "address": ("same", "same_postcode", "different"),
    "vehicle": ("same",),
    "account": ("same", "different"),
}

SAYS_NOTHING = {"m": 0.5, "u": 0.5}


@cache
def shipped() -> Weights:
    """Return the model that comes with Fourfold: trained, versioned, and described in docs/reference/linkage.md."""
    return _packaged("model.toml")


@cache
def by_hand() -> Weights:
    """Return the weights set by hand: what stays where training learns nothing, and what a household never exceeds."""
    return _packaged("weights.toml")


def _packaged(name: str) -> Weights:
    text = resources.files("fourfold.linkage").joinpath(name).read_text(encoding="utf-8")
    return parse(text, where=name)


def of_site(folder: Path, site: str) -> Weights:
    """Return the weights that a site has trained, kept as `<site>.toml` in `folder`, or else the shipped ones."""
    path = folder / f"{site}.toml"
    return parse(path.read_text(encoding="utf-8"), where=path.name) if path.is_file() else shipped()


def parse(text: str, *, where: str) -> Weights:
    """Read weights from TOML, or raise InvalidWeights naming the entry and how to mend it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvalidWeights(f"{where} is not TOML: {fault}.") from fault
    prior = told.pop("prior", None)
    if not _is_share(prior):
        raise InvalidWeights(f"{where}: prior is {prior!r}; write a number between 0 and 1.")
    common, thresholds = _common(told.pop("common_names", {}), where), _thresholds(told.pop("thresholds", {}), where)
    card = Card(**told.pop("model", {}))
    if unknown := told.keys() - LEVELS.keys():
        raise InvalidWeights(f"{where} names [{min(unknown)}]; use only: {', '.join(LEVELS)}.")
    fields = {name: _levels(told.get(name, {}), name, where) for name in LEVELS}
    return Weights(prior=prior, fields=fields, common=common, thresholds=thresholds, card=card)


def _common(told: dict[str, float], where: str) -> dict[str, float]:
    for name, share in told.items():
        if not _is_share(share):
            raise InvalidWeights(f"{where}: common_names.{name!r} must be a number between 0 and 1.")
    return told


def _thresholds(told: dict[str, float], where: str) -> Thresholds:
    if unknown := told.keys() - {"strong", "probable", "possible"}:
        raise InvalidWeights(f"{where}: thresholds.{min(unknown)} is unknown; use strong, probable and possible.")
    found = Thresholds(**told)
    if not 0 < found.possible < found.probable <= found.strong < 1:
        raise InvalidWeights(f"{where}: thresholds must rise from possible over probable to strong, between 0 and 1.")
    return found


def _levels(told: dict[str, dict[str, float]], field: str, where: str) -> dict[str, Weight]:
    if field == "account":  # a file from before this was learned
        told.setdefault("different", SAYS_NOTHING)
    if wrong := told.keys() ^ set(LEVELS[field]):
        raise InvalidWeights(f"{where}: [{field}.{min(wrong)}] is missing or unknown; use {', '.join(LEVELS[field])}.")
    for level, pair in told.items():
        for letter in ("m", "u"):
            if not _is_share(pair.get(letter)):
                raise InvalidWeights(f"{where}: {field}.{level}.{letter} must be a number between 0 and 1.")
    return {level: Weight(m=told[level]["m"], u=told[level]["u"]) for level in LEVELS[field]}


def _is_share(value: object) -> bool:
    return isinstance(value, float) and 0 < value < 1


def as_toml(weights: Weights, *, says: str) -> str:
    """Return weights as a file of them, with a first line that says where they come from."""
    lines = [f"# {says}", f"prior = {weights.prior:.8f}", ""]
    lines += ["[model]", *_pairs(asdict(weights.card)), "", "[thresholds]", *_pairs(asdict(weights.thresholds)), ""]
    for field, levels in weights.fields.items():
        for level, weight in levels.items():
            lines += [f"[{field}.{level}]", f"m = {weight.m:.8f}", f"u = {weight.u:.8f}", ""]
    if weights.common:
        lines += ["[common_names]", *(f'"{name}" = {share:.8f}' for name, share in sorted(weights.common.items())), ""]
    return "\n".join(lines)


def _pairs(told: Mapping[str, object]) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in told.items()]
