"""The reader's saved filters as links to the list of cases."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.terms import Level, State


def filter_links(actor: Actor) -> list[tuple[UUID, str, str]]:
    """Return the reader's saved filters: identifier, name and address."""
    return [(one.id, one.name, f"{reverse('case:list')}?{_said(one)}") for one in cases.saved_filters(actor=actor)]


def _said(one: cases.FilterShown) -> str:
    return urlencode({"state": one.state, "level": one.level} | ({"mine": "yes"} if one.mine else {}))


def chosen(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return which cases an address or a form asks for; what means nothing asks for all."""
    return {
        "state": State(asked["state"]) if asked.get("state") in set(State) else None,
        "level": Level(asked["level"]) if asked.get("level") in set(Level) else None,
        "mine": bool(asked.get("mine")),
    }
