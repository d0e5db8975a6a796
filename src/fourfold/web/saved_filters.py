"""The reader's saved filters as links to the list of cases."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases


def filter_links(actor: Actor) -> list[tuple[UUID, str, str]]:
    """Return the reader's saved filters: identifier, name and address."""
    return [(one.id, one.name, f"{reverse('case:list')}?{_said(one)}") for one in cases.saved_filters(actor=actor)]


def _said(one: cases.FilterShown) -> str:
    return urlencode({"state": one.state, "level": one.level} | ({"mine": "yes"} if one.mine else {}))
