"""Part 9: what was asked besides the main question, named beforehand, with p-values adjusted for each other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from fourfold import stats
from fourfold.assessment import instruments
from fourfold.evaluation import doubts, rules
from fourfold.evaluation.report import answer, estimates, gate, nulls
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Part
from fourfold.evaluation.terms import ExtractRow
from fourfold.words import words


@dataclass(frozen=True)
class Compared:
    """One comparison: what is shown, on how few people it rests, and how far it lies from no difference."""

    name: str
    found: stats.Estimate
    fewest: int
    plan: str
    function: str
    p: float
    log_ratio: stats.Estimate | None = None
    detectable: nulls.Detectable | None = None
    cautions: tuple[str, ...] = ()


def besides(study: Study) -> Part:
    """Return the secondary outcomes and the subgroups named in the plan, and no others."""
    planned = [(name, _outcome(study, name)) for name in study.plan.secondary]
    planned += [(name, _subgroup(study, name, rows)) for name, rows in _groups(study)]
    if not planned:
        return Part(words=("The plan names none, so none was looked at.",))
    shown = [row for _, row in planned if isinstance(row, Compared)]
    adjusted = dict(zip((row.name for row in shown), _adjusted([row.p for row in shown], study), strict=True))
    shrunken = _shrunken([row for row in shown if row.log_ratio is not None], study)
    rows = [
        _line(study, row, adjusted[row.name], shrunken.get(row.name, ""))
        if isinstance(row, Compared)
        else (WORDS.get(name, name), gate.HELD, "", row, "")
        for name, row in planned
    ]
    words = (
        f"{len(planned)} comparisons were planned and {len(shown)} could be made; p-values by {study.plan.multiplicity}. "
        "Subgroups are shrunken towards each other: the further out a small one lies, the less it is believed.",
        *nulls.words((row[0], row[4]) for row in rows),
        *(
            f"{row.name}: {doubts.of_cases(said)}"
            for row in shown
            for said in row.cautions
            if row.fewest >= rules.FEWEST
        ),
        *(WELLBEING_WORDS if "wellbeing" in study.plan.secondary else ()),
    )
    head = ("What", "Managed against not (95%)", "Shrunken", "Adjusted p")
    table = nulls.table("Other outcomes and subgroups, managed against not managed", head, rows)
    return Part(words=words, tables=(table,))


WORDS = words({"all_acts": "every further act, ratio of rates", "wellbeing": "how the victim is, points"})
WELLBEING_WORDS = (
    "How the victim is: the change from the first to the last whole total of one measure, beside the first total, the level "
    "and the site; only of victims who agreed, and who were asked twice, at least 60 days apart. Who is not asked again may be "
    "who is worse.",
)


def _line(study: Study, row: Compared, p: float, shrunken: str) -> tuple[str, ...]:
    said, smallest = nulls.shown(
        study.ledger, row.name, row.found, row.detectable, row.fewest, plan=row.plan, function=row.function
    )
    if said == gate.HELD:
        return row.name, said, "", gate.HELD, smallest  # how unlikely it is would tell about the few as well
    return row.name, said, shrunken, "under 0.001" if p < 0.001 else f"{p:.3f}", smallest


def _shrunken(shown: list[Compared], study: Study) -> dict[str, str]:
    if len(shown) < 2:
        return {}
    logs = [row.log_ratio for row in shown if row.log_ratio is not None]
    forecast = stats.predict_new_site([row.estimate for row in logs], [float(row.standard_error or 0) for row in logs])
    few = min(row.fewest for row in shown)
    return {
        row.name: gate.estimate(
            study.ledger,
            f"{row.name}, shrunken",
            found.exponentiated(),
            few,
            plan=row.plan,
            function="predict_new_site",
        )
        for row, found in zip(shown, forecast.sites, strict=True)
    }


def _subgroup(study: Study, name: str, rows: list[ExtractRow]) -> Compared | str:
    found = estimates.effect_within(rows, study.plan) if rows else None
    if found is None:
        return "too few cases or acts in a group"
    ratio, few = found.exponentiated(), estimates.smallest(rows)
    p, detectable = _two_sided(found), nulls.by_acts(rows)
    return Compared(f"hazard ratio, {name}", ratio, few, "subgroups.names", answer.COX, p, found, detectable)


def _two_sided(found: stats.Estimate) -> float:
    return float(2 * scipy.special.ndtr(-abs(found.estimate) / float(found.standard_error or np.inf)))


def _adjusted(values: list[float], study: Study) -> list[float]:
    return [float(value) for value in stats.adjust_p_values(values, method=study.plan.multiplicity).p_values]


def _groups(study: Study) -> Iterator[tuple[str, list[ExtractRow]]]:
    for chosen in study.plan.subgroups:
        yield from _groups_of(study, chosen)


def _groups_of(study: Study, chosen: str) -> list[tuple[str, list[ExtractRow]]]:
    if chosen == "former_partner":
        words = ((True, "former partner"), (False, "not a former partner"), (None, "not known whether former partner"))
        return [(word, [row for row in study.rows if row.former_partner is value]) for value, word in words]
    lower = ("", "low", "medium")
    return [
        ("level low or medium", [row for row in study.rows if row.level in lower]),
        ("level high or very high", [row for row in study.rows if row.level not in lower]),
    ]


def _outcome(study: Study, name: str) -> Compared | str:
    return estimates.tried(lambda: (_all_acts if name == "all_acts" else _wellbeing)(study))


def _all_acts(study: Study) -> Compared:
    """Return the ratio of the rates of every further act (Andersen-Gill; Lin, Wei, Yang & Ying 2000), time held taken out."""
    table = rules.episodes(study.rows)
    wanted = ("managed", *(column for name in study.plan.adjusted_for for column in rules.COLUMNS_OF[name]))
    names = [name for name in wanted if np.ptp(table[name]) > 0]
    fit = stats.andersen_gill(
        table["exit"],
        table["event"],
        {name: table[name] for name in names},
        table["person"],
        entry=table["entry"],
        strata=table["site"],
    )
    found = fit.log_hazard_ratio("managed")
    return Compared(
        WORDS["all_acts"],
        found.exponentiated(),
        study.fewest,
        "secondary.outcomes",
        "andersen_gill",
        _two_sided(found),
        detectable=nulls.of_rates(found.standard_error),
        cautions=fit.cautions,
    )


def _title(measure: str) -> str:
    """Return what a measure is called; its key, where it came from elsewhere."""
    return next((form.title for form in instruments.catalogue() if form.key == measure), measure)


def _wellbeing(study: Study) -> Compared:
    """Return the difference in points at the last whole total, adjusted for the first, the level and the site."""
    asked = [row for row in study.rows if rules.wellbeing_days(row) >= FURTHEST_APART]
    if not asked:
        raise stats.EmptyInput("wellbeing", "was measured twice for nobody who agreed", "Ask again, and freeze later")
    measures = sorted({str(row.wellbeing_measure) for row in asked})
    chosen = max(measures, key=lambda name: sum(row.wellbeing_measure == name for row in asked))
    rows = [row for row in asked if row.wellbeing_measure == chosen]
    managed = np.array([rules.managed_by(row, row.wellbeing_last_day or 0) for row in rows], dtype=float)
    few = int(min(managed.sum(), len(rows) - managed.sum()))
    if few < rules.FEWEST:
        raise stats.EmptyInput(
            "wellbeing", "was measured twice for too few people in a group", "Ask again, and freeze later"
        )
    columns = {
        "managed": managed,
        "first": np.array([float(row.wellbeing_first or 0.0) for row in rows]),
        "level": np.array([rules.LEVELS[row.level] for row in rows]),
        **{f"site {name}": np.array([float(row.site == name) for row in rows]) for name in sorted(study.sites)[1:]},
    }
    kept = {name: values for name, values in columns.items() if np.ptp(values) > 0}
    fit = stats.linear_regression([float(row.wellbeing_last or 0.0) for row in rows], kept, errors="HC3")
    found = fit.estimate("managed")
    return Compared(
        f"{WORDS['wellbeing']} on “{_title(chosen)}”",
        found,
        few,
        "secondary.outcomes",
        "linear_regression",
        _two_sided(found),
        detectable=nulls.of_difference(found.standard_error, freedom=fit.degrees_of_freedom),
        cautions=fit.cautions,
    )


FURTHEST_APART = 60
