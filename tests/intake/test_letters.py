"""Single rows in another encoding among the others: held back where their letters cannot be what somebody wrote."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.intake.mapping_drafts import checked
from fourfold.intake.rules.feeds.letters import why_no_word
from tests.cast import NOW
from tests.intake.feeds import feed, row, small, text_of

#: Genuine names, of many languages, as far as Windows' own encoding can write them; the last with marks of their own.
NAMES = (
    *("Siân Llwyd", "Siôn Prŷs", "Gwenllïan", "Llŷr ap Rhôn", "Ffïon Tŵr", "Zoë", "Chloë Brontë", "Renée", "Hélène"),
    *(
        "François Lefèvre",
        "Benoît",
        "Anaïs",
        "Loïc",
        "L’Haÿ",
        "Œdipe",
        "Sœur",
        "Björn",
        "Jürgen Müller",
        "Weiß",
        "Ağca",
    ),
    *(
        "Søren Kjær",
        "Åsa Ångström",
        "Łukasz Wałęsa",
        "Zażółć",
        "Šimon Žižek",
        "Štefan Dvořák",
        "Tomáš",
        "Mateja Krašovec",
    ),
    *(
        "Željko",
        "DRAžEN KRAšEVEC",
        "José Muñoz",
        "Núñez",
        "João Conceição",
        "Íñigo",
        "Ángel",
        "Seán Ó Briain",
        "Niamh Ní Dhúill",
    ),
    *("Anna O’Brien", "D’Arcy", "Smith–Jones", "Isma‘il", "Sa‘id", "Jum’a", "O‘zbek", "Mª José", "McŠafář", "DeŽelan"),
    *(
        "Ayşe Çelik",
        "İbrahim",
        "Ştefănescu",
        "Nguyễn Văn",
        "Ольга Петрова",
        "محمد",
        "王小明",
        "Θεόδωρος",
        "Anna “Annie” Holt",
    ),
    *(
        "Anna\xa0Karlsen",
        "Jean-Noël",
        "Åse",
        "Ægir",
        "Þór Jónsson",
        "Ingibjörg Ýr",
        "Győző",
        "Ñandú",
        "ÀNGELS",
        "MÜLLER",
    ),
)
#: What stories say that is not ASCII and is in order.
STORIES = (
    *("a “IRMÃ” escreveu", "«IRMÃ»", "A MAÇÃ… e a IRMÃ’S", "JÄÄ…", "PÅ “ÖN”", "VanŠek"),
    *("He said “I know where you are” and left", "‘I’ll wait’, he said", "„Ich warte“, sagte er", "‚Warte‘, sagte er"),
    *(
        "«Je t’attends»",
        "‹Warte›",
        "She paid £20, €15 and 50¢",
        "at 5° – 10°, ½ a mile",
        "He waited… then left",
        "wait…then",
    ),
    *(
        "WhatsApp™ message",
        "• he called • he wrote",
        "5‰ of it",
        "¿Dónde estás? ¡Te veo!",
        "ƒ100",
        "§ 4A, ¶ 2",
        "© 2026 ®",
    ),
    *(
        "called her “slag”and left",
        "50\xa0m away, a\xa0knife",
        "10 µm",
        "† 2024",
        "the mother–daughter bond",
        "café, naïve, rôle",
    ),
    *(
        'he wrote: "je t’aime”and"',
        "Tŷ Coch, Ynys Môn, y Fenni’r",
        "ˆ means up",
        "ß, ð and þ",
        "it‘s his",
        "£5 to £10",
        "œuvre",
    ),
)
#: Names whose letters have been in the old encodings of which the rows of a feed are left over.
DOS = (
    *(
        "José",
        "Renée",
        "Zoë",
        "Siân",
        "Björn",
        "François",
        "Hélène",
        "Anaïs",
        "Benoît",
        "García",
        "Sinéad Ó Dónal",
        "Jesús",
    ),
    *(
        "Muñoz",
        "Jürgen",
        "André Roux",
        "Jäger",
        "Siôn",
        "Élodie",
        "Gwenllïan",
        "Ciarán",
        "Siobhán",
        "Dáithí",
        "Måns",
        "Søren",
    ),
)
MACINTOSH = (
    *(
        "José",
        "Renée",
        "Siân",
        "Siôn",
        "François",
        "Hélène",
        "Zoë",
        "Chloë",
        "Raphaël",
        "Müller",
        "Muñoz",
        "Núñez",
        "Söderström",
    ),
    *("Bjørn", "Jäger", "Måns", "Weißer", "Íñigo Jäger"),
)
#: What nobody can tell from a genuine name: a letter of the one is a letter of the other.
AMONG_LETTERS = {"Söderström"}


def said(cell: str, *, is_name: bool = True) -> str | None:
    """Judge a cell as one of a file in Windows' own encoding."""
    return why_no_word(cell, encoding="cp1252", is_name=is_name)


