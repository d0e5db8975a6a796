"""Every way of scoring, against answers that an authority published or that were worked out by hand."""

from dataclasses import replace
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.assessment import instruments, rules
from fourfold.assessment.terms import (
    AdviceState,
    AllOf,
    Answer,
    AnyOf,
    CircularScores,
    Clause,
    Critical,
    Direction,
    Expression,
    Fact,
    InvalidDefinition,
    Item,
    ItemKind,
    LevelKind,
    LevelRule,
    Meaning,
    Missing,
    MissingRule,
    Norm,
    NormKind,
    Not,
    Operator,
    Option,
    Override,
    Scale,
    ScaleKind,
    Score,
    ScoreItem,
    ScoreKind,
    ScoreState,
    Section,
)
from fourfold.cases.terms import Level
from tests.assessment.conditions import applies
from tests.assessment.wording import filled

LOW, MEDIUM, HIGH, VERY_HIGH = Level
PHQ9, GAD7, PHQ4 = (instruments.load(key) for key in ("phq-9", "gad-7", "phq-4"))
PC, PCL, CORE = (instruments.load(key) for key in ("pc-ptsd-5", "pcl-5", "core-10"))
WHO, SWEMWBS, REQOL = (instruments.load(key) for key in ("who-5", "swemwbs", "reqol-10"))
DA, RIC, VPR = (instruments.load(key) for key in ("danger-assessment", "dash-ric", "vpr"))


def result(form, key, answers, **more):
    return next(each for each in rules.score(form, answers, **more) if each.key == key)


def totalling(form, prefix, highest, total):
    """Answers to the terms of the first score that add up to a total, as few as possible above nought."""
    left, found = total, []
    for term in form.scores[0].items:
        value = min(highest, left)
        found.append(Answer(term.field, f"{prefix}{value}"))
        left -= value
    assert left == 0
    return found


# --- published bands and cut-offs --------------------------------------------------------------------------
# PHQ-9 5/10/15/20 and GAD-7 5/10/15: CamCOPS documentation. PHQ-4, CORE-10: as commonly cited, marked unverified.

