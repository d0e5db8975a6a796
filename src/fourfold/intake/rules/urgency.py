"""How soon somebody must act, and why, in words that the desk reads."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from fourfold.intake.rules.mentions import heard_in
from fourfold.intake.rules.relationships import is_former_partner
from fourfold.intake.terms import DESK_CLASSES, Behaviour, Channel, DangerSign, RecordingClass, Told, Urgency
from fourfold.words import Word, named, sentence, together, words

_SIGNS: dict[DangerSign, tuple[Urgency, str]] = words(
    {
        DangerSign.WEAPON: (Urgency.NOW, "weapon mentioned"),
        DangerSign.THREAT_TO_KILL: (Urgency.NOW, "threat to kill mentioned"),
        DangerSign.STRANGULATION: (Urgency.NOW, "strangulation mentioned"),
        DangerSign.HAPPENING_NOW: (Urgency.NOW, "said to be happening now"),
        DangerSign.SUICIDE: (Urgency.TODAY, "talk of suicide"),
        DangerSign.BREACH: (Urgency.TODAY, "breach of an order mentioned"),
        DangerSign.CHILD: (Urgency.TODAY, "a child is mentioned"),
    }
)
#: Where the answer was that there was no weapon: how soon follows the words, and says so.
_AGAINST: tuple[Urgency, str] = words(
    (Urgency.NOW, "weapon mentioned in the words, though the answer is no weapon: how soon follows the words")
)
_BEHAVIOURS: dict[Behaviour, tuple[Urgency, str]] = words(
    {Behaviour.THREATENS: (Urgency.TODAY, "threat mentioned"), Behaviour.ATTACKS: (Urgency.TODAY, "violence mentioned")}
)
_CLASSES: dict[RecordingClass, tuple[Urgency, str]] = words(
    {
        RecordingClass.THREATS: (Urgency.NOW, f"recorded as {RecordingClass.THREATS.label}"),
        RecordingClass.BREACH_OF_ORDER: (Urgency.TODAY, f"recorded as {RecordingClass.BREACH_OF_ORDER.label}"),
    }
)
_RECORDED = words({recorded: f"recorded as {recorded.label}" for recorded in DESK_CLASSES})
_CLASS_OF = {recorded.value: recorded for recorded in RecordingClass}

Reason = tuple[Urgency, str]


def judged(told: Told) -> tuple[Urgency, tuple[str, ...], bool]:
    """Return how soon somebody must act, every reason for it, the most pressing first, and whether it is for the desk.

    A reason only ever makes it sooner; what is not known makes nothing later. The rest of a force's crimes is kept and can
    be searched, but asks nobody at the desk for an answer.
    """
    behaviours, signs = heard_in(told.words) if told.free_text else ((), ())
    breach = told.breach_of is not None or told.channel is Channel.BREACH
    former = bool(is_former_partner(told))
    facts = _Facts(
        told.weapon, breach, tuple(_reasons_of_class(told)), tuple(told.behaviours), behaviours, signs, former
    )
    return *_judged(facts), _is_for_desk(told, behaviours, former)


class _Facts(NamedTuple):
    """All that decides how soon: of a million rows of a feed a few hundred times the same."""

    weapon: bool | None
    breach: bool
    of_class: tuple[Reason, ...]
    keyed: tuple[Behaviour, ...]
    heard: tuple[Behaviour, ...]
    signs: tuple[DangerSign, ...]
    former: bool


@lru_cache(maxsize=4_096)
def _judged(told: _Facts) -> tuple[Urgency, tuple[str, ...]]:
    reasons = sorted(dict.fromkeys(_reasons(told)), key=_rank)
    return reasons[0][0] if reasons else Urgency.ROUTINE, tuple(why for _, why in reasons)


def _rank(reason: Reason) -> int:
    return _RANKS[reason[0]]


_RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}


def _reasons(told: _Facts) -> Iterator[Reason]:
    if told.weapon:
        yield Urgency.NOW, Word("weapon recorded")
    yield from (_AGAINST if told.weapon is False and sign is DangerSign.WEAPON else _SIGNS[sign] for sign in told.signs)
    if told.breach:
        yield Urgency.TODAY, Word("reported as a breach of an order")
    yield from told.of_class
    done = tuple(dict.fromkeys((*told.keyed, *told.heard)))
    yield from (_BEHAVIOURS[behaviour] for behaviour in done if behaviour in _BEHAVIOURS)
    others = [behaviour for behaviour in done if behaviour not in _BEHAVIOURS]
    if said := [named(each) for each in others if each in told.keyed]:
        yield Urgency.SOON, sentence("behaviours of stalking: {1}", together(", ", said))
    if said := [named(each) for each in others if each not in told.keyed]:
        yield Urgency.SOON, sentence("words that may tell of stalking, whoever did it: {1}", together(", ", said))
    if told.former:
        yield Urgency.SOON, Word("former partner")


def _reasons_of_class(told: Told) -> Iterator[Reason]:
    included = (_CLASS_OF[code] for code in told.included_classes if code in _CLASS_OF)
    for recorded in (told.recorded_class, *included):
        if recorded in _CLASSES:
            yield _CLASSES[recorded]
        elif recorded in DESK_CLASSES:
            yield Urgency.SOON, _RECORDED[recorded]


def _is_for_desk(told: Told, behaviours: tuple[Behaviour, ...], former: bool) -> bool:
    classes = {told.recorded_class, *told.included_classes}
    return (
        told.channel is not Channel.FEED
        or not classes.isdisjoint(DESK_CLASSES)
        or bool(told.behaviours or behaviours)
        or former
    )
