"""People of whom no telling of the story has told before."""

from __future__ import annotations

import secrets
from dataclasses import replace

from fourfold.demo.invented import Inventor
from fourfold.demo.moves import Pair
from fourfold.demo.story.tale import Tale


def new_people(tale: Tale) -> Pair:
    """Invent a victim and a subject whom no telling had before; her number is of the range kept for the story."""
    inventor = Inventor(secrets.randbits(48))
    on = tale.ends_at.date()
    victim = replace(inventor.victim("Halton", on), phone=story_number(), sex="F", name=inventor.name("F"))
    subject = replace(inventor.subject("Halton", on), sex="M", name=inventor.name("M"))
    return Pair(replace(victim, email=""), subject)


def story_number() -> str:
    """Return a mobile number for drama that no invented history uses."""
    return f"07700 900{700 + secrets.randbelow(300)}"
