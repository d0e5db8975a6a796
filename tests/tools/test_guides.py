"""A guide for each role, which names only what the product has: words of its pages, addresses that its reader may open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import resolve

from fourfold.access.roles import ROLES
from fourfold.access.terms import Role
from tools import guide
from tools.progress import ROOT

#: Nobody signs in as these: the diary explains itself, and an agency's system has a how-to.
NONE = {Role.VICTIM, Role.AGENCY_SYSTEM}


def test_each_role_has_its_guide_and_stands_in_the_list() -> None:
    assert set(guide.guides()) == set(Role) - NONE
    listed = re.findall(r"\]\((\w+)\.md\)", (guide.GUIDES / "index.md").read_text())
    assert set(listed) == set(Role) - NONE


def test_what_a_guide_prints_in_bold_are_words_of_the_product() -> None:
    said = "".join(
        path.read_text() for ending in ("*.html", "*.py") for path in (ROOT / "src" / "fourfold").rglob(ending)
    )
    texts = {**guide.guides(), "index": (guide.GUIDES / "index.md").read_text()}
    bold = {(role, one.rstrip(".")) for role, text in texts.items() for one in re.findall(r"\*\*(.+?)\*\*", text)}
    assert len(bold) > 40
    assert [(role, one) for role, one in sorted(bold) if one not in said] == []


@pytest.mark.parametrize("role", sorted(set(Role) - NONE))
def test_a_guide_shows_pages_that_its_reader_may_open(role: Role) -> None:
    shown = list(guide.pictures(role, guide.guides()[role]))
    assert shown
    for one in shown:
        needs = resolve(one.address).func.declared.permission  # type: ignore[attr-defined]
        assert needs is None or needs in ROLES[role].permissions, f"{role} may not open {one.address}"


def test_the_site_of_the_docs_leads_nowhere_that_is_not_there(tmp_path: Path) -> None:
    assert guide.write(tmp_path) > 40
    for page in tmp_path.rglob("*.html"):
        for found in re.findall(r'href="(?!https?:|#)([^"#]+)', page.read_text()):
            assert (page.parent / found).exists(), f"{page.relative_to(tmp_path)} leads to {found}"
