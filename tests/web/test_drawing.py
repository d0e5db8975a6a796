"""Templates put values out as the framework does, with less around each; what is kept between pages stays what it was."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from jinja2 import DictLoader, Environment, pass_context
from markupsafe import Markup, escape

from fourfold.config import environment as configured
from fourfold.web.drawing import Drawn, put_out
from fourfold.web.jinja import csrf
from fourfold.words import Word


class Marked:
    """Something that says itself how it is put out."""

    def __html__(self) -> str:
        """Say it with a tag."""
        return "<b>&amp;</b>"


VALUES = ["<a href='x'>\"&", Markup("<b>"), Word("a < b"), 3, 1.5, None, True, Marked(), ["<"], {"a": "<"}]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: "marked" if isinstance(value, Marked) else repr(value))
def test_a_value_is_put_out_as_the_framework_does(value: Any) -> None:
    assert put_out(value) == str(escape(value))


TEMPLATES = {
    "macros": "{% macro shown(a, b='<', c='') %}[{{ a }}{{ b }}{{ caller() if caller }}{{ c }}]{% endmacro %}",
    "page": "{% from 'macros' import shown %}{% for one in rows %}{{ shown(one.name, c='>') }}{{ seen('k') }}"
    "{% set inner %}{{ one.name }}{% endset %}{{ inner }}{{ one.absent|default('none') }}{{ plain('<') }}"
    "{% filter upper %}{{ one.name }}<i>{% endfilter %}{% call shown(1) %}{{ one.name }}{% endcall %}"
    "{{ one.name|safe if loop.first }}{{ '<' ~ one.name }}{{ loop.cycle('<', '>') }}{% endfor %}{{ rows.missing is defined }}",
}


@pass_context
def seen(context: Any, key: str) -> str:
    """Return what the page holds under a key, of its own and of the loop's."""
    return f"{context[key]}<{context.get('one', '-')}>"


def test_a_page_is_drawn_as_the_framework_draws_it() -> None:
    drawn = []
    for kind in (Environment, Drawn):
        made = kind(loader=DictLoader(TEMPLATES), autoescape=True)
        made.globals |= {"seen": seen, "plain": lambda text: text}
        rows = [{"name": "<a>", "items": 1}, {"name": Markup("<b>")}]
        drawn.append(made.get_template("page").render(rows=rows, k="&"))
    assert drawn[0] == drawn[1]
    assert "&LT;A&GT;<I>" in drawn[1]


def test_the_forms_of_a_page_share_a_proof_and_two_pages_do_not() -> None:
    first, second = RequestFactory().get("/"), RequestFactory().get("/")
    assert csrf(first) == csrf(first)
    assert csrf(first) != csrf(second)
    before = csrf(first)
    first.META["CSRF_COOKIE"] = "a" * 32  # as signing in changes it
    assert csrf(first) != before


def test_a_statement_that_names_thousands_is_not_kept() -> None:
    kept = configured._signed.cache_info().currsize
    long = "SELECT " + "%s, " * configured.LONGEST_KEPT + "1"
    assert configured._with_own_signs(long) == long.replace("%s", "?")
    assert configured._signed.cache_info().currsize == kept
