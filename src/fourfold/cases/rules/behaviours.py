"""Which behaviours an allegation is held to show: as told, as proposed from the words, as people confirmed or rejected."""

from collections.abc import Iterable, Mapping

from fourfold.intake.terms import Behaviour


def kinds(told: Iterable[str], proposed: Iterable[str], judged: Mapping[str, bool]) -> tuple[Behaviour, ...]:
    """Return the behaviours in the order in which they were told, those that a person added last.

    What the teller recorded comes first; where nothing was recorded, what the words propose. What a person confirmed
    is there whatever was told, and what a person rejected is not.
    """
    found = [*(tuple(told) or tuple(proposed)), *(behaviour for behaviour, shown in judged.items() if shown)]
    return tuple(Behaviour(one) for one in dict.fromkeys(str(each) for each in found) if judged.get(one) is not False)


def why_not_judge(behaviour: Behaviour, *, shown: bool, told: Iterable[str], reason: str) -> tuple[str, str] | None:
    """Return the field and why a behaviour cannot be judged so; None where it can.

    What the teller recorded is rejected with a reason only; what word rules proposed needs none.
    """
    if not shown and behaviour in {str(each) for each in told} and not reason.strip():
        return "behaviour_reason", "The person who reported this recorded it. Say why you reject it."
    return None
