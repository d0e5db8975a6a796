"""Forenames: short forms and spellings of one name, and names that differ by little and are not one name.

Three tables of our own, written from what everybody knows. The first says what is one name however it is called: Kate
and Catherine, Yusuf and Youssef. The second says what a name may also be short for, or be in another language: Sam is
Samuel or Samantha. The third says what are two: Jane and Jean, Marie and Maria. Without it twins would be taken for one
woman who was misspelt, for they share all the rest.
"""

import tomllib
from importlib.resources import files

_FILE = tomllib.loads(files("fourfold.access").joinpath("forenames.toml").read_text(encoding="utf-8"))
#: The few short forms and spellings so common that a register holds both; each leads to one long form.
NICKNAMES: dict[str, str] = {short: long for long, shorts in _FILE["short_for"].items() for short in shorts.split()}
#: Each spelling of an established name, with its first.
ESTABLISHED: dict[str, str] = {
    spelling: names[0] for names in (each.split("/") for each in _FILE["established"].split()) for spelling in names
}


def established(forename: str) -> str:
    """Return which established forename a plain word is, its spellings being one; "" for one that is not listed.

    Two that are listed and differ are two names, however alike they look.
    """
    long = NICKNAMES.get(forename, forename)
    return ESTABLISHED.get(long) or (long if long in _LONG else "")


_LONG = frozenset(NICKNAMES.values())
_MAY_BE: dict[str, set[str]] = {}
for _long, _shorts in _FILE["may_be"].items():
    for _short in _shorts.split():
        _MAY_BE.setdefault(_short, set()).add(_long)


def may_be(forename: str) -> frozenset[str]:
    """Return which names somebody may bear who is called by a plain word as written; none for no word.

    Two that have one of these in common do not contradict each other: Sam may be Samuel or Samantha, who are two.
    """
    long = NICKNAMES.get(forename, forename)
    also = {established(each) or each for word in (forename, long) for each in _MAY_BE.get(word, ())}
    return frozenset({established(long) or long, *also} - {""})


#: Short forms and names that are also a rank or an agency, and would be read as one.
_ALSO_OFFICES = frozenset({"di", "iris"})
_FORENAMES = (
    frozenset({*_FILE["further"].split(), *ESTABLISHED, *NICKNAMES, *_LONG, *_FILE["may_be"], *_MAY_BE}) - _ALSO_OFFICES
)


def is_forename(word: str) -> bool:
    """Return whether a word, in small letters, is a listed forename and cannot be read as an office."""
    return word in _FORENAMES


#: Every form that the tables lead from: short forms, spellings, and the long forms themselves.
FORMS = frozenset({*NICKNAMES, *_LONG, *_FILE["may_be"], *_MAY_BE})


def other_forms(name: str) -> tuple[str, ...]:
    """Return what else the bearer of a name may be called, short or long, each alone: "Bob" and "Rob" of "Robert Reed".

    A short form of several names leads to each of them, and no further: Sam to Samuel and to Samantha.
    """
    forename = (name.casefold().split() or [""])[0]
    meant = may_be(forename) if forename in FORMS else frozenset[str]()
    return tuple(sorted(({each for each in FORMS if may_be(each) & meant} | meant) - {forename}))
