"""A reckoning in a process of its own: what it reads of libraries is in nobody's memory once it has ended."""

import os
import pickle
import warnings
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")


def apart(does: Callable[[], T]) -> T:
    """Return what some reckoning gives that neither reads nor writes the database; where it gives nothing there, it is done here."""
    ours, theirs = os.pipe()
    try:
        with warnings.catch_warnings(
            action="ignore", category=DeprecationWarning
        ):  # of the threads that wait for senders
            child = os.fork()
    except OSError:  # the system lets no more processes begin
        os.close(ours)
        os.close(theirs)
        return does()
    if not child:
        failed = 1
        try:
            with os.fdopen(theirs, "wb") as told:
                pickle.dump(does(), told)
            failed = 0
        finally:
            os._exit(failed)
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb") as told:
            said = told.read()
    finally:
        _, failed = os.waitpid(child, 0)
    return does() if failed else cast(T, pickle.loads(said))  # noqa: S301 -- our own process
