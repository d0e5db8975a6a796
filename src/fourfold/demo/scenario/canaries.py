"""Canaries: a word in every sensitive field that is found again wherever the field leaks."""

from collections import Counter
from dataclasses import dataclass, field

from fourfold.access.terms import Compartment, Side


@dataclass(frozen=True)
class Canary:
    """Where one canary sits: in which case, which compartment, whose side of it, and which field."""

    case: int
    compartment: Compartment
    where: str
    side: Side = Side.NONE


@dataclass
class Canaries:
    """The canaries of one world, each given out once: CNRY-<case>-<compartment>-<n>."""

    given: dict[str, Canary] = field(default_factory=dict)
    _counts: Counter[tuple[int, Compartment]] = field(default_factory=Counter)

    def mark(self, case: int, compartment: Compartment, where: str, side: Side = Side.NONE) -> str:
        """Return a fresh canary for a field, and remember where it sits."""
        self._counts[case, compartment] += 1
        word = f"CNRY-{case}-{compartment}-{self._counts[case, compartment]}"
        self.given[word] = Canary(case, compartment, where, side)
        return word


@dataclass(frozen=True)
class Marker:
    """Marks the fields of one case."""

    canaries: Canaries
    case: int

    def core(self, where: str, words: str = "Noted") -> str:
        return self(Compartment.CORE, where, words)

    def risk(self, where: str, words: str = "Judged") -> str:
        return self(Compartment.RISK, where, words)

    def __call__(self, compartment: Compartment, where: str, words: str, side: Side = Side.NONE) -> str:
        """Return words that end in a canary of a compartment."""
        return f"{words} {self.canaries.mark(self.case, compartment, where, side)}"

    def mailbox(self, compartment: Compartment, where: str) -> str:
        return f"{self.canaries.mark(self.case, compartment, where)}@demo.invalid"
