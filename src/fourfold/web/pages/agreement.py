"""Agreement: where do we judge alike, each alone, and where is there something to talk about?"""

from collections.abc import Iterable

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.assessment.terms.agreement import Comparison
from fourfold.panel.queries.agreement import agreement_page
from fourfold.stats import agreement
from fourfold.web.components import charts
from fourfold.web.components.charts.interval_dots import Dot, Dots, interval_dots
from fourfold.web.components.words import plural
from fourfold.web.guard import Request, page, requires
from fourfold.words import Word

LANDIS_KOCH = Word(agreement.LANDIS_KOCH_NOTE)
BEYOND_CHANCE = Word("agreement beyond guessing (AC2)")


@requires(Permission.RATINGS_COMPARE, compartments={Compartment.CORE, Compartment.RISK}, methods=("GET",))
def home(request: Request) -> HttpResponse:
    """Show how far colleagues agree at one site, with what it rests on, and the cases worth a conversation."""
    value = agreement_page(actor=request.actor, at=request.at, site=request.GET.get("site", ""))
    together = (value.level, *value.professions, *((value.mine,) if value.mine else ()))
    return page(
        request,
        "agreement/home.html",
        value=value,
        words_note=LANDIS_KOCH,
        drawings={
            "professions": _drawn(
                together, Word("How far the professions agree on the level before they talk"), Word("Between")
            ),
            "quarters": _drawn(value.quarters, Word("Agreement over time, by quarter"), Word("Quarter")),
            "sites": _drawn(value.sites, Word("Agreement at each site"), Word("Site")),
        },
    )


def _drawn(compared: Iterable[Comparison], title: str, named: str) -> tuple[charts.Svg, charts.Svg] | None:
    """Draw comparisons wide and narrow; None where there is none."""
    rows = tuple(_dot(each) for each in compared)
    if not rows:
        return None
    dots = Dots(rows, title, BEYOND_CHANCE, named=named)
    return interval_dots(dots), interval_dots(dots, narrow=True)


def _dot(compared: Comparison) -> Dot:
    main = compared.main
    if compared.cases is None or main is None:
        return Dot(compared.name, None, Word("fewer than ten cases"))
    rests_on = plural(compared.cases, "case")
    if main.estimate is None or main.low is None or main.high is None:
        return Dot(compared.name, None, rests_on, why=Word("undefined"))
    return Dot(compared.name, charts.Interval(main.estimate, main.low, main.high), rests_on)


urlpatterns = [path("agreement/", home, name="agreement:home")]
