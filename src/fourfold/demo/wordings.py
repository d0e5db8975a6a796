"""Sentences that fill the invented files: formulations, measures, reasons, what was said of an act; by `wordings.toml`."""

import tomllib
from importlib.resources import files

from fourfold.intake.terms import Behaviour
from fourfold.panel.terms import MeasureKind, Strand

_FILE = tomllib.loads(files("fourfold.demo").joinpath("wordings.toml").read_text(encoding="utf-8"))


def _several(name: str) -> tuple[str, ...]:
    return tuple(_FILE[name])


FORMULATIONS, SAFETY, ALTERNATIVES = _several("formulations"), _several("safety"), _several("alternatives")
DISSENT, CONDITIONS = _several("dissent"), _several("conditions")
CHECK_IN_ITEMS, CHECK_IN_CODES = _several("check_in_items"), _several("check_in_codes")
FIRST_LINE_ITEMS = _several("first_line_items")
WITHOUT_ASSESSMENT: str = _FILE["without_assessment"]
STOPPED: str = _FILE["stopped"]
ORDER_REASONS: dict[str, str] = _FILE["order_reasons"]
POSITIONS: dict[str, list[str]] = _FILE["positions"]
PROPOSALS: dict[str, str] = _FILE["proposals"]
#: Each measure: its strand, what is done, by which partner, and whether the victim is told first; then of which kind it is.
MEASURES: tuple[tuple[Strand, str, str, bool], ...] = tuple(
    (Strand(each["strand"]), each["words"], each["partner"], each["victim_first"]) for each in _FILE["measures"]
)
KINDS = {each["words"]: MeasureKind(each["kind"]) for each in _FILE["measures"]}
#: What was said of an act, by what was done; of a breach, and of what is no stalking.
WORDS = {Behaviour(behaviour): tuple(said) for behaviour, said in _FILE["words"].items()}
BREACH_WORDS, OTHER_WORDS = _several("breach_words"), _several("other_words")
