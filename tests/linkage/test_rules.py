"""Is this the same person? Tables of pairs, and promises for all pairs. Every name is invented. No database."""

from dataclasses import replace
from datetime import date
from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.cases.queries.alike import NEARLY
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.linkage import rules, weights
from fourfold.linkage.terms import Confidence, InvalidWeights, Traits
from fourfold.people.terms import MarkKind
from tests.linkage.invented import LIKE_EACH_OTHER

WEIGHTS = weights.shipped()
BORN = date(1985, 5, 3)
PHONE, OTHER_PHONE = (MarkKind.PHONE, "+447700900123"), (MarkKind.PHONE, "+447700900456")
HOME = (MarkKind.ADDRESS, "NM12AB 4")
SHE = Traits("Nora Quill", BORN, "F", frozenset({PHONE, HOME}))

STRONG, PROBABLE, POSSIBLE = Confidence


def compared(told: Traits, record: Traits = SHE):
    return rules.compare(told, record, WEIGHTS)


@pytest.mark.parametrize(
    ("told", "confidence"),
    [
        (Traits("Nora Quill", BORN, "F", frozenset({PHONE})), STRONG),
        (Traits("QUILL, Nora", BORN), STRONG),
        (Traits("Norah Kwill", BORN), STRONG),  # misspelt, born the same day
        (Traits("Nora Quill", date(1985, 3, 5)), STRONG),  # day and month the other way round
        (Traits("Nora Quill", date(1985, 5, 8)), PROBABLE),  # one digit
        (Traits("Nora Fairlamb", BORN, "F"), PROBABLE),  # her married name
        (Traits("Nora Fairlamb", BORN, "F", frozenset({PHONE})), STRONG),
        (Traits("Nora Quill", None, "", frozenset({PHONE})), PROBABLE),
        (Traits("Nora Quill"), POSSIBLE),  # a name alone
        (Traits("", BORN), POSSIBLE),
        (Traits("", None, "", frozenset({PHONE})), POSSIBLE),  # a number alone: a household shares it
        (Traits("unknown female", None, "F", frozenset({PHONE})), POSSIBLE),
        (Traits("Nora Quill", date(1961, 9, 20)), None),  # another woman of the same name
        (Traits("Tessa Dunmore", date(1961, 9, 20), "F"), None),
        (Traits(), None),
    ],
)
def test_how_strongly_a_pair_speaks(told, confidence):
    assert compared(told).confidence is confidence


@pytest.mark.parametrize(
    "brother",
    [
        Traits("Tom Quill", None, "M", frozenset({PHONE})),
        Traits("Tom Quill", None, "", frozenset({PHONE})),
        Traits("Tom Quill", date(1982, 11, 30), "M", frozenset({PHONE, HOME})),
    ],
)
def test_the_brother_who_shares_her_telephone_is_not_she(brother):
    assert compared(brother).confidence is None


def test_a_twin_who_shares_everything_but_the_forename_is_never_more_than_possible():
    twin = Traits("Ida Quill", BORN, "F", frozenset({PHONE, HOME}))
    assert compared(twin).probability > 0.99
    assert compared(twin).confidence is POSSIBLE


@pytest.mark.parametrize(
    ("one", "other"), [("Jane", "Jean"), ("Marie", "Maria"), ("Adam", "Aidan"), ("Lily", "Lilian")]
)
def test_twins_whose_names_differ_by_a_letter_or_two_are_never_more_than_possible(one, other):
    told, record = (replace(SHE, name=f"{name} Quill") for name in (one, other))
    assert compared(told, record).confidence is POSSIBLE
    assert rules.apart(told, record)


def test_a_father_and_a_son_of_one_name_who_share_all_but_the_day_of_birth_are_never_more_than_possible():
    father = Traits("Dean Marlow", date(1955, 1, 20), "M", frozenset({PHONE, HOME}))
    son = replace(father, birth_on=date(1984, 9, 7))
    assert compared(son, father).confidence is POSSIBLE
    assert rules.apart(son, father)


