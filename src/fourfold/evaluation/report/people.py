"""The parts about whom: the flow of cases, the baseline before and after weighting, what is missing."""

from __future__ import annotations

import numpy as np

from fourfold import stats
from fourfold.evaluation import codebook
from fourfold.evaluation.report import drawings, gate
from fourfold.evaluation.report.estimates import followed_share
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part, Table


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
        (name.title(), *map(str, cells), str(total))
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
        f"Of the cases, about {5 * round(share / 5)} in 100 were followed to the horizon or to another act.",
        "How many were referred and not opened is counted by the desk and is not part of this extract.",
    )
    return Part(4, "Flow of cases", words=words, tables=(Table("Cases by site", ("Site", "Managed", "Not managed", "All"), tuple(rows)),))  # fmt: skip


def _keep(study: Study, name: str, cell: stats.Released | stats.Suppressed) -> None:
    from fourfold.evaluation.report.terms import Number

    value = float(cell.count) if isinstance(cell, stats.Released) else None
    study.ledger.keep(
        Number(name, value, None, None, "estimand.population", "fourfold.stats.protect_table", "rounded to 5")
    )


def baseline(study: Study) -> Part:
    """Part 5: how alike the groups were, before and after weighting, with effective sample sizes."""
    weights, mark = study.weights, study.mark
    if isinstance(weights, str) or isinstance(mark, str):
        return Part(5, "Baseline", missing=f"balance cannot be computed: {weights}")
    if mark.fewest < 10:
        return Part(5, "Baseline", missing="fewer than ten cases in one group on the landmark day")
    rows = []
    for row in weights.balance:
        for word, value in (("before", row.before), ("after", row.after)):
            found = stats.Estimate(value, np.nan, np.nan, method=weights.method)
            gate.estimate(study.ledger, f"standardised difference {word}, {row.name}", found, mark.fewest,
                          plan="adjustment.covariates", function="propensity_weights")  # fmt: skip
        rows.append((row.name, gate.said(row.before), gate.said(row.after), gate.said(row.variance_ratio)))
    table = Table("Standardised differences", ("Covariate", "Before", "After weighting", "Variance ratio"), tuple(rows))
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
    return Part(5, "Baseline", words=(sizes, *weights.cautions), figures=(figure,))


def missingness(study: Study) -> Part:
    """Part 6: which baseline fields were not recorded, and what is assumed of them."""
    rows = tuple(
        (name, gate.count(study.ledger, f"absent {name}", sum(codebook.is_absent(row, name) for row in study.rows),
                          plan="adjustment.covariates"))
        for name in codebook.BASELINE
    )  # fmt: skip
    words = (
        "A field that nobody filled in is never taken as no: whether the subject is a former partner has its own column for "
        "not known; a case without a first level counts with the lowest.",
        *(f"Not in the extract: {line}." for line in codebook.NOT_THERE),
    )
    return Part(6, "What is missing", words=words, tables=(Table("Absent at referral", ("Field", "Cases"), rows),))
