"""What is on record is left out however clerks and victims write it, and what only looks like it is shown to a person."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from fourfold.access.forenames import other_forms
from fourfold.governance import packs
from fourfold.governance.rules import redaction
from fourfold.governance.rules.redaction import Redactor
from fourfold.governance.rules.spelling import keys_of
from fourfold.governance.terms import FORM, WHY_LEFT_OUT, Sought, Sure
from tests.governance.spellings import AROUND, CLEAN, KINDS, Spelled, spellings

MANY = 2000
ELDER = "14 Elder Bank Lane, Northwich, CW9 5QT"
PHONE = "07700 900555"


def sought(record: tuple[str, str]) -> list[Sought]:
    """Return what is looked for of one thing on record, as a pack does."""
    kind, value = record
    if kind == FORM:
        return [Sought(FORM, form) for form in other_forms(value)]
    if kind == "name":
        return redaction.names_sought([value], own=(), template=())
    return redaction.reach_sought("address" if kind == "place" else kind, value)


def left(one: Spelled) -> str:
    return Redactor(sought(one.record)).masked(one.sentence)


@pytest.mark.parametrize("seed", [16, 17])
def test_two_thousand_spellings_are_left_out(seed: int) -> None:
    every = list(spellings(seed, MANY))
    missed = [one for one in every if any(word in left(one) for word in one.telling)]
    recall = 1 - len(missed) / MANY
    sys.stdout.write(f"recall {recall:.4f} on {MANY} spellings of {len(KINDS)} kinds\n")
    assert recall >= 0.99, "\n".join(f"{one.kind}: {one.record[1]} / {one.sentence}" for one in missed[:20])
    worst = Counter(one.kind for one in missed).most_common(1)
    assert not worst or worst[0][1] <= 0.03 * MANY / len(KINDS), worst


def test_what_is_left_out_without_need_is_counted_and_shown() -> None:
    """In clean sentences everything left out is a false alarm: a person sees its words and may leave them in."""
    reader = Redactor([item for one in spellings(18, 400) for item in sought(one.record)], known=[packs.vocabulary()])
    alarms = [(text[seen.start : seen.end], seen) for text in CLEAN for seen in reader.seen(text)]
    every = list(spellings(16, 400))
    right = sum(any(word not in left(one) for word in one.telling) for one in every)
    sys.stdout.write(f"precision {right / (right + len(alarms)):.3f}: {len(alarms)} false in {len(CLEAN)} sentences\n")
    assert right / (right + len(alarms)) > 0.9
    assert all(seen.sure < Sure.CERTAIN for _, seen in alarms), "what is certain cannot be left in"


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (("address", ELDER), "14 Elder Bank Ln"),
        (("address", ELDER), "Elder Bank"),
        (("address", ELDER), "Eldre Bank"),
        (("address", ELDER), "14 ELDERBANK LA."),
        (("address", ELDER), "fourteen, Bank Elder Lane"),
        (("address", ELDER), "Elder\nBank Lane"),
        (("address", ELDER), "El\u200bder Bank"),
        (("address", ELDER), "the CW9 area"),
        (("address", ELDER), "Northwhich"),
        (("address", "3 Station Road, Tarnside"), "3 Station, opposite the shop"),
        (("address", "3 Station Road, Tarnside"), "Station Rd"),
        (("address", "Flat 2, Orchard House, 9 Mill Lane"), "Orchard Hse"),
        (("address", "14 Elder Bank Lane Northwich CW9 5QT"), "Elder Bank"),
        (("address", "14 Elder Bank Lane Northwich CW9 5QT"), "cw95qt"),
        (("address", "14 Elder Bank Lane Northwich CW9 5QT"), "Northwich"),
        (("address", ELDER), "E. Bank Lane"),
        (("address", ELDER), "Elder Bk Ln"),
        (("phone", PHONE), "900555 at the end"),
        (("phone", PHONE), "077OO 900555"),
        (("vehicle", "KX19 NRA"), "KX19"),
        (("account", "nora_q_85"), "nora underscore q underscore 85"),
        (("place", "St Brannock's School"), "Brannocks school"),
        (("phone", PHONE), "number ends 900555"),
        (("phone", PHONE), "ending 555"),
        (("phone", PHONE), "oh seven seven double oh nine double oh triple five"),
        (("phone", PHONE), "+44 (0) 7700-900-555"),
        (("phone", PHONE), "07700900556"),
        (("vehicle", "KX19 NRA"), "KX 19 NAR"),
        (("vehicle", "KX19 NRA"), "a plate ending NRA"),
        (("account", "nora_q_85"), "@noraq85"),
        (("email", "nora.quill@mail.invalid"), "nora quill at mail dot invalid"),
        (("place", "St Brannock's School, Orchard Way"), "Saint Branocks"),
        (("name", "Callum Quill"), "Calum"),
        (("name", "Cal"), "Cal's"),
        (("address", ELDER), "Bank of Elder"),
        (("email", "vera.inventa82@post.example"), "v.inventa82@…"),
        (("account", "nora_quill_85"), "quill.nora1985"),
    ],
)
@pytest.mark.parametrize("around", AROUND)
def test_each_way_of_writing_is_left_out(record: tuple[str, str], text: str, around: str) -> None:
    masked = Redactor(sought(record)).masked(around.format(text))
    longest = max(text.replace("\n", " ").split(), key=len)
    assert redaction.MASK in masked
    assert longest not in masked or longest in around or longest.islower()


@pytest.mark.parametrize(
    ("record", "text"),
    [
        *(
            (("phone", PHONE), f"07700{gap}900{gap}555")
            for gap in ("–", "—", "_", "*", "|", "/", "\u2009", " ~ ", "…", "·")
        ),
        (("phone", PHONE), "".join(chr(0x660 + int(digit)) for digit in "07700900555")),
        (("phone", PHONE), "".join(chr(0xFF10 + int(digit)) for digit in "07700900555")),
        (("phone", PHONE), "\ufe0f\u20e3".join("07700900555")),
        (("email", "vera.inventa82@post.example"), "vera(dot)inventa82(at)post.example"),
        (("email", "vera.inventa82@post.example"), "vera.inventa82[at]post.example"),
        (("email", "vera.inventa82@post.example"), "vera.inventa82[at]post[dot]example"),
        (("email", "vera.inventa82@post.example"), "vera dot inventa82@post"),
        (("name", "Vera Inventa"), "inventa82"),
        (("name", "Vera Inventa"), "1982inventa"),
        (("address", "EX4 7QA"), "EX4 seven QA"),
        (("address", "EX4 7QA"), "EX four 7QA"),
        (("vehicle", "AB12 CDE"), "AB one two CDE"),
        (("vehicle", "KX19 NRA"), "Kilo X-ray one niner November Romeo Alpha"),
        (("address", "EX4 7QA"), "Echo X-ray four seven Quebec Alfa"),
        (("phone", PHONE), "900 55five"),
        (("phone", PHONE), "07700 9hundred fifty five 5"),
        (("phone", PHONE), "seven 7hundred nine hundred fivefivefive"),
        (("address", ELDER), "14 Eldr Bnk Lane"),
    ],
)
def test_whatever_is_no_letter_is_a_gap_and_nothing_of_it_stays(record: tuple[str, str], text: str) -> None:
    """Dashes as a word processor sets them, other alphabets' digits, signs read out, figures in words: all of it goes."""
    assert Redactor(sought(record)).masked(f"She wrote {text} there") == f"She wrote {redaction.MASK} there"


