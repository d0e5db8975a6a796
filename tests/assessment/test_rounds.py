"""Several raters, each alone, then one record: who may rate when, what lies open to whom, and what is never changed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.terms import PROFESSIONS
from fourfold.assessment.rules import rounds as rules
from fourfold.assessment.rules.merging import merged
from fourfold.assessment.terms.rounds import Compared, Rater, Rating, RoundPhase, SeatNow

ANNE, BEN, CLEO = UUID(int=1), UUID(int=2), UUID(int=3)
ALONE, TOGETHER, DECIDED = RoundPhase
FOUR = tuple(PROFESSIONS.values())

# ---- the rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raters", "says"),
    [
        ([Rater("police")], "Name 2 to 6 raters"),
        ([Rater("police")] * 7, "Name 2 to 6 raters"),
        ([Rater("police"), Rater("astrology")], "“astrology” does not rate"),
        ([Rater("police", ANNE), Rater("police", ANNE)], "named twice"),
        ([Rater("police"), Rater("police")], None),
        ([Rater("police", ANNE), Rater("mental health")], None),
    ],
)
def test_a_round_has_two_to_six_seats_and_nobody_twice(raters: list[Rater], says: str | None) -> None:
    why = rules.why_not_open_round(raters, FOUR)
    assert (why is None) if says is None else (why is not None and says in why[1])


def seat(number: int, profession: str = "police", staff: UUID | None = None, signed: UUID | None = None) -> SeatNow:
    return SeatNow(UUID(int=100 + number), profession, staff, signed)


@pytest.mark.parametrize(
    ("seats", "staff", "profession", "number"),
    [
        ([seat(1)], ANNE, "police", 1),
        ([seat(1)], ANNE, "outreach", None),
        ([seat(1)], ANNE, "", None),
        ([seat(1, signed=BEN), seat(2)], ANNE, "police", 2),
        ([seat(1, signed=BEN)], ANNE, "police", None),
        ([seat(1), seat(2, staff=ANNE)], ANNE, "police", 2),  # the seat in one's name before a free one
        ([seat(1), seat(2, signed=ANNE)], ANNE, "police", 2),  # the one signed in before any
        ([seat(1, staff=BEN)], ANNE, "police", None),
    ],
)
def test_somebody_rates_in_the_seat_in_their_name_or_the_first_free_one_of_their_profession(
    seats: list[SeatNow], staff: UUID, profession: str, number: int | None
) -> None:
    found = rules.seat_for(seats, staff, profession)
    assert (found.id if found else None) == (UUID(int=100 + number) if number else None)


@pytest.mark.parametrize(
    ("phase", "seats", "says"),
    [
        (ALONE, [seat(1)], None),
        (ALONE, [seat(1, staff=BEN)], "No seat of this round is yours"),
        (ALONE, [seat(1, signed=ANNE), seat(2)], "You have rated"),
        (TOGETHER, [seat(1)], "lie open already"),
        (DECIDED, [seat(1)], "lie open already"),
    ],
)
def test_each_rates_once_and_before_the_ratings_lie_open(
    phase: RoundPhase, seats: list[SeatNow], says: str | None
) -> None:
    why = rules.why_not_rate(phase, seats, ANNE, "police")
    assert (why is None) if says is None else (why is not None and says in why)


@pytest.mark.parametrize(
    ("phase", "seats", "lead", "reason", "says"),
    [
        (ALONE, [seat(1, signed=ANNE), seat(2)], True, "She is on leave.", None),
        (ALONE, [seat(1, signed=ANNE), seat(2)], True, " ", "Say why"),
        (ALONE, [seat(1, signed=ANNE), seat(2)], False, "She is on leave.", "Only the lead"),
        (ALONE, [seat(1), seat(2)], True, "She is on leave.", "Nobody has rated"),
        (TOGETHER, [seat(1, signed=ANNE)], True, "She is on leave.", "lie open already"),
    ],
)
def test_only_the_lead_opens_early_and_says_why(
    phase: RoundPhase, seats: list[SeatNow], lead: bool, reason: str, says: str | None
) -> None:
    why = rules.why_not_close(phase, seats, may_lead=lead, reason=reason)
    assert (why is None) if says is None else (why is not None and says in why)


@pytest.mark.parametrize(
    ("phase", "staff", "leads", "says"),
    [
        (ALONE, ANNE, True, "Each rates alone first"),
        (TOGETHER, ANNE, False, None),
        (TOGETHER, CLEO, True, None),
        (TOGETHER, CLEO, False, "by the lead or by somebody who has rated"),
        (DECIDED, ANNE, True, "The round has its record"),
    ],
)
def test_the_record_is_written_once_and_by_somebody_of_the_round(
    phase: RoundPhase, staff: UUID, leads: bool, says: str | None
) -> None:
    why = rules.why_not_agree(phase, [seat(1, signed=ANNE), seat(2, signed=BEN)], staff, leads=leads)
    assert (why is None) if says is None else (why is not None and says in why)


def rated(*, open_: bool = False, **said: str) -> Rating:
    settled = frozenset(name for name, code in said.items() if code not in ("not_known", ""))
    return Rating("police", said, settled, None, datetime(2026, 5, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (("yes", "yes", "yes"), Compared.SAME),
        (("yes", "no", "yes"), Compared.DIFFERENT),
        (("yes", "yes", "not_known"), Compared.OPEN_FOR_SOME),
        (("no", "no", "not_known"), Compared.OPEN_FOR_SOME),  # not known beside a no is not a no
        (("no", "no", ""), Compared.OPEN_FOR_SOME),
        (("not_known", "not_known", ""), Compared.OPEN_FOR_ALL),
        (("", "", ""), Compared.OPEN_FOR_ALL),
    ],
)
def test_what_one_knows_and_another_does_not_is_a_conversation_too(said: tuple[str, ...], how: Compared) -> None:
    ratings = [rated(threats=each) for each in said]
    assert rules.compared("threats", ratings, in_words=False) is how
    assert how.is_conversation is (len(set(said)) > 1 and how is not Compared.OPEN_FOR_ALL)
    assert rules.compared("threats", ratings, in_words=True) is Compared.WORDS


def test_a_common_record_begins_with_what_all_said_alike_and_nothing_else() -> None:
    one = rated(threats="yes", fear="no", weapons="not_known", visits="no")
    two = rated(threats="yes", fear="yes", weapons="not_known", visits="not_known")
    assert rules.agreed(["threats", "fear", "weapons", "visits"], [one, two]) == {"threats": "yes"}
    assert rules.agreed(["threats"], []) == {}


# ---- one form, filled in at two places ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "typed", "both"),
    [
        ({}, {}, {"a": "1"}, {"a": "1"}, ()),
        ({"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "2"}, ()),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, {"a": "2"}, ()),  # only they changed it
        ({"a": "1"}, {"a": "2"}, {"a": "2"}, {"a": "2"}, ()),  # both said the same
        ({"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "3"}, ("a",)),
        ({"a": "1"}, {"a": "1", "b": "5"}, {"a": "2"}, {"a": "2", "b": "5"}, ()),  # b was not on this page
        ({"a": "1"}, {"a": "2"}, {"a": ""}, {}, ("a",)),  # taken out here, changed there
        ({"a": "1"}, {"a": ""}, {"a": "1"}, {}, ()),
    ],
)
def test_two_places_change_one_form(
    base: dict[str, str], theirs: dict[str, str], mine: dict[str, str], typed: dict[str, str], both: tuple[str, ...]
) -> None:
    found = merged(*(_several(each) for each in (base, theirs, mine)))
    assert (found.typed, found.both) == (_several(typed), both)


def _several(said: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (value,) if value else () for name, value in said.items()}


FORMS = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from("123")) | st.just(()), max_size=3)


@given(FORMS, FORMS, FORMS)
def test_no_change_is_lost_without_being_named(base, theirs, mine) -> None:  # type: ignore[no-untyped-def]
    found = merged(base, theirs, mine)
    for name in {*base, *theirs, *mine}:
        was, there, now = base.get(name, ()), theirs.get(name, ()), found.typed.get(name, ())
        here = mine.get(name, was)
        assert now in (there, here)
        if there not in (was, now):
            assert name in found.both or (name in mine and here == there)
        if name in mine and here != was:
            assert now == here
