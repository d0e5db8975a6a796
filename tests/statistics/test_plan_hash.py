"""One text for one plan, against RFC 8785 and a hash computed beforehand."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import stats

PLAN = {
    "alpha": 0.05,
    "plan": "demo-1",
    "primary": {"estimand": "RD365", "estimator": "iptw_overlap", "population": "accepted_referrals"},
    "sites": ["A", "B", "C"],
}
HASH = "34e02f0b9390ea0335afb429dbf681fd8f66bf1cef08de80858317e8e0326a1c"


def test_the_demonstration_plan_has_the_hash_computed_beforehand():
    assert stats.plan_hash(PLAN) == HASH


@given(st.permutations(list(PLAN)), st.integers(0, 4), st.booleans())
def test_neither_order_nor_layout_changes_the_hash(keys, indent, spaced):
    text = json.dumps({key: PLAN[key] for key in keys}, indent=indent, separators=(" , ", " : ") if spaced else None)
    assert stats.plan_hash(text) == stats.plan_hash(text.encode()) == HASH


@pytest.mark.parametrize(
    "change", [{"alpha": 0.050001}, {"sites": ["B", "A", "C"]}, {"plan": "demo-1 "}, {"more": None}]
)
def test_any_change_of_meaning_changes_the_hash(change):
    assert stats.plan_hash({**PLAN, **change}) != HASH


def test_the_worked_example_of_rfc_8785():
    """Section 3.2.2: numbers, literals and escapes."""
    text = r"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""
    wanted = (
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    )
    assert stats.canonical_json(json.loads(text)) == wanted


def test_keys_are_sorted_as_rfc_8785_sorts_them():
    """Section 3.2.3: by UTF-16 code units, so an emoji comes before the last of the basic characters."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(stats.canonical_json(dict.fromkeys(keys, 0)))) == ordered


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (999999999999999900000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (0.000001, "0.000001"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
    ],
)
def test_numbers_against_rfc_8785_appendix_b(number, text):
    assert stats.canonical_json(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_it_was(number):
    text = stats.canonical_json(number)
    assert float(text) == number
    assert Decimal(text) == Decimal(repr(number))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé😀", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_reads_back_and_is_written_alike_again(value):
    text = stats.canonical_json(value)
    assert stats.canonical_json(json.loads(text)) == text


def test_an_amendment_is_chained_to_what_it_amends():
    first = stats.chained_hash(HASH, {"horizon": 730})
    assert first != stats.chained_hash("0" * 64, {"horizon": 730})
    assert stats.chained_hash(first, {"horizon": 365}) != stats.chained_hash(HASH, {"horizon": 365})


@pytest.mark.parametrize(
    ("plan", "error", "says"),
    [
        ({"x": math.nan}, stats.NotANumber, "nan"),
        ({"x": math.inf}, stats.NotANumber, "inf"),
        ('{"x": NaN}', stats.NotANumber, "NaN"),
        ({"x": 2**53 + 1}, stats.OutOfRange, "2.53"),
        ({"x": {1, 2}}, stats.WrongShape, "set"),
        ({1: "x"}, stats.WrongShape, "key that is not a word"),
        ('{"x": 1, "x": 2}', stats.WrongShape, "twice"),
        ("[1, 2]", stats.WrongShape, "no mapping"),
        ("{", stats.WrongShape, "no JSON"),
        ({"x": "\ud800"}, stats.WrongShape, "half a character"),
    ],
)
def test_what_has_no_one_text_is_refused(plan, error, says):
    with pytest.raises(error, match=says):
        stats.plan_hash(plan)


def test_a_chain_needs_a_hash_to_hang_on():
    with pytest.raises(stats.WrongShape, match="SHA-256"):
        stats.chained_hash("abc", {})
