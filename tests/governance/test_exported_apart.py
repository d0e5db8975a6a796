"""Whether two countings of a number stand apart is told of many without looking at each, and of few exactly."""

import random

from fourfold.governance.rules.exporting import FEWEST, Cell


def test_two_countings_are_near_exactly_where_fewer_people_moved_than_may_be_told() -> None:
    dice, near = random.Random(7), 0
    for _ in range(3_000):
        answers = {f"{who}": dice.choice(("yes", "no", "both")) for who in range(dice.randrange(1, 60))}
        later = dict(answers)
        for who in dice.sample(sorted(later), min(len(later), dice.randrange(14))):
            later[who] = dice.choice(("yes", "no", "both"))
        for who in dice.sample(sorted(later), min(len(later), dice.choice((0, 0, 1, 3, 12)))):
            del later[who]
        moved = sum(answers.get(who) != later.get(who) for who in {*answers, *later})
        first, second = (Cell("a number", (), 0, _entries(said)) for said in (answers, later))
        assert (first.apart(second) < FEWEST) == (moved < FEWEST)
        assert (first.apart(second) == moved) or moved >= FEWEST
        near += moved < FEWEST
    assert 500 < near < 2_900, "of both kinds there are many, or the test proves nothing"


def _entries(said: dict[str, str]) -> frozenset[str]:
    each = ((who, one) for who, answer in said.items() for one in (("yes", "no") if answer == "both" else (answer,)))
    return frozenset(f"{who}={one}" for who, one in each)
