"""Whose words an instrument has, and what is known about it."""

from dataclasses import dataclass

from fourfold.assessment.terms.vocabulary import FREE_TO_BRING, LicenceStatus


@dataclass(frozen=True)
class Licence:
    """What the owner of the wording allows, with the evidence for it and how a unit gets the text.

    `claimed_by_import` is what a file said about its own licence: a claim, not a licence. `exact_packs` are the
    SHA-256 sums of the only packs that are the text byte for byte; none are known where it is empty.
    """

    status: LicenceStatus = LicenceStatus.OWN
    licensor: str = ""
    text_shipped: bool = True
    may_modify: bool = True
    noncommercial: bool = False
    attribution: str = ""
    evidence: str = ""
    verified: bool = True
    claimed_by_import: str = ""
    how_to_get: str = ""
    exact_packs: tuple[str, ...] = ()

    @property
    def one_step(self) -> bool:
        """True when a unit may bring the wording in by itself, without a second approval."""
        return self.status in FREE_TO_BRING


@dataclass(frozen=True)
class Citation:
    """One piece of evidence: what was found, and where it is published. `verified` says that it was looked up."""

    says: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Figure:
    """A number about an instrument that is not yet a question of it (how many items its owner's form has)."""

    about: str
    number: int
    verified: bool