@pytest.mark.parametrize("name", NAMES)
def test_a_genuine_name_is_no_alarm(name: str) -> None:
    assert said(name) is None
    assert said(name.upper()) is None
    assert said(f"He wrote to {name} again", is_name=False) is None


@pytest.mark.parametrize("story", STORIES)
def test_ordinary_quotes_and_signs_are_no_alarm(story: str) -> None:
    assert said(story, is_name=False) is None


@pytest.mark.parametrize(
    ("name", "encoding"), [*((name, "cp850") for name in DOS), *((name, "mac_roman") for name in MACINTOSH)]
)
def test_a_row_of_an_old_system_waits(name: str, encoding: str, tmp_path: Path) -> None:
    rows = [row(str(number), Name="Zoë O’Brien") for number in range(60)]
    content = text_of(rows).encode("cp1252") + text_of([row("99", Name=name)]).partition("\n")[2].encode(encoding)
    found = checked(feed(tmp_path, content), small(file={"encoding": "cp1252"}), at=NOW)
    if name in AMONG_LETTERS:
        assert found.held.total() == 0
        return
    assert (found.accepted, dict(found.held)) == (60, {"encoding": 1})
    (held,) = found.examples["encoding"]
    assert (held.number, held.column) == (62, "Name")
    assert name not in held.reason
    assert not any(part in held.reason for part in name.split()), "the reason is shown around"


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "cp1252"])
@pytest.mark.parametrize("name", ["José", "Renée", "Siân"])
def test_a_row_of_another_encoding_among_utf8_waits(name: str, encoding: str, tmp_path: Path) -> None:
    rows = [row(str(number), Name="Zoë") for number in range(60)]
    content = text_of(rows).encode() + text_of([row("99", Name=name)]).partition("\n")[2].encode(encoding)
    assert dict(checked(feed(tmp_path, content), small(), at=NOW).held) == {"encoding": 1}


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("Jos‚", "“‚” stands inside a word. It is “é” in MS-DOS (cp850). The row was probably not saved in cp1252"),
        ("RenŽe", "It is “é” in an old Macintosh (mac_roman)"),
        ("Si‰n", "It is “ë” in MS-DOS (cp850) or “â” in an old Macintosh (mac_roman)"),
        ("Ciar\xa0n", "A no-break space stands inside a word. It is “á” in MS-DOS"),
        ("it\x92s", "control sign U+0092 in it, where Windows has “’”"),
        ("ZoÃ«", "“Ã«” stands in the cell for “ë”: it was UTF-8"),
        ("LlÅ·r", "“Å·” stands in the cell for “ŷ”"),
        ("O’Brien, it was ZoÃ«", "for “ë”"),
        ("Ã“ Briain", "“Ã“” stands in the cell for “Ó”"),
        ("WaÅ‚Ä™sa", "“Å‚” stands in the cell for “ł”"),
        ("itâ€™s", "“â€™” stands in the cell for “’”"),
        ("paid œ500", "It is “£” in MS-DOS"),
    ],
)
def test_the_reason_names_the_sign_and_what_it_means(cell: str, why: str) -> None:
    assert why in (said(cell) or "")


@given(name=st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzàáâäåæçèéêëìíîïñòóôöøùúûüýÿß'’- "), max_size=20))
def test_no_name_of_western_letters_is_an_alarm(name: str) -> None:
    assert said(name) is None
    assert said(name.title()) is None


@given(
    before=st.text(st.sampled_from("abdefgiklmnoprstuv"), min_size=2, max_size=6),
    letter=st.sampled_from("éâäëêçüñóíúå"),
    after=st.text(st.sampled_from("abdefgiklmnoprstuv"), min_size=1, max_size=6),
)
def test_a_letter_of_msdos_within_a_word_is_seen(before: str, letter: str, after: str) -> None:
    byte = letter.encode("cp850").decode("cp1252", "surrogateescape")
    if byte in "†‡" or not "\udc80" <= byte <= "\udcff":
        assert said(before + byte + after, is_name=False)


def test_a_long_story_is_looked_through_at_once() -> None:
    story = "Elle a dit « non » – “jamais”, ‘plus’, Hélène… " * 2_000
    begun = time.process_time()  # of this process alone: a busy machine changes nothing
    assert said(story, is_name=False) is None
    assert time.process_time() - begun < 0.5