MAIL = (MarkKind.EMAIL, "quill@example.org")
HANDLE = (MarkKind.ACCOUNT, "instagram:n.quill")


@pytest.mark.parametrize(
    ("told", "shared", "apart"),
    [
        (Traits("Ida Quill", BORN, "F"), HANDLE, False),  # an account is one person's, whatever she calls herself
        (Traits("Ida Quill", date(1985, 5, 8), "F"), HANDLE, False),
        (Traits("Ty Ash", BORN, "F"), HANDLE, False),  # another name altogether, and her very day of birth
        (Traits("Nora Quill", date(1961, 9, 20), "F"), HANDLE, False),
        (Traits("Norah Kwill", date(1961, 9, 20), ""), HANDLE, False),
        (
            Traits("Ida Quill", date(1982, 11, 30), "F"),
            HANDLE,
            True,
        ),  # a sister who uses it: two fields speak against her
        (Traits("Ty Ash", date(1961, 9, 20), "F"), HANDLE, True),
        (Traits("Ty Ash", None, "F"), HANDLE, True),
        (Traits("Ida Quill", BORN, "M"), HANDLE, True),
        (Traits("Nora Quill", BORN, "M"), HANDLE, True),
        (Traits("Ida Quill", BORN, "F"), PHONE, True),  # what a household shares vouches for nobody
        (Traits("Ida Quill", BORN, "F"), MAIL, True),
        (Traits("Ida Quill", BORN, "F"), HOME, True),
        (Traits("Nora Quill", date(1961, 9, 20), "F"), MAIL, True),
    ],
)
def test_an_account_vouches_for_one_field_in_doubt_and_nothing_else_does(told, shared, apart):
    told, record = (replace(one, marks=frozenset({shared})) for one in (told, replace(SHE, marks=frozenset())))
    assert rules.apart(told, record) is rules.apart(record, told) is apart
    assert (compared(told, record).confidence in (None, POSSIBLE)) or not apart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            Traits("Nora Quill", None, "F", frozenset({PHONE, HOME})),
            Traits("Tom Quill", None, "M", frozenset({PHONE, HOME})),
        ),
        (Traits("Nora Quill", BORN, "F", frozenset({HOME})), Traits("Tessa Dunmore", None, "F", frozenset({HOME}))),
        (Traits("", None, "F", frozenset({HOME})), Traits("Nora Quill", BORN, "F", frozenset({HOME}))),
        (Traits("", None, "", frozenset({PHONE, HOME})), Traits("Nora Quill", BORN, "F", frozenset({PHONE, HOME}))),
    ],
)
def test_a_shared_telephone_and_the_address_of_a_hostel_merge_nobody(one, other):
    found = compared(one, other)
    assert found.confidence in (None, POSSIBLE)
    assert not rules.may_stand_provisionally(found)


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        (SHE, True),
        (replace(SHE, name="QUILL, Norah"), True),
        (replace(SHE, marks=frozenset()), False),  # nothing of her own besides: a namesake born the same day
        (replace(SHE, birth_on=None), False),
        (replace(SHE, birth_on=date(1985, 3, 5)), False),
        (replace(SHE, name="N Quill"), False),  # her twin's initial too
        (replace(SHE, name="Quill"), False),
        (replace(SHE, name="Nora Fairlamb"), False),
        (replace(SHE, sex="M"), False),
    ],
)
def test_a_link_stands_provisionally_only_on_a_whole_name_the_day_and_something_of_ones_own(told, stands):
    assert rules.may_stand_provisionally(compared(told)) is stands


def known_as(person: Traits, *names: str, **changes: object) -> Traits:
    """Return somebody who has other names as well."""
    marks = person.marks | {(MarkKind.OTHER_NAME, name) for name in names}
    return replace(person, marks=marks, **changes)


HE = Traits("Dean Marlow", date(1979, 2, 11), "M")