CUTS = [
    (PHQ9, "s", 3, [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")]),
    (PHQ9, "s", 3, [(15, "moderately severe"), (19, "moderately severe"), (20, "severe"), (27, "severe")]),
    (GAD7, "s", 3, [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (15, "severe")]),
    (
        WHO,
        "w",
        5,
        [(0, "likely depression"), (7, "likely depression"), (8, "low"), (12, "low"), (13, "above the cut-off")],
    ),
]


@pytest.mark.parametrize(("form", "prefix", "most", "cuts"), CUTS)
def test_a_total_lies_in_the_band_that_is_published(form, prefix, most, cuts):
    for total, band in cuts:
        (found, *_) = rules.score(form, totalling(form, prefix, most, total))
        assert (found.state, found.band) == (ScoreState.SCORED, band), total


@pytest.mark.parametrize("raw", range(26))
def test_the_well_being_index_is_four_times_the_sum(raw):
    """WHO-5: raw 0 to 25, times 4."""
    assert result(WHO, "index", totalling(WHO, "w", 5, raw)).value == 4 * raw


STEWART_BROWN = """
7.00 9.51 11.25 12.40 13.33 14.08 14.75 15.32 15.84 16.36 16.88 17.43 17.98 18.59 19.25 19.98 20.73 21.54 22.35 23.21
24.11 25.03 26.02 27.03 28.13 29.31 30.70 32.55 35.00
"""


@pytest.mark.parametrize(("raw", "metric"), list(enumerate(STEWART_BROWN.split(), start=7)))
def test_swemwbs_is_converted_by_the_table_of_stewart_brown_2009(raw, metric):
    above = raw - 7
    answers = []
    for term in SWEMWBS.scores[0].items:
        step = min(4, above)
        above -= step
        answers.append(Answer(term.field, f"m{1 + step}"))
    assert result(SWEMWBS, "metric", answers).value == Decimal(metric)


@pytest.mark.parametrize(
    ("answers", "value"),
    [
        # CamCOPS documentation: 2 or more counts; one of B, one of C, two of D, two of E
        ({"b1": "p2", "c1": "p2", "d1": "p2", "d2": "p2", "e1": "p2", "e2": "p2"}, 1),
        ({"b1": "p1", "c1": "p2", "d1": "p2", "d2": "p2", "e1": "p2", "e2": "p2"}, 0),
        ({"b1": "p2", "c1": "p1", "d1": "p2", "d2": "p2", "e1": "p2", "e2": "p2"}, 0),
        ({"b1": "p2", "c1": "p2", "d1": "p4", "e1": "p2", "e2": "p2"}, 0),
        ({"b1": "p2", "c1": "p2", "d1": "p2", "d2": "p2", "e1": "p4"}, 0),
        ({"b5": "p4", "c2": "p3", "d6": "p2", "d7": "p3", "e5": "p2", "e6": "p4"}, 1),
    ],
)
def test_the_pattern_of_pcl5_needs_each_of_its_four_clusters(answers, value):
    assert result(PCL, "clusters", filled(PCL, "p0", **answers)).value == value


def test_a_pattern_with_an_open_question_is_neither_met_nor_unmet():
    met = dict.fromkeys(("b1", "c1", "d1", "d2", "e1", "e2"), "p2")
    found = result(PCL, "clusters", filled(PCL, "p0", **met, e6=None))
    assert (found.state, found.value) == (ScoreState.NOT_SCORED, None)
    assert found.reason == "Not scored: 19 of 20 answered. What is answered meets the pattern already."
    assert result(PCL, "clusters", ()).state is ScoreState.NOT_COMPUTED


@pytest.mark.parametrize(
    ("answers", "state", "value"),
    [
        ({"event": "no"}, ScoreState.SCORED, 0),
        ({"event": "yes"}, ScoreState.NOT_COMPUTED, None),
        ({}, ScoreState.NOT_COMPUTED, None),
        ({"nightmares": "yes"}, ScoreState.NOT_SCORED, None),
        ({"event": "yes", "nightmares": "yes"}, ScoreState.NOT_SCORED, None),
        (dict.fromkeys(("event", "nightmares", "avoidance", "on_guard", "numb", "blame"), "yes"), ScoreState.SCORED, 5),
    ],
)
def test_the_gate_of_pc_ptsd_5_gives_nought_only_when_it_is_shut(answers, state, value):
    found = result(PC, "total", filled(PC, **answers))
    assert (found.state, found.value) == (state, value)


@pytest.mark.parametrize(
    ("answers", "value"),
    [
        ({"tension": "c4"}, 4),
        ({"support": "c4"}, -4),
        ({"coping": "c1"}, -1),
        ({"tension": "c3", "support": "c2"}, 1),
    ],
)
def test_two_questions_of_core10_are_turned_round(answers, value):
    """Eight straight questions at 0 and two turned ones at 0 make 8; each answer then moves it."""
    assert result(CORE, "total", filled(CORE, "c0", **answers)).value == 8 + value


@pytest.mark.parametrize(
    ("blank", "state", "value"),
    [
        ((), ScoreState.SCORED, 20),
        (("sleep",), ScoreState.PRORATED, 20),
        (("sleep", "panic"), ScoreState.NOT_SCORED, None),
    ],
)
def test_core10_is_ten_times_the_mean_with_one_missing_and_nothing_with_two(blank, state, value):
    found = result(CORE, "total", filled(CORE, "c2", **dict.fromkeys(blank)))
    assert (found.state, found.value) == (state, value)


def test_a_prorated_figure_has_two_places_and_lies_below_the_cut_off_that_it_does_not_reach():
    """Nine answers sum to 13: 13 x 10 / 9 = 14.44, which has not reached 15."""
    answers = filled(
        CORE, "c0", support="c4", coping="c4", tension="c4", panic="c4", despair="c4", unhappy="c1", sleep=None
    )
    found = result(CORE, "total", answers)
    assert (found.state, found.value, found.band) == (ScoreState.PRORATED, Decimal("14.44"), "mild")
    assert found.reason == "Prorated: 9 of 10 answered."


@pytest.mark.parametrize(
    ("answers", "total"), [({"s": 1}, 4), ({"nervous": "s3", "control": "s3", "interest": "s0", "mood": "s0"}, 6)]
)
def test_the_whole_of_phq4_is_the_sum_of_its_parts(answers, total):
    given_ = filled(PHQ4, "s1") if "s" in answers else filled(PHQ4, **answers)
    assert result(PHQ4, "total", given_).value == total


# --- weights, exclusions, routes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "value", "level"),
    [
        ((), 0, LOW),
        (("more_violent",), 1, LOW),
        (("gun",), 5, LOW),
        (("left",), 5, LOW),
        (("unemployed",), 4, LOW),
        (("weapon",), 3, LOW),
        (("stepchild",), 2, LOW),
        (("gun", "left"), 10, MEDIUM),
        (("gun", "left", "unemployed"), 14, HIGH),
        (("gun", "left", "unemployed", "weapon"), 17, HIGH),
        (("gun", "left", "unemployed", "weapon", "control"), 18, VERY_HIGH),
        (("never_together",), -3, LOW),
        (("never_together", "left"), -3, LOW),
        (("never_together", "left", "gun"), 2, LOW),
    ],
)
def test_the_danger_assessment_weighs_and_excludes(yes, value, level):
    """By hand from the weights as commonly cited, which the definition marks as unverified."""
    answers = filled(DA, "no", **dict.fromkeys(yes, "yes"))
    found = result(DA, "danger", answers)
    assert (found.state, found.value, found.verified) == (ScoreState.SCORED, value, False)
    advice = rules.advice(DA, answers)
    assert (advice.state, advice.level, advice.could_be) == (AdviceState.COMPUTED, level, level)
    assert advice.reasons[0].endswith("Its scoring has not been checked against its source.")


def test_an_open_question_that_could_only_relieve_relieves_nobody():
    yes = {"gun": "yes", "threat_to_kill": "yes"}
    whole = rules.advice(DA, filled(DA, "no", **yes))
    opened = rules.advice(DA, filled(DA, "no", **yes, never_together=None, left="no"))
    assert (whole.level, opened.level, opened.state) == (MEDIUM, MEDIUM, AdviceState.INCOMPLETE)
    assert opened.missing == ("never_together",)


def test_below_the_first_cut_off_an_incomplete_weighted_form_gives_no_level():
    advice = rules.advice(DA, filled(DA, "no", jealousy="not_known"))
    assert (advice.state, advice.level, advice.could_be) == (AdviceState.INCOMPLETE, None, LOW)
    assert "19 of" not in advice.reasons[0]
    assert "20 of 21 answered" in advice.reasons[0]


KEYS24 = [term.field for term in RIC.scores[0].items]


@pytest.mark.parametrize(
    ("yes", "open_", "judgement", "escalation", "routes"),
    [
        (0, 0, "no", "no", (False, False, False)),
        (13, 0, "no", "no", (False, False, False)),
        (14, 0, "no", "no", (False, True, False)),
        (13, 1, "no", "no", (False, None, False)),
        (14, 10, "no", "no", (False, True, False)),
        (0, 0, "yes", "no", (True, False, False)),
        (0, 0, "no", "yes", (False, False, True)),
        (0, 24, "not_known", "not_known", (None, None, None)),
        (24, 0, "yes", "yes", (True, True, True)),
    ],
)
def test_three_routes_lead_to_marac_and_an_open_one_is_not_shut(yes, open_, judgement, escalation, routes):
    chosen = dict.fromkeys(KEYS24[:yes], "yes") | dict.fromkeys(KEYS24[yes : yes + open_], "not_known")
    answers = filled(RIC, "no", **chosen, professional_judgement=judgement, escalation=escalation)
    found = {route.key: route.open for route in rules.advice(RIC, answers).routes}
    assert tuple(found[key] for key in ("judgement", "ticks", "escalation")) == routes


def test_a_count_with_open_questions_is_no_count_and_says_what_it_carries():
    found = result(RIC, "ticks", filled(RIC, "yes", fear="not_known", money=None))
    assert (found.state, found.value, found.carried, found.could_be) == (ScoreState.NOT_SCORED, None, 22, 24)


def test_what_does_not_concern_the_case_stands_beside_the_count():
    scored = result(
        RIC, "ticks", [*filled(RIC, "yes", pregnancy=None), Answer("pregnancy", absent=Meaning.NOT_APPLICABLE)]
    )
    assert (scored.state, scored.value, scored.of) == (ScoreState.SCORED, 23, 23)


@pytest.mark.parametrize(
    ("computed", "homicide", "level", "flag"),
    [
        ("not_appreciated", "no", LOW, False),
        ("low", "no", LOW, False),
        ("medium", "yes", MEDIUM, True),
        ("high", None, HIGH, None),
        ("extreme", "not_known", VERY_HIGH, None),
    ],
)
def test_a_level_that_was_computed_elsewhere_is_copied_with_its_second_flag(computed, homicide, level, flag):
    advice = rules.advice(VPR, filled(VPR, computed=computed, homicide=homicide))
    assert (advice.level, advice.second_flag, advice.state) == (level, flag, AdviceState.COMPUTED)


def test_without_the_other_systems_level_nothing_is_computed():
    advice = rules.advice(VPR, filled(VPR, homicide="yes"))
    assert (advice.state, advice.level, advice.second_flag) == (AdviceState.NOT_COMPUTED, None, True)


@pytest.mark.parametrize(
    ("override", "professional", "says"),
    [
        (Override.RAISE_ONLY, MEDIUM, "You can only raise the level of this form. Set high or higher."),
        (Override.RAISE_ONLY, HIGH, None),
        (Override.RAISE_ONLY, VERY_HIGH, None),
        (Override.NONE, VERY_HIGH, "You cannot change the level that this form computes. Set high."),
        (Override.NONE, HIGH, None),
        (Override.FREE, MEDIUM, None),
    ],
)
def test_a_form_may_allow_only_raising_or_nothing(override, professional, says):
    advice = rules.advice(VPR, filled(VPR, computed="high"))
    refused = rules.why_not_level(
        professional, advice, reason="A reason.", decided_by="a", countersigned_by="b", override=override
    )
    assert refused == says


def test_where_nothing_is_computed_a_raise_only_form_is_judged():
    nothing = rules.advice(VPR, ())
    assert rules.why_not_level(LOW, nothing, reason="", decided_by="a", override=Override.RAISE_ONLY) is None


# --- reliable change: the norms hold what the published figures are worked out from -------------------------


def norm(form, key) -> Norm:
    return next(each for each in form.norms if each.key == key)


@pytest.mark.parametrize(
    ("form", "key", "published"),
    [
        (GAD7, "rci_alpha", "3.53"),  # NHS Talking Therapies
        (PHQ9, "rci_alpha", "5.06"),
        (PHQ9, "rci_retest", "6.10"),
        (CORE, "rci_alpha_90", "5.66"),  # rounded up to the published 6
    ],
)
def test_a_reliable_change_follows_from_the_norm(form, key, published):
    """z times the square root of two times SD times the square root of one less r (Jacobson and Truax 1991)."""
    found = norm(form, key)
    sem = float(found.sd) * (1 - float(found.r)) ** 0.5
    assert f"{float(found.z) * 2**0.5 * sem:.2f}" == published


def test_the_cut_off_of_core10_follows_from_two_populations():
    """Criterion c of Jacobson and Truax 1991: 10.46, published as 11."""
    clinical, general = norm(CORE, "csc_clinical"), norm(CORE, "csc_general")
    c = (clinical.sd * general.mean + general.sd * clinical.mean) / (clinical.sd + general.sd)
    assert c.quantize(Decimal("0.01")) == Decimal("10.46")
    assert norm(CORE, "caseness").value == 11


@pytest.mark.parametrize(
    ("form", "key", "kind", "value", "verified"),
    [
        (PHQ9, "caseness", NormKind.CASENESS, 10, True),
        (PHQ9, "rci_nhs", NormKind.RCI, 6, True),
        (GAD7, "caseness_nhs", NormKind.CASENESS, 8, True),
        (GAD7, "rci_nhs", NormKind.RCI, 4, True),
        (PCL, "caseness_uk_veterans", NormKind.CASENESS, 34, True),
        (PCL, "caseness_nhs", NormKind.CASENESS, 32, False),
        (PCL, "csc", NormKind.CSC, 28, True),
        (PCL, "mid_low", NormKind.MID, Decimal("8.5"), True),
        (PC, "caseness", NormKind.CASENESS, 4, False),
        (WHO, "rci", NormKind.RCI, 10, True),
        (SWEMWBS, "rci_277sem", NormKind.RCI, Decimal("2.87"), True),
        (REQOL, "caseness", NormKind.CASENESS, 24, False),
        (REQOL, "rci", NormKind.RCI, 5, False),
    ],
)
def test_a_cited_figure_carries_its_mark(form, key, kind, value, verified):
    found = norm(form, key)
    assert (found.kind, found.value, found.verified) == (kind, value, verified)
    assert found.citation
    assert found.population


# --- a small form for the rules S1 to S13 --------------------------------------------------------------------

FOUR = Scale("four", tuple(Option(f"v{n}", f"Value {n}", value=Decimal(n)) for n in range(4)))
OTHER = Scale("other", tuple(Option(f"v{n}", f"Value {n}", value=Decimal(10 * n)) for n in range(4)), ScaleKind.NOMINAL)
BARE = Scale("bare", (Option("v0", "None", value=Decimal(0)), Option("v1", "Some")), ScaleKind.NOMINAL)


def question(key, scale="four", **more):
    return Item(key, "all", key.upper(), f"{key}?", scale=scale, **more)


def sum_of(*fields, key="sum", **more):
    parts = {"direction": Direction.HIGHER_WORSE, "lowest": Decimal(0), "highest": Decimal(3 * len(fields))} | more
    return Score(key, key, items=tuple(ScoreItem(each) for each in fields), **parts)


def form(*scores, items=None, **more):
    asked = items or tuple(question(key) for key in ("a", "b", "c"))
    small = replace(
        GAD7, key="small", title="Small", items=asked, sections=(Section("all", "All"),), vectors=(), **more
    )
    return replace(small, scales=(FOUR, OTHER, BARE), scores=scores, bands=(), norms=())


def points(**chosen):
    return tuple(Answer(key, f"v{value}") for key, value in chosen.items())


def test_s1_a_weighted_question_that_is_not_listed_does_not_count():
    assert result(form(sum_of("a", "b")), "sum", points(a=1, b=2, c=3)).value == 3


def test_s1_the_difficulty_question_of_phq9_does_not_count():
    assert result(PHQ9, "total", filled(PHQ9, "s1", difficulty="d3")).value == 9


def test_s1_a_listed_question_counts_even_where_it_is_hidden():
    hidden = (question("a"), question("b", hidden=True), question("c"))
    assert result(form(sum_of("a", "b"), items=hidden), "sum", points(a=1, b=2)).value == 3


def test_s2_a_question_is_turned_round_only_where_the_score_says_so():
    straight, turned = sum_of("a", "b"), replace(sum_of("a", "b"), items=(ScoreItem("a"), ScoreItem("b", reverse=True)))
    assert result(form(straight), "sum", points(a=0, b=3)).value == 3
    assert result(form(turned), "sum", points(a=0, b=3)).value == 0


@pytest.mark.parametrize(("highest", "fits"), [(6, True), (9, False), (5, False)])
def test_s3_a_range_that_the_questions_cannot_give_stops_the_form(highest, fits):
    faults = instruments.activation_findings(form(sum_of("a", "b", highest=Decimal(highest))))
    assert (faults == ()) is fits
    if not fits:
        assert str(faults[0]).startswith(f"score sum: Its items give 0 to 6, not 0 to {highest}.")


def test_s3_a_score_that_nobody_confirmed_does_not_stop_the_form_and_is_warned_of():
    proposed = form(sum_of("a", "b", highest=Decimal(9), confirmed=False))
    assert instruments.activation_findings(proposed) == ()
    assert [fault.where for fault in instruments.warnings(proposed)] == ["score sum"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ((0, 1, 2, 3), None),
        ((3, 2, 1, 0), None),
        ((1, 2, 3, 4), None),
        ((0, 1, 3, 4), "scale four: Its values leave gaps"),
        ((0, 2, 1, 3), "scale four: Its values go up and down"),
        ((0, 1, 1, 2), "scale four: Its values go up and down"),
        ((0, 1, None, 2), "scale four, option v2: It has no value while others have"),
        ((Decimal("0.5"), 1, 2, 3), "scale four: Its values leave gaps"),
    ],
)
def test_s4_odd_values_of_a_scale_are_named(values, says):
    options = tuple(Option(f"v{n}", "Word", value=None if v is None else Decimal(v)) for n, v in enumerate(values))
    found = [str(each) for each in instruments.warnings(replace(form(), scales=(replace(FOUR, options=options),)))]
    assert (found == []) if says is None else found[0].startswith(says)


