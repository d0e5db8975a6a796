"""She is reached as she agreed, in the hours she agreed, at what is hers alone, in words that say nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fourfold.people.rules import contact, messages
from fourfold.people.rules.identifiers import key_of
from fourfold.people.terms import Channel, MarkKind, SafeContactRule

#: Noon in London in winter, when London's clocks show UTC, and in summer, when they are an hour ahead.
WINTER = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)

TEXTS = SafeContactRule((Channel.TEXT,), time(10), time(14))
NIGHTS = SafeContactRule((Channel.TEXT,), time(22), time(2))
EVENINGS = SafeContactRule((Channel.TEXT, Channel.EMAIL), time(17, 30), None)
ANY_HOUR = SafeContactRule((Channel.CALL,), leave_message=True)


def why_not(rule: SafeContactRule | None, at: datetime = WINTER, **facts: object) -> str | None:
    """Ask for a text with nothing hostile about it, but for `facts`."""
    asked = {"channel": Channel.TEXT, "hostile": False, "leaves_message": False} | facts
    return contact.why_not_contact(rule, at=at, **asked)  # type: ignore[arg-type]


def test_what_was_agreed_is_allowed() -> None:
    assert why_not(TEXTS) is None


def test_no_plan_means_no_contact() -> None:
    assert why_not(None) == contact.NO_PLAN


def test_a_rule_never_confirmed_with_her_means_no_contact() -> None:
    assert why_not(SafeContactRule((Channel.TEXT,), confirmed=False)) == contact.NOT_CONFIRMED


def test_a_call_is_refused_where_only_texts_were_agreed() -> None:
    assert why_not(TEXTS, channel=Channel.CALL) == "The victim has not agreed to a call. Agreed: text."


def test_where_she_wants_to_call_herself_every_way_is_refused() -> None:
    assert "the victim gets in touch" in (why_not(SafeContactRule(())) or "")


def test_a_message_is_never_left_unless_she_agreed() -> None:
    assert why_not(SafeContactRule((Channel.CALL,)), channel=Channel.CALL, leaves_message=True) == contact.NO_MESSAGE
    assert why_not(ANY_HOUR, channel=Channel.CALL, leaves_message=True) is None


def test_a_hostile_endpoint_is_refused_without_saying_whose_it_is() -> None:
    reason = why_not(TEXTS, hostile=True)
    assert reason == contact.HOSTILE
    assert "subject" not in reason.lower()


@pytest.mark.parametrize(
    ("rule", "at", "within"),
    [
        (TEXTS, datetime(2026, 11, 24, 9, 59, 59, tzinfo=UTC), False),
        (TEXTS, datetime(2026, 11, 24, 10, 0, tzinfo=UTC), True),
        (TEXTS, datetime(2026, 11, 24, 13, 59, tzinfo=UTC), True),
        (TEXTS, datetime(2026, 11, 24, 14, 0, tzinfo=UTC), False),
        # In summer her clock is an hour ahead of UTC.
        (TEXTS, datetime(2026, 7, 14, 8, 59, tzinfo=UTC), False),
        (TEXTS, datetime(2026, 7, 14, 9, 0, tzinfo=UTC), True),
        (TEXTS, datetime(2026, 7, 14, 13, 0, tzinfo=UTC), False),
        (NIGHTS, datetime(2026, 11, 24, 21, 59, tzinfo=UTC), False),
        (NIGHTS, datetime(2026, 11, 24, 23, 30, tzinfo=UTC), True),
        (NIGHTS, datetime(2026, 11, 25, 1, 59, tzinfo=UTC), True),
        (NIGHTS, datetime(2026, 11, 25, 2, 0, tzinfo=UTC), False),
        (EVENINGS, datetime(2026, 11, 24, 17, 29, tzinfo=UTC), False),
        (EVENINGS, datetime(2026, 11, 24, 23, 59, tzinfo=UTC), True),
        (EVENINGS, datetime(2026, 11, 25, 0, 0, tzinfo=UTC), False),
        (SafeContactRule((Channel.TEXT,), None, time(9)), datetime(2026, 11, 24, 8, 59, tzinfo=UTC), True),
        (SafeContactRule((Channel.TEXT,), None, time(9)), datetime(2026, 11, 24, 9, 0, tzinfo=UTC), False),
        (ANY_HOUR, WINTER, True),
        # Equal hours leave no time: nobody can have meant "always" by them.
        (SafeContactRule((Channel.TEXT,), time(9), time(9)), datetime(2026, 11, 24, 9, 0, tzinfo=UTC), False),
        # The night the clocks go forward: 00:59 GMT is followed by 02:00 BST.
        (NIGHTS, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), True),
        (NIGHTS, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), False),
        # The night they go back: 01:30 comes twice, and is 01:30 on her clock both times.
        (NIGHTS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        (NIGHTS, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
        (NIGHTS, datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),
    ],
)
def test_the_hours_are_those_of_a_clock_in_london(rule: SafeContactRule, at: datetime, within: bool) -> None:
    assert contact.is_within(rule, at) is within


def test_the_reason_names_the_agreed_hours_and_the_time_on_her_clock() -> None:
    assert why_not(TEXTS, SUMMER + timedelta(hours=2)) == (
        "Outside the safe hours. Agreed: 10:00 to 14:00; it is 15:00 now."
    )


hours = st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0, tzinfo=None))
moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 -- hypothesis puts the zone on
    datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
CLOCKS_GO_BACK = datetime(2026, 10, 24, 20, tzinfo=UTC)
CLOCKS_GO_FORWARD = datetime(2026, 3, 28, 20, tzinfo=UTC)


@example(time(0, 30), time(1, 30), CLOCKS_GO_BACK)
@example(time(1, 30), time(4), CLOCKS_GO_BACK)
@example(time(22), time(1, 30), CLOCKS_GO_BACK)
@example(time(0, 30), time(1, 30), CLOCKS_GO_FORWARD)
@example(time(1, 15), time(1, 45), CLOCKS_GO_FORWARD)
@example(time(1, 30), time(4), CLOCKS_GO_FORWARD)
@given(hours, hours, moments)
def test_every_moment_of_the_next_window_is_safe(start: time | None, end: time | None, at: datetime) -> None:
    rule = SafeContactRule((Channel.TEXT,), start, end)
    window = contact.next_window(rule, at)
    if (start is None and end is None) or contact.is_empty(rule):
        assert window is None
        return
    assert window is not None
    opens, closes = window
    assert at < closes
    for minutes in range(0, int((closes - opens).total_seconds() // 60), 13):
        assert contact.is_within(rule, opens + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (TEXTS, "Text only, 10:00 to 14:00. Never leave a message. The device may be shared."),
        (EVENINGS, "Text or email, after 17:30. Never leave a message. The device may be shared."),
        (NIGHTS, "Text only, 22:00 to 02:00 the next day. Never leave a message. The device may be shared."),
        (
            SafeContactRule((Channel.CALL,), None, time(9), True, False),
            "Call only, before 09:00. A message may be left.",
        ),
        (
            SafeContactRule(()),
            "None; the victim gets in touch, any hour. Never leave a message. The device may be shared.",
        ),
        (None, contact.NO_PLAN),
        (SafeContactRule((), confirmed=False), contact.NOT_CONFIRMED),
    ],
)
def test_how_and_how_not_is_one_line(rule: SafeContactRule | None, words: str) -> None:
    assert contact.in_words(rule) == words


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (TEXTS, None),
        (SafeContactRule((Channel.TEXT,), time(9), time(9)), "until_time"),
        (SafeContactRule((Channel.TEXT,), None, time(0)), "until_time"),
        (SafeContactRule((Channel.TEXT,), time(0), None), None),
        (SafeContactRule((Channel.TEXT, Channel.TEXT)), "channels"),
    ],
)
def test_a_rule_that_nobody_can_follow_is_not_kept(rule: SafeContactRule, field: str | None) -> None:
    why = contact.why_not_agree(rule)
    assert (why and why[0]) == field


# ---- endpoints ----------------------------------------------------------------------------------------------------


def test_a_number_is_the_same_however_it_is_written() -> None:
    hers = contact.keys_to_compare(MarkKind.PHONE, "07700 900123")
    for his in ("+44 7700 900123", "0044 7700 900 123", "(07700) 900-123", "447700900123"):
        assert contact.is_hostile(hers, contact.keys_to_compare(MarkKind.PHONE, his)), his


def test_a_mailbox_that_is_also_the_name_of_his_account_is_hostile() -> None:
    hers = contact.keys_to_compare(MarkKind.EMAIL, "Robin@example.org")
    assert contact.is_hostile(hers, {"robin@example.org"})


def test_what_cannot_be_compared_is_not_safe() -> None:
    assert contact.is_hostile(contact.keys_to_compare(MarkKind.PHONE, "ask her sister"), ())


def test_what_nobody_else_is_linked_to_is_safe() -> None:
    assert not contact.is_hostile(contact.keys_to_compare(MarkKind.PHONE, "07700 900123"), {"+447700900124"})


GRAPHS = 100_000


def test_in_a_hundred_thousand_random_address_graphs_no_message_reaches_a_hostile_endpoint() -> None:
    """G6. Each graph: people with numbers from a few, some shared, each written down in one of many ways.

    Who truly shares a number is known here as a bare number; the rules see only what was written down.
    """
    dice = random.Random(20261124)
    allowed = stopped = hostile_sends = 0
    for _ in range(GRAPHS):
        numbers = [dice.randrange(7700_900_000, 7700_900_006) for _ in range(dice.randrange(2, 6))]
        hers, linked = numbers[0], numbers[1:]
        keys = contact.keys_to_compare(MarkKind.PHONE, _written(dice, hers))
        on_record = [key_of(MarkKind.PHONE, _written(dice, number)) for number in linked]
        hostile = contact.is_hostile(keys, on_record)
        why = contact.why_not_contact(ANY_HOUR, channel=Channel.CALL, at=WINTER, hostile=hostile, leaves_message=False)
        allowed, stopped = allowed + (why is None), stopped + (why is not None)
        hostile_sends += why is None and hers in linked
    assert hostile_sends == 0
    assert allowed > GRAPHS / 10, "a rule that stops everything protects nobody"
    assert stopped > GRAPHS / 10
    assert allowed + stopped == GRAPHS


_WAYS = (
    lambda n: f"0{n}",
    lambda n: f"+44{n}",
    lambda n: f"0044 {n}",
    lambda n: f"0{str(n)[:4]} {str(n)[4:]}",
    lambda n: f"(0{str(n)[:4]}) {str(n)[4:7]}-{str(n)[7:]}",
    lambda n: f"+44 (0){n}",
    lambda n: f"{n}",
    lambda n: f"mob. 0{str(n)[:4]}.{str(n)[4:]}",
)


def _written(dice: random.Random, number: int) -> str:
    return dice.choice(_WAYS)(number)


# ---- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Hello, are you free for a coffee tomorrow?",
        "Your library books are due on 24/11/2026.",
        "Please ring me when it suits you.",
        "The courtesy car is ready; thank you for your patience.",
        "We spoke about sport. Next week at ten?",
        "Hope all is well. Will you be in on Friday? May I ring?",
        "I'm late, but I'll be there on 24 November.",
        "PLEASE CALL ME",
        "Hi. PLEASE CALL ME WHEN YOU ARE FREE! We can talk then.",
        "Are you with Mum? The GP rang; let us meet on Zoom, or WhatsApp, on Friday.",
        "Can't come today. They're shut, and we'll try on Monday.",
    ],
)
def test_neutral_words_are_said(text: str) -> None:
    assert messages.why_not_said(text, names=("Robin Q. Sample",)) is None


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("The police have arrested him", "police"),
        ("News about the STALKING order", "stalking"),
        ("Your case worker called", "case"),
        ("The po\u200blice called", "police"),
        ("Ｐｏｌｉｃｅ called", "police"),
        ("Fourfold: please call", "fourfold"),
        ("FF-7KQ2M is ready", "ff-7kq2m"),
        ("About FF-7KQ2M9T, hello", "ff-7kq2m9t"),
        ("about ff-kqmrtwx, hello", "ff-kqmrtwx"),
        ("about ff7kq2m9t", "ff7kq2m9t"),
        ("about c-7kq2m9", "c-7kq2m9"),
        ("Bell is coming to see you.", "bell"),
        ("Thank you. Zbigniew says hello.", "zbigniew"),
        ("HELLO NORA, RING ME", "nora"),
        ("ZBIGNIEW SAYS HELLO", "zbigniew"),
        ("Frank rang.", "frank"),
        ("About 06/26/0123456", "06/26/0123456"),
        ("See https://example.org/x", "https:"),
        ("See unit-news.org for more", "unit"),
        ("See help-page.org for more", "help-page.org"),
        ("Dear Robin, hello", "robin"),
        ("Dear ROBIN-JO, hello", "robin"),
        ("Is this the Sample household?", "sample"),
        ("Tell Bryony that I rang", "bryony"),
        ("Tell Ann-Marie that I rang", "ann-marie"),
        ("Nora, are you free?", "nora"),
        ("I rang. Nora, are you free?", "nora"),
        ("Then HURRY home", "hurry"),
    ],
)
def test_a_giveaway_is_refused_and_quoted(text: str, quoted: str) -> None:
    reason = messages.why_not_said(text, names=("Robin Mae", "Sample"))
    assert reason is not None
    assert f"“{quoted}”" in reason


@pytest.mark.parametrize(
    "text",
    [
        *("the cops rang", "The old bill want you", "out of jail", "parole hearing", "curfew and tag", "the Met rang"),
        *("CPS rang", "non molestation", "Clare's law", "Clares law", "po lice", "pollce", "pøliçe", "pólice"),
        *("yr hedd lu", "ei ryddhau", "plismon", "barnwyr", "heddwas", "Cymorth i Ferched", "yr achos"),
        *("o dwy saith saith", "oh seven seven oh oh nine", "zero seven seven double zero", "twelve High Street"),
        *("poli.ce", "p0li.ce", "poli_ce", "rozzers rang", "the feds rang", "ring 101", "he was nicked", "He got out"),
        *("a hearing on friday", "he pleaded guilty", "your counsellor", "he follows you", "knows where you are"),
        *(
            "your new place",
            "a panic button",
            "the cctv",
            "mental health team",
            "the rape crisis line",
            "he has a knife",
        ),
        *(
            "call 900 55five",
            "ring oh7seven 00nine double oh",
            "fivefivefive ninezero",
            "thirty one, fifty two, eleven eighty",
        ),
        *(
            "meet at sj 301 804",
            "meet at TQ 30 80",
            "meet at gv5c+xx",
            "meet at 51°30'26\"n",
            "51 point 5, minus 0 point 12",
        ),
        *(
            "meet at filled.count.soap",
            "at ///filled count soap",
            "at filled dot count dot soap",
            "w3w filled count soap",
        ),
        *("12, Elm", "Number 12 Elm", "N0ra", "N.o.r.a", "No\u00adra", "Nora's", "norahs", "Quills", "Nóra"),
    ],
)
def test_a_giveaway_in_other_words_or_letters_is_refused(text: str) -> None:
    assert messages.why_not_said(text, names=("Nora", "Quill")) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("See you at 11, thanks", "On 24 November at ten", "We met at one or two", "Ring at 10, Friday is best"),
        *("Ydych chi'n rhydd yfory am un?", "Is ten or eleven better?", "The market is on Friday"),
        *(
            "The train at 9.15 or 10.45 please",
            "lunch at 12.30, ring me at 1 or 2",
            "bus 42 at ten to five",
            "the 1 2 3 bus",
        ),
        *("Is 10.10 ok?", "a new coffee place", "I got out late", "the physiotherapist", "e-mail me the check-in time"),
    ],
)
def test_everyday_words_are_still_said(text: str) -> None:
    assert messages.why_not_said(text, names=("Nora", "Quill")) is None


@pytest.mark.parametrize("begins", ["Crumpets at three?", "Thank you. Crumpets are here.", "CRUMPETS AT THREE?"])
def test_a_beginning_that_may_be_a_name_says_how_it_may_stay_whether_or_not_it_is_one_on_record(begins: str) -> None:
    why = messages.why_not_said(begins) if not begins.isupper() else messages.why_not_said(begins, names=("Crumpets",))
    assert why == "“crumpets” may be a name: " + str(messages.BEGINS_LIKE_A_NAME).partition("name: ")[2]
    assert messages.why_not_said(begins, names=("Ann Crumpets",)) == why
    assert messages.why_not_said(begins.lower()) is None, "what it says helps"
    assert (
        messages.why_not_said("The Crumpets rang")
        == "“crumpets” may be a name. " + str(messages.MAY_BE_A_NAME).partition("name. ")[2]
    )
    assert messages.why_not_said(begins.replace("Crumpets", "Parcels").replace("CRUMPETS", "PARCELS")) is None


def test_a_double_name_is_refused_in_its_parts() -> None:
    assert messages.why_not_said("hello Mae", names=("Robin-Mae",)) is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_giveaway_is_found_wherever_it_stands(before: str, after: str) -> None:
    assert messages.why_not_said(f"{before} police {after}") is not None


@pytest.mark.parametrize(
    ("channel", "title", "text", "field"),
    [
        (Channel.TEXT, "", "See you at ten", None),
        (Channel.EMAIL, "Tomorrow", "See you at ten", None),
        (Channel.CALL, "", "See you at ten", "channel"),
        (Channel.VISIT, "", "See you at ten", "channel"),
        (Channel.TEXT, "", "   ", "text"),
        (Channel.TEXT, "", "x" * 481, "text"),
        (Channel.LETTER, "", "x" * 481, None),
        (Channel.LETTER, "", "x" * 2001, "text"),
        (Channel.EMAIL, "x" * 121, "See you at ten", "title"),
        (Channel.TEXT, "Hello", "See you at ten", "title"),
        (Channel.EMAIL, "Your court date", "See you at ten", "title"),
        (Channel.EMAIL, "Tomorrow", "In court at ten", "text"),
    ],
)
def test_what_is_wrong_with_a_message_is_named_by_its_field(
    channel: Channel, title: str, text: str, field: str | None
) -> None:
    why = messages.why_not_write(channel, title, text)
    assert (why and why[0]) == field


def test_our_own_sender_and_title_say_nothing() -> None:
    assert messages.why_not_said(messages.SENDER) is None
    assert messages.why_not_said(messages.TITLE) is None