MAPPED = """
51.5074, -0.1278 | 51.5074 -0.1278 | 51.5074N 0.1278W | 51.5074° N, 0.1278° W | 51,50741 -0,12780 | 51 point 5074, minus 0 point 1278
51°30'26"N | 51° 30.44' N | 51º30’26”N | 51 degrees 30 minutes 26 seconds north | 51 30 26 N, 0 7 39 W | ٥١.٥٠٧٤, -٠.١٢٧٨
TQ 30120 80450 | TQ3012080450 | tq 301 804 | T Q 30120 80450 | ＴＱ 30120 80450 | TQ3080 | NO 401 300 | J 33800 74200
30U XC 99316 10163 | E 530120 N 180450 | UPRN 100023336956 | latitude: 51.5074 | easting 530120
9C3XGV5C+XX | GV5C+XX | gv5c+xxx | 9c3xgv5c plus xx | 9C3XGV00+
///filled.count.soap | /// filled count soap | //filled.count.soap | filled.count.soap | Filled.Count.Soap | filled dot count dot soap
filled(dot)count(dot)soap | filled [dot] count [dot] soap | what3words filled count soap | what 3 words is filled, count, soap
w3w filled.count.soap | https://what3words.com/filled.count.soap | w3w.co/filled.count.soap | fil\u200bled.count.soap | ///ddaear.coch.pobl
https://maps.app.goo.gl/aBc123 | https://www.google.co.uk/maps/@51.5,-0.12,15z | geo:51.5,-0.12
"""