def test_s5_an_incomplete_form_has_no_total():
    found = result(form(sum_of("a", "b")), "sum", points(a=3))
    assert (found.state, found.value, found.reason) == (ScoreState.NOT_SCORED, None, "Not scored: 1 of 2 answered.")


@pytest.mark.parametrize(
    ("rule", "value"), [(MissingRule.PRORATE, "4.50"), (MissingRule.MEAN_IMPUTE, "4.50"), (MissingRule.WORST, 6)]
)
def test_s5_an_incomplete_form_has_a_total_where_the_definition_says_how(rule, value):
    """Two of three answered, 1 and 2: their mean for the third, or the worst."""
    score = replace(sum_of("a", "b", "c"), missing=Missing(rule, at_most=1))
    found = result(form(score), "sum", points(a=1, b=2))
    assert (found.state, found.value) == (ScoreState.PRORATED, Decimal(value))
    assert result(form(score), "sum", points(a=1)).state is ScoreState.NOT_SCORED


def test_s5_the_worst_is_the_low_end_where_higher_is_better():
    score = replace(sum_of("a", "b"), missing=Missing(MissingRule.WORST, 1), direction=Direction.HIGHER_BETTER)
    assert result(form(score), "sum", points(a=2)).value == 2


@pytest.mark.parametrize("why", [Meaning.UNKNOWN, Meaning.REFUSED, Meaning.OMIT, Meaning.NOT_APPLICABLE])
def test_s5_a_reason_for_having_no_answer_is_never_nought(why):
    found = result(form(sum_of("a", "b")), "sum", [*points(a=1), Answer("b", absent=why)])
    assert (found.state, found.value) == (ScoreState.NOT_SCORED, None)