@pytest.mark.parametrize(
    ("told", "record", "confidence", "says"),
    [
        (
            replace(SHE, name="Nora Dunmore"),
            known_as(SHE, "nora dunmore"),
            STRONG,
            "same name, by a former name or an alias",
        ),
        (known_as(SHE, "nora quill", name="Nora Fairlamb"), SHE, STRONG, "same name, by a former name or an alias"),
        (known_as(HE, "ty ash", name=""), known_as(HE, "ty ash"), STRONG, "same name, by a former name or an alias"),
        (
            replace(HE, name="Tye Ash"),
            known_as(HE, "ty ash"),
            STRONG,
            "sounds or is spelt alike, by a former name or an alias",
        ),
        (HE, known_as(HE, "ty ash"), STRONG, "same name"),  # the name itself says more
        (replace(HE, name="Bo Hale"), known_as(HE, "ty ash"), POSSIBLE, "another name"),
        (known_as(HE, "ty ash", name="", birth_on=None), HE, None, "not known"),
    ],
)
def test_a_former_name_or_an_alias_is_a_name(told, record, confidence, says):
    found = rules.compare(told, record, WEIGHTS)
    assert found.confidence is confidence if confidence else found.confidence in (None, POSSIBLE)
    assert found.evidence[0].comparison == says
    assert (found.evidence[0].as_told, found.evidence[0].on_record) == (told.name, record.name), "nothing else is shown"
    assert rules.compare(record, told, WEIGHTS).weight == found.weight


def test_nothing_stands_provisionally_by_an_alias_alone():
    assert rules.may_stand_provisionally(rules.compare(SHE, SHE, WEIGHTS))
    assert not rules.may_stand_provisionally(
        rules.compare(replace(SHE, name="Ty Ash"), known_as(SHE, "ty ash"), WEIGHTS)
    )


@pytest.mark.parametrize(
    ("names", "apart"), [((), True), (("jane quill",), False), (("ty ash",), True), (("jane fairlamb",), False)]
)
def test_a_twin_is_apart_unless_she_goes_by_the_name(names, apart):
    jane, jean = replace(SHE, name="Jane Quill"), replace(SHE, name="Jean Quill")
    assert rules.apart(jane, known_as(jean, *names)) is rules.apart(known_as(jean, *names), jane) is apart


@given(
    st.builds(Traits, st.sampled_from(["Nora Quill", "Jane Quill", ""])),
    st.lists(st.sampled_from(["ty ash", "jane quill"])),
)
def test_another_name_never_speaks_against_anybody(told, names):
    assert rules.compare(told, known_as(SHE, *names), WEIGHTS).weight >= rules.compare(told, SHE, WEIGHTS).weight


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("instagram:dean_m", "instagram:dean_m", True),
        ("dean_m", "instagram:dean_m", True),  # a platform that nobody told is not known, not another
        ("snapchat:dean_m", "instagram:dean_m", False),
        ("dean_m", "dean_m", True),
        ("instagram:dean_m", "instagram:dean", False),
    ],
)
def test_an_account_is_one_name_on_one_platform(one, other, same):
    he, record = (replace(HE, name="", marks=frozenset({(MarkKind.ACCOUNT, key)})) for key in (one, other))
    assert (rules.compare(he, record, WEIGHTS).levels["account"] == "same") is same
    assert (rules.compare(record, he, WEIGHTS).levels["account"] == "same") is same


@pytest.mark.parametrize("mark", [(MarkKind.VEHICLE, "AB12CDE"), (MarkKind.ACCOUNT, "instagram:dean_m")])
def test_a_name_with_a_car_or_an_account_is_probably_he_and_neither_alone_is(mark):
    record = replace(HE, marks=frozenset({mark}))
    told = replace(record, birth_on=None, sex="")
    assert rules.compare(told, record, WEIGHTS).confidence in (PROBABLE, STRONG)
    assert rules.compare(replace(told, name=""), record, WEIGHTS).confidence in (None, POSSIBLE)
    assert rules.compare(replace(told, name="Tom Marlow"), record, WEIGHTS).confidence in (None, POSSIBLE)


