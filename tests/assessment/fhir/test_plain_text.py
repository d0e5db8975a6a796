"""Words out of a file: what a person would have read, and nothing that acts."""

import pytest

from fourfold.assessment.fhir import patterns, plain_text


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>Ask <b>calmly</b>.</p>", "Ask calmly."),
        ("One<br/>two", "One\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("Tom &amp; Ann &lt;3", "Tom & Ann <3"),
        ("<a href='https://elsewhere.example/x'>here</a>", "here"),
        ("<script>alert(1)</script>safe<style>b{}</style>", "safe"),
        ("<iframe src='https://x.example'>no</iframe>yes", "yes"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<code>HTML</code> with <button>b</button> and <a href='x'>.</a>", "HTML with b and ."),
        ("<b>never closed", "never closed"),
        ("<!-- hidden -->seen", "seen"),
    ],
)
def test_xhtml_becomes_what_a_person_reads(markup: str, shown: str) -> None:
    assert plain_text.from_xhtml(markup) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Title\n\n* one\n* two", "Title\none\ntwo"),
        ("**bold** and `code`", "bold and code"),
        ("see [the guide](https://x.example/a)", "see the guide"),
        ("![picture](https://x.example/p.png)", "picture"),
        ("<script>x</script>**b**", "b"),
    ],
)
def test_markdown_becomes_what_a_person_reads(text: str, shown: str) -> None:
    assert plain_text.from_markdown(text) == shown


def test_control_characters_and_turned_text_are_taken_out() -> None:
    assert plain_text.words("a\x00b\x07c\u202ed") == "abcd"
    assert plain_text.one_line("a\n b\t\x00c") == "a b c"


def test_long_texts_are_cut() -> None:
    assert len(plain_text.words("x" * 50_000)) == plain_text.LONGEST_WORDS
    assert len(plain_text.from_xhtml("<p>" * 90_000 + "x")) <= plain_text.LONGEST_WORDS


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"\d{3}", "123", True),
        (r"\d{3}", "1234", False),
        (r"a|b", "b", True),
        (r"(a+)+$", "a" * 40 + "!", False),
        (r"(a*)*(a*)*b", "a" * 20_000, False),
        (r"(?=x)x", "x", None),
        (r"(a)\1", "aa", None),
        (r"((a{1000}){1000}){1000}", "a", None),
        (r"(", "(", None),
        ("a" * 2_000, "a", None),
    ],
)
def test_patterns_are_run_by_an_engine_that_cannot_backtrack(pattern: str, text: str, fits: bool | None) -> None:
    assert patterns.occurs(f"^(?:{pattern})$", text) is fits


def test_a_pattern_that_is_not_run_says_why() -> None:
    assert "look-around" in (patterns.why_not("(?=x)") or "")
    assert "longer than" in (patterns.why_not("a" * 2_000) or "")
    assert patterns.why_not("[a-z]+") is None