def test_s6_weights_are_exact_and_may_be_broken_or_below_nought():
    items = (ScoreItem("a", Decimal("0.1")), ScoreItem("b", Decimal("0.2")), ScoreItem("c", Decimal(-1)))
    found = result(form(replace(sum_of("a"), items=items, kind=ScoreKind.WEIGHTED)), "sum", points(a=1, b=1, c=2))
    assert found.value == Decimal("-1.7")


@pytest.mark.parametrize("weight", ["1e6", "-3e9", "1e30", "9e400000"])
def test_s6_a_weight_that_no_record_can_keep_gives_no_figure_and_says_why(weight):
    items = (ScoreItem("a", Decimal(weight)), ScoreItem("b", Decimal(1)))
    found = result(form(replace(sum_of("a"), items=items, kind=ScoreKind.WEIGHTED)), "sum", points(a=1, b=1))
    assert (found.state, found.value) == (ScoreState.NOT_COMPUTED, None)
    assert "too large" in found.reason


def test_s6_an_option_without_a_weight_is_not_scored():
    bare = form(sum_of("a"), items=(question("a", "bare"),))
    assert result(bare, "sum", [Answer("a", "v1")]).state is ScoreState.NOT_COMPUTED
    assert result(bare, "sum", [Answer("a", "v0")]).value == 0


def test_s7_the_weight_is_the_options_own_and_not_that_of_its_code():
    mixed = form(sum_of("a", "b", highest=Decimal(33)), items=(question("a"), question("b", "other")))
    assert result(mixed, "sum", points(a=2, b=2)).value == 22


def test_s8_scores_of_scores_are_worked_out_whatever_their_order():
    above = Score(
        "above", "above", Direction.HIGHER_WORSE, Decimal(0), Decimal(9), (ScoreItem(score="sum"), ScoreItem("c"))
    )
    found = rules.score(form(above, sum_of("a", "b")), points(a=1, b=2, c=3))
    assert [(each.key, each.value) for each in found] == [("above", 6), ("sum", 3)]


def test_s8_a_part_that_was_made_up_marks_the_whole():
    part = replace(sum_of("a", "b"), missing=Missing(MissingRule.PRORATE, 1))
    above = Score("above", "above", Direction.HIGHER_WORSE, Decimal(0), Decimal(6), (ScoreItem(score="sum"),))
    assert result(form(above, part), "above", points(a=2)).state is ScoreState.PRORATED


