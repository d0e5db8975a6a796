"""What belongs together among the reports of all sites, compared once for several looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Count, Max, Q

from fourfold.cases import rules
from fourfold.cases.models import PossibleCourse, Summary
from fourfold.cases.services.reports import FOR_NOBODY, reports_that_share
from fourfold.intake.rules.feeds.read_ahead import beside
from fourfold.linkage.terms import Weights

AT_ONCE = 500
#: From so many reports on another process helps, which takes a moment to start.
LARGE = 20_000


class Compared:
    """What belongs together among the reports of all sites: compared once for sites that are looked at one after another, while
    their weights are the same and nobody else has looked at them meanwhile."""

    def __init__(self) -> None:
        self._found: tuple[Weights, rules.Belonging] | None = None
        self._stood: dict[str, list[Any]] = {}

    def by(self, own: Weights, site: str, between: Callable[[], None]) -> rules.Belonging:
        """Return it by a site's weights, no older than what stands at the site: that would end what an import found since."""
        stands = _standing_at_each()
        if self._found is None or self._found[0] != own or self._stood.get(site) != stands.get(site):
            self._found = None  # two do not fit beside one another
            self._stood, self._found = stands, (own, compare(own, between))
        return self._found[1]


def _standing_at_each() -> dict[str, list[Any]]:
    """Return how many courses were ever found at each site, how many of them stand, and when that was last looked at: each
    look since shows in it."""
    every = PossibleCourse.objects.unscoped(FOR_NOBODY).order_by().values_list("site")
    rows = every.annotate(found=Count("pk"), stand=Count("pk", filter=Q(ended_at__isnull=True)), last=Max("looked_at"))
    return {site: more for site, *more in rows}


def compare(own: Weights, between: Callable[[], None]) -> rules.Belonging:
    """Return what belongs together among the reports of all sites, by some weights."""
    many = Summary.objects.unscoped(FOR_NOBODY)[LARGE - 1 : LARGE].exists()
    with beside(rules.number_people, own, most=int(many), stays=False) as pipes:
        reports = (report for some in in_parts(reports_that_share(), between) for report in some)
        return rules.belonging(reports, own, pipes)


def in_parts(
    rows: Iterable[Any],
    between: Callable[[], None] = lambda: None,
    *,
    most: int = AT_ONCE,
    size: Callable[[Any], int] = lambda _: 1,
) -> Iterator[list[Any]]:
    """Yield rows by the few: as many as come to `most` by their `size`, or one that is larger."""
    some, many = list[Any](), 0
    for row in rows:
        some.append(row)
        many += size(row)
        if many >= most:
            between()
            yield some
            some, many = [], 0
    if some:
        between()
        yield some
