"""The people of whom a telling tells can be spoken of by everybody who sits at the table."""

from __future__ import annotations

from fourfold.demo.courses import SEED
from fourfold.demo.invented import SURNAMES, Inventor, family_of
from fourfold.demo.roster import posts
from fourfold.demo.story.strangers import strangers_name

STAFF = {family_of(post.name) for post in posts(Inventor(SEED))}


def test_nobody_in_the_story_shares_a_family_name_with_whoever_works_there() -> None:
    inventor = Inventor(11)
    told = {family_of(strangers_name(inventor, "F")) for _ in range(2000)}
    assert set(SURNAMES) - STAFF == told
    assert STAFF & set(SURNAMES)
