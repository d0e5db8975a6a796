"""What leaves unread is on a closed list, and every blank takes only what its kind allows."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.people.rules import messages
from fourfold.people.rules.call_backs import why_not_ask
from fourfold.people.rules.templates import Language, as_sent, filled, in_blank, offered, templates
from fourfold.people.terms import Channel

SENDER = "Mara Fenwick"
OURS = "01632 960 555"
#: What passed the list of giveaways once, and tells whoever reads it everything.
TELLING = (
    "your new flat at 12 High Street",
    "DC Jones from CID will ring",
    "Women's Aid rang for you",
    "he was released today",
    "Mae'r heddlu wedi ffonio",
    "The p0lice rang",
    "The p.o.l.i.c.e rang",
    "The роlice rang",
    "Ring 07700 900111",
    "Find me at instagram: nora07700900111",
    "It is @nora_hides",
    "Come to 7 Elder Bank Lane",
    "Come to EX4 3PQ",
)
#: What no list of words finds, and no template knows.
UNHEARD = ("The locks are changed", "They let your husband's brother out", "Your sister's place at four")


@pytest.mark.parametrize("text", [*TELLING, *UNHEARD])
def test_what_tells_is_no_message_of_the_list(text: str) -> None:
    assert as_sent(text, sender=SENDER)[0] == ""


@pytest.mark.parametrize("text", TELLING)
def test_what_was_once_thought_of_is_refused_even_to_a_second_reader(text: str) -> None:
    assert messages.why_not_said(text) is not None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"Please ring {OURS} when it suits you.", []),
        (f"Please ring {OURS} when it suits you.", ["01632 960 001"]),
        ("Please ring 07700 900111 when it suits you.", [OURS]),
        (f"Please ring {OURS}0 when it suits you.", [OURS]),
        ("Please ring  when it suits you.", []),
        (f"See you at {OURS}.", [OURS]),
    ],
)
def test_no_number_leaves_that_is_not_on_the_list(text: str, numbers: list[str]) -> None:
    assert as_sent(text, sender=SENDER, numbers=numbers)[0] == ""
    assert messages.why_not_write(Channel.TEXT, "", text) is not None or "ring  when" in text


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (OURS, True),
        ("  01632  960 555 ", True),
        ("+44 1632 960555", True),
        ("101", False),
        ("999", False),
        ("01632 960", False),
        ("01632 960 555 police", False),
        ("01632 960 555; 01632 960 556", False),
        ("(01632) 960 555", False),
        ("٠١٦٣٢ ٩٦٠ ٥٥٥", False),
        ("", False),
    ],
)
def test_only_a_whole_number_comes_onto_the_list(number: str, kept: bool) -> None:
    assert (why_not_ask(number, []) is None) is kept
    assert why_not_ask(number, ["+441632960555"]) is not None


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", templates(), ids=lambda each: each.code)
def test_every_message_of_the_list_is_one_in_both_languages_and_tells_nothing(template, language: Language) -> None:  # type: ignore[no-untyped-def]
    text = filled(template, language, sender=SENDER, on=date(2026, 11, 27), at=time(11), number=OURS)
    assert as_sent(text, sender=SENDER, numbers=["01632 960 001", OURS])[0] == template.code
    assert "{" not in text + in_blank(template, language, sender=SENDER)
    assert messages.why_not_write(Channel.TEXT, "", text, says=[OURS, SENDER.split(maxsplit=1)[0]]) is None
    assert (messages.why_not_said(text) is None) is not (template.asks_number or "{name}" in template.en)
    assert (template.asks_day, template.asks_time) == ("{day}" in template.cy, "{time}" in template.cy)


@pytest.mark.parametrize(
    "text",
    [
        "Are you free tomorrow at ten? ",
        "are you free Friday 27 November at 11:00?",
        "See you at noon.",
        "It is Mara. Are you free today at 9.30?",
        "Wela i chi dydd Gwener 27 Tachwedd am 11:00.",
    ],
)
def test_a_message_of_the_list_is_known_however_it_is_spaced(text: str) -> None:
    assert as_sent(text, sender=SENDER)[0]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("SEE YOU AT TEN.", "See you at ten."),
        ("See  you\n\n\n\nat\u3000ten.", "See you at ten."),
        ("see\u2028YOU at 9.30.", "See you at 09:30."),
        ("Are you free MONDAY 09 march at 9.11?", "Are you free Monday 9 March at 09:11?"),
        ("WELA i chi dydd gwener 27 Tachwedd am noon.", "Wela i chi dydd Gwener 27 Tachwedd am noon."),
        ("It is MARA. Are you free Today at ten?", "It is Mara. Are you free today at ten?"),
    ],
)
def test_a_message_of_the_list_is_sent_in_its_one_spelling(text: str, sent: str) -> None:
    """Capitals, lines and ways to write a time between two people could be a sign of their own."""
    assert as_sent(text, sender=SENDER)[1] == sent
    assert as_sent(sent, sender=SENDER)[1] == sent


@pytest.mark.parametrize("day", ["Monday 39 March", "Monday 30 February", "Monday 0 May", "Friday 31 November"])
def test_a_day_that_no_year_has_fills_no_blank(day: str) -> None:
    assert as_sent(f"Are you free {day} at ten?", sender=SENDER) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "It is Nora. Are you free today at 9.30?",
        "See you at 12 High Street.",
        "Are you free Friday 27 November at 11:00? The police.",
        "Are you free 07700900111 at 11:00?",
        "See you at 11:0\u0660.",
        "ſee you at noon.",
    ],
)
def test_a_blank_takes_nothing_else(text: str) -> None:
    assert as_sent(text, sender=SENDER)[0] == ""


@pytest.mark.parametrize(
    "sender",
    [
        *(
            "Sgt Jones",
            "DCI Jones",
            "DI Smith",
            "Di Smith",
            "Det Jones",
            "Insp Jones",
            "Sarge",
            "DSU Smith",
            "PCSO Ali",
        ),
        *("Marac Lead", "Heddlu", "CPS", "IRIS", "NCDV Helper", "Court Desk", "DVA Lou", "Victim Care", "", "Xq Jones"),
    ],
)
def test_the_blank_for_a_forename_takes_no_rank_and_no_agency(sender: str) -> None:
    """Whoever has no listed forename is not offered the message at all."""
    word = sender.partition(" ")[0]
    for text in (f"It is {word}. Are you free today at ten?", "It is . Are you free today at ten?"):
        assert as_sent(text, sender=sender)[0] == ""
    assert not any("{name}" in each.en + each.cy for each in offered(sender))
    assert "see_you" in {each.code for each in offered(sender)}


@pytest.mark.parametrize("sender", ["Mara Fenwick", "Tomos Rees", "Sam Hill", "Aisha Khan", "Sian Rees", "MARY POND"])
def test_the_blank_for_a_forename_takes_a_listed_one(sender: str) -> None:
    word = sender.partition(" ")[0]
    assert as_sent(f"It is {word}. Are you free today at ten?", sender=sender)[0]


@given(st.text(max_size=12), st.sampled_from(templates()), st.integers(0, 40))
def test_one_sign_more_or_less_is_another_text(extra: str, template, place: int) -> None:  # type: ignore[no-untyped-def]
    text = filled(template, Language.ENGLISH, sender=SENDER, on=date(2026, 11, 27), at=time(11))
    changed = text[:place] + extra + text[place:]
    if " ".join(changed.split()).casefold() != text.casefold() and any(sign.isalpha() for sign in extra):
        known = as_sent(changed, sender=SENDER)[0]
        assert not known or known != template.code