@pytest.mark.parametrize("text", [each.strip() for line in MAPPED.strip().splitlines() for each in line.split(" | ")])
def test_a_place_that_any_map_finds_is_shown_though_nobody_put_it_on_record(text: str) -> None:
    """A person decides each: what is no place stays in when they say so."""
    written = f"She wrote {text} there"
    reader = Redactor([])
    assert reader.masked(written) == f"She wrote {redaction.MASK} there"
    assert all(seen.sure < Sure.CERTAIN and seen.why in WHY_LEFT_OUT for seen in reader.seen(written))


@pytest.mark.parametrize(
    "text",
    [
        "It cost 1,200 and 2,300 pounds",
        "at 14.05, 15.30 and 16.45",
        "number no 123456 was called, so 123 456 people",
        "the 20 °C day, turned 90 degrees, how long 3.5 days",
        "www.example.com and mail.example.invalid, vera.anne.quill@post.example",
        "see http://site.example/one/two/three, and/or 01/02/2026 10:20:30",
        "On 12.10.2026 and 13.10.2026, 200 mg or 51.5 kg, version 1.234.567",
        "PC 4471 and DC 123 came for KX19 NRA, reference FF-1234A, 2024+25",
        "He left.She came.back",
    ],
)
def test_what_is_no_place_on_a_map_is_not_shown_as_one(text: str) -> None:
    assert Redactor([]).masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "07700 900123",
            "+44 (0)7700 900123",
            "0161 496 0000",
            "(0161) 496 0000",
            "0044 7700 900 123",
            "07700-900-123",
        ),
        *(
            "14 Harrow Lane",
            "Flat 3, 14 Harrow Lane",
            "3b St Anne’s Road",
            "120 Old Mill Street",
            "7 Elm Cottage",
            "1 Elm Court",
        ),
        *("NM1 2AB", "NM12AB", "nm1 2ab", "vera.quill@post.example"),
    ],
)
def test_a_way_to_somebody_that_nobody_put_on_record_is_left_out_of_a_pack_until_a_person_decides(text: str) -> None:
    written = f"Moved to {text} in May"
    (seen,) = Redactor([]).seen(written, ways=True)
    assert (written[seen.start : seen.end], seen.sure, seen.why in WHY_LEFT_OUT) == (text, Sure.LIKELY, True)
    assert not Redactor([], called=["9 Dock Street", text]).seen(written, ways=True), "the subject's own"


@pytest.mark.parametrize(
    "text",
    [
        "14 messages in a lane, 12 High Court judges and 2 Crown Court days",
        "crime 06/2026/123456, exhibit AB/12, FF-2026-0001, log 1234 of 02/03/2026, at 10:20:30",
        "on level B1 4th floor, 3 times at Harrow Lane, £1,200.00, 0300 calls, 2026-11-30 10:20",
        "he moved to Lane House; the Street was wet; 5 People Saw It",
    ],
)
def test_what_is_no_way_to_somebody_stays(text: str) -> None:
    assert not Redactor([]).seen(text, ways=True)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (("address", ELDER), "The elder of the two men stood on the bank."),
        (("address", ELDER), "14 messages, and a lane that leads to the wood"),
        (("address", "3 Station Road, Tarnside"), "the police station and the road beside it"),
        (("address", ELDER), "the elder, and the bank"),
        (("account", "quill85"), "a quill pen"),
        (("another form of a name", "William Quill"), "he will wait"),
        (("phone", PHONE), "555 messages; the call ended at 14:05"),
        (("vehicle", "KX19 NRA"), "the NRA was in the news"),
        (("name", "Nora Quill"), "the norm is planned"),
    ],
)
def test_what_only_shares_a_word_stays(record: tuple[str, str], text: str) -> None:
    assert Redactor(sought(record)).masked(text) == text