def test_a_common_name_says_less_and_a_rare_one_no_more_than_average():
    common = replace(WEIGHTS, common={"nora quill": 0.0032})
    usual, less = (rules.compare(SHE, SHE, by) for by in (WEIGHTS, common))
    assert usual.weight - less.weight == pytest.approx(4, abs=0.01)  # 0.0032 is sixteen times the average 0.0002
    assert less.evidence[0].comparison == "same name, a common one"
    other = replace(SHE, name="Tessa Dunmore")
    assert rules.compare(other, other, common).weight == rules.compare(other, other, WEIGHTS).weight


@given(st.builds(Traits, st.sampled_from(["Nora Quill", "Jane Quill", "J Quill", ""]), st.none() | st.just(BORN)))
def test_who_is_apart_is_never_more_than_possible(told):
    if rules.apart(told, SHE):
        assert compared(told).confidence in (None, POSSIBLE)


def test_a_man_of_her_name_and_day_is_never_more_than_possible():
    assert compared(replace(SHE, sex="M")).confidence is POSSIBLE


@pytest.mark.parametrize(
    ("told", "record", "level"),
    [
        ("Nora Quill", "Nora Quill", "same"),
        ("nora  QUILL", "Quill, Nora", "same"),
        ("Dr Nora Quill", "Nora Quill", "same"),
        ("Kate Quill", "Catherine Quill", "short_form"),
        ("Dean Jon Marlow", "John Dean Marlow", "reordered"),
        ("Marlow Dean", "Dean Marlow", "reordered"),
        ("Nora Jane Quill", "Nora Quill", "part"),
        ("Norah Quill", "Nora Quill", "alike"),
        ("Philip Reed", "Filip Reid", "alike"),
        ("Reed Philip", "Philip Reid", "alike"),
        ("Nora", "Nora Quill", "one_word"),
        ("Nora Fairlamb", "Nora Quill", "other_family_name"),
        ("Tom Quill", "Nora Quill", "other_forename"),
        ("Tessa Dunmore", "Nora Quill", "different"),
        ("J Quill", "Jane Quill", "one_word"),  # an initial speaks for little, and against nothing
        ("K Quill", "Jane Quill", "other_forename"),
        ("Mhai Quill", "Mhairi Quill", "alike"),  # a desk cuts forenames short
        ("Mha Quil", "Mhairi Quill", "alike"),
        ("Mh Quill", "Mhairi Quill", "one_word"),
        ("Mair Quill", "Mhairi Quill", "alike"),
        ("Mar Quill", "Mary Quill", "alike"),
        ("Jo Quill", "Johanna Quill", "other_forename"),  # short for other names, and so no beginning of this one
        ("Quil", "Jane Quill", "one_word"),  # no forename was told: that is no other one
        ("Wiggs", "Wigsg", "one_word"),
        ("Aym Dudley", "Amy Dudley", "alike"),
        ("Tim Dudley", "Tom Dudley", "other_forename"),
        ("Jane Quill", "Jean Quill", "other_forename"),  # two established forenames are two, however alike
        ("Marie Quill", "Maria Quill", "other_forename"),
        ("Sara Quill", "Sarah Quill", "alike"),
        ("Yousef Quill", "Yusuf Quill", "short_form"),
        ("Muhammad Khan", "محمد Khan", "short_form"),
        ("Дмитрий Иванов", "Dmitriy Ivanov", "same"),
        ("Dmitry Ivanov", "Дмитрий Иванов", "short_form"),
        ("Νίκος Παππάς", "Nikos Pappas", "same"),
        ("", "Nora Quill", None),
        ("unknown male, possibly ex", "Dean Marlow", None),
        ("N/K", "Dean Marlow", None),
    ],
)
def test_how_names_compare(told, record, level):
    assert rules.name_level(told, record) == level