def test_s8_a_circle_is_an_error():
    one = replace(sum_of(key="one"), items=(ScoreItem(score="two"),))
    two = replace(sum_of(key="two"), items=(ScoreItem(score="one"),))
    with pytest.raises(CircularScores, match="These scores wait for each other: one, two"):
        rules.score(form(one, two), ())
    assert "wait for each other" in str(instruments.activation_findings(form(one, two))[0])


@pytest.mark.parametrize(("given_", "state"), [({}, ScoreState.NOT_COMPUTED), ({"sum": Decimal(2)}, ScoreState.SCORED)])
def test_s9_a_figure_that_comes_from_elsewhere_is_computed_only_when_it_came(given_, state):
    elsewhere = replace(sum_of(), kind=ScoreKind.ALGORITHM, algorithm="a model", highest=Decimal(3))
    found = result(form(elsewhere), "sum", (), given=given_)
    assert found.state is state
    assert found.reason == ("" if given_ else "Not computed: it is worked out by a model, which gave no figure.")


def test_s9_a_figure_outside_its_range_is_not_taken():
    elsewhere = replace(sum_of(), kind=ScoreKind.EXTERNAL, highest=Decimal(3))
    assert result(form(elsewhere), "sum", (), given={"sum": Decimal(4)}).reason.endswith("4 lies outside 0 to 3.")


def test_s9_a_fact_that_is_not_known_settles_nothing():
    partner = question("b", applies=Clause(fact=Fact.RELATIONSHIP, values=("former_partner",)))
    asked = form(items=(question("a"), partner))
    known = {"former_partner": True, "stranger": False, "": None}
    assert {said: applies(asked, "b", (), {"relationship": said}) for said in known} == known
    assert applies(asked, "b", ()) is None


def test_s10_an_unknown_language_gives_no_score_until_a_rule_is_confirmed():
    foreign = replace(sum_of("a"), confirmed=False, expression=Expression("calculated", "text/cql", "define x: 1"))
    found = result(form(foreign), "sum", points(a=3))
    assert (found.state, found.value, found.reason) == (
        ScoreState.NOT_COMPUTED,
        None,
        "No score until a rule is confirmed.",
    )
    assert result(form(replace(foreign, confirmed=True)), "sum", points(a=3)).value == 3


def test_s10_a_form_that_says_it_has_no_score_has_none():
    assert result(form(replace(sum_of(), kind=ScoreKind.NONE)), "sum", points(a=3)).state is ScoreState.NOT_COMPUTED


@pytest.mark.parametrize(
    ("answers", "alerts", "by_hand"),
    [
        ({"self_harm": "s1"}, ("self_harm",), ()),
        ({"self_harm": "s3", "mood": "s0"}, ("self_harm",), ()),
        ({"self_harm": "s0"}, (), ()),
        ({"mood": "s3"}, (), ("self_harm",)),
        ({}, (), ("self_harm",)),
    ],
)
def test_s11_a_critical_question_without_an_answer_is_looked_at_by_hand(answers, alerts, by_hand):
    given_ = filled(PHQ9, **answers)
    advice = rules.advice(PHQ9, given_)
    assert (rules.ringing(PHQ9, given_), advice.by_hand, bool(advice.critical)) == (alerts, by_hand, bool(alerts))


@pytest.mark.parametrize("why", [Meaning.REFUSED, Meaning.UNKNOWN, Meaning.OMIT])
def test_s11_a_refused_critical_question_is_open_and_not_quiet(why):
    assert rules.advice(CORE, [Answer("suicide_plan", absent=why)]).by_hand == ("suicide_plan",)


def test_s12_what_a_hidden_question_holds_from_the_start_is_an_answer():
    hidden = form(sum_of("a", "b"), items=(question("a"), question("b", hidden=True, initial="v2")))
    assert result(hidden, "sum", points(a=1)).value == 3
    assert Answer("b", "v2") in rules.read_answers(hidden, {"a": "v1"})[0]


def test_s12_what_a_visible_question_holds_from_the_start_is_no_answer_before_it_is_sent():
    visible = form(sum_of("a", "b"), items=(question("a"), question("b", initial="v2")))
    assert result(visible, "sum", points(a=1)).state is ScoreState.NOT_SCORED


def test_s13_every_hand_checked_case_runs_before_a_form_is_used():
    assert instruments.activation_findings(replace(form(sum_of("a", "b")))) == ()
    wrong = replace(
        GAD7.vectors[1], expects=tuple(replace(each, value=Decimal(20)) for each in GAD7.vectors[1].expects)
    )
    faults = [str(each) for each in instruments.activation_findings(replace(GAD7, vectors=(wrong,)))]
    assert any("total comes to scored 21 severe, not scored 20 severe" in fault for fault in faults)


def test_s13_a_case_whose_alert_is_forgotten_is_named():
    quiet = replace(PHQ9.vectors[-1], critical=())
    faults = [str(each) for each in instruments.activation_findings(replace(PHQ9, vectors=(quiet,)))]
    assert any("The alerts are self_harm, not none" in fault for fault in faults)


@pytest.mark.parametrize(
    "broken",
    [
        form(sum_of("a", "z")),
        form(items=(question("a", enable=Clause("z", values=("v1",))),)),
        form(items=(question("a", applies=Not(AnyOf((Clause("z.now"), Clause("a"))))),)),
        form(replace(sum_of("a"), gate=Clause("z", values=("v1",)))),
    ],
)
def test_a_form_that_looks_at_a_question_of_another_is_not_used(broken):
    assert "which is asked nowhere" in str(instruments.activation_findings(broken)[0])


# --- other kinds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value"), [(ScoreKind.SUM, 5), (ScoreKind.MAX, 3), (ScoreKind.MEAN, "1.67"), (ScoreKind.WEIGHTED, 5)]
)
def test_the_simple_kinds_worked_by_hand(kind, value):
    """0, 2 and 3: sum 5, largest 3, mean 1.67."""
    assert result(form(replace(sum_of("a", "b", "c"), kind=kind)), "sum", points(a=0, b=2, c=3)).value == Decimal(value)


def test_a_mean_may_leave_one_out_where_the_definition_says_so():
    mean = replace(sum_of("a", "b", "c"), kind=ScoreKind.MEAN, missing=Missing(MissingRule.PRORATE, 1))
    found = result(form(mean), "sum", points(a=1, b=2))
    assert (found.state, found.value) == (ScoreState.PRORATED, Decimal("1.5"))


