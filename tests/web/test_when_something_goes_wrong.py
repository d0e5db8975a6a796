"""The how-tos for a bad day: each step is on the page that it names, for whoever should take it, in the words that it prints."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from fourfold.access.models import Account
from fourfold.access.terms import RelationKind
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.web.conftest import SignIn
from tools.progress import ROOT

pytestmark = pytest.mark.django_db

#: Who of the cast takes a step, by how its row begins to say it.
WHO = {
    "a governance lead": "governance",
    "a coordinator": "coordinator",
    "the victim's advocate": "advocate",
    "its holder": "advocate",
    "one lead of the agency": "advocacy_lead",
    "a lead of the agency": "advocacy_lead",
    "the same": "advocacy_lead",
    "the system administrator": "administrator",
    "an administrator": "administrator",
}


def steps(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each step that has an address: who takes it, the address, the words that it prints in bold."""
    for row in re.findall(
        r"^\| (.+) \| (.+) \| `(.+)` \|$", (ROOT / f"docs/how-to/{name}.md").read_text(), re.MULTILINE
    ):
        yield (
            next(one for said, one in WHO.items() if row[1].startswith(said)),
            row[2],
            re.findall(r"\*\*(.+?)\*\*", row[0]),
        )


@pytest.mark.parametrize(("name", "many"), [("when-something-goes-wrong", 13), ("leave", 4)])
def test_each_step_is_on_its_page_for_who_takes_it(cast: Cast, signed_in: SignIn, name: str, many: int) -> None:
    opened = open_case(cast)
    said = {"actor": cast.coordinator, "case": opened, "at": NOW}
    assign(**said, staff=cast.staff["advocate"].pk, kind=RelationKind.ADVOCATE)
    signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    stands = {"case": opened.reference, "agency": "northmoor-advocacy", "site": "northmoor", "account": account.pk}
    taken = list(steps(name))
    assert len(taken) == many
    for who, address, words in taken:
        answer = signed_in(who).get(address.format(**stands))
        assert answer.status_code == 200, (who, address)
        page = html.unescape(answer.content.decode())
        assert [word for word in words if word not in page] == [], (who, address)