#: Letters that nothing transliterates, a handful of each script: no one word is written in two of them.
SCRIPTS = ("王小明李", "김철수가", "משהכנ", "สมชายพ", "たなかが", "ਗਰਪਤਨ", "አበቢቂላ", "გიორი")
IN_ANY_SCRIPT = st.sampled_from(SCRIPTS).flatmap(
    lambda letters: st.lists(st.text(letters, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)
)


@given(IN_ANY_SCRIPT)
def test_a_name_in_letters_that_nothing_transliterates_is_a_name_and_its_own(name):
    assert rules.is_name(name)
    assert rules.name_level(name, name) == "same"
    assert rules.keys(Traits(name))


@pytest.mark.parametrize(
    ("told", "record", "level"),
    [
        ("王小明", "Wang Xiaoming", None),  # the same man perhaps: nothing can be compared
        ("田中", "たなか", None),
        ("王小明", "王小红", "different"),  # brother and sister: one letter is a whole word
        ("김철수", "김철호", "different"),
        ("გიორგი ბერიძე", "გიორგი ბერიძი", "alike"),
        ("王小明", "David 王小明", "one_word"),
        ("David 王小明", "David Wang", None),
    ],
)
def test_what_is_written_in_two_scripts_neither_agrees_nor_differs(told, record, level):
    assert rules.name_level(told, record) == rules.name_level(record, told) == level
    assert rules.apart(Traits(told), Traits(record)) is (level == "different")


def test_one_word_of_a_name_that_nothing_transliterates_finds_the_whole():
    assert rules.keys(Traits("כהן")) & rules.keys(Traits("משה כהן"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Pat", "Patrick"), ("Pat", "Patricia"), ("Sam", "Samuel"), ("Sam", "Samantha"), ("Jo", "Joanne")),
        *(("Jo", "Joanna"), ("Jo", "Joseph"), ("Chris", "Christopher"), ("Chris", "Christine"), ("Mo", "Mohammed")),
        *(("Mo", "Muhammad"), ("Nikki", "Nicola"), ("Charlie", "Charles"), ("Charlie", "Charlotte")),
        *(("Kasia", "Katarzyna"), ("Sasha", "Alexander"), ("Sasha", "Alexandra"), ("Sasha", "Александр")),
        *(("Yulia", "Julia"), ("Юлия", "Julia"), ("Aleksandr", "Alexander"), ("Oleksandr", "Alexander")),
        *(("Ali", "علي"), ("Siobhan", "Shivaun"), ("Alex", "Alexandra"), ("Harry", "Henry")),
    ],
)
def test_a_forename_that_may_be_short_for_another_does_not_contradict_it(one, other):
    told, record = (replace(SHE, name=f"{name} Quill", sex="") for name in (one, other))
    assert rules.name_level(told.name, record.name) in {"short_form", "alike"}
    assert rules.name_level(record.name, told.name) == rules.name_level(told.name, record.name)
    assert not rules.apart(told, record)
    assert rules.keys(told) & rules.keys(record)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Patricia", "Patrick"), ("Samuel", "Samantha"), ("Joanne", "Joanna"), ("Joseph", "Joanna")),
        *(("Christopher", "Christine"), ("Charles", "Charlotte")),
    ],
)
def test_two_long_forms_of_one_short_form_are_still_two_names(one, other):
    assert rules.name_level(f"{one} Quill", f"{other} Quill") == "other_forename"