def test_a_count_may_begin_at_a_value():
    count = replace(sum_of("a", "b", "c"), kind=ScoreKind.COUNT, counts_from=Decimal(2), highest=Decimal(3))
    assert result(form(count), "sum", points(a=1, b=2, c=3)).value == 2


def test_a_typed_number_counts_as_itself():
    number = Item("a", "all", "A", "A?", ItemKind.INTEGER, lowest="0", highest="10")
    asked = form(sum_of("a", "b", highest=Decimal(13)), items=(number, question("b")))
    assert result(asked, "sum", [Answer("a", text="7"), *points(b=3)]).value == 10
    assert result(asked, "sum", points(b=3)).state is ScoreState.NOT_SCORED


def test_several_choices_count_together():
    several = form(sum_of("a", highest=Decimal(6)), items=(question("a", kind=ItemKind.MULTIPLE_CHOICE),))
    assert result(several, "sum", [Answer("a", "v1 v3")]).value == 4
    assert instruments.warnings(several) == ()


def test_a_number_alerts_from_its_threshold_on():
    number = Item("a", "all", "A", "A?", ItemKind.INTEGER, critical=Critical((), "Act.", Decimal(3)))
    asked = form(items=(number,))
    assert [rules.ringing(asked, [Answer("a", text=said)]) for said in ("2", "3", "10")] == [(), ("a",), ("a",)]


def test_any_rating_of_a_critical_factor_alerts():
    sam = instruments.load("sam")
    items = tuple(
        replace(item, critical=Critical(("present",), "Act.")) if item.key == "violence" else item for item in sam.items
    )
    asked = replace(sam, items=items)
    assert rules.ringing(asked, [Answer("violence", "present", "past")]) == ("violence",)
    assert rules.ringing(asked, [Answer("violence", "absent", "current")]) == ()
    assert "violence" in rules.advice(asked, [Answer("violence", "absent", "current")]).by_hand


# --- conditions with three outcomes --------------------------------------------------------------------------

YES, NO, OPEN = Clause("a", values=("v1",)), Clause("a", values=("v3",)), Clause("c", values=("v1",))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (YES, True),
        (NO, False),
        (OPEN, None),
        (Not(YES), False),
        (Not(OPEN), None),
        (AllOf((YES, YES)), True),
        (AllOf((YES, OPEN)), None),
        (AllOf((NO, OPEN)), False),
        (AnyOf((NO, OPEN)), None),
        (AnyOf((YES, OPEN)), True),
        (AnyOf((NO, NO)), False),
        (AllOf((AnyOf((NO, YES)), Not(NO))), True),
        (Clause("a", Operator.NOT_EQUALS, ("v1",)), False),
        (Clause("a", Operator.NOT_EQUALS, ("v2",)), True),
        (Clause("c", Operator.NOT_EQUALS, ("v2",)), None),
        (Clause("a", Operator.AT_LEAST, ("v1",)), True),
        (Clause("a", Operator.GREATER, ("v1",)), False),
        (Clause("a", Operator.LESS, ("v2",)), True),
        (Clause("a", Operator.AT_MOST, ("1",)), True),
        (Clause("c", Operator.AT_MOST, ("1",)), None),
        (Clause("a", Operator.EXISTS), True),
        (Clause("c", Operator.EXISTS), False),
        (Not(Clause("c", Operator.EXISTS)), True),
        (Clause("n", Operator.GREATER, ("9.5",)), True),
        (Clause("n", Operator.EQUALS, ("10.0",)), True),
        (Clause("d", Operator.LESS, ("2026-06-01",)), True),
        (Clause("d", Operator.AT_LEAST, ("2026-06-01",)), False),
        (Clause("d", Operator.AT_LEAST, ("soon",)), None),
    ],
)
def test_what_is_not_known_is_neither_yes_nor_no(condition, holds):
    items = (
        *(question(key) for key in ("a", "b", "c")),
        Item("n", "all", "N", "N?", ItemKind.DECIMAL),
        Item("d", "all", "D", "D?", ItemKind.DATE),
        question("x", applies=condition),
    )
    answers = [*points(a=1), Answer("n", text="10"), Answer("d", text="2026-05-03")]
    assert applies(form(items=items), "x", answers) is holds


def test_a_question_inside_a_group_that_does_not_concern_the_case_does_not_either():
    group = Item("g", "all", "G", kind=ItemKind.GROUP, enable=YES)
    asked = form(items=(question("a"), group, question("b", parent="g")))
    assert [applies(asked, "b", points(a=n)) for n in (1, 2)] == [True, False]
    assert applies(asked, "b", ()) is None


def test_a_circle_of_conditions_settles_nothing_and_ends():
    a, b = question("a", applies=Clause("b", values=("v1",))), question("b", applies=Clause("a", values=("v1",)))
    assert applies(form(items=(a, b)), "a", ()) is None


def test_a_reason_of_not_applicable_answers_a_condition_with_no():
    asked = form(items=(question("a"), question("x", applies=YES)))
    assert applies(asked, "x", [Answer("a", absent=Meaning.NOT_APPLICABLE)]) is False
    assert applies(asked, "x", [Answer("a", absent=Meaning.REFUSED)]) is None


def test_a_condition_inside_a_repeat_looks_at_its_own_repeat():
    group = Item("g", "all", "G", kind=ItemKind.GROUP, repeats=3)
    child, follow = question("a", parent="g"), question("b", parent="g", enable=YES)
    asked = form(items=(group, child, follow))
    answers = [Answer("a", "v1", repeat=1), Answer("a", "v2", repeat=2)]
    fields = {gap.field for gap in rules.gaps(asked, answers)}
    assert "b-1" in fields
    assert "b-2" not in fields
    assert "a-3" not in fields


# --- what fits a question -------------------------------------------------------------------------------------


def typed(kind, **more):
    return Item("a", "all", "A", "A?", kind, **more)


