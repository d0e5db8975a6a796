"""What one version of an instrument says otherwise than another: shown before anything is stored or approved."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from fourfold.assessment.terms import Band, Instrument, Item, Scale, Score
from fourfold.words import sentence


class Keyed(Protocol):
    """Whatever a definition names by a key of its own."""

    @property
    def key(self) -> str:
        """Its name within the definition."""


Thing = TypeVar("Thing", bound=Keyed)


@dataclass(frozen=True)
class Difference:
    """One place at which two versions differ; an empty side means that it is not there."""

    where: str
    before: str
    after: str


def differences(before: Instrument, after: Instrument) -> tuple[Difference, ...]:
    """Return every difference that changes what is asked, how it is answered or how it counts."""
    return (
        *_changed("title", before.title, after.title),
        *_matched("question", _by_key(before.items, _item), _by_key(after.items, _item)),
        *_moved(before, after),
        *_matched("scale", _by_key(before.scales, _scale), _by_key(after.scales, _scale)),
        *_matched("score", _by_key(before.scores, _score), _by_key(after.scores, _score)),
        *_matched("band", _bands(before.bands), _bands(after.bands)),
        *_changed("level rule", _level(before), _level(after)),
    )


def _changed(where: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, before, after)


def _matched(kind: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        yield from _changed(f"{kind} {key}", before.get(key, ""), after.get(key, ""))


def _moved(before: Instrument, after: Instrument) -> Iterator[Difference]:
    """Return the order of the questions that both have, where it is another one."""
    shared = {item.key for item in before.items} & {item.key for item in after.items}
    old, new = ([item.key for item in form.items if item.key in shared] for form in (before, after))
    yield from _changed("order of the questions", ", ".join(old), ", ".join(new))


def _by_key(things: Iterable[Thing], say: Callable[[Thing], str]) -> dict[str, str]:
    return {thing.key: say(thing) for thing in things}


def _item(item: Item) -> str:
    answered = item.scale or ", ".join(item.axes) or str(item.kind)
    return sentence(
        "{1} (answered on: {2}{3})", item.text or item.title, answered, "" if item.required else "; may be left out"
    )


def _scale(scale: Scale) -> str:
    return "; ".join(
        f"{option.label or option.code}{'' if option.value is None else f' = {option.value}'}"
        for option in scale.options
    )


def _score(score: Score) -> str:
    terms = ", ".join(
        f"{'turned round ' if item.reverse else ''}{item.field or item.score}"
        f"{'' if item.weight == 1 else f' × {item.weight}'}"
        for item in score.items
    )
    return sentence("{1}, {2} to {3}: {4}", score.title, score.lowest, score.highest, terms)


def _bands(bands: Iterable[Band]) -> dict[str, str]:
    return {f"{band.score} “{band.label}”": f"{band.lowest} to {band.highest} ({band.provenance})" for band in bands}


def _level(form: Instrument) -> str:
    steps = "; ".join(f"{step.level}: {step.at_least} of {', '.join(step.of)}" for step in form.level.steps)
    return f"{form.level.kind} {steps}".strip()
