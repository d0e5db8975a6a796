"""When two spellings are one person's: tables of names, sounds, numbers, doors, cars and days of birth."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.linkage.rules.names import _lettered
from fourfold.people.rules import identifiers, names, phonetics
from fourfold.people.rules.birth_dates import parse_birth
from fourfold.people.rules.identifiers import KEYS
from fourfold.people.terms import InvalidBirth, MarkKind

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Karlsen", "KARLSEN, Anna"),
        ("Anna Karlsen", "karlsen anna"),
        ("Ms Anna Karlsen", "Anna Karlsen"),
        ("Siobhan O'Neill", "Siobhan ONeill"),
        ("Siobhan O’Neill", "Siobhan O'Neill"),
        ("Zoë Müller", "Zoe Muller"),
        ("Anna Karlsen-Byrne", "Anna Karlsen Byrne"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
        ("Søren Strauß", "Soren Strauss"),
        ("Liz Harrow", "Elizabeth Harrow"),
        ("Bob Harrow", "Harrow, Robert"),
        ("Mohammad Iqbal", "Muhammad Iqbal"),
        ("Dr. J. Harrow Jr.", "J Harrow"),
        ("  Anna   Karlsen ", "Anna Karlsen"),
    ],
)
def test_two_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert names.name_key(one) == names.name_key(other) != ""


@given(st.text(alphabet="aAbMmRrSsZ 019", max_size=20))
def test_the_short_way_through_bare_letters_leads_to_the_same_words(text: str) -> None:
    assert names.plain_words(text) == names.plain_words(f"{text}'"), "a mark that is left out takes the long way"
    assert _lettered(text) == _lettered(f"{text}'")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Karlsen", "Anna Carlton"),
        ("Anna Karlsen", "Hanna Karlsen"),
        ("Anna Karlsen", "Anna Maria Karlsen"),
        ("Anna Karlsen", ""),
    ],
)
def test_two_names_have_two_keys(one: str, other: str) -> None:
    assert names.name_key(one) != names.name_key(other)


@pytest.mark.parametrize(
    ("known", "text", "left"),
    [
        ("Nora Quill", "Not to contact QUILL, Nora or Ms Quill’s mother.", "Not to contact [x] or Ms [x] mother."),
        ("Núria O'Neill", "Nu\u0301ria; nuria ONeill, O'Neill-Byrne", "[x]; [x]"),
        ("Catherine Will", "You will not write to Kate Will or catherine.", "You will not write to [x] or [x]."),
        ("May N", "You may not go to N Street in May.", "You may not go to N Street in [x]."),
        ("Ann Hale", "He planned to inhale.", "He planned to inhale."),
        ("", "Not to contact anybody.", "Not to contact anybody."),
    ],
)
def test_a_name_is_left_out_however_it_is_written(known: str, text: str, left: str) -> None:
    assert names.without_names(text, [known], instead="[x]") == left


@given(st.text(max_size=300))
def test_a_name_key_can_be_made_of_anything_and_made_again(text: str) -> None:
    key = names.name_key(text)
    assert len(key) <= 160
    assert names.name_key(key) == key
    assert names.name_key(text.upper().swapcase()) == names.name_key(text.upper().lower())


@given(st.lists(st.sampled_from(["Anna", "Maria", "Karlsen", "Byrne"]), unique=True, min_size=1))
def test_the_order_of_the_words_does_not_matter(words: list[str]) -> None:
    assert names.name_key(" ".join(words)) == names.name_key(" ".join(reversed(words)))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Anna Karlsen", ("Anna", "Karlsen", "")),
        ("Anna Maria Karlsen", ("Anna", "Karlsen", "Maria")),
        ("Karlsen, Anna Maria", ("Anna", "Karlsen", "Maria")),
        ("KARLSEN Anna Maria", ("Anna", "KARLSEN", "Maria")),
        ("Anna Maria KARLSEN", ("Anna", "KARLSEN", "Maria")),
        ("ANNA KARLSEN", ("ANNA", "KARLSEN", "")),
        ("Jan van der Berg", ("Jan", "van der Berg", "")),
        ("Van Morris", ("Van", "Morris", "")),
        ("Mrs Karlsen", ("", "Karlsen", "")),
        ("Karlsen", ("", "Karlsen", "")),
        ("", ("", "", "")),
        ("Mr", ("", "", "")),
        ("O'Neill-Byrne, Siobhan", ("Siobhan", "O'Neill-Byrne", "")),
    ],
)
def test_a_name_is_taken_apart_as_written(name: str, parts: tuple[str, str, str]) -> None:
    assert names.split_name(name) == parts


@pytest.mark.parametrize(
    "alike",
    [
        ("smith", "smyth", "smythe", "smit", "smithe"),
        ("reid", "reed", "read", "reade"),
        ("philip", "phillip", "filip", "philipp"),
        ("wright", "right", "rite"),
        ("mcdonald", "macdonald"),
        ("thompson", "tompson"),
        ("thomas", "tomas"),
        ("stephen", "steven", "stefan"),
        ("knight", "night", "nite"),
        ("clark", "clarke"),
        ("catherine", "kathryn", "katherine"),
        ("harris", "haris"),
        ("lee", "leigh", "lea"),
        ("vaughan", "vaughn"),
        ("jeffrey", "geoffrey"),
        ("schmidt", "schmitt"),
        ("white", "whyte", "wite"),
    ],
)
def test_names_that_are_confused_on_the_telephone_sound_alike(alike: tuple[str, ...]) -> None:
    assert len({phonetics.sound_of(name) for name in alike}) == 1, {name: phonetics.sound_of(name) for name in alike}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("smith", "simmonds"),
        ("reid", "rees"),
        ("harris", "harrison"),
        ("clark", "clough"),
        ("mason", "nason"),
        ("brown", "braun-li"),
        ("green", "greer"),
    ],
)
def test_names_that_differ_to_the_ear_do_not_sound_alike(one: str, other: str) -> None:
    assert phonetics.sound_of(one) != phonetics.sound_of(other)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=60))
def test_a_sound_is_short_and_plain(word: str) -> None:
    sound = phonetics.sound_of(word)
    assert len(sound) <= 2 * len(word)
    assert sound == "" or sound.isalnum()
    assert sound == sound.upper()


def test_the_sound_of_a_name_is_that_of_the_family_name() -> None:
    assert names.sound_key("Smythe, John") == names.sound_key("John Smith") != ""
    assert names.sound_key("Mary Smith") == names.sound_key("John Smith")
    assert names.sound_key("") == ""


def test_a_name_said_in_another_order_is_found_by_one_of_its_sounds() -> None:
    assert names.sound_key("Anna Karlsen") in names.sound_keys("Karlsen Anna")
    assert names.sound_key("Siobhan O'Neill-Byrne") in names.sound_keys("Siobhan ONeill Byrne O'Neill-Byrne")
    assert names.sound_keys("") == ()


@pytest.mark.parametrize(
    "number",
    [
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "+4407700900123",
        "0044 7700 900 123",
        "447700900123",
        "(07700) 900-123",
        "7700900123",
        "07700 900123 / 020 7946 0000",
        "mob: 07700 900123",
        "07700 900123 ext 4",
    ],
)
def test_a_british_number_has_one_key_however_it_is_written(number: str) -> None:
    assert identifiers.phone_key(number) == "+447700900123"


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("020 7946 0000", "+442079460000"),
        ("+353 1 496 0000", "+35314960000"),
        ("001 312 555 0100", "+13125550100"),
        ("+353 (0)1 496 0000", "+35314960000"),
        ("+48 22 555 01 00", "+48225550100"),
        ("+999 12345678", ""),  # no country has this code
        ("+353 12", ""),
        ("", ""),
        ("none", ""),
        ("101", ""),
        ("999", ""),
        ("withheld", ""),
        ("0770", ""),
        ("ask her sister on Friday 3 May 1985 at 10", ""),
        ("+", ""),
    ],
)
def test_a_number_that_is_none_has_no_key(number: str, key: str) -> None:
    assert identifiers.phone_key(number) == key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Anna.Karlsen@Example.org", "anna.karlsen@example.org"),
        ("<anna.karlsen@example.org>", "anna.karlsen@example.org"),
        ("mailto:anna.karlsen@example.org", "anna.karlsen@example.org"),
        ("anna.karlsen+shop@example.org", "anna.karlsen@example.org"),
        ("a.n.n.a@gmail.com", "anna@gmail.com"),
        ("anna@googlemail.com", "anna@gmail.com"),
        ("a.n.n.a@example.org", "a.n.n.a@example.org"),
        ("anna at example", ""),
        ("@example.org", ""),
        ("+x@example.org", ""),
        ("", ""),
    ],
)
def test_a_mailbox_has_one_key(address: str, key: str) -> None:
    assert identifiers.email_key(address) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Acacia Avenue, Northmoor, NM1 1AA", "12 acacia ave, NM11AA"),
        ("Flat 3, 12 Acacia Avenue, NM1 1AA", "3/12 Acacia Avenue NM1 1AA"),
        ("12a High St., NM1 1AA", "12A High Street NM1 1AA"),
        ("Rose Cottage, Mill Ln, NM1 1AA", "The Rose Cottage, Mill Lane, NM1 1AA"),
        ("12 Acacia Rd, Northmoor", "12 Acacia Road Northmoor"),
    ],
)
def test_one_door_has_one_key(one: str, other: str) -> None:
    assert identifiers.address_key(one) == identifiers.address_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Acacia Avenue, NM1 1AA", "14 Acacia Avenue, NM1 1AA"),
        ("12 Acacia Avenue, NM1 1AA", "12 Acacia Avenue, NM1 1AB"),
        ("12 Acacia Avenue, Northmoor", "12 Acacia Avenue, Southmere"),
    ],
)
def test_two_doors_have_two_keys(one: str, other: str) -> None:
    assert identifiers.address_key(one) != identifiers.address_key(other)


def test_a_town_alone_is_no_address() -> None:
    assert identifiers.address_key("Northmoor") == ""
    assert identifiers.address_key("") == ""
    assert identifiers.postcode_of("12 Acacia Avenue") == ""


@pytest.mark.parametrize(
    ("plate", "key"),
    [
        ("AB12 CDE", "AB12CDE"),
        ("ab12cde", "AB12CDE"),
        ("ABI2 CDE", "AB12CDE"),
        ("A812 CDE", "A812CDE"),
        ("LO20 OOO", "LO20OOO"),
        ("L020 000", "LO20OOO"),
        ("P123 XYZ", "P123XYZ"),
        ("1", ""),
        ("", ""),
        ("FORD", ""),  # a make
        ("a red car with a dent in it", ""),
    ],
)
def test_a_number_plate_has_one_key(plate: str, key: str) -> None:
    assert identifiers.vehicle_key(plate) == key


@pytest.mark.parametrize(
    ("account", "key", "handle"),
    [
        ("@Jo_Quill", "jo_quill", "jo_quill"),
        ("Instagram: @Jo_Quill", "instagram:jo_quill", "jo_quill"),
        ("insta:jo_quill", "instagram:jo_quill", "jo_quill"),
        ("Twitter: jo", "x:jo", "jo"),
        ("Vinted : jo", "vinted:jo", "jo"),  # a platform that nobody listed
        ("https://www.instagram.com/jo.quill/", "instagram:jo.quill", "jo.quill"),
        ("tiktok.com/@jo?lang=en", "tiktok:jo", "jo"),
        ("https://example.org/jo", "https://example.org/jo", "//example.org/jo"),
        ("07700 900123", "07700 900123", "07700 900123"),
        ("Instagram: @", "", ""),
        ("instagram:", "", ""),  # a platform alone
        ("", "", ""),
    ],
)
def test_an_account_has_one_key_with_its_platform_where_it_is_told(account: str, key: str, handle: str) -> None:
    assert identifiers.account_key(account) == key
    assert identifiers.handle_of(key) == handle


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Nora Quill", "nora quill"),
        ("QUILL, Nora Jane", "nora jane quill"),
        ("Ms Nora van der Berg", "nora van der berg"),
        ("O'Neill-Byrne, Kate", "kate oneill byrne"),
        ("Quill", ""),  # one word alone may be anybody's
        ("07700 900123", ""),
        ("", ""),
    ],
)
def test_another_name_has_one_key_which_is_a_name_itself(name: str, key: str) -> None:
    assert identifiers.key_of(MarkKind.OTHER_NAME, name) == key
    assert identifiers.key_of(MarkKind.OTHER_NAME, key) == key


def test_every_kind_of_mark_has_its_key() -> None:
    for kind, value, key in (
        (MarkKind.PHONE, "07700 900123", "+447700900123"),
        (MarkKind.EMAIL, "A@example.org", "a@example.org"),
        (MarkKind.ADDRESS, "1 Mill Ln, NM1 1AA", "NM11AA 1"),
        (MarkKind.VEHICLE, "ab12 cde", "AB12CDE"),
        (MarkKind.ACCOUNT, " @NorthMoor ", "northmoor"),
        (MarkKind.OTHER_NAME, "QUILL Nora", "nora quill"),
    ):
        assert identifiers.key_of(kind, value) == key


@pytest.mark.parametrize("key", KEYS.values())
@given(text=st.text(max_size=200))
def test_a_key_can_be_made_of_anything(key: object, text: str) -> None:
    assert len(key(text)) <= 120  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "3 May 1985",
        "3rd May 1985",
        "03 May 1985",
        "3rd of May 1985",
        "3 MAY 85",
        "03-May-1985",
        "May 3, 1985",
        "May 3rd, 1985",
        "1985-05-03",
        "1985/5/3",
        "1985-05-03 00:00:00",
        "1985-05-03T00:00:00Z",
        "19850503",
        "03/05/1985",
        "3/5/85",
        "3.5.1985",
        "03-05-1985",
        "03051985",
        " 3  may 1985. ",
    ],
)
def test_one_day_of_birth_is_read_however_it_is_written(text: str) -> None:
    assert parse_birth(text, on=TODAY) == date(1985, 5, 3)


@pytest.mark.parametrize(
    "text",
    [
        *("", "n/k", "NK", "unknown", "Not known", "-", "??", "00/00/0000", "xx/xx/xxxx"),
        *("1985", "c. 1985", "May 1985", "05/1985", "about 35", "35 years old", "41"),
    ],
)
def test_what_is_not_or_only_partly_known_is_no_day(text: str) -> None:
    assert parse_birth(text, on=TODAY) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31 February 1985", "no such day"),
        ("31/02/1985", "no such day"),
        ("29/02/2023", "no such day"),
        ("03/13/1985", "no such day"),
        ("1985-00-10", "no such day"),
        ("3 Foo 1985", "no such day"),
        ("25/11/2026", "is in the future"),
        ("2027-01-01", "is in the future"),
        ("01/01/1906", None),
        ("01/01/1905", "over 120 years ago"),
        ("the day before Christmas", "is not a date"),
        ("1/2", "is not a date"),
    ],
)
def test_a_day_that_nobody_was_born_on_is_refused(text: str, said: str | None) -> None:
    if said is None:
        assert parse_birth(text, on=TODAY) is not None
        return
    with pytest.raises(InvalidBirth, match=said) as refusal:
        parse_birth(text, on=TODAY)
    assert refusal.value.field == "birth"


@pytest.mark.parametrize(("text", "year"), [("24/11/26", 2026), ("1/1/27", 1927), ("1/1/00", 2000)])
def test_two_digits_of_a_year_mean_the_last_such_year(text: str, year: int) -> None:
    assert parse_birth(text, on=TODAY).year == year  # type: ignore[union-attr]


@given(st.dates(min_value=date(1910, 1, 1), max_value=TODAY), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]))
def test_every_day_is_read_back_as_it_was_written(day: date, form: str) -> None:
    assert parse_birth(day.strftime(form), on=TODAY) == day


@given(st.text(max_size=40))
def test_any_text_is_a_day_nothing_or_refused(text: str) -> None:
    try:
        born = parse_birth(text, on=TODAY)
    except InvalidBirth:
        return
    assert born is None or TODAY - timedelta(days=366 * 121) < born <= TODAY


#: Letters that nothing transliterates, a handful of each script, with the marks that belong to them.
OTHER_SCRIPTS = ("王小明李", "김철수가", "משהכן", "สมชายพิ", "たなかガ", "ਗੁਰਪ੍ਰੀਤ", "አበበቢቂ", "გიორი")


@pytest.mark.parametrize("word", OTHER_SCRIPTS)
def test_a_word_that_nothing_transliterates_is_its_own_key_and_sound(word: str) -> None:
    assert names.name_words(word) == [names.plain(word)]
    assert names.sound_key(f"Anna {word}") == names.plain(word)[:40]
    assert names.sound_keys(word) == (names.plain(word),)
    assert names.name_key(names.name_key(word)) == names.name_key(word) != ""
    assert len(names.sound_key(word * 20)) == 40


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ガブリエル", "ｶﾞﾌﾞﾘｴﾙ"),  # half the width, one name
        ("김철수", "\u1100\u1175\u11b7\u110e\u1165\u11af\u1109\u116e"),  # written letter by letter
        ("מֹשֶׁה כהן", "משה כהן"),  # with its vowels
        ("محـمد علي", "محمد علي"),  # drawn out
        ("გიორგი", "ᲒᲘᲝᲠᲒᲘ"),  # in capitals
    ],
)
def test_one_name_in_another_script_has_one_key_however_it_is_typed(one: str, other: str) -> None:
    assert names.name_key(one) == names.name_key(other) != ""


@pytest.mark.parametrize(("one", "other"), [("かな", "がな"), ("王小明", "王小红"), ("บุญ", "บิญ")])
def test_two_names_in_another_script_have_two_keys(one: str, other: str) -> None:
    assert names.name_key(one) != names.name_key(other)


@pytest.mark.parametrize(("arabic", "english"), [("علي", "Ali"), ("عمر", "Omar"), ("عباس", "Abbas"), ("سعيد", "Saeed")])
def test_a_name_that_begins_with_ain_sounds_as_in_english(arabic: str, english: str) -> None:
    assert names.sound_key(arabic) == names.sound_key(english)


def test_a_letter_that_nothing_transliterates_is_silent_in_a_latin_word() -> None:
    assert phonetics.sound_of("smꞌith") == phonetics.sound_of("smith")
