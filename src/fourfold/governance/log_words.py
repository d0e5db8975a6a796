"""What an entry of the log says was done, read from data: nobody is shown its code."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fourfold.access.terms import Compartment
from fourfold.audit.terms import Operation
from fourfold.words import Word, named, sentence, words


@cache
def log_register() -> Mapping[str, Mapping[str, Word]]:
    """Return the words of each code: of `pages`, of `parts` that are read alone, of `acts`, and of what is `not_let`."""
    document = tomllib.loads((files(__package__) / "log.toml").read_text(encoding="utf-8"))
    return {name: words(said) for name, said in document.items()}


def log_words(action: str, operation: str) -> Word:
    """Return what an entry says was done, as words that follow the name of who did it."""
    said, refused = log_register(), operation == Operation.REFUSAL
    if refused and action in said["not_let"]:
        return sentence("was not allowed to {1}", said["not_let"][action])
    page = action.removeprefix("page.").replace("api.", "api:")
    if shown := said["pages"].get(page) or said["parts"].get(action):
        return sentence("was refused {1}", shown) if refused else sentence("opened {1}", shown)
    if action in said["acts"]:
        done = said["acts"][action]
        return sentence("was refused what the log calls “{1}”", done) if refused else done
    # The log keeps what earlier versions wrote, under codes that this one no longer has.
    return sentence("did what an earlier version called “{1}”", named(page.replace(".", " ").replace(":", " ")))


def why_words(rule: str) -> Word:
    """Return why somebody was turned away, or by which rule of retention a case was kept."""
    if why := log_register()["why"].get(rule):
        return why
    for code in ("no permit for ", "compartment "):
        if rule.startswith(code):
            return sentence(
                "this part of the file is not open to them: {1}", compartment_words(rule.removeprefix(code))
            )
    if rule.startswith("side "):
        return Word("it is of the other side of the case")
    return named(rule.replace("group-", "retention group "))


def compartment_words(name: str) -> Word:
    """Return a part of the file as an entry names it; earlier versions may have had others."""
    return Compartment(name).words if name in list(Compartment) else named(name)
