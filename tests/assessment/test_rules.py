"""The decisions of assessment, as tables of cases and as promises for all inputs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.assessment import instruments, rules
from fourfold.assessment.rules.sheets import LONGEST_TEXT
from fourfold.assessment.terms import (
    Advice,
    AdviceState,
    Answer,
    AnswerRefused,
    Band,
    Clause,
    Meaning,
    Problem,
    Provenance,
    ScoreState,
)
from fourfold.cases.terms import Level, Trigger
from tests.assessment.conditions import applies

FIRST_LINE = instruments.load("first-line")
JUDGEMENT = instruments.load("judgement")
CHECK_IN = instruments.load("safety-check-in")
ASKED = FIRST_LINE.level.fields
DANGER = ("threats", "violence", "weapons", "suicide_talk", "breach")
MILD = tuple(key for key in ASKED if key not in DANGER)
LOW, MEDIUM, HIGH, VERY_HIGH = Level
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def first_line(yes=(), open_=(), blank=(), relationship="former_partner"):
    """A checklist with the named answers; every other question is answered no."""
    chosen = dict.fromkeys(ASKED, "no") | dict.fromkeys(yes, "yes") | dict.fromkeys(open_, "not_known")
    if relationship:
        chosen["relationship"] = relationship
    return tuple(Answer(key, option) for key, option in chosen.items() if key not in blank)


def check_in(option="fully", **others):
    """A safety check-in with the same answer everywhere except where another is named; None leaves blank."""
    chosen = {term.field: option for term in CHECK_IN.scores[0].items} | others
    return tuple(Answer(key, code) for key, code in chosen.items() if code)


# --- one answer -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "answer", "says"),
    [
        (FIRST_LINE, Answer("threats", "yes"), None),
        (FIRST_LINE, Answer("threats", "not_known", note="Nobody asked."), None),
        (FIRST_LINE, Answer("threats", note="She will tell us tomorrow."), None),
        (FIRST_LINE, Answer("separation", "yes"), None),
        (JUDGEMENT, Answer("menace", "present", axis="now"), None),
        (JUDGEMENT, Answer("story", text="He waits at the school.", repeat=4), None),
        (
            FIRST_LINE,
            Answer("thraets", "yes"),
            "There is no question “thraets” in first-line version 1. Use one of",
        ),
        (
            FIRST_LINE,
            Answer("threats", "maybe"),
            "“maybe” is not an answer to “Threats”. Choose one of: yes, no, not",
        ),
        (FIRST_LINE, Answer("threats", ""), "“Threats” is blank. Choose an answer or leave it out"),
        (FIRST_LINE, Answer("threats", " "), "“ ” is not an answer to “Threats”"),
        (
            FIRST_LINE,
            Answer("threats", "yes", axis="now"),
            "“Threats” has no rating “now”. Leave the rating out",
        ),
        (FIRST_LINE, Answer("threats", "yes", repeat=1), "“Threats” has no repeat 1. Use 0 to 0"),
        (FIRST_LINE, Answer("threats", text="Yes!"), "answered by choosing. Put the words in the note"),
        (
            FIRST_LINE,
            Answer("threats", "yes", note="x" * (LONGEST_TEXT + 1)),
            "longer than 20,000 characters",
        ),
        (JUDGEMENT, Answer("menace", "present"), "no rating “”. Rate one of: now, earlier, relevance"),
        (JUDGEMENT, Answer("menace", "present", axis="soon"), "no rating “soon”. Rate one of: now"),
        (JUDGEMENT, Answer("menace", "high", axis="now"), "“high” is not an answer to “Menace”"),
        (JUDGEMENT, Answer("story", text="He waits.", repeat=5), "no repeat 5. Use 1 to 4"),
        (JUDGEMENT, Answer("story", text="He waits."), "no repeat 0. Use 1 to 4"),
        (JUDGEMENT, Answer("formulation", option="yes"), "answered in words. Leave the option out"),
        (
            JUDGEMENT,
            Answer("formulation", text="  "),
            "“Formulation” is blank. Write something or leave it out",
        ),
        (CHECK_IN, Answer("must_not", text="Do not ring.", note="n"), "takes no note. Leave the note out"),
    ],
)
def test_an_answer_is_kept_or_refused_in_words_that_say_how_to_mend_it(form, answer, says):
    refused = rules.why_not_answer(form, answer)
    assert (refused is None) if says is None else (says in refused)


def test_two_answers_to_one_question_are_refused_because_order_must_not_decide():
    with pytest.raises(AnswerRefused, match="threats: This question has two answers"):
        rules.advice(FIRST_LINE, [Answer("threats", "yes"), Answer("threats", "no")])


@pytest.mark.parametrize("rule", [rules.advice, rules.score, rules.gaps, rules.judged_level])
def test_no_rule_computes_from_an_answer_that_does_not_fit(rule):
    form = JUDGEMENT if rule is rules.judged_level else FIRST_LINE
    with pytest.raises(AnswerRefused, match="fear_: There is no question") as refused:
        rule(form, [Answer("fear_", "yes")])
    assert refused.value.field == "fear_"


# --- a sent form ------------------------------------------------------------------------------------------


def test_a_sent_form_is_read_into_answers():
    sent = {"threats": "yes", "threats.note": " By text. ", "fear": "", "token": "abc"}
    assert rules.read_answers(FIRST_LINE, sent) == ((Answer("threats", "yes", note="By text."),), ())


def test_ratings_and_repeats_have_fields_of_their_own():
    sent = {"menace.now": "partly", "menace.relevance": "high", "story-2": "She is followed."}
    answers, problems = rules.read_answers(JUDGEMENT, sent)
    assert problems == ()
    assert set(answers) == {
        Answer("menace", "partly", axis="now"),
        Answer("menace", "high", axis="relevance"),
        Answer("story", text="She is followed.", repeat=2),
    }


def test_a_note_without_an_answer_is_kept_and_the_question_stays_open():
    answers, _ = rules.read_answers(FIRST_LINE, {"threats.note": "Ask again."})
    assert answers == (Answer("threats", note="Ask again."),)
    assert "threats" in rules.advice(FIRST_LINE, answers).missing


def test_what_cannot_be_read_is_named_by_field_and_the_rest_is_kept():
    answers, problems = rules.read_answers(FIRST_LINE, {"threats": "sometimes", "fear": "yes"})
    assert answers == (Answer("fear", "yes"),)
    assert [problem.field for problem in problems] == ["threats"]


# --- who is asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relationship", "concerns"),
    [("former_partner", True), ("stranger", False), ("not_known", None), ("refused", None), ("", None)],
)
def test_a_question_for_former_partners_is_asked_until_it_is_known_not_to_apply(relationship, concerns):
    answers = [Answer("relationship", relationship)] if relationship else []
    assert applies(FIRST_LINE, "separation", answers) is concerns
    assert ("separation" in rules.advice(FIRST_LINE, answers).missing) is (concerns is not False)


def test_a_question_for_everybody_always_applies():
    assert applies(FIRST_LINE, "fear", []) is True


def test_a_question_below_one_that_does_not_apply_does_not_apply_either():
    items = tuple(
        replace(item, applies=Clause("separation", values=("yes",))) if item.key == "children" else item
        for item in FIRST_LINE.items
    )
    chained = replace(FIRST_LINE, items=items)
    assert applies(chained, "children", [Answer("relationship", "stranger")]) is False
    assert applies(chained, "children", [Answer("relationship", "former_partner")]) is None
    assert applies(chained, "children", [Answer("separation", "yes")]) is True


def test_a_yes_counts_even_where_the_question_was_thought_not_to_apply():
    stranger = first_line(yes=("separation", "children"), relationship="stranger")
    assert rules.advice(FIRST_LINE, stranger).level is MEDIUM


# --- what is open before signing --------------------------------------------------------------------------


def test_an_empty_checklist_asks_for_every_question_and_says_that_not_known_is_an_answer():
    gaps = rules.gaps(FIRST_LINE, [])
    assert [gap.field for gap in gaps] == [item.key for item in FIRST_LINE.items]
    assert gaps[1] == Problem("fear", "Answer “Fear”. “Not known” is an answer too.")


def test_a_checklist_full_of_not_known_may_be_signed():
    assert rules.gaps(FIRST_LINE, first_line(open_=ASKED, relationship="not_known")) == ()


def test_a_yes_is_explained_before_signing_and_a_no_need_not_be():
    assert rules.gaps(FIRST_LINE, first_line(yes=("threats",))) == (
        Problem("threats.note", "Say in a note what “Threats” rests on."),
    )


def test_a_note_may_stand_open_without_losing_the_yes():
    assert rules.advice(FIRST_LINE, first_line(yes=("threats",))).level is HIGH


def test_questions_that_do_not_apply_are_not_asked_for():
    fields = {gap.field for gap in rules.gaps(FIRST_LINE, [Answer("relationship", "stranger")])}
    assert "fear" in fields
    assert not fields & {"separation", "children"}


def test_one_scenario_is_asked_for_and_every_one_that_was_begun_is_finished():
    fields = {gap.field for gap in rules.gaps(JUDGEMENT, [Answer("story", text="He moves.", repeat=3)])}
    assert {"story-1", "likelihood-1", "likelihood-3"} <= fields
    assert not fields & {"story-2", "story-3", "story-4"}


def test_the_reason_for_the_priority_is_always_asked_for():
    fields = {gap.field for gap in rules.gaps(JUDGEMENT, [Answer("prioritisation", "omit")])}
    assert "prioritisation.note" in fields


def test_a_victim_is_asked_for_nothing():
    assert rules.gaps(CHECK_IN, []) == ()


# --- scores -----------------------------------------------------------------------------------------------
# Known answers by hand: seven items of 0 to 4 and one turned round (4 to 0).


@pytest.mark.parametrize(
    ("answers", "state", "value", "answered"),
    [
        (check_in("not_at_all", contact_fear="fully"), ScoreState.SCORED, 0, 8),
        (check_in("fully", contact_fear="not_at_all"), ScoreState.SCORED, 32, 8),
        (check_in("fully"), ScoreState.SCORED, 28, 8),
        (check_in("half"), ScoreState.SCORED, 16, 8),
        (check_in("mostly", sleep="a_little"), ScoreState.SCORED, 6 * 3 + 1 + 1, 8),
        (check_in("fully", sleep=None), ScoreState.NOT_SCORED, None, 7),
        (check_in("fully", sleep="prefer_not_to_say"), ScoreState.NOT_SCORED, None, 7),
        (check_in("fully", sleep="not_safe_to_answer"), ScoreState.NOT_SCORED, None, 7),
        (check_in(None, sleep="not_at_all"), ScoreState.NOT_SCORED, None, 1),
        (check_in("prefer_not_to_say"), ScoreState.NOT_COMPUTED, None, 0),
        ((), ScoreState.NOT_COMPUTED, None, 0),
        ((Answer("must_not", text="Do not ring."),), ScoreState.NOT_COMPUTED, None, 0),
    ],
)
def test_the_safety_score_has_the_answer_worked_by_hand(answers, state, value, answered):
    (result,) = rules.score(CHECK_IN, answers)
    assert (result.state, result.value, result.answered, result.of) == (state, value, answered, 8)


def test_a_missing_score_says_how_much_was_answered():
    (result,) = rules.score(CHECK_IN, check_in("fully", sleep=None))
    assert result.reason == "Not scored: 7 of 8 answered."


def test_weights_may_be_fractions_and_are_exact():
    (score,) = CHECK_IN.scores
    tenth = replace(score, items=tuple(replace(term, weight=Decimal("0.1")) for term in score.items))
    (result,) = rules.score(replace(CHECK_IN, scores=(tenth,)), check_in("a_little"))
    assert result.value == Decimal("1.0")


@pytest.mark.parametrize(("option", "band"), [("half", "lower"), ("mostly", "upper")])
def test_a_score_lies_in_its_band_both_ends_included(option, band):
    bands = (
        Band("safety", Decimal(0), Decimal(16), "lower", Provenance.LOCAL_POLICY),
        Band("safety", Decimal(17), Decimal(32), "upper", Provenance.LOCAL_POLICY),
        Band("other", Decimal(0), Decimal(32), "wrong", Provenance.LOCAL_POLICY),
    )
    (result,) = rules.score(replace(CHECK_IN, bands=bands), check_in(option))
    assert result.band == band


@pytest.mark.parametrize("form", [FIRST_LINE, JUDGEMENT])
def test_forms_without_totals_give_none(form):
    assert rules.score(form, []) == ()


# --- advice -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "level"),
    [
        ((), LOW),
        (MILD[:1], LOW),
        (MILD[:2], MEDIUM),
        (MILD[:5], MEDIUM),
        (MILD[:6], HIGH),
        (MILD, VERY_HIGH),
        (("threats",), HIGH),
        (("violence",), HIGH),
        (("weapons",), HIGH),
        (("suicide_talk",), HIGH),
        (("breach",), HIGH),
        (("breach", "suicide_talk"), HIGH),
        (("breach", "threats"), HIGH),
        (("threats", "weapons"), VERY_HIGH),
        (("breach", "suicide_talk", "threats"), VERY_HIGH),
        (ASKED, VERY_HIGH),
    ],
)
def test_a_complete_checklist_advises_a_level(yes, level):
    given_ = rules.advice(FIRST_LINE, first_line(yes=yes))
    assert (given_.state, given_.level, given_.could_be, given_.missing) == (
        AdviceState.COMPUTED,
        level,
        level,
        (),
    )


def test_in_part_counts_as_yes_for_caution():
    whole = FIRST_LINE.scales[0]
    options = tuple(replace(each, meaning=Meaning.PARTIAL) if each.code == "yes" else each for each in whole.options)
    graded = replace(FIRST_LINE, scales=(replace(whole, options=options), *FIRST_LINE.scales[1:]))
    assert rules.advice(graded, first_line(yes=("threats",))).level is HIGH


def test_the_reasons_are_the_steps_that_gave_the_level_and_no_lesser_ones():
    assert rules.advice(FIRST_LINE, first_line(yes=("weapons", "threats"))).reasons == (
        "Threats, violence and weapons in combination. Yes to: Threats, Weapons.",
    )


def test_an_empty_form_is_not_computed_and_never_low():
    given_ = rules.advice(FIRST_LINE, [])
    assert (given_.state, given_.level, given_.could_be) == (AdviceState.NOT_COMPUTED, None, None)
    assert given_.reasons == ("Not computed: no question has been answered.",)
    assert given_.by_hand == DANGER
    assert given_.missing == ASKED


def test_a_form_with_notes_only_is_as_good_as_empty():
    assert rules.advice(FIRST_LINE, [Answer("fear", note="Later.")]).state is AdviceState.NOT_COMPUTED


def test_not_known_makes_the_advice_incomplete_and_does_not_lower_it():
    """The officer of day 2: a threat is known, two answers are not."""
    given_ = rules.advice(FIRST_LINE, first_line(yes=("threats",), open_=("weapons", "breach")))
    assert (given_.state, given_.level, given_.could_be) == (AdviceState.INCOMPLETE, HIGH, VERY_HIGH)
    assert given_.missing == ("weapons", "breach")
    assert given_.reasons == (
        "A sign of danger. Yes to: Threats.",
        "Open, so the level may be higher: Weapons, Breach.",
    )


@pytest.mark.parametrize("how", ["not_known", "refused", ""])
def test_one_open_question_forbids_the_word_low(how):
    answers = [*first_line(blank=("fear",)), *([Answer("fear", how)] if how else [])]
    given_ = rules.advice(FIRST_LINE, answers)
    assert (given_.state, given_.level, given_.missing) == (AdviceState.INCOMPLETE, None, ("fear",))


def test_a_form_full_of_not_known_is_incomplete_without_a_level():
    given_ = rules.advice(FIRST_LINE, first_line(open_=ASKED, relationship="refused"))
    assert (given_.state, given_.level, given_.could_be) == (AdviceState.INCOMPLETE, None, VERY_HIGH)


def test_a_stranger_form_is_complete_without_the_questions_for_former_partners():
    answers = first_line(blank=("separation", "children"), relationship="stranger")
    assert rules.advice(FIRST_LINE, answers).state is AdviceState.COMPUTED


def test_an_unknown_relationship_leaves_the_questions_for_former_partners_open():
    answers = first_line(blank=("separation", "children"), relationship="not_known")
    assert rules.advice(FIRST_LINE, answers).missing == ("separation", "children")


def test_a_critical_answer_alerts_on_an_otherwise_empty_form():
    given_ = rules.advice(FIRST_LINE, [Answer("weapons", "yes")])
    assert [alert.partition(":")[0] for alert in given_.critical] == ["Weapons"]
    assert given_.level is HIGH
    assert given_.by_hand == ("threats", "violence", "suicide_talk", "breach")


def test_a_critical_question_answered_no_is_quiet():
    given_ = rules.advice(FIRST_LINE, first_line())
    assert (given_.critical, given_.by_hand) == ((), ())
    assert given_.reasons == ("All questions are answered and no level was reached.",)


@pytest.mark.parametrize(
    ("answers", "alerts", "by_hand"),
    [
        (check_in("fully"), [], ()),
        (check_in("fully", home="half"), [], ()),
        (check_in("fully", home="a_little"), ["Safe at home"], ()),
        (check_in(None, home="not_at_all"), ["Safe at home"], ()),
        (check_in("fully", home="prefer_not_to_say"), [], ("home",)),
        (check_in("fully", sleep="not_safe_to_answer"), ["Sleep"], ()),
        (check_in(None, home="not_safe_to_answer"), ["Safe at home"], ("home",)),
        ((), [], ("home",)),
    ],
)
def test_a_check_in_alerts_whatever_the_sum_and_an_open_answer_is_looked_at_by_hand(answers, alerts, by_hand):
    given_ = rules.advice(CHECK_IN, answers)
    assert [alert.partition(":")[0] for alert in given_.critical] == alerts
    assert given_.by_hand == by_hand
    assert (given_.state, given_.level) == (AdviceState.NOT_COMPUTED, None)


def test_a_structured_judgement_advises_no_level_and_alerts_on_imminence():
    given_ = rules.advice(JUDGEMENT, [Answer("imminence", "days"), Answer("violence", "omit")])
    assert (given_.state, given_.level) == (AdviceState.NOT_COMPUTED, None)
    assert "The professional's judgement is the level" in given_.reasons[0]
    assert [alert.partition(".")[0] for alert in given_.critical] == [
        "Harm could come within days: agree safety measures with the victim today"
    ]
    assert given_.by_hand == ("violence",)


@pytest.mark.parametrize(
    ("form", "answers", "level"),
    [
        (JUDGEMENT, [Answer("prioritisation", "very_high")], VERY_HIGH),
        (JUDGEMENT, [Answer("prioritisation", "low")], LOW),
        (JUDGEMENT, [Answer("prioritisation", "omit")], None),
        (JUDGEMENT, [Answer("violence", "high")], None),
        (FIRST_LINE, [Answer("threats", "yes")], None),
    ],
)
def test_the_level_of_a_judgement_is_the_one_that_the_professional_chose(form, answers, level):
    assert rules.judged_level(form, answers) is level


def test_no_other_judgement_moves_the_priority():
    answers = [Answer(key, "high") for key in ("persistence", "violence", "recurrence", "psychosocial_harm")]
    assert rules.judged_level(JUDGEMENT, [*answers, Answer("prioritisation", "low")]) is LOW


@pytest.mark.parametrize(
    ("form", "level", "key"),
    [(FIRST_LINE, LOW, None), (FIRST_LINE, MEDIUM, "judgement"), (JUDGEMENT, VERY_HIGH, None)],
)
def test_medium_concern_calls_for_a_structured_judgement(form, level, key):
    assert rules.next_instrument(form, level) == key


# --- promises for all inputs ------------------------------------------------------------------------------

OPEN = ("", "not_known", "refused")
RELATIONSHIPS = ("", *(option.code for option in FIRST_LINE.scales[1].options))


def sheets(options=("yes", "no", *OPEN)):
    """Any filling-in of the checklist: each question with one of the options, or blank."""
    questions = dict.fromkeys(ASKED, st.sampled_from(options))
    return st.fixed_dictionaries({"relationship": st.sampled_from(RELATIONSHIPS), **questions})


def answers_of(sheet):
    return [Answer(key, option) for key, option in sheet.items() if option]


def advised(sheet):
    return rules.advice(FIRST_LINE, answers_of(sheet))


def floor(given_: Advice) -> int:
    """The rank that a reader may rely on: where no level is advised, nothing above low is claimed."""
    return (given_.level or LOW).rank


@given(sheets(), st.data())
def test_no_combination_of_open_answers_lowers_a_level_or_counts_as_no(sheet, data):
    noes = [key for key in ASKED if sheet[key] == "no"]
    opened = data.draw(st.sets(st.sampled_from(noes))) if noes else set()
    before = advised(sheet)
    after = advised(sheet | {key: data.draw(st.sampled_from(OPEN)) for key in opened})
    assert floor(after) >= floor(before)
    assert (after.could_be or VERY_HIGH).rank >= (before.could_be or LOW).rank
    assert set(after.missing) >= set(before.missing)


@given(sheets())
def test_with_a_question_open_nothing_is_called_computed_and_nothing_is_called_low(sheet):
    given_ = advised(sheet)
    if given_.missing:
        assert given_.state is not AdviceState.COMPUTED
        assert given_.level is not LOW
    else:
        assert given_.level is not None


@given(sheets(options=OPEN))
def test_open_answers_alone_never_give_a_level(sheet):
    given_ = advised(sheet)
    assert given_.level is None
    assert given_.by_hand == DANGER


@given(sheets(), st.sampled_from(ASKED))
def test_one_more_yes_never_lowers_the_advice_and_silences_no_alert(sheet, key):
    before, after = advised(sheet), advised(sheet | {key: "yes"})
    assert floor(after) >= floor(before)
    assert set(after.critical) >= set(before.critical)


@given(sheets(), st.sampled_from(RELATIONSHIPS))
def test_no_relationship_lowers_the_advice(sheet, relationship):
    assert floor(advised(sheet)) == floor(advised(sheet | {"relationship": relationship}))


@given(sheets())
def test_the_yes_answers_alone_already_carry_the_level(sheet):
    only_yes = {key: option if option == "yes" else "" for key, option in sheet.items()}
    assert floor(advised(sheet)) == floor(advised(only_yes))
    assert advised(sheet).critical == advised(only_yes).critical


@given(sheets(), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(sheet, chance):
    answers = answers_of(sheet)
    shuffled = list(answers)
    chance.shuffle(shuffled)
    assert rules.advice(FIRST_LINE, shuffled) == rules.advice(FIRST_LINE, answers)
    assert rules.gaps(FIRST_LINE, shuffled) == rules.gaps(FIRST_LINE, answers)


CHECK_IN_FIELDS = [term.field for term in CHECK_IN.scores[0].items]
VALUED = ["not_at_all", "a_little", "half", "mostly", "fully"]


@given(
    st.lists(st.sampled_from(VALUED), min_size=8, max_size=8),
    st.sets(st.sampled_from(CHECK_IN_FIELDS), min_size=1),
    st.sampled_from([None, "prefer_not_to_say", "not_safe_to_answer"]),
)
def test_a_score_with_an_open_answer_is_never_a_number(chosen, opened, how):
    full = dict(zip(CHECK_IN_FIELDS, chosen, strict=True))
    (result,) = rules.score(CHECK_IN, check_in(None, **full))
    assert result.state is ScoreState.SCORED
    assert 0 <= result.value <= 32
    (result,) = rules.score(CHECK_IN, check_in(None, **(full | dict.fromkeys(opened, how))))
    assert (result.state is not ScoreState.SCORED, result.value, result.band) == (True, None, "")


# --- the professional's level -----------------------------------------------------------------------------


def advising(level, state=AdviceState.COMPUTED, missing=()):
    return Advice(state, level=level, missing=missing)


UNCOUNTED = Advice(AdviceState.NOT_COMPUTED)
OPEN_FORM = advising(None, AdviceState.INCOMPLETE, ("fear", "weapons"))


@pytest.mark.parametrize(
    ("professional", "advice", "previous", "reason", "signed", "says"),
    [
        # the same level needs nothing
        (HIGH, advising(HIGH), None, "", "", None),
        (HIGH, advising(HIGH), HIGH, "", "", None),
        (HIGH, advising(HIGH, AdviceState.INCOMPLETE), None, "", "", None),
        # higher needs a reason
        (VERY_HIGH, advising(HIGH), None, "", "", "The advice is high. Give the reason for very high."),
        (VERY_HIGH, advising(HIGH), None, " \n", "", "Give the reason for very high"),
        (VERY_HIGH, advising(HIGH), None, "He bought a knife.", "", None),
        # lower needs a reason and the signature of somebody else
        (MEDIUM, advising(HIGH), None, "", "chair", "The advice is high. Give the reason for medium."),
        (
            MEDIUM,
            advising(HIGH),
            None,
            "He is in prison.",
            "",
            "Medium is lower than high. A second person must",
        ),
        (MEDIUM, advising(HIGH), None, "He is in prison.", "officer", "The second signature must be another"),
        (
            MEDIUM,
            advising(HIGH),
            None,
            "He is in prison.",
            " officer ",
            "The second signature must be another",
        ),
        (MEDIUM, advising(HIGH), None, "He is in prison.", "chair", None),
        # lower than before needs the same, even where the advice agrees
        (
            MEDIUM,
            advising(MEDIUM),
            HIGH,
            "",
            "",
            "The level is high. Give the reason for lowering it to medium.",
        ),
        (
            MEDIUM,
            advising(MEDIUM),
            HIGH,
            "Three quiet months.",
            "",
            "Medium is lower than high. A second person",
        ),
        (MEDIUM, advising(MEDIUM), HIGH, "Three quiet months.", "chair", None),
        (LOW, UNCOUNTED, MEDIUM, "", "", "The level is medium. Give the reason"),
        # where nothing is advised
        (LOW, UNCOUNTED, None, "", "", None),
        (LOW, OPEN_FORM, None, "", "", "2 questions are open. Give the reason for setting low without them."),
        (LOW, OPEN_FORM, None, "She cannot be reached; the neighbour saw nothing.", "", "Not known is not low"),
        (LOW, OPEN_FORM, None, "She cannot be reached; the neighbour saw nothing.", "chair", None),
        (MEDIUM, OPEN_FORM, None, "", "", None),
    ],
)
def test_who_may_set_which_level(professional, advice, previous, reason, signed, says):
    refused = rules.why_not_level(
        professional,
        advice,
        reason=reason,
        decided_by="officer",
        countersigned_by=signed,
        previous=previous,
    )
    assert (refused is None) if says is None else (says in refused)


def test_a_level_without_a_person_is_refused():
    assert rules.why_not_level(HIGH, advising(HIGH), reason="", decided_by=" ") == "Enter who sets the level."


LEVELS = st.sampled_from(Level)


@given(LEVELS, LEVELS, LEVELS, st.sampled_from(["", "A reason."]), st.sampled_from(["", "officer"]))
def test_nobody_goes_below_the_advice_or_the_level_before_alone(previous, advice, professional, reason, signed):
    why = rules.why_not_level(
        professional,
        advising(advice),
        reason=reason,
        decided_by="officer",
        countersigned_by=signed,
        previous=previous,
    )
    assert why is not None or professional.rank >= max(previous.rank, advice.rank)


# --- agreement --------------------------------------------------------------------------------------------


def test_agreement_of_two_raters_has_the_published_share():
    """The prevalence paradox (n = 50: 46 both no, 2 and 2 split, none both yes): raw agreement is .92."""
    pairs = [("no", "no")] * 46 + [("yes", "no")] * 2 + [("no", "yes")] * 2
    agreement = rules.agreement_rate(pairs)
    assert (agreement.agreed, agreement.compared, agreement.left_out) == (46, 50, 0)
    assert agreement.rate == pytest.approx(0.92)


def test_a_missing_rating_has_neither_agreed_nor_disagreed():
    agreement = rules.agreement_rate([(HIGH, HIGH), (HIGH, None), (None, None), (LOW, HIGH)])
    assert (agreement.agreed, agreement.compared, agreement.left_out, agreement.rate) == (1, 2, 2, 0.5)


def test_agreement_over_nothing_is_no_number():
    assert rules.agreement_rate([(None, HIGH)]).rate is None


# --- when it must be done again -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_old", "events", "reasons"),
    [
        (10, (), ()),
        (89, (), ()),
        (90, (), ("The assessment is 90 days old. It is valid for 90.",)),
        (10, ((Trigger.BREACH, NOON),), ("Breach on 3 May 2026, after the assessment.",)),
        (10, ((Trigger.BREACH, NOON + timedelta(seconds=1)),), ()),
        (10, ((Trigger.BREACH, NOON - timedelta(days=10)),), ()),
        (
            10,
            ((Trigger.LOST_CONTACT, NOON), (Trigger.NEW_ACT, NOON - timedelta(days=2))),
            (
                "New act on 1 May 2026, after the assessment.",
                "Lost contact on 3 May 2026, after the assessment.",
            ),
        ),
    ],
)
def test_an_assessment_is_done_again_when_it_is_old_or_something_happened(days_old, events, reasons):
    assessed = NOON - timedelta(days=days_old)
    assert rules.needs_reassessment(FIRST_LINE, assessed_at=assessed, at=NOON, events=events) == reasons


def test_an_event_that_the_form_does_not_name_does_not_call_for_it():
    events = [(Trigger.COURT_DATE, NOON)]
    assessed = NOON - timedelta(days=1)
    assert rules.needs_reassessment(CHECK_IN, assessed_at=assessed, at=NOON, events=events) == ()