@pytest.mark.parametrize(
    ("told", "record"),
    [("محمد علي", "Mohammed Ali"), ("علي حسن", "Ali Hassan"), ("Александр Петров", "Alexander Petrov")],
)
def test_a_name_and_its_english_spelling_share_a_key_and_are_alike(told, record):
    assert rules.keys(Traits(told)) & rules.keys(Traits(record))
    assert rules.name_level(told, record) == "alike"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        *((text, False) for text in ("Not Provided", "REFUSED", "Joy Refused", "Not given", "Name withheld")),
        *((text, False) for text in ("Police Officer", "Police", "Regina", "REX", "The Crown", "Crown")),
        *((text, False) for text in ("Tesco Stores Ltd", "Quill Limited", "Quill & Daughters PLC", "Quill Ash LLP")),
        *((text, False) for text in ("Northmoor Council", "Northmoor Borough Council", "Northmoor Constabulary")),
        *((text, False) for text in ("Northmoor Police", "Northmoor NHS Trust", "St Mary's School", "The School")),
        *((text, False) for text in ("University of Northmoor", "Northmoor General Hospital", "Hospital")),
        *((text, False) for text in ("Company", "Organisation", "Business", "A local business")),
        *((name, True) for name in ("Anna Church", "Ben Crown", "Regina Falk", "Shay Given", "Tom Hall", "Rex Marlow")),
        *((name, True) for name in ("Joy Store", "Amit Trust", "Ann Parish", "Jane Bank", "Guy Pound", "Will Officer")),
        ("Mark Council", True),  # a forename everybody knows and one word more: somebody of that rare surname
        ("Jane Police", True),
        ("Jane Council Ltd", False),
    ],
)
def test_an_organisation_or_a_remark_names_nobody(text, named):
    assert rules.is_name(text) is named
    assert (rules.name_level(text, text) is not None) is named


@pytest.mark.parametrize(
    ("told", "level"),
    [
        (BORN, "same"),
        (date(1985, 3, 5), "swapped"),
        (date(1985, 5, 8), "one_digit"),
        (date(1986, 5, 3), "one_digit"),
        (date(1985, 11, 28), "same_year"),
        (date(1961, 9, 20), "different"),
        (date(1984, 1, 1), "same_year"),  # an age, or a year alone
        (date(1983, 1, 1), "different"),
        (None, None),
    ],
)
def test_how_days_of_birth_compare(told, level):
    assert rules.birth_level(told, BORN) == level


@pytest.mark.parametrize(
    ("mark", "says", "sign"),
    [
        (PHONE, "same number (households share)", 1),
        (OTHER_PHONE, "another number", -1),
        (HOME, "same address (households share)", 1),
        ((MarkKind.ADDRESS, "NM12AB 9"), "same postcode, or at least three of the same words", 1),
        ((MarkKind.ADDRESS, "SM45CD 1"), "another address", -1),
        ((MarkKind.ADDRESS, "4 lantern row"), "another address", -1),
    ],
)
def test_how_numbers_and_addresses_compare(mark, says, sign):
    evidence = {each.field: each for each in compared(Traits(marks=frozenset({mark}))).evidence}
    found = evidence[str(mark[0])]
    assert found.comparison == says
    assert (found.weight > 0) == (sign > 0)


@pytest.mark.parametrize(
    ("told", "near"),
    [
        ("14 high street blackburn lancashire", True),  # the county is told besides
        ("14 hgih street blackburn", True),
        ("96 high street blackburn", True),
        ("14 high street", True),
        ("14 mill street preston", False),
        ("14 blackburn road", False),
    ],
)
def test_two_addresses_without_a_postcode_are_near_by_three_words_and_more_is_not_said(told, near):
    """Of another house, or in another street of the town: “much the same” would be false of it."""
    mine, theirs = (frozenset({(MarkKind.ADDRESS, key)}) for key in ("14 high street blackburn", told))
    for one, other in ((mine, theirs), (theirs, mine)):
        found = rules.compare(Traits(marks=one), Traits(marks=other), WEIGHTS)
        assert found.levels["address"] == ("same_postcode" if near else "different")
        said = {each.field: each.comparison for each in found.evidence}["address"]
        assert said == ("same postcode, or at least three of the same words" if near else "another address")
    for part in ("victim", "subject"):
        assert NEARLY[part, "address"] == f"the postcode or at least three words of the {part}’s address"


def test_a_file_of_weights_from_before_says_nothing_of_another_account():
    before = weights.as_toml(WEIGHTS, says="As trained then.").replace(
        "[account.different]\nm = 0.50000000\nu = 0.50000000\n", ""
    )
    assert "account.different" not in before
    assert weights.parse(before, where="north.toml").fields == WEIGHTS.fields


