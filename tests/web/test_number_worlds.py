"""Whoever tells a bare way to reach somebody reads the same everywhere, whether it is a victim's or nobody's."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fourfold.access.routes import routes
from fourfold.linkage.models import Proposal
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.chance import without_chance
from tests.web.conftest import SignIn
from tests.web.worlds import undone

pytestmark = pytest.mark.django_db
HOME = "14 Elder Bank Lane, Northwich, CW9 5QT"
#: On record of the victim, and of nobody.
BARE = {
    "phone": ("07700 900123", "07700 900987"),
    "email": ("nora.q@mail.invalid", "lena.p@mail.invalid"),
    "address": (HOME, "15 Alder Park Road, Southwich, CX8 4PR"),
}
WHERE = ("/refer/{}/", "/desk/{}/", "/desk/{}/compare/victim/{}/", "/desk/{}/triage/", "/api/allegations/{}")


def lists() -> list[str]:
    """Return every address of the site that names nothing, and nobody signs out by."""
    found = (f"/{each.address}" for each in routes() if each.declared and "GET" in each.declared.methods)
    return [each for each in found if not re.search(r"[<^(\\]|^/accounts/|static", each)]


def read(client: Client, address: str, said: tuple[str, str]) -> str:
    answer = client.get(address)
    text = b"".join(answer) if answer.streaming else answer.content
    for value in said:  # what was typed is shown to whoever typed it
        text = text.replace(value.encode(), b"what was told")
    plain = re.sub(
        r'[A-Za-z0-9_-]{40,}|\b[0-9a-f]{8,}\b|(?<=name="once" value=")[^"]+',
        "…",
        without_chance(text.decode("utf-8", "replace")),
    )
    return f"{answer.status_code} {plain}"


@pytest.mark.parametrize("kind", BARE)
@pytest.mark.parametrize("name", ["officer", "outreach"])
def test_a_bare_way_to_reach_somebody_tells_nobody_who_referred_it_whose_it_is(
    cast: Cast, signed_in: SignIn, settings: Any, kind: str, name: str
) -> None:
    at = NOW + timedelta(days=1)
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()})
    case = open_case(cast, victim_email="nora.q@mail.invalid", victim_address=HOME)
    worlds = []
    for value in BARE[kind]:
        with undone():
            client, answers = signed_in(name), {}
            kept = client.post("/refer/", {"words": "He waits.", f"victim_{kind}": value})
            assert kept.status_code == 303, kept.content
            mine = kept["Location"].rstrip("/").rpartition("/")[2]
            hits = Proposal.objects.unscoped("a test").filter(allegation=mine, victim=case.victim).count()
            assert hits == (value is BARE[kind][0] or value == BARE[kind][0]), (
                "the desk is helped, or nothing is proved"
            )
            found = (
                f"/find/?q={value.split('@')[0].replace(' ', '+')}",
                f"/find/?q={value.replace(' ', '').replace('@', '%40')}",
            )
            for address in (*lists(), *(each.format(mine, case.victim_id) for each in WHERE), *found):
                place = (
                    re.sub(r"\?.*", f" {found.index(address)}", address.replace(mine, "mine"))
                    if address in found
                    else address.replace(mine, "mine")
                )
                answers[place] = read(
                    client,
                    address,
                    (value, value.replace(" ", ""), value.replace("@", "%40").replace(" ", "+"), value.split("@")[0]),
                )
            worlds.append(answers)
    one, other = worlds
    differing = [address for address, said in one.items() if said != other[address]]
    assert not differing, [(each, *_first(one[each], other[each])) for each in differing[:5]]


def _first(one: str, other: str) -> tuple[str, str]:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 90) : at + 120], other[max(0, at - 20) : at + 120]
