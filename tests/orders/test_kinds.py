"""Every kind of order says enough of itself (docs/how-to/add-an-order-type.md)."""

from __future__ import annotations

from datetime import date

import pytest

from fourfold.law import rules as law
from fourfold.law.rules import limit
from fourfold.orders.models import Order
from fourfold.orders.statutory import TESTS
from fourfold.orders.terms import OrderKind
from fourfold.words import Word

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("kind", list(OrderKind))
def test_a_kind_has_its_words_and_fits_its_column(kind: OrderKind) -> None:
    assert isinstance(kind.words, Word)
    assert kind.words == kind.words.lower()
    assert len(kind) <= (Order._meta.get_field("kind").max_length or 0)


@pytest.mark.parametrize("kind", list(OrderKind))
def test_the_register_knows_each_limit_of_a_kind_and_what_its_breach_means(kind: OrderKind) -> None:
    about = kind.about
    lengths = (about.shortest_limit, about.longest_limit, *about.longest_limits.values())
    named = (about.notification_limit, about.change_limit, about.hearing_limit, *lengths)
    for code in filter(None, named):
        assert limit(code, TODAY).count > 0
    assert law.breach_means(kind, TODAY)


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind.about.applied_for])
def test_of_a_kind_that_the_unit_applies_for_it_is_known_what_the_court_asks(kind: OrderKind) -> None:
    assert TESTS[kind].limbs
    assert TESTS[kind].duration


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind.about.supersedes])
def test_a_kind_supersedes_another_one(kind: OrderKind) -> None:
    assert OrderKind(kind.about.supersedes) is not kind


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (OrderKind.SPO_INTERIM, "an interim stalking protection order"),
        (OrderKind.RESTRAINING, "a restraining order"),
        (OrderKind.LICENCE, "licence conditions"),
        (OrderKind.DOMESTIC_VIOLENCE_NOTICE, "a domestic violence protection notice"),
    ],
)
def test_a_sentence_says_the_kind_with_its_article(kind: OrderKind, said: str) -> None:
    assert kind.with_article == said