def test_another_car_or_account_says_nothing_since_people_have_many():
    car = (MarkKind.VEHICLE, "AB12CDE")
    record = replace(SHE, marks=frozenset({car, (MarkKind.ACCOUNT, "quillnora")}))
    told = Traits(marks=frozenset({(MarkKind.VEHICLE, "XY34ZZZ"), (MarkKind.ACCOUNT, "somebody")}))
    assert compared(told, record).weight == 0
    assert compared(Traits(marks=frozenset({car})), record).weight > 7


def test_the_weight_of_a_field_is_the_logarithm_of_m_over_u():
    """Fellegi and Sunter (1969), with bits for the unit: m 0.88, u 0.00007."""
    by_hand = rules.compare(Traits(birth_on=BORN), SHE, weights.by_hand())
    [evidence] = [each for each in by_hand.evidence if each.field == "birth"]
    assert evidence.weight == round(log2(0.88 / 0.00007), 2) == 13.62


def test_weights_add_up_and_the_prior_turns_them_into_a_probability():
    found = compared(Traits("Nora Quill", BORN, "F"))
    assert found.weight == pytest.approx(sum(each.weight for each in found.evidence))
    odds = WEIGHTS.prior / (1 - WEIGHTS.prior) * 2**found.weight
    assert found.probability == pytest.approx(odds / (1 + odds))


NAMES = st.sampled_from(["", "Nora Quill", "Norah Quill", "Tom Quill", "Nora Fairlamb", "unknown", "Tessa Dunmore"])
BIRTHS = st.none() | st.dates(date(1980, 1, 1), date(1990, 12, 31))
MARKS = st.frozensets(st.sampled_from([PHONE, OTHER_PHONE, HOME, (MarkKind.EMAIL, "n@example.org")]))
TRAITS = st.builds(Traits, NAMES, BIRTHS, st.sampled_from(["", "F", "M"]), MARKS)


@given(TRAITS, TRAITS)
def test_comparing_works_both_ways(one, other):
    assert compared(one, other).weight == pytest.approx(compared(other, one).weight)


@given(TRAITS, TRAITS)
def test_a_field_that_one_side_does_not_know_weighs_nothing(told, record):
    for evidence in compared(told, record).evidence:
        if not evidence.as_told or not evidence.on_record:
            assert evidence.weight == 0
            assert evidence.comparison == "not known"


@given(TRAITS)
def test_nothing_known_speaks_neither_for_nor_against(record):
    assert compared(Traits(), record).weight == 0


@given(TRAITS, TRAITS)
def test_forgetting_a_field_takes_away_its_weight_and_no_other(told, record):
    whole = compared(told, record)
    without = compared(replace(told, birth_on=None), record)
    birth = sum(each.weight for each in whole.evidence if each.field == "birth")
    assert without.weight == pytest.approx(whole.weight - birth)


@given(TRAITS, TRAITS)
def test_every_strong_pair_shares_a_key(told, record):
    """Nobody is compared who shares no key; so a strong pair that shares none would never be found."""
    if compared(told, record).confidence is STRONG:
        assert rules.keys(told) & rules.keys(record)


def test_a_number_plate_is_found_in_what_was_told():
    assert rules.plates_in("He sat in AB12 CDE, later ab12cde; order 1234 ABC") == ("AB12 CDE", "ab12cde")


# ---- the file of weights ------------------------------------------------------------------------------------------


def test_every_level_of_the_shipped_weights_has_words_and_a_place_in_the_file():
    named = {(field, level) for field, levels in weights.LEVELS.items() for level in levels}
    assert named == set(rules.WORDS)
    assert {field: tuple(levels) for field, levels in WEIGHTS.fields.items()} == dict(weights.LEVELS)


@pytest.mark.parametrize("field", ["name", "birth", "sex", "phone", "email", "address"])
def test_the_shares_of_one_persons_pairs_add_up_to_about_one(field):
    assert sum(weight.m for weight in weights.by_hand().fields[field].values()) == pytest.approx(1, abs=0.011)


def test_the_shipped_model_says_what_it_was_trained_on():
    card = WEIGHTS.card
    assert (card.version, card.records) == ("2026.1", 45_000)
    assert "invented records" in card.trained_on
    assert len(card.sha256) == 64


