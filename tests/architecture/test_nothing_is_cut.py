"""No list is cut in silence: each place that takes the first of something stands here, with who says so or why nobody need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fourfold

ROOT = Path(fourfold.__file__).parent
#: What reads, and what shows.
READING = ("queries", "web/pages")

TEXT = "a text, a key or a digest, no list"
INDEX = "no more than there are places or pairs"
PAGES = "a page at a time, or a batch, until there is none"
GIVEN = "the caller says how many; whoever lists it asks for all"
#: What takes the first of something, and why nothing is missed: file and bound, as they are written.
KNOWN = {
    "assessment/queries/form_agreement.py 2": "two raters are compared",
    "assessment/queries/library.py 12": TEXT,
    "assessment/queries/moments.py MOST_KNEW": "what was known at a moment, the newest two hundred things, in no list of the day",
    "assessment/queries/previews.py 500": TEXT,
    "assessment/queries/reasons.py MOST_NAMED": "the first questions of a finding, with how many more; each line is below",
    "audit/queries.py _AT_ONCE": PAGES,
    "cases/queries/case_pages.py CHANGES_A_PAGE": PAGES,
    "cases/queries/course_facts.py 500": PAGES,
    "cases/queries/course_facts.py most": "twenty thousand reports of one person",
    "cases/queries/desk.py MOST_NAMED": "what stands first in the queue; the desk's list pages through every report",
    "cases/queries/held_near.py most": "compared, not listed",
    "cases/queries/second_case.py 5": "the cases of one pair, of which the first is the way",
    "web/pages/people.py 5": "the first cells of one row",
    "cases/queries/desk.py MOST_ACTS": "the two hundred acts nearest to a report; the case has them all",
    "cases/queries/desk.py most + 1": "one more than a page says that another follows, or the day that more say danger now",
    "cases/queries/desk.py newest": "the newest; the day says that more wait, and leads to the desk's list",
    "cases/queries/due.py most": GIVEN,
    "cases/queries/happened.py most": GIVEN,
    "cases/queries/held.py MOST_OF_CASES": "compared, not listed",
    "cases/queries/held.py MOST_SEEDS": "compared, not listed",
    "cases/queries/held_near.py MOST_WEIGHED": "compared, not listed",
    "cases/queries/held_near.py fresh": "compared, not listed",
    "cases/queries/possible_courses.py MOST_COUNTED + 1": "one more than are counted: the page says that there are more",
    "cases/queries/possible_courses.py MOST_WEIGHED": "the page of a search says that not all could be compared",
    "cases/queries/drawn.py most": "the picture says that the newest two thousand acts are drawn, and of how many",
    "cases/queries/rows.py SNIPPET": TEXT,
    "cases/queries/rows.py most": PAGES,
    "cases/queries/word_search.py MOST_CASES": "the page of a search says so",
    "cases/queries/together.py MOST": "the page says 60 of how many; the others follow once these have left the desk",
    "drafts/queries.py MOST": "no more are kept",
    "cases/queries/listing.py most": "the newest of one's own, looked at first; where a page is not full all are",
    "duties/queries/anywhere.py MOST": "counted, to know whether the day is read whole or by the page",
    "cases/queries/listing.py PAGE": "the page of the list, and its last place from which the next begins",
    "cases/queries/listing.py most + 1": "one more than a page says that another follows",
    "duties/queries/pages.py 3": "of a place, where it begins",
    "duties/queries/pages.py most": PAGES,
    "duties/queries/pages.py max(most, counts)": PAGES,
    "duties/queries/pages.py min(shown, counts - 1) + 1": PAGES,
    "evaluation/queries/extracts.py 8": TEXT,
    "evaluation/queries/extracts.py 20": TEXT,
    "evaluation/queries/extracts.py CASES_AT_ONCE": PAGES,
    "governance/queries/tallied.py MOST + 1": "one more than are counted by themselves: then all of a unit's are counted as they stand",
    "governance/queries/case.py PAGE": "a thousand, as WHOLE",
    "governance/queries/disposing.py SHOWN": "the two hundred proposed longest ago and the two hundred disposed of last; the page says so",
    "linkage/queries/as_compared.py MOST_TO_LEARN_FROM": "a sample to learn from",
    "linkage/queries/meant.py shared_keys.MOST_COMPARED": "compared, not listed",
    "linkage/queries/weighing.py MOST_CANDIDATES": "the ten whom most speaks for; a search finds everybody",
    "orders/queries/acts.py most": "a thousand, as WHOLE",
    "web/pages/receipts.py LONGEST": "no receipt of a provider is so long; one that is cannot be read, and is refused",
    "rollout/queries.py draws": "draws of chance, no list; what is shown says how many",
    "panel/queries/items.py 3": "the worst three acts, beside a link to the pattern",
    "people/queries/messages.py most": GIVEN,
    "people/queries/records.py most": "the page of a search says so, and leads to a comparison of everybody",
    "programme/queries.py now + 1": INDEX,
    "support/queries/rows.py most": GIVEN,
    **dict.fromkeys(
        (
            "web/pages/agency.py 200", "web/pages/calendar.py 32", "web/pages/case.py 20", "web/pages/caseload.py 20",
            "web/pages/diary.py 64", "web/pages/diary_file.py 8", "web/pages/filling.py 200",
            "web/pages/find.py 100", "web/pages/find.py LONGEST", "web/pages/home.py LONGEST",
            "web/pages/instruments.py 200", "web/pages/intake.py 120", "web/pages/oversight.py 20",
            "web/pages/oversight.py 100",
            "web/pages/sites.py 100", "web/pages/sittings.py LONGEST",
        ),
        TEXT,
    ),
    "web/pages/intake.py MOST_BESIDE": "the form says how many people it takes",
    "web/pages/intake.py MOST_SENT_BACK": "refused by name where there are more",
    "web/pages/intake.py len(LEADING)": INDEX,
    "web/pages/measures.py len(ordered)": INDEX,
}  # fmt: skip
#: The same in what a page shows; each says of how many, or leads to the rest in the next line.
SHOWN = {
    "case/pattern.html actions[:6]": "6 of 8, and the plan",
    "case/pattern.html breaches[:6]": "6 of 7, and the orders",
    "case/pattern.html value.changes[:8]": "8 of 9, and the history",
    "courses/rows.html speaking[:3]": "and 2 more reasons, on the page of the course",
    "desk/allegation.html candidates[:3]": "the others follow, as links",
    "desk/allegation.html holding.under[:1]": "each part of what the unit holds is named by its first",
    "desk/compare.html standing[:1]": "one decision stands",
    "home/today.html since.alerts[:8]": "the others open below",
    "instruments/one.html scale.options[:50]": "50 of each scale, and a last row that says how many more",
    "panel/item.html value.shared.before[:1]": "the last panel, beside a link to all decisions",
}


def bounds() -> Iterator[str]:
    """Yield each place that reads or shows and takes the first of something, but for one and for all."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if any(part in name for part in READING):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
                    upper = ast.unparse(node.slice.upper) if node.slice.upper and not node.slice.lower else ""
                    if upper not in ("", "WHOLE", "1", "-1"):
                        yield f"{name} {upper}"


def shown() -> Iterator[str]:
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        for cut in re.findall(r"\w+(?:\.\w+)*\[\d*:\d+\]", path.read_text()):
            if "sha256" not in cut:
                yield f"{path.relative_to(ROOT / 'web' / 'templates').as_posix()} {cut}"


def test_whatever_takes_the_first_of_a_list_stands_here_with_who_says_so() -> None:
    assert set(bounds()) ^ set(KNOWN) == set()


def test_whatever_a_page_shows_the_first_of_stands_here_with_where_the_rest_is() -> None:
    assert set(shown()) ^ set(SHOWN) == set()