def test_the_names_of_the_parties_are_no_part_of_a_workplace() -> None:
    item = sought(("place", "Quill & Sons Bakery"))
    assert Redactor(item, known=["Nora Quill"]).masked("Nora Quill was told") == "Nora Quill was told"
    assert redaction.MASK in Redactor(item, known=["Nora Quill"]).masked("outside Quill and Sons")


def _seconds(texts: Iterable[str], reader: Redactor) -> float:
    begun = time.process_time()
    for text in texts:
        reader.masked(text)
    return time.process_time() - begun


def test_ten_times_the_acts_take_ten_times_as_long() -> None:
    items = [item for one in spellings(19, 40) for item in sought(one.record)]
    reader = Redactor(items)
    acts = [one.sentence for one in spellings(20, 2000)]
    _seconds(acts[:100], reader)
    few, many = _seconds(acts[:200], reader), _seconds(acts, reader)
    sys.stdout.write(f"10,000 acts: {5 * many:.1f} s for {len(items)} values\n")
    assert many < 16 * few + 0.5


@pytest.mark.parametrize("signs", ["-", "maps.google."])
def test_a_line_without_a_space_takes_no_longer_than_others(signs: str) -> None:
    """An account may have 100,000 signs: a line that somebody drew with dashes stopped the page of its pack."""
    few, many = (_seconds([signs * count], Redactor([])) for count in (1_000, 10_000))
    assert many < 16 * few + 0.1


def test_every_reason_is_a_text_of_the_page() -> None:
    every = [item for one in spellings(16, 400) for item in sought(one.record)]
    given = {key.why for item in every for key in keys_of(item)} | {"a telephone number"}
    assert given <= set(WHY_LEFT_OUT)


ROADS = {
    "Lane": ("Ln", "La", "Lane"), "Street": ("St", "Str"), "Road": ("Rd",), "Avenue": ("Ave", "Av"), "Close": ("Cl",),
    "Drive": ("Dr", "Drv"), "Crescent": ("Cres", "Cr"), "Terrace": ("Ter", "Terr"), "Place": ("Pl",),
    "Gardens": ("Gdns", "Gdn"), "Grove": ("Gr", "Grv"), "Court": ("Ct", "Crt"), "Square": ("Sq",), "Park": ("Pk",),
    "Mews": ("Mws",), "Way": ("Wy",), "Walk": ("Wlk",), "View": ("Vw",), "Parade": ("Pde",),
}  # fmt: skip
#: Not near after La, nor over after Gr: with the next two letters they spell the whole word, and are read as it.
AFTER = [
    "in",
    "on",
    "at",
    "to",
    "by",
    "for",
    "from",
    "with",
    "off",
    "up",
    "after",
    "before",
    "till",
    "into",
    "onto",
    "under",
    "as",
    "a",
    "an",
    "is",
    "it",
    "I",
    "he",
]


@pytest.mark.parametrize("road", ROADS)
def test_a_small_word_after_a_shortened_road_is_not_masked_with_it(road: str) -> None:
    """“14 Elder Bank Ln in” read as a slip of the hand, “in” and all."""
    reader = Redactor(redaction.address_sought(f"14 Elder Bank {road}, Northwich, CW9 5QT"))
    for short in (f"{each}{dot}" for each in ROADS[road] for dot in ("", ".")):
        for word in AFTER:
            text = f"He stood at 14 Elder Bank {short} {word} dusk."
            seen = [text[one.start : one.end] for one in reader.seen(text)]
            assert seen == [f"14 Elder Bank {short.rstrip('.')}"], text