@pytest.mark.parametrize(
    ("item", "text", "says"),
    [
        (typed(ItemKind.INTEGER), "3", None),
        (typed(ItemKind.INTEGER), "3.5", "answered with a whole number"),
        (typed(ItemKind.INTEGER), "three", "answered with a number"),
        (typed(ItemKind.INTEGER), "9" * 28, None),
        (typed(ItemKind.INTEGER), "9" * 29, "has more than 28 digits. Write a smaller number"),
        (typed(ItemKind.INTEGER), "1E+40", "has more than 28 digits"),
        (typed(ItemKind.DECIMAL), "3.25", None),
        (typed(ItemKind.DECIMAL), "NaN", "answered with a number"),
        (typed(ItemKind.DECIMAL), "Infinity", "answered with a number"),
        (typed(ItemKind.DECIMAL, max_decimals=1), "3.25", "Write at most 1"),
        (typed(ItemKind.QUANTITY, lowest="1", highest="5"), "0.5", "less than 1"),
        (typed(ItemKind.QUANTITY, lowest="1", highest="5"), "5.5", "more than 5"),
        (typed(ItemKind.QUANTITY, lowest="1", highest="5"), "5", None),
        (typed(ItemKind.DATE), "2026-05-03", None),
        (typed(ItemKind.DATE), "3 May", "Write it like 2026-05-03"),
        (typed(ItemKind.DATE, lowest="2026-01-01"), "2025-12-31", "less than 2026-01-01"),
        (typed(ItemKind.TIME), "14:30", None),
        (typed(ItemKind.DATETIME), "2026-05-03T14:30", None),
        (typed(ItemKind.DATETIME), "yesterday", "Write it like 2026-05-03T14:30"),
        (typed(ItemKind.LINE, max_length=3), "four", "longer than 3 characters"),
        (typed(ItemKind.LINE, pattern=r"[A-Z]{2}\d"), "AB1", None),
        (typed(ItemKind.LINE, pattern=r"[A-Z]{2}\d"), "nope", "is not in the right format"),
        (typed(ItemKind.LINE, pattern=r"(a+)+b"), "a" * 60, None),
        (typed(ItemKind.REFERENCE), "Ward 3", None),
        (typed(ItemKind.ATTACHMENT), "a photograph, kept on paper", None),
        (typed(ItemKind.DISPLAY), "x", "takes no answer"),
        (typed(ItemKind.GROUP), "x", "takes no answer"),
    ],
)
def test_a_typed_answer_fits_its_kind(item, text, says):
    refused = rules.why_not_answer(form(items=(item,)), Answer("a", text=text))
    assert (refused is None) if says is None else says in refused


MANY = Scale("many", (Option("x", "X"), Option("y", "Y"), Option("none", "None", exclusive=True)))


@pytest.mark.parametrize(
    ("kind", "answer", "says"),
    [
        (ItemKind.MULTIPLE_CHOICE, Answer("a", "x y"), None),
        (ItemKind.MULTIPLE_CHOICE, Answer("a", "none"), None),
        (ItemKind.MULTIPLE_CHOICE, Answer("a", "x none"), "cannot be combined with another answer"),
        (ItemKind.MULTIPLE_CHOICE, Answer("a", "x x"), "the same answer twice"),
        (ItemKind.MULTIPLE_CHOICE, Answer("a", "x z"), "“z” is not an answer"),
        (ItemKind.CHOICE, Answer("a", "x y"), "“x y” is not an answer"),
        (ItemKind.OPEN_CHOICE, Answer("a", text="Something else."), None),
        (ItemKind.OPEN_CHOICE, Answer("a", "x"), None),
        (ItemKind.CHOICE, Answer("a", text="Something else."), "answered by choosing"),
        (ItemKind.CHOICE, Answer("a", absent=Meaning.REFUSED), None),
        (ItemKind.CHOICE, Answer("a", absent=Meaning.AFFIRM), "no reason for an answer to be missing"),
        (ItemKind.CHOICE, Answer("a", "x", absent=Meaning.REFUSED), "an answer and a reason for having none"),
    ],
)
def test_a_chosen_answer_fits_its_kind(kind, answer, says):
    asked = replace(form(items=(question("a", "many", kind=kind),)), scales=(MANY,))
    refused = rules.why_not_answer(asked, answer)
    assert (refused is None) if says is None else says in refused


def test_a_sent_form_holds_reasons_and_other_words():
    items = (
        question("a", "many"),
        question("b", "many", kind=ItemKind.OPEN_CHOICE),
        question("c", "many", kind=ItemKind.MULTIPLE_CHOICE),
    )
    asked = replace(form(items=items), scales=(MANY,))
    answers, problems = rules.read_answers(asked, {"a.absent": "refused", "b.other": "By letter.", "c": "x y"})
    assert problems == ()
    assert answers == (Answer("a", absent=Meaning.REFUSED), Answer("b", text="By letter."), Answer("c", "x y"))


def test_a_reason_closes_the_gap_and_leaves_the_question_open():
    asked = form(sum_of("a"), items=(question("a"),))
    assert [gap.field for gap in rules.gaps(asked, ())] == ["a"]
    assert rules.gaps(asked, [Answer("a", absent=Meaning.REFUSED)]) == ()
    assert result(asked, "sum", [Answer("a", absent=Meaning.REFUSED)]).state is ScoreState.NOT_COMPUTED


@pytest.mark.parametrize(("chosen", "open_"), [("x", ["a"]), ("x y", []), ("none", [])])
def test_two_answers_are_asked_for_unless_the_one_stands_alone(chosen, open_):
    asked = replace(form(items=(question("a", "many", kind=ItemKind.MULTIPLE_CHOICE, at_least=2),)), scales=(MANY,))
    assert [gap.field for gap in rules.gaps(asked, [Answer("a", chosen)])] == open_


# --- promises for all inputs ----------------------------------------------------------------------------------

SCORED = [each for each in instruments.catalogue() if each.scores]
ABSENCES = ("", *(reason.value for reason in (Meaning.UNKNOWN, Meaning.REFUSED, Meaning.OMIT)))


@st.composite
def sheets(draw, forms=tuple(SCORED)):
    """Any form with a score, completely filled in, and a part of its questions to open."""
    form_ = draw(st.sampled_from(forms))
    slots = [slot for slot in form_.slots() if form_.scale_of(slot)]
    chosen = {}
    for slot in slots:
        settled = [option.code for option in form_.scale_of(slot).options if option.settles]
        chosen[slot.field] = Answer(slot.item, draw(st.sampled_from(settled)), slot.axis)
    opened = draw(st.sets(st.sampled_from(sorted(chosen)), min_size=1))
    return form_, chosen, opened


