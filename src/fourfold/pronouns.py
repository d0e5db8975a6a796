"""How a person is referred to: *they*, *she* or *he* as recorded, with the verb that agrees.

Nothing here looks at a name or a sex: where nobody recorded a pronoun, it is *they*. The forms are English; a sentence
made with them is not a text of ours that another language can say piece by piece.
"""

from __future__ import annotations

from enum import StrEnum

_IRREGULAR = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}
_SAME = frozenset({"can", "could", "may", "might", "must", "shall", "should", "will", "would"})
_FORMS = {"they": ("them", "their"), "she": ("her", "her"), "he": ("him", "his")}


class Pronoun(StrEnum):
    """How a person is referred to. The value is the subject of a sentence: "they called"."""

    THEY = "they"
    SHE = "she"
    HE = "he"

    @property
    def object(self) -> str:
        """Whom somebody called: "them"."""
        return _FORMS[self][0]

    @property
    def possessive(self) -> str:
        """Before a noun: "their home"."""
        return _FORMS[self][1]

    def verb(self, plural: str) -> str:
        """Return a verb, given as it follows *they* in the present ("are", "have", "live") or "were", so that it agrees.

        What stands behind the first word stays: "are not" becomes "is not".
        """
        word, blank, rest = plural.partition(" ")
        return word + blank + rest if self is Pronoun.THEY else _singular(word) + blank + rest

    def does(self, plural: str) -> str:
        """Return the pronoun with its verb: "they live", "she lives"."""
        return f"{self} {self.verb(plural)}"


def _singular(verb: str) -> str:
    if verb in _SAME:
        return verb
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("n't"):
        return _singular(verb.removesuffix("n't")) + "n't"
    if verb.endswith("y") and verb[-2:-1] not in set("aeiou"):
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh")) else f"{verb}s"


def pronoun_of(recorded: str | None) -> Pronoun:
    """Return the pronoun that was recorded, *they* where none was."""
    return Pronoun(recorded) if recorded in set(Pronoun) else Pronoun.THEY
