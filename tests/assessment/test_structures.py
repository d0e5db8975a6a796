"""What ships of other people's instruments: a structure, its marks and its licence record, and no wording."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from fourfold.assessment import instruments, rules
from fourfold.assessment.instruments.checking.questions import DEEPEST
from fourfold.assessment.terms import (
    About,
    Answer,
    Clause,
    Finding,
    Informant,
    InstrumentKind,
    InvalidDefinition,
    Item,
    ItemKind,
    Judged,
    LevelKind,
    LicenceStatus,
    Meaning,
    Operator,
    Override,
    Quality,
    ScoreKind,
    Shipped,
    Timeframe,
    VectorCase,
)
from fourfold.cases.terms import Level
from tests.assessment.wording import filled

STRUCTURES = [each for each in instruments.catalogue() if each.shipped is not Shipped.WHOLE]
SCORED = [each for each in STRUCTURES if each.scores]
JUDGEMENTS = [each for each in instruments.catalogue() if each.kind is InstrumentKind.SPJ]
LOW, MEDIUM, HIGH, VERY_HIGH = Level


def named(each):
    return each.name


# --- licence -------------------------------------------------------------------------------------------------

STATUS = {
    LicenceStatus.PERMISSION: {"s-dash", "vs-dash", "dash-27", "dash-ric", "sash", "movers"},
    LicenceStatus.PURCHASED: {"srp", "sam", "b-safer", "hcr-20", "sara", "insights"},
    LicenceStatus.UNKNOWN: {"dara", "vpr"},
    LicenceStatus.NONCOMMERCIAL: {"b-safer", "who-5"},
    LicenceStatus.REGISTRATION: {"danger-assessment", "swemwbs", "reqol-10", "reqol-20"},
    LicenceStatus.PERMISSIVE: {"phq-9", "gad-7", "phq-4"},
    LicenceStatus.PUBLIC_DOMAIN: {"pc-ptsd-5", "pcl-5"},
    LicenceStatus.VERBATIM_ONLY: {"core-10"},
}


def test_every_structure_has_the_licence_status_of_the_matrix():
    found = {status: {each.key for each in STRUCTURES if each.rights.status is status} for status in STATUS}
    assert found == STATUS


def test_six_measures_are_free_to_bring_in_one_step_and_no_other_is():
    free = {each.key for each in STRUCTURES if each.rights.one_step}
    assert free == {"phq-9", "gad-7", "phq-4", "pcl-5", "pc-ptsd-5", "core-10"}


@pytest.mark.parametrize("each", STRUCTURES, ids=named)
def test_no_structure_can_be_filled_in_before_its_words_come_and_each_says_how_to_get_them(each):
    assert not each.rights.text_shipped
    assert not each.is_worded
    faults = instruments.activation_findings(each)
    assert [fault.where for fault in faults] == ["wording"]
    assert faults[0].mend == each.rights.how_to_get
    assert each.rights.evidence
    assert each.rights.licensor


OWN_QUESTIONS = {
    # questions that Fourfold adds beside the form, in its own words, so that a judgement can be recorded at all
    "sources_seen", "formulation", "story", "warning_signs", "measures", "context", "safety_plan", "account",
    "professional_judgement", "escalation", "level", "primary_level", "secondary_level", "concern", "motive", "motive_confidence",
    "priority", "continued", "serious_harm", "fear", "immediate_action", "imminence", "other_risks", "persistence", "violence",
    "recurrence", "psychosocial_harm",
}  # fmt: skip


@pytest.mark.parametrize("each", STRUCTURES, ids=named)
def test_only_questions_of_our_own_have_words(each):
    with_words = {item.key for item in each.items if item.text}
    assert with_words <= OWN_QUESTIONS
    assert {item.section for item in each.items if item.text} <= {"sources", "scenarios", "conclusion", "motive"}


@pytest.mark.parametrize("each", STRUCTURES, ids=named)
def test_a_question_of_the_form_has_a_short_neutral_tag_and_nothing_more(each):
    for item in each.items:
        assert item.topic
        assert len(item.title) <= 45
        assert item.text or not item.title.endswith("?")


@pytest.mark.parametrize("each", [each for each in STRUCTURES if each.kind is InstrumentKind.PROM], ids=named)
def test_a_measure_has_no_labels_of_its_owner(each):
    labels = {option.label for scale in each.scales for option in scale.options}
    assert labels <= {"", "Yes", "No"}


@pytest.mark.parametrize("each", STRUCTURES, ids=named)
def test_a_victim_may_leave_out_every_question_of_a_measure(each):
    if each.kind is InstrumentKind.PROM:
        assert not any(item.required for item in each.items)
        assert {Meaning.UNKNOWN, Meaning.REFUSED} <= set(each.absent)


# --- what each one is -----------------------------------------------------------------------------------------

SHAPES = {
    # key, version: questions of the form, kind, how much is shipped, how the level comes about
    ("s-dash", 1): (11, "screen", "skeleton", "judgement"),
    ("vs-dash", 1): (0, "screen", "slot", "none"),
    ("dash-27", 1): (27, "checklist", "skeleton", "judgement"),
    ("dash-ric", 1): (24, "checklist", "skeleton", "judgement"),
    ("dara", 1): (0, "checklist", "skeleton", "judgement"),
    ("b-safer", 1): (10, "spj", "skeleton", "judgement"),
    ("b-safer", 2): (0, "spj", "slot", "judgement"),
    ("danger-assessment", 1): (22, "actuarial", "skeleton", "bands"),
    ("sash", 1): (0, "screen", "slot", "judgement"),
    ("srp", 1): (0, "spj", "slot", "none"),
    ("sam", 1): (30, "spj", "skeleton", "judgement"),
    ("hcr-20", 3): (0, "spj", "slot", "judgement"),
    ("sara", 3): (0, "spj", "slot", "judgement"),
    ("vpr", 5): (2, "actuarial", "skeleton", "bands"),
    ("phq-9", 1): (10, "prom", "skeleton", "none"),
    ("gad-7", 1): (7, "prom", "skeleton", "none"),
    ("phq-4", 1): (4, "prom", "skeleton", "none"),
    ("pc-ptsd-5", 1): (6, "screen", "skeleton", "none"),
    ("pcl-5", 1): (20, "prom", "skeleton", "none"),
    ("core-10", 1): (10, "prom", "skeleton", "none"),
    ("who-5", 1): (5, "prom", "skeleton", "none"),
    ("swemwbs", 1): (7, "prom", "skeleton", "none"),
    ("reqol-10", 1): (11, "prom", "skeleton", "none"),
    ("reqol-20", 1): (0, "prom", "slot", "none"),
    ("insights", 1): (0, "prom", "slot", "none"),
    ("movers", 1): (0, "prom", "slot", "none"),
}


def test_every_instrument_of_the_reference_has_its_shape():
    found = {
        (each.key, each.version): (
            sum(not item.text for item in each.items),
            each.kind.value,
            each.shipped.value,
            each.level.kind.value,
        )
        for each in STRUCTURES
    }
    assert found == SHAPES


@pytest.mark.parametrize(
    ("key", "about", "informant"),
    [
        ("sam", About.DYAD, Informant.PROFESSIONAL),
        ("srp", About.SUBJECT, Informant.PROFESSIONAL),
        ("vs-dash", About.DYAD, Informant.SELF),
        ("vpr", About.DYAD, Informant.FILE),
        ("phq-9", About.VICTIM, Informant.SELF),
        ("insights", About.VICTIM, Informant.PROFESSIONAL),
    ],
)
def test_whom_it_describes_and_who_fills_it_in(key, about, informant):
    each = instruments.load(key)
    assert (each.about, each.informant) == (about, informant)


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("sash", {13: True, 16: True}),
        ("dash-ric", {24: True}),
        ("dash-27", {27: False}),
        ("s-dash", {11: True}),
        ("vpr", {35: True, 39: True, 13: True}),
        ("movers", {13: False, 3: False}),
        ("sam", {3: True, 10: False}),
    ],
)
def test_how_many_questions_the_form_has_is_a_figure_with_its_mark(key, counts):
    assert {figure.number: figure.verified for figure in instruments.load(key).figures} == counts


# --- structured professional judgement ------------------------------------------------------------------------


@pytest.mark.parametrize("each", JUDGEMENTS, ids=named)
def test_nothing_in_a_structured_judgement_can_be_added_up(each):
    assert each.scores == each.bands == each.norms == each.level.steps == ()
    assert all(option.value is None for scale in each.scales for option in scale.options)


@pytest.mark.parametrize("each", [each for each in JUDGEMENTS if each.shipped is not Shipped.WHOLE], ids=named)
def test_each_outcome_is_judged_by_itself_and_may_stay_open(each):
    assert each.judgements
    outcomes = [item.judges for item in each.judgements]
    assert len(set(outcomes)) == len(outcomes)
    for item in each.judgements:
        scale = each.scale(item.scale)
        assert any(not option.settles for option in scale.options)


def test_the_profile_judges_four_outcomes_and_has_no_level_of_the_case():
    srp = instruments.load("srp")
    judged = [item.judges for item in srp.judgements if item.section == "conclusion"]
    assert judged == [Judged.PERSISTENCE, Judged.VIOLENCE, Judged.RECURRENCE, Judged.PSYCHOSOCIAL_HARM]
    assert srp.level.kind is LevelKind.NONE
    assert rules.judged_level(srp, [Answer("violence", "high")]) is None


def test_the_motive_is_a_judgement_with_its_confidence_and_drives_no_level():
    srp = instruments.load("srp")
    assert (srp.item("motive").judges, srp.item("motive_confidence").judges) == (Judged.MOTIVE, Judged.CONFIDENCE)
    motives = [option.code for option in srp.scale("motive").options if option.settles]
    assert motives == ["rejected", "resentful", "intimacy_seeking", "incompetent_suitor", "predatory"]
    advices = {rules.advice(srp, [Answer("motive", motive), Answer("motive_confidence", "high")]) for motive in motives}
    assert {(advice.level, advice.critical) for advice in advices} == {(None, ())}


@pytest.mark.parametrize(("key", "days"), [("sam", 90), ("b-safer", 28), ("hcr-20", 180), ("sara", 180)])
def test_what_now_means_is_stated_wherever_now_is_rated(key, days):
    each = instruments.load(key)
    assert each.currency_window_days == days
    assert "“Now” means" in each.notice
    assert {axis.timeframe for axis in each.axes if axis.quality is Quality.PRESENCE} == {
        Timeframe.CURRENT,
        Timeframe.PAST,
    }


def test_the_thirty_factors_are_rated_now_and_earlier():
    sam = instruments.load("sam")
    factors = [item for item in sam.items if item.axes]
    assert [sum(item.section == part for item in factors) for part in ("nature", "perpetrator", "victim")] == [
        10,
        10,
        10,
    ]
    assert {item.axes for item in factors} == {("current", "past")}
    assert [item.key for item in factors if item.verified] == [
        "gathers", "distance", "approaches", "meets", "frightens", "threatens", "violence",
    ]  # fmt: skip


def test_too_little_information_is_never_absence():
    for each in JUDGEMENTS:
        for scale in each.scales:
            meanings = {option.code: option.meaning for option in scale.options}
            assert meanings.get("omit", Meaning.OMIT) is Meaning.OMIT
            assert meanings.get("absent", Meaning.DENY) is Meaning.DENY


def test_relevance_is_rated_where_the_method_rates_it():
    assert [axis.key for axis in instruments.load("hcr-20").axes] == ["current", "past", "relevance"]


# --- levels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "item", "option", "level"),
    [
        ("s-dash", "level", "standard", LOW),
        ("s-dash", "level", "high", HIGH),
        ("dash-ric", "level", "medium", MEDIUM),
        ("dara", "primary_level", "high", HIGH),
        ("sash", "concern", "moderate", MEDIUM),
        ("sam", "priority", "high", HIGH),
        ("sam", "priority", "cannot_judge", None),
    ],
)
def test_the_words_of_a_form_are_translated_into_levels_of_the_house(key, item, option, level):
    assert rules.judged_level(instruments.load(key), [Answer(item, option)]) is level


def test_moderate_concern_on_the_screen_calls_for_a_structured_judgement():
    sash = instruments.load("sash")
    assert [rules.next_instrument(sash, level) for level in Level] == [None, "judgement", "judgement", "judgement"]


def test_the_pattern_of_vpr_may_only_be_raised_and_is_valued_again_by_level():
    vpr = instruments.load("vpr")
    assert (vpr.level.override, vpr.level.second_flag) == (Override.RAISE_ONLY, "homicide")
    assert [rules.longest_hours(vpr, level) for level in (VERY_HIGH, HIGH, MEDIUM, LOW)] == [72, 168, 720, 1440]
    assert not any(interval.verified for interval in vpr.review.by_level)


NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("level", "hours", "reasons"),
    [
        (VERY_HIGH, 71, ()),
        (VERY_HIGH, 72, ("At level very high, fill in this form again within 72 hours.",)),
        (HIGH, 72, ()),
        (HIGH, 168, ("At level high, fill in this form again within 7 days.",)),
        (None, 168, ()),
        (LOW, 1440, ("The assessment is 60 days old. It is valid for 60.",)),
    ],
)
def test_a_higher_level_is_assessed_again_sooner(level, hours, reasons):
    vpr = instruments.load("vpr")
    assessed = NOON - timedelta(hours=hours)
    assert rules.needs_reassessment(vpr, assessed_at=assessed, at=NOON, level=level) == reasons


# --- figures and marks ----------------------------------------------------------------------------------------

UNVERIFIED_SCORES = {("danger-assessment", "danger"), ("dash-27", "ticks"), ("core-10", "total"), ("reqol-10", "total")}


def test_what_nobody_looked_up_says_so():
    scores = {(each.key, score.key) for each in SCORED for score in each.scores if not score.verified}
    assert scores == UNVERIFIED_SCORES
    bands = {each.key for each in SCORED for band in each.bands if not band.verified}
    assert bands == {"danger-assessment", "phq-4", "core-10", "swemwbs", "reqol-10"}
    missing = {each.key for each in SCORED for score in each.scores if not score.missing.verified}
    assert missing == {"core-10", "reqol-10"}


@pytest.mark.parametrize("each", SCORED, ids=named)
def test_every_figure_names_its_source(each):
    assert all(band.citation and band.population for band in each.bands)
    assert all(norm.citation and norm.population for norm in each.norms)
    assert all(score.source for score in each.scores)


def test_local_cut_offs_are_called_local():
    assert {band.provenance.value for band in instruments.load("dash-ric").bands} == {"local_policy"}
    assert {band.provenance.value for band in instruments.load("phq-9").bands} == {"published"}


@pytest.mark.parametrize("each", SCORED, ids=named)
def test_every_scored_structure_carries_its_hand_checked_cases(each):
    cases = {vector.case for vector in each.vectors}
    assert cases >= {VectorCase.ALL_MINIMUM, VectorCase.ALL_MAXIMUM, VectorCase.MIXED, VectorCase.INCOMPLETE}
    assert (VectorCase.CRITICAL_ALONE in cases) is any(item.critical for item in each.items)
    assert all(vector.authority for vector in each.vectors)


@pytest.mark.parametrize("each", SCORED, ids=named)
def test_the_two_ends_of_every_scale_are_the_two_ends_of_every_score(each):
    for score in each.scores:
        if score.kind is ScoreKind.WEIGHTED:
            continue  # a weight below 0 moves the end; its own cases stand in test_scoring
        reached = [_expected(each, case, score.key) for case in (VectorCase.ALL_MINIMUM, VectorCase.ALL_MAXIMUM)]
        assert reached == [score.lowest, score.highest]


def _expected(each, case, key):
    vector = next(vector for vector in each.vectors if vector.case is case)
    return next(expected.value for expected in vector.expects if expected.score == key)


@pytest.mark.parametrize(
    ("key", "panel", "total", "items"),
    [
        (
            "phq-9", "44249-1", "44261-6",
            "44250-9 44255-8 44259-0 44254-1 44251-7 44258-2 44252-5 44253-3 44260-8 69722-7",
        ),
        ("gad-7", "69737-5", "70274-6", "69725-0 68509-9 69733-4 69734-2 69735-9 69689-8 69736-7"),
        ("phq-4", "69724-3", "", ""),
        ("pc-ptsd-5", "102010-6", "102017-1", ""),
        ("pcl-5", "101697-1", "101698-9", ""),
        ("core-10", "", "", ""),
        ("who-5", "", "", ""),
    ],
)  # fmt: skip
def test_the_codes_of_loinc_stand_where_they_belong(key, panel, total, items):
    each = instruments.load(key)
    assert [code.code for code in each.codes] == panel.split()
    assert [code.code for score in each.scores for code in score.codes] == total.split()
    assert [code.code for item in each.items for code in item.codes] == items.split()


@pytest.mark.parametrize("each", SCORED, ids=named)
def test_the_code_of_a_panel_is_never_the_code_of_a_score(each):
    assert not {code.code for code in each.codes} & {code.code for score in each.scores for code in score.codes}


@pytest.mark.parametrize(
    ("key", "item", "codes"), [("phq-9", "self_harm", "s1 s2 s3"), ("core-10", "suicide_plan", "c1 c2 c3 c4")]
)
def test_any_answer_above_nought_to_the_question_on_suicide_alerts(key, item, codes):
    each = instruments.load(key)
    assert each.item(item).critical.when == tuple(codes.split())
    for code in codes.split():
        assert "today" in rules.advice(each, [Answer(item, code)]).critical[0]


# --- what a definition may not say ----------------------------------------------------------------------------


def source_of(key: str, version: int = 1) -> str:
    return files("fourfold.assessment.instruments").joinpath(f"{key}.v{version}.toml").read_text(encoding="utf-8")


FAULTS = {
    "words of others": ("phq-9", "text_shipped = false", "text_shipped = true", "Wording of somebody else's"),
    "shipped whole": ("phq-9", 'shipped = "skeleton"', 'shipped = "whole"', "Wording of somebody else's"),
    "called our own": ("phq-9", 'status = "permissive"', 'status = "own"', "rights: What is our own is shipped whole"),
    "no way to get it": (
        "phq-9",
        'how_to_get = "It is',
        'how_to_get = ""\n# It is',
        "Nobody learns how to get the text",
    ),
    "no mark on a band": ("gad-7", ", verified = true }", " }", "verified: The key is missing"),
    "no mark on rights": ("gad-7", "\nverified = true", "", "rights, verified: The key is missing"),
    "a wrong case": (
        "gad-7",
        "value = 21",
        "value = 20",
        "vector all highest: total comes to scored 21 severe, not scored 20",
    ),
    "a wrong band": ("gad-7", 'value = 21, band = "severe"', 'value = 21, band = "mild"', "not scored 21 mild"),
    "a case lacking": ("gad-7", 'case = "mixed"', 'case = "other"', "There is no hand-checked case “mixed”"),
    "a forgotten alert": ("phq-9", 'critical = ["self_harm"]', "critical = []", "The alerts are self_harm, not none"),
    "an unknown field": ("gad-7", 'dread = "s0"', 'bread = "s0"', "There is no field “bread”"),
    "an unknown reason": ("phq-9", 'mood = "refused"', 'mood = "shy"', "“shy” is not known"),
    "an answer that does not fit": ("gad-7", 'nervous = "s3"', 'nervous = "s9"', "“s9” is not an answer"),
    "a longer range": ("gad-7", "highest = 21\nof", "highest = 22\nof", "Its items give 0 to 21, not 0 to 22"),
    "a row of the table lost": (
        "swemwbs",
        "[7, 7.00], ",
        "",
        "score metric, table: It does not hold each whole number",
    ),
    "a table that ends elsewhere": ("swemwbs", "[35, 35.00]", "[35, 34.00]", "table: It ends elsewhere than the score"),
    "a table of words": ("swemwbs", "[7, 7.00]", '["7", 7.00]', "table: It does not fit. Write pairs of numbers"),
    "a figure in no band": ("swemwbs", "highest = 19.50", "highest = 19.00", "19.25 does not lie in exactly one band"),
    "a cluster of too many": ("pcl-5", '"b5"], at_least = 1', '"b5"], at_least = 6', "At least 6 of 5 cannot be"),
    "clusters of a sum": ("pcl-5", 'kind = "pattern"', 'kind = "none"', "Only a pattern has clusters"),
    "half a missing rule": ("core-10", "at_most = 1", "at_most = 0", "score total, missing: Half of the rule is there"),
    "all may be missing": ("core-10", "at_most = 1", "at_most = 10", "All of it may be missing"),
    "a norm of nothing": ("gad-7", "verified = true, value = 8 }", "verified = true }", "It gives no figure"),
    "a norm of no score": (
        "gad-7",
        'score = "total", kind = "caseness"',
        'score = "t", kind = "caseness"',
        "“t” does not exist",
    ),
    "a norm from nowhere": ("gad-7", 'population = "Primary care"', 'population = " "', "Nobody can look it up"),
    "a level of no house": ("sam", 'moderate = "medium"', 'moderate = "middling"', "is not a level. Write one of"),
    "a level not translated": (
        "sam",
        'as_house = { low = "low", ',
        "as_house = { ",
        "“priority” does not give a level",
    ),
    "a band without a level": ("vpr", ', level = "very_high" }', " }", "A band gives no level"),
    "levels upside down": (
        "vpr",
        'verified = true, level = "very_high"',
        'verified = true, level = "low"',
        "gives a lower level",
    ),
    "a longer wait above": ("vpr", "hours = 72", "hours = 2000", "A higher level waits longer"),
    "no hours": ("vpr", "hours = 72", "hours = 0", "0 hours cannot be"),
    "a flag of no question": (
        "vpr",
        'second_flag = "homicide"',
        'second_flag = "gun"',
        "second_flag: “gun” cannot be counted",
    ),
    "a route of too many": ("dash-ric", "at_least = 14", "at_least = 25", "route ticks: At least 25 of 24 cannot be"),
    "a route of no question": (
        "dash-ric",
        'of = ["stalking"]',
        'of = ["level"]',
        "route s_dash: “level” cannot be counted",
    ),
    "a room of nothing": (
        "sash",
        'scale = "yes_no", applies',
        "applies",
        "room former_partner: It needs a scale or axes",
    ),
    "a room inside out": ("sash", "fewest = 3, most = 3", "fewest = 4, most = 3", "4 to 3 cannot be"),
    "a room nowhere": ("sash", 'section = "partner"', 'section = "park"', "section: “park” does not exist"),
    "a fact of nothing": ("sash", 'fact = "relationship"', 'fact = "mood"', "“mood” is not known"),
    "an exclusion of nothing": (
        "danger-assessment",
        'fields = ["left"]',
        'fields = ["exit"]',
        "exclusion: “exit” does not exist",
    ),
    "a gate of nothing": (
        "pc-ptsd-5",
        'gate = { item = "event"',
        'gate = { item = "events"',
        "gate: “events” is asked nowhere",
    ),
    "an alert that is silent": ("phq-9", 'when = ["s1", "s2", "s3"]', 'when = ["x"]', "critical: “x” does not exist"),
}


@pytest.mark.parametrize(("key", "old", "new", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_structure_with_a_fault_is_refused_in_words(key, old, new, says):
    source = source_of(key) if key != "vpr" else source_of(key, 5)
    assert old in source
    name = f"{key}.v{5 if key == 'vpr' else 1}.toml"
    with pytest.raises(InvalidDefinition) as refused:
        instruments.definition(source.replace(old, new, 1), name)
    assert says in str(refused.value)


def whereabouts(faults: tuple[Finding, ...]) -> list[str]:
    return [str(fault) for fault in faults]


def faults_of(*items: Item):
    from fourfold.assessment.instruments.checking import findings

    form = replace(instruments.load("gad-7"), items=(*instruments.load("gad-7").items, *items))
    return whereabouts(findings(form, "gad-7.v1.toml"))


def extra(key="x", **more):
    return Item(key, "weeks", "X", "X?", **({"kind": ItemKind.LINE} | more))


def nest(depth: int) -> tuple[Item, ...]:
    groups = [extra(f"g{n}", kind=ItemKind.GROUP, parent=f"g{n - 1}" if n else "") for n in range(depth)]
    return (*groups, extra(parent=f"g{depth - 1}"))


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ((extra(lowest="1"),), "item x, lowest: “1” is no limit for a line"),
        ((extra(kind=ItemKind.INTEGER, highest="many"),), "item x, highest: “many” is no limit for a integer"),
        ((extra(kind=ItemKind.DATE, lowest="2026-01-01"),), None),
        ((extra(pattern="(a+)+"),), "item x, pattern: It cannot be read, or may never end"),
        ((extra(pattern="("),), "item x, pattern: It cannot be read"),
        ((extra(pattern="[a-z]+"),), None),
        ((extra(at_least=2),), "item x, at_least: It asks for more than may be given"),
        ((extra(parent="y"),), "item x, parent: “y” is no group"),
        ((extra(parent="nervous"),), "item x, parent: “nervous” is no group"),
        (nest(DEEPEST), None),
        (nest(DEEPEST + 1), "item x, parent: It is nested too deeply"),
        (
            (extra("g", kind=ItemKind.GROUP, repeats=2), extra(parent="g", repeats=2)),
            "item x, parent: It repeats inside something that repeats",
        ),
        ((extra("g", kind=ItemKind.GROUP, repeats=2), extra(parent="g")), None),
        ((extra(kind=ItemKind.DISPLAY, scale="frequency"),), "item x: It is answered not at all"),
        ((extra(kind=ItemKind.MULTIPLE_CHOICE),), "item x: It needs a scale or axes"),
        ((extra("k" * 61),), "The key is too long. Use at most 60"),
        ((extra(enable=Clause("nervous", Operator.GREATER)),), "item x, enable: It names no value"),
        ((extra(enable=Clause("nervous", Operator.EXISTS)),), None),
        ((extra(enable=Clause("later", values=("s1",))),), "item x, enable: “later” is not asked earlier"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words(items, says):
    found = faults_of(*items)
    assert (found == []) if says is None else any(each.startswith(says) or says in each for each in found)


def test_a_counted_question_may_not_hang_on_whether_another_was_answered():
    from fourfold.assessment.instruments.checking import findings

    gad = instruments.load("gad-7")
    items = tuple(
        replace(item, enable=Clause("nervous", Operator.EXISTS)) if item.key == "dread" else item for item in gad.items
    )
    (fault,) = whereabouts(findings(replace(gad, items=items), "gad-7.v1.toml"))
    assert "“dread” hangs on whether something was answered at all" in fault


def test_a_structure_is_filled_in_by_its_keys_before_and_after_it_has_words():
    gad = instruments.load("gad-7")
    assert rules.gaps(gad, ()) == ()
    assert {answer.item for answer in filled(gad, "s1")} == {item.key for item in gad.items}