def opening(chosen, opened, why):
    kept = [answer for field, answer in chosen.items() if field not in opened]
    return kept + [Answer(chosen[field].item, axis=chosen[field].axis, absent=Meaning(why)) for field in opened if why]


@settings(max_examples=150, deadline=None)
@given(sheets(), st.sampled_from(ABSENCES))
def test_an_open_answer_never_becomes_a_nought_in_any_form(sheet, why):
    form_, chosen, opened = sheet
    whole = {each.key: each for each in rules.score(form_, chosen.values())}
    for each in rules.score(form_, opening(chosen, opened, why)):
        terms = {term.field for term in form_.score(each.key).items}
        if form_.score(each.key).kind is ScoreKind.GATED_COUNT or each.state is ScoreState.PRORATED:
            continue
        if terms & opened:
            excluded = {field for rule in form_.score(each.key).exclusions for field in rule.fields}
            assert each.value is None or (terms & opened <= excluded and each.value == whole[each.key].value)


@settings(max_examples=150, deadline=None)
@given(sheets(), st.sampled_from(ABSENCES))
def test_no_combination_of_open_answers_lowers_a_level_or_silences_a_flag(sheet, why):
    form_, chosen, opened = sheet
    yes = {field for field, answer in chosen.items() if _affirms(form_, answer)}
    less = opening(chosen, opened - yes, why)
    before, after = rules.advice(form_, chosen.values()), rules.advice(form_, less)
    assert rules.ringing(form_, less) == rules.ringing(form_, chosen.values())
    assert {item.key for item in form_.items if item.critical} & (opened - yes) <= set(after.by_hand)
    if form_ is not VPR:  # a level that did not come from the other system is none, and not a lower one
        assert (after.level or LOW).rank >= (before.level or LOW).rank
    for was, is_ in zip(before.routes, after.routes, strict=True):
        assert is_.open is not False or was.open is False
    assert after.second_flag is not False or before.second_flag is False


def _affirms(form_, answer):
    option = form_.scale_of(answer.slot).option(answer.option)
    return option.meaning in (Meaning.AFFIRM, Meaning.PARTIAL) or bool(option.value)


@settings(max_examples=100, deadline=None)
@given(sheets(), st.randoms(use_true_random=False))
def test_the_order_of_answers_matters_in_no_form(sheet, chance):
    form_, chosen, _ = sheet
    shuffled = list(chosen.values())
    chance.shuffle(shuffled)
    assert rules.score(form_, shuffled) == rules.score(form_, chosen.values())
    assert rules.advice(form_, shuffled) == rules.advice(form_, chosen.values())


@settings(max_examples=150, deadline=None)
@given(sheets(forms=(RIC, DA, instruments.load("dash-27"))), st.data())
def test_one_more_yes_never_lowers(sheet, data):
    """Save the one question of the Danger Assessment that its authors let count against the rest."""
    form_, chosen, _ = sheet
    field = data.draw(st.sampled_from([term.field for term in form_.scores[0].items if term.weight > 0]))
    before, after = (rules.score(form_, each.values())[0] for each in (chosen, chosen | {field: Answer(field, "yes")}))
    assert after.value >= before.value
    assert (rules.advice(form_, (chosen | {field: Answer(field, "yes")}).values()).level or LOW).rank >= (
        rules.advice(form_, chosen.values()).level or LOW
    ).rank


@settings(max_examples=100, deadline=None)
@given(sheets())
def test_every_score_lies_in_its_published_range_and_in_exactly_one_band(sheet):
    form_, chosen, _ = sheet
    for each in rules.score(form_, chosen.values()):
        if each.value is None:
            continue
        declared = form_.score(each.key)
        assert declared.lowest <= each.value <= declared.highest
        bands = [band for band in form_.bands if band.score == each.key]
        assert not bands or each.band in {band.label for band in bands}


# --- what a definition may not say ----------------------------------------------------------------------------


def test_totals_in_a_structured_judgement_are_refused_for_every_shipped_one():
    for each in instruments.catalogue():
        if each.kind.value != "spj":
            continue
        name = f"{each.key}.v{each.version}.toml"
        source = files("fourfold.assessment.instruments").joinpath(name).read_text(encoding="utf-8")
        added = '\n[[score]]\nkey = "total"\ntitle = "T"\ndirection = "higher_worse"\nlowest = 0\nhighest = 0\nkind = "none"\n'
        with pytest.raises(InvalidDefinition, match="A structured professional judgement has no totals"):
            instruments.definition(source + added, name)


def test_a_level_from_bands_needs_a_score_of_which_a_part_says_something():
    level = LevelRule(LevelKind.BANDS, score="total")
    assert rules.advice(replace(PHQ9, level=level), filled(PHQ9, "s3", mood=None)).level is None


# --- large forms ----------------------------------------------------------------------------------------------


def chained(count: int, ahead: bool):
    """So many questions, each asked only after a yes to its neighbour: the one before it, or the two after it."""

    def waits_for(n: int):
        named = [m for m in ((n + 1, n + 2) if ahead else (n - 1,)) if 0 <= m < count]
        return AllOf(tuple(Clause(f"q{m}", values=("v1",)) for m in named)) if named else None

    return form(items=tuple(question(f"q{n}", enable=waits_for(n)) for n in range(count)))


@pytest.mark.parametrize("ahead", [False, True])
def test_a_thousand_questions_that_wait_for_each_other_end_in_good_time(ahead):
    long, first, last = chained(1000, ahead), "q999" if ahead else "q0", "q0" if ahead else "q999"
    assert [applies(long, key, ()) for key in (first, last)] == [True, None]
    assert applies(long, last, [Answer(first, "v2")]) is False
    assert len(rules.gaps(long, ())) == 1000
    assert len(rules.gaps(long, [Answer(first, "v2")])) == 0
    assert rules.advice(long, ()).missing == ()


def test_a_circle_looking_ahead_settles_nothing_and_an_answer_outside_it_still_counts():
    a, b = question("a", enable=Clause("b", values=("v1",))), question("b", enable=Clause("a", values=("v1",)))
    c = question("c", enable=Clause("b", values=("v1",)))
    ring = form(items=(a, b, c))
    assert [applies(ring, key, ()) for key in "abc"] == [None, None, None]
    assert applies(ring, "c", points(b=1)) is True
