"""Leaving: whatever takes somebody out of an agency, a unit or a case ends what they had given out and nobody has used."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from fourfold.audit.terms import Actor
from fourfold.support import services as support

Done = TypeVar("Done")


def people_left(*, actor: Actor, does: Callable[[], Done], at: datetime) -> Done:
    """Do what may take somebody out, then close the diary codes of whoever is out now; return what was done.

    The codes open nothing from the first step on. The second says so in the log; where it was cut off, or somebody
    leaves on a later day, the next one who leaves or `fourfold outbox dispatch` takes it.
    """
    done = does()
    support.close_codes_of_who_left(actor=actor, at=at)
    return done