def test_no_agreement_that_a_household_shares_counts_for_more_than_by_hand():
    for field, level in (("phone", "same"), ("address", "same"), ("name", "same")):
        assert rules.weight_of(WEIGHTS, field, level) <= rules.weight_of(weights.by_hand(), field, level) + 1e-6


def test_weights_survive_being_written_and_read_again(tmp_path):
    text = weights.as_toml(WEIGHTS, says="A test.")
    (tmp_path / "northmoor.toml").write_text(text)
    assert weights.of_site(tmp_path, "northmoor") == WEIGHTS
    assert weights.of_site(tmp_path, "southmere") is WEIGHTS


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("prior = 0.0002", "prior = 2"), "prior is 2; write a number between 0 and 1"),
        (("prior = 0.0002", "prior ="), "is not TOML"),
        (("[birth.one_digit]", "[birth.two_digits]"), r"\[birth.one_digit\] is missing or unknown"),
        (("[account.same]", "[shoes.same]"), r"names \[shoes\]"),
        (("m = 0.88", "m = 1.5"), "birth.same.m must be a number between 0 and 1"),
        (("u = 0.00007", 'u = "rare"'), "birth.same.u must be a number between 0 and 1"),
        (("[name.same]", "[thresholds]\nstrong = 0.5\n[name.same]"), "thresholds must rise from possible"),
        (("[name.same]", "[thresholds]\nsure = 0.5\n[name.same]"), "thresholds.sure is unknown"),
        (("[name.same]", "[common_names]\n'jo quill' = 3\n[name.same]"), "common_names.'jo quill' must be a number"),
    ],
)
def test_a_file_of_weights_that_cannot_be_used_names_the_entry(change, says):
    from importlib import resources

    text = resources.files("fourfold.linkage").joinpath("weights.toml").read_text()
    assert change[0] in text
    with pytest.raises(InvalidWeights, match=says):
        weights.parse(text.replace(*change), where="site.toml")


@given(st.sampled_from(LIKE_EACH_OTHER), st.sampled_from(LIKE_EACH_OTHER), st.booleans())
@settings(max_examples=600)
def test_who_is_likely_is_who_compares_as_probable(one: Traits, other: Traits, common: bool) -> None:
    """The short question gives the answer of the long one, for every pair and where the name is a common one."""
    by = replace(weights.shipped(), common={"jane quill": 0.01}) if common else weights.shipped()
    assert rules.Likely(by)(one, other) is (rules.compare(one, other, by).confidence in rules.LIKELY)


@given(st.sampled_from(LIKE_EACH_OTHER), st.sampled_from(LIKE_EACH_OTHER))
def test_whom_the_sex_or_the_day_of_birth_tells_apart_is_likely_nobody(one: Traits, other: Traits) -> None:
    """What is left out before a report is read in full would not have walled it."""
    said = {"name": one.name, "birth": f"{one.birth_on or ''}", "sex": one.sex}
    told, on = tuple(said.get(name, "") for name in NAMES_OF_EACH), date(2026, 11, 23)
    read = rules.traits_told(told, (), (), on)
    assert read == replace(one, marks=frozenset())
    if rules.are_apart_from_all(told, [other], on):
        assert not rules.Likely(weights.shipped())(read, other)


def test_some_are_told_apart_by_the_sex_or_the_day_of_birth_from_all_and_not_from_one() -> None:
    told, on = tuple({"birth": "3 May 1985", "sex": "F"}.get(name, "") for name in NAMES_OF_EACH), date(2026, 11, 23)
    man, older, like = Traits(sex="M"), Traits(birth_on=date(1960, 2, 7)), Traits(birth_on=date(1985, 5, 3), sex="F")
    assert rules.are_apart_from_all(told, [man, older], on)
    assert not rules.are_apart_from_all(told, [man, like, older], on)
    assert not rules.are_apart_from_all(told, [man, Traits("Nora Quill")], on), "what is not known tells nobody apart"
