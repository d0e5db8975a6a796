"""The test that a court applies before it makes an order, limb by limb, and what of the record goes to each.

The words follow the Acts; the applicant checks them against the law of the day.
"""

import tomllib
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from typing import Any

from fourfold.orders.terms import OrderKind
from fourfold.words import Word


class Shown(Enum):
    """What of the record goes to a limb."""

    ACTS, RISK, NECESSITY, PENDING = range(4)


@dataclass(frozen=True)
class Limb:
    """One thing of which the court must be satisfied."""

    words: str
    shown: Shown


@dataclass(frozen=True)
class Test:
    """What the court must be satisfied of, where that stands, and for how long the order may run."""

    source: str
    who_applies: str
    limbs: tuple[Limb, ...]
    duration: Word
    also: str = ""


def _test(said: dict[str, Any]) -> Test:
    limbs = tuple(Limb(each["words"], Shown[each["shown"].upper()]) for each in said["limbs"])
    return Test(said["source"], said["who_applies"], limbs, Word(said["duration"]), said.get("also", ""))


_FILE = tomllib.loads(files("fourfold.orders").joinpath("statutory.toml").read_text(encoding="utf-8"))
TESTS = {OrderKind(kind): _test(said) for kind, said in _FILE.items()}

#: Words of a condition, and the behaviours of acts that speak for it.
SPEAKS_FOR = (
    (("contact", "message", "telephone", "write", "call"), ("contacts", "threatens", "through_others")),
    (
        ("enter", "near", "street", "within", "approach", "go to", "not attend", "not to attend"),
        ("follows", "loiters", "watches", "attacks"),
    ),
    (("publish", "post", "online", "internet", "name"), ("publishes",)),
    (("account", "device", "telephone", "computer", "track"), ("monitors", "contacts", "publishes")),
    (("damage", "property", "belong"), ("interferes",)),
)


def behaviours_for(condition: str) -> frozenset[str]:
    """Return the behaviours that a condition forbids, as far as its words say so."""
    said = condition.casefold()
    return frozenset(kind for words, kinds in SPEAKS_FOR if any(word in said for word in words) for kind in kinds)
