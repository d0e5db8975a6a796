"""People of whom no telling of the story has told before."""

import secrets
from dataclasses import replace
from functools import cache

from fourfold.demo.courses import SEED
from fourfold.demo.invented import Inventor, family_of
from fourfold.demo.moves import Pair
from fourfold.demo.roster import posts
from fourfold.demo.story.tale import Tale


def new_people(tale: Tale) -> Pair:
    """Invent a victim and a subject whom no telling had before; the victim's number is of the range kept for the story."""
    inventor = Inventor(secrets.randbits(48))
    on = tale.ends_at.date()
    victim = replace(inventor.victim("Halton", on), phone=story_number(), sex="F", name=strangers_name(inventor, "F"))
    subject = replace(inventor.subject("Halton", on), sex="M", name=strangers_name(inventor, "M"))
    return Pair(replace(victim, email=""), subject)


def strangers_name(inventor: Inventor, sex: str) -> str:
    """Return a name that shares its family name with nobody who works there: they would have to answer for it first."""
    while family_of(name := inventor.name(sex)) in _staff():
        pass
    return name


@cache
def _staff() -> frozenset[str]:
    return frozenset(family_of(post.name) for post in posts(Inventor(SEED)))


def story_number() -> str:
    """Return a mobile number for drama that no invented history uses."""
    return f"07700 900{700 + secrets.randbelow(300)}"
