"""Several raters, each alone, then one record: who may rate when, what lies open to whom, and what is never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access import queries as access_queries
from fourfold.access.terms import PROFESSIONS, NotFound, Refused
from fourfold.assessment import instruments, queries, services
from fourfold.assessment.models import Answer, Assessment, Cited, Draft, Round
from fourfold.assessment.rules import rounds as rules
from fourfold.assessment.rules.merging import merged
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import CannotRecord
from fourfold.assessment.terms.rounds import Compared, Rater, Rating, RoundPhase, SeatNow
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level
from fourfold.journey.history import history
from fourfold.panel import queries as panel_queries
from tests.cast import NOW, Cast
from tests.duties.scene import day_of
from tests.panel.scene import bring_before_panel, open_case, wall_off

ANNE, BEN, CLEO = UUID(int=1), UUID(int=2), UUID(int=3)
ALONE, TOGETHER, DECIDED = RoundPhase
FOUR = tuple(PROFESSIONS.values())

# ---- the rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raters", "says"),
    [
        ([Rater("police")], "Name 2 to 6 raters"),
        ([Rater("police")] * 7, "Name 2 to 6 raters"),
        ([Rater("police"), Rater("astrology")], "“astrology” cannot rate"),
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
        (ALONE, [seat(1, staff=BEN)], "You were not asked to rate in this round"),
        (ALONE, [seat(1, signed=ANNE), seat(2)], "You have rated"),
        (TOGETHER, [seat(1)], "ratings are open"),
        (DECIDED, [seat(1)], "ratings are open"),
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
        (ALONE, [seat(1, signed=ANNE), seat(2)], True, " ", "Enter why"),
        (ALONE, [seat(1, signed=ANNE), seat(2)], False, "She is on leave.", "Only the lead"),
        (ALONE, [seat(1), seat(2)], True, "She is on leave.", "Nobody has rated"),
        (TOGETHER, [seat(1, signed=ANNE)], True, "She is on leave.", "are already open"),
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
        (TOGETHER, CLEO, False, "Only the lead or somebody who has rated"),
        (DECIDED, ANNE, True, "The round has its record"),
    ],
)
def test_the_record_is_written_once_and_by_somebody_of_the_round(
    phase: RoundPhase, staff: UUID, leads: bool, says: str | None
) -> None:
    why = rules.why_not_agree(phase, [seat(1, signed=ANNE), seat(2, signed=BEN)], staff, leads=leads)
    assert (why is None) if says is None else (why is not None and says in why)


@pytest.mark.parametrize("phase", RoundPhase)
def test_a_round_takes_exactly_the_steps_of_the_table_that_is_drawn(phase: RoundPhase) -> None:
    seats = [seat(1, signed=ANNE), seat(2, signed=BEN)]
    may = {
        RoundPhase.CONSOLIDATING: rules.why_not_close(phase, seats, may_lead=True, reason="Ben is away.") is None,
        RoundPhase.DECIDED: rules.why_not_agree(phase, seats, ANNE, leads=True) is None,
    }
    assert {after for after, allowed in may.items() if allowed} == rules.NEXT[phase]


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


# ---- the story, through the services ------------------------------------------------------------------------------


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


FORM = instruments.load("first-line")
NOBODY_SAID = {"separation", "children"}
THREE = (Rater("police"), Rater("mental health"), Rater("advocacy"))


def answers(default: str = "no", **said: str) -> list[Given]:
    """Answer every question of the first-line checklist with `default`, and some of them otherwise."""
    given = {item.key: default for item in FORM.items if item.key not in NOBODY_SAID} | {"relationship": "stranger"}
    return [Given(key, option=option) for key, option in (given | said).items()]


def open_round(cast: Cast, case: Case, raters: tuple[Rater, ...] = THREE, **more: object) -> Round:
    asked = {"actor": cast.officer, "instrument": "first-line", "why": "Before the panel.", "at": NOW, **more}
    return services.open_round(case=case, raters=raters, **asked)


def rate(cast: Cast, round_: Round, name: str, level: Level = Level.HIGH, **said: str) -> Assessment:
    """Let one of the cast rate, with a reason."""
    return services.record_assessment(
        actor=cast.actor(name),
        case=round_.case,
        instrument="first-line",
        answers=answers(**said),
        professional_level=level,
        reason=f"{name} thinks of SEALED-{name}",
        round_=round_,
        at=NOW,
    )


def agree(cast: Cast, round_: Round, name: str = "officer", **more: object) -> Assessment:
    """Let one of the cast sign the record that the raters agreed on."""
    asked = {"professional_level": Level.HIGH, "reason": "Talked through.", "at": NOW, **more}
    return services.record_assessment(
        actor=cast.actor(name),
        case=round_.case,
        instrument="first-line",
        answers=answers(threats="yes"),
        round_=round_,
        agrees=True,
        **asked,
    )


def page(cast: Cast, round_: Round, name: str = "officer") -> queries.RoundPage:
    return queries.round_page(actor=cast.actor(name), case_id=round_.case_id, round_id=round_.pk, at=NOW)


def phase_of(round_: Round) -> str:
    return Round.objects.unscoped("test").get(pk=round_.pk).phase


@pytest.mark.django_db
def test_a_rating_is_sealed_until_all_are_in_and_sets_no_level(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    rate(cast, round_, "officer", threats="yes")
    rate(cast, round_, "clinician", threats="not_known")
    assert phase_of(round_) == "independent"
    for name in ("officer", "clinician", "advocate", "outreach", "chair", "coordinator"):
        seen = page(cast, round_, name)
        assert (seen.ratings, seen.rows, seen.line.signed) == ((), (), 2)
    case.refresh_from_db()
    assert case.level == ""
    assert not LevelSet.objects.unscoped("test").exists()
    rate(cast, round_, "advocate", threats="yes")
    assert phase_of(round_) == "consolidating"
    seen = page(cast, round_, "outreach")
    assert [rating.profession for rating in seen.ratings] == ["police", "mental health", "advocacy"]
    assert [(row.title, row.how) for row in seen.conversations] == [("Threats", Compared.OPEN_FOR_SOME)]
    assert [cell.said for cell in seen.conversations[0].cells] == ["Yes", "Not known", "Yes"]
    assert (seen.levels, seen.why_not_rate[:20]) == (Compared.SAME, "The ratings are open")


@pytest.mark.django_db
def test_the_record_cites_the_ratings_sets_the_level_and_changes_none_of_them(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    made = [rate(cast, round_, name, threats="yes") for name in ("officer", "clinician", "advocate")]
    before = list(Answer.objects.unscoped("test").order_by("pk").values())
    record = agree(cast, round_, "clinician")
    assert list(Cited.objects.unscoped("test").order_by("rating__seat__position").values_list("record", "rating")) == [
        (record.pk, rating.pk) for rating in made
    ]
    assert phase_of(round_) == "decided"
    case.refresh_from_db()
    assert case.level == "high"
    kept = Answer.objects.unscoped("test").filter(assessment__in=made).order_by("pk").values()
    assert list(kept) == before, "the ratings stay as they were"
    assert page(cast, round_).record == record.pk
    with pytest.raises(CannotRecord, match="has its record"):
        agree(cast, round_, "officer")
    assert audit_queries.verify().clean


@pytest.mark.django_db
def test_the_record_is_held_to_the_rules_of_a_level_as_any_other(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    for name in ("officer", "clinician", "advocate"):
        rate(cast, round_, name, level=Level.MEDIUM, threats="yes")
    with pytest.raises(CannotRecord, match="A second person must sign it"):
        agree(cast, round_, professional_level=Level.MEDIUM)
    assert phase_of(round_) == "consolidating", "nothing is half signed"
    agree(cast, round_, professional_level=Level.MEDIUM, countersigned_by=cast.outreach)
    assert phase_of(round_) == "decided"


@pytest.mark.django_db
def test_a_rating_that_departs_from_the_advice_gives_its_reason(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    with pytest.raises(CannotRecord, match="Give the reason for medium") as refused:
        services.record_assessment(
            actor=cast.officer,
            case=case,
            instrument="first-line",
            answers=answers(threats="yes"),
            professional_level=Level.MEDIUM,
            round_=round_,
            at=NOW,
        )
    assert refused.value.field == "reason"


@pytest.mark.django_db
def test_the_lead_opens_early_with_a_reason_and_nobody_rates_after_that(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    rate(cast, round_, "clinician", threats="yes")
    with pytest.raises(CannotRecord, match="Enter why"):
        services.open_ratings(actor=cast.officer, round_=round_, reason=" ", at=NOW)
    with pytest.raises(CannotRecord, match="Only the lead"):
        services.open_ratings(actor=cast.advocate, round_=round_, reason="I am curious.", at=NOW)
    services.open_ratings(actor=cast.officer, round_=round_, reason="The advocate is on leave.", at=NOW)
    assert [each.because for each in page(cast, round_).phases][-1] == "The advocate is on leave."
    assert len(page(cast, round_, "advocate").ratings) == 1
    with pytest.raises(CannotRecord, match="ratings are open"):
        rate(cast, round_, "advocate")
    with pytest.raises(CannotRecord, match="are already open"):
        services.open_ratings(actor=cast.officer, round_=round_, reason="Again.", at=NOW)


@pytest.mark.django_db
def test_a_coordinator_opens_a_round_whose_lead_is_gone(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    rate(cast, round_, "clinician")
    services.open_ratings(actor=cast.coordinator, round_=round_, reason="The lead has left.", at=NOW)
    assert phase_of(round_) == "consolidating"


@pytest.mark.django_db
def test_each_rates_once_in_a_seat_that_is_theirs(cast: Cast, case: Case) -> None:
    named = (Rater("police", cast.staff["second_officer"].pk), Rater("mental health"))
    round_ = open_round(cast, case, named)
    with pytest.raises(CannotRecord, match="You were not asked to rate in this round"):
        rate(cast, round_, "officer")
    rate(cast, round_, "second_officer")
    with pytest.raises(CannotRecord, match="You have rated"):
        rate(cast, round_, "second_officer")
    with pytest.raises(CannotRecord, match="You were not asked"):
        rate(cast, round_, "outreach")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raters", "instrument", "mend"),
    [
        ((Rater("police"),), "first-line", "Name 2 to 6 raters"),
        ((Rater("police", ANNE), Rater("outreach")), "first-line", "Choose somebody who works in this unit as police"),
        (THREE, "safety-check-in", "Record it as a check-in"),
    ],
)
def test_a_round_that_cannot_be_rated_is_refused(
    cast: Cast, case: Case, raters: tuple[Rater, ...], instrument: str, mend: str
) -> None:
    with pytest.raises(CannotRecord, match=mend):
        open_round(cast, case, raters, instrument=instrument)
    assert not Round.objects.unscoped("test").exists()


@pytest.mark.django_db
def test_one_round_on_one_form_runs_at_a_time(cast: Cast, case: Case) -> None:
    open_round(cast, case)
    with pytest.raises(CannotRecord, match="is already open"):
        open_round(cast, case)
    open_round(cast, case, instrument="judgement")


@pytest.mark.django_db
def test_a_rating_on_another_form_is_no_rating_of_the_round(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    given = [Given("prioritisation", option="high", note="acts")]
    with pytest.raises(CannotRecord, match="another form"):
        services.record_assessment(
            actor=cast.officer, case=case, instrument="judgement", answers=given, round_=round_, at=NOW
        )


# ---- what nobody learns before all are in -------------------------------------------------------------------------

SECRET = "SEALED-clinician"


def half_rated(cast: Cast, case: Case) -> tuple[Round, Assessment]:
    """A round in which the clinician has rated very high, and the others not."""
    round_ = open_round(cast, case)
    made = rate(cast, round_, "clinician", Level.VERY_HIGH, threats="yes", weapons="yes")
    return round_, made


OTHERS = ("officer", "advocate", "outreach", "chair", "coordinator", "second_officer")


@pytest.mark.django_db
@pytest.mark.parametrize("name", OTHERS)
def test_no_query_of_assessments_tells_another_what_was_rated(cast: Cast, case: Case, name: str) -> None:
    _, made = half_rated(cast, case)
    actor = cast.actor(name)
    shown = queries.assessment_page(actor=actor, case_id=case.pk, at=NOW)
    assert shown.standings.history == shown.standings.latest == ()
    assert SECRET not in repr(shown)
    assert "very_high" not in repr(shown)
    assert (shown.agreement.compared, shown.agreement.left_out) == (0, 0)
    with pytest.raises(NotFound):
        queries.assessment(actor=actor, case_id=case.pk, assessment_id=made.pk, at=NOW)
    moment = queries.level_moment(actor=actor, case_id=case.pk, moment=NOW, at=NOW)
    assert (moment.level, moment.tools) == (None, ())


@pytest.mark.django_db
@pytest.mark.parametrize("name", OTHERS)
def test_no_list_that_starts_from_its_reader_holds_a_sealed_rating(cast: Cast, case: Case, name: str) -> None:
    half_rated(cast, case)
    actor = cast.actor(name)
    opened = access_queries.opened(actor, case.pk, at=NOW)
    for table in (Assessment, Answer):
        assert not table.objects.visible_to(actor, at=NOW).exists()
        assert not table.objects.of(opened).exists()
        assert not table.objects.of(opened, reader=actor.staff).exists()
    assert not Draft.objects.of(opened).filter(recorded_by=actor.staff).exists()


@pytest.mark.django_db
def test_who_has_rated_reads_the_own_rating_and_no_other(cast: Cast, case: Case) -> None:
    round_, made = half_rated(cast, case)
    mine = queries.assessment_page(actor=cast.clinician, case_id=case.pk, at=NOW).standings
    assert [(row.id, row.sealed, row.round) for row in mine.history] == [(made.pk, True, round_.pk)]
    assert mine.latest == (), "a rating is never the latest: the record is"
    shown = queries.assessment(actor=cast.clinician, case_id=case.pk, assessment_id=made.pk, at=NOW)
    assert {answer.said for answer in shown.answers if answer.title == "Threats"} == {"Yes"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["officer", "chair"])
def test_the_panels_table_does_not_tell_what_was_rated(cast: Cast, case: Case, name: str) -> None:
    half_rated(cast, case)
    item = bring_before_panel(cast, case)
    seen = panel_queries.item_page(actor=cast.actor(name), item_id=item.pk, at=NOW)
    signs = panel_queries.signs_of(access_queries.opened(cast.actor(name), case.pk, at=NOW), case, at=NOW)
    for each in (seen.shared, seen.views, seen.advice, signs):
        assert SECRET not in repr(each)
        assert "very_high" not in repr(each)
    assert seen.level is None
    assert signs.tools == ()


@pytest.mark.django_db
def test_the_log_says_that_somebody_rated_and_not_what(cast: Cast, case: Case) -> None:
    half_rated(cast, case)
    for entry in Entry.objects.filter(file=case.pk):
        assert SECRET not in entry.body
        assert "very_high" not in entry.body
    assert not Entry.objects.filter(action="level.set").exists()


@pytest.mark.django_db
def test_the_history_of_the_case_holds_no_trace_of_a_sealed_rating(cast: Cast, case: Case) -> None:
    before = history(actor=cast.officer, reference=case.reference, at=NOW).changes
    half_rated(cast, case)
    after = history(actor=cast.officer, reference=case.reference, at=NOW).changes
    new = [change.what for change in after if change not in before]
    assert new == ["Assessment by several people begun"], "the round, and nobody's rating"


@pytest.mark.django_db
def test_another_site_and_a_walled_colleague_find_no_round(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer", "station_officer", "governance"):
        with pytest.raises(NotFound):
            page(cast, round_, name)
        with pytest.raises((NotFound, Refused)):
            rate(cast, round_, name)
        assert day_of(cast.actor(name), "rounds_open") == []
    with pytest.raises((NotFound, Refused)):
        services.open_ratings(actor=cast.olu, round_=round_, reason="Mine.", at=NOW)


# ---- what waits for whom ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_round_waits_for_its_raters_and_then_for_its_record(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)

    def waits(name: str) -> list[str]:
        found = day_of(cast.actor(name), "rounds_open")
        return ["rate" if each.what.startswith("Rate alone: ") else "agree" for each in found]

    names = ("officer", "clinician", "advocate", "outreach", "chair")
    assert [waits(name) for name in names] == [["rate"], ["rate"], ["rate"], [], []]
    rate(cast, round_, "clinician")
    assert waits("clinician") == []
    rate(cast, round_, "officer")
    rate(cast, round_, "advocate")
    assert [waits(name) for name in names] == [["agree"], ["agree"], ["agree"], [], []]
    agree(cast, round_)
    assert [waits(name) for name in names] == [[], [], [], [], []]


@pytest.mark.django_db
def test_the_record_begins_with_what_all_said_alike(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    alone = queries.round_form_page(actor=cast.officer, case_id=case.pk, round_id=round_.pk, at=NOW)
    assert (alone.answers, alone.agrees) == ((), False)
    for name, said in (("officer", "yes"), ("clinician", "no"), ("advocate", "yes")):
        rate(cast, round_, name, threats=said, weapons="yes", fear="not_known")
    together = queries.round_form_page(actor=cast.officer, case_id=case.pk, round_id=round_.pk, at=NOW)
    begun = {answer.item: answer.option for answer in together.answers}
    assert together.agrees
    assert begun["weapons"] == "yes"
    assert "threats" not in begun, "they differ"
    assert "fear" not in begun, "nobody knew"


@pytest.mark.django_db
def test_a_draft_of_a_round_is_signed_as_its_rating(cast: Cast, case: Case) -> None:
    round_ = open_round(cast, case)
    kept = services.keep_draft(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=answers(threats="yes"),
        first_level=Level.MEDIUM,
        round_=round_,
        at=NOW,
    )
    made = services.record_assessment(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=answers(threats="yes"),
        professional_level=Level.HIGH,
        draft=kept,
        round_=round_,
        at=NOW,
    )
    assert made.seat is not None
    assert (made.first_level, made.seat.round_id) == ("medium", round_.pk)


@pytest.mark.django_db
def test_the_page_of_a_round_costs_the_same_for_two_raters_and_for_four(
    cast: Cast, case: Case, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    round_ = open_round(cast, case, (Rater("police"), Rater("police"), Rater("mental health"), Rater("advocacy")))
    for name in ("officer", "second_officer", "clinician", "advocate"):
        rate(cast, round_, name)
    with django_assert_max_num_queries(22):  # type: ignore[attr-defined]
        assert len(page(cast, round_).ratings) == 4
