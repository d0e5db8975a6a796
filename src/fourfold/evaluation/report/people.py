"""The parts about whom: the flow of cases, the baseline before and after weighting, what is missing."""

import numpy as np

from fourfold import stats
from fourfold.evaluation import codebook
from fourfold.evaluation.report import gate
from fourfold.evaluation.report.estimates import Landmark, followed_share
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Number, Part, Table
from fourfold.stats import drawings
from fourfold.words import named


def flow(study: Study) -> Part:
    """Part 4: how many cases at each site were managed, and were not, in the time followed."""
    names = sorted(study.sites)
    counts = [
        [
            sum(row.site == name and (row.managed_day is not None) is managed for row in study.rows)
            for managed in (True, False)
        ]
        for name in names
    ]
    shown = stats.protect_table(counts, names, ("managed", "not managed")).published
    rows = [
        (study.called(name), *map(str, cells), str(total))
        for name, cells, total in zip(shown.row_names, shown.cells, shown.row_totals, strict=True)
    ]
    rows.append(("All", *map(str, shown.column_totals), str(shown.total)))
    for name, cells in zip(names, shown.cells, strict=True):
        for column, cell in zip(("managed", "not managed"), cells, strict=True):
            _keep(study, f"cases {column}, {name}", cell)
    _keep(study, "cases", shown.total)
    share = 100 * followed_share(study.rows, study.plan.horizon_days)
    words = (
        shown.statement,
        f"Of the cases, about {5 * round(share / 5)} in 100 were followed to the horizon, to another act or to custody.",
    )
    cases = Table("Cases by site", ("Site", "Managed", "Not managed", "All"), tuple(rows))
    referred = _referred(study)
    missing = "" if referred else "the extract was frozen without a count of referrals and their outcomes"
    return Part(words=words, tables=(*referred, cases), missing=missing)


EXITS = {
    "advice_only": "advice only",
    "redirect": "sent elsewhere",
    "consultation": "consultation",
    "panel": "to the panel",
    "direct_management": "managed directly",
}


def _referred(study: Study) -> tuple[Table, ...]:
    """Return how what was referred left each site's desk; a case is opened by the last three exits."""
    counted = {(row.site, row.outcome): row.allegations for row in study.origin.flow}
    sites = sorted({site for site, _ in counted})
    if not sites:
        return ()
    exits = [name for name in EXITS if any((site, name) in counted for site in sites)]
    shown = stats.protect_table(
        [[counted.get((site, name), 0) for name in exits] for site in sites], sites, exits
    ).published
    for site, cells in zip(sites, shown.cells, strict=True):
        for name, cell in zip(exits, cells, strict=True):
            _keep(study, f"allegations, {EXITS[name]}, {site}", cell)
    rows = [
        (study.called(name), str(total), *map(str, cells))
        for name, cells, total in zip(shown.row_names, shown.cells, shown.row_totals, strict=True)
    ]
    rows.append(("All", str(shown.total), *map(str, shown.column_totals)))
    head = ("Site", "Left the desk", *(EXITS[name] for name in exits))
    return (Table("Allegations by their outcome at triage; each site keeps the reasons", head, tuple(rows)),)


def _keep(study: Study, name: str, cell: stats.Released | stats.Suppressed) -> None:
    value = float(cell.count) if isinstance(cell, stats.Released) else None
    study.ledger.keep(
        Number(name, value, None, None, "estimand.population", "fourfold.stats.protect_table", "rounded to 5")
    )


def baseline(study: Study) -> Part:
    """Part 5: how alike the groups were, before and after weighting, with effective sample sizes."""
    weights, mark = study.weights, study.mark
    if isinstance(weights, str) or isinstance(mark, str):
        return Part(missing=f"balance cannot be computed: {weights}")
    if mark.fewest < 10:
        return Part(missing="fewer than ten cases in one group on the landmark day")
    rows = []
    for row in weights.balance:
        for word, value in (("before", row.before), ("after", row.after)):
            gate.value(study.ledger, f"standardised difference {word}, {row.name}", value, mark.fewest,
                       plan="adjustment.covariates", function="propensity_weights", method=weights.method)  # fmt: skip
        rows.append((row.name, gate.said(row.before), gate.said(row.after), gate.said(row.variance_ratio)))
    table = Table(
        "Standardised differences",
        ("Covariate", "Before", "After weighting", "Variance ratio"),
        tuple(rows),
        "adjustment.covariates",
        "fourfold.stats.propensity_weights",
    )
    drawn = [
        drawings.Row(f"{row.name}, {word}", value, value, value, hollow=word == "before")
        for row in weights.balance
        for word, value in (("before", row.before), ("after", row.after))
    ]
    figure = Figure(drawings.intervals("Balance before (hollow) and after weighting", drawn, at=0), table)
    sizes = (
        f"Worth after weighting: about {5 * round(weights.effective_treated / 5)} managed and "
        f"{5 * round(weights.effective_control / 5)} other cases. Those managed by day {study.plan.landmark_days} are "
        "compared with those not managed by then; overlap weights."
    )
    means = _means(study, mark, weights)
    return Part(words=(sizes, *map(gate.caution, weights.cautions)), figures=(figure,), tables=(means,))


def _means(study: Study, mark: Landmark, weights: stats.Weighting) -> Table:
    """Return the mean of each covariate in both groups, as they are and as they are weighted."""
    rows = []
    for place, name in enumerate(mark.names):
        values, cells = mark.covariates[:, place], [name]
        for word, weight in (("before", np.ones(len(values))), ("after", np.asarray(weights.weights))):
            for group, arm in (("managed", 1.0), ("not managed", 0.0)):
                inside = mark.treated == arm
                mean = float(np.average(values[inside], weights=weight[inside]))
                people = _under(values[inside])
                cells.append(gate.value(study.ledger, f"mean {name}, {group}, {word}", mean, people,
                                        plan="adjustment.covariates", function="propensity_weights", method="mean"))  # fmt: skip
        rows.append(tuple(cells))
    head = ("Covariate", "Managed", "Not managed", "Managed, weighted", "Not managed, weighted")
    return Table(f"Means of those managed by day {study.plan.landmark_days}, and of those not", head, tuple(rows))


def _under(values: np.ndarray) -> int:
    """Return how many people a mean rests on; of a yes or no the smaller side, for the mean gives it away."""
    shared = set(np.unique(values).tolist()) <= {0.0, 1.0}
    return int(min(values.sum(), len(values) - values.sum())) if shared else len(values)


def missingness(study: Study) -> Part:
    """Part 6: which baseline fields were not recorded, and what is assumed of them."""
    rows = tuple(
        (named(name), gate.count(study.ledger, f"absent {name}", sum(codebook.is_absent(row, name) for row in study.rows),
                          plan="adjustment.covariates"))
        for name in codebook.BASELINE
    )  # fmt: skip
    words = (
        "A field that nobody filled in is never taken as no: whether the subject is a former partner has its own column for "
        "not known; a case without a first level counts with the lowest. That supposes that who did not record it knew no more "
        "than was recorded elsewhere (missing at random, given the other fields and the site).",
        "Outcomes end with the time followed; that this has nothing to do with what would have come next is supposed, and "
        "tried out in part 10.",
        *(f"Not in the extract: {line}." for line in codebook.NOT_THERE),
    )
    return Part(words=words, tables=(Table("Absent at referral", ("Field", "Cases"), rows),))
