"""The parts about practice: waiting and contact, costs, equality, transfer, roll-out, and where everything comes from."""

import numpy as np

from fourfold import stats
from fourfold.evaluation import recording, rules
from fourfold.evaluation.report import estimates, gate, nulls
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part, Table
from fourfold.stats import drawings

PRICES = tuple(range(0, 20_001, 1000))


def process(study: Study) -> Part:
    """Part 11: how long until management began, how much contact there was, and the funnel of the sites."""
    days = [
        row.followed_days if row.managed_day is None else min(row.managed_day, row.followed_days) for row in study.rows
    ]
    begun = [int(row.managed_day is not None and row.managed_day <= row.followed_days) for row in study.rows]
    figures = []
    curve = estimates.tried(lambda: stats.kaplan_meier(days, begun))
    shown = curve if isinstance(curve, str) else stats.disclose_curve(curve)
    if isinstance(shown, stats.DisclosedCurve):
        rows = tuple((f"{point.day:g}", f"{1 - point.survival:.2f}", str(point.at_risk)) for point in shown.points)
        points = ((0.0, 0.0), *((point.day, 1 - point.survival) for point in shown.points))
        title = "Share of cases in which management had begun"
        drawn = drawings.lines(title, [drawings.Line("all sites", points)], across="days since the case was opened",
                               up=(0, 1), stairs=True)  # fmt: skip
        head = ("Day", "Share", "Still waiting")
        figures.append(Figure(drawn, Table(title, head, rows, "estimand.strategy", "fourfold.stats.kaplan_meier")))
    funnel, said = _funnel(study)
    tables = (_contact(study), _fidelity(study))
    return Part(words=said, tables=tables, figures=(*figures, *funnel))


def _contact(study: Study) -> Table:
    managed = [row for row in study.rows if row.managed_day is not None]
    rows = []
    for name, values in (
        ("days under management", [row.exposure_days for row in managed]),
        ("sessions planned", [row.sessions_planned for row in managed]),
        ("sessions attended", [row.sessions_attended for row in managed]),
        ("staff minutes", [row.staff_minutes for row in managed]),
    ):
        mean = float(np.mean(values)) if values else 0.0
        kept = bool(values) and stats.dominance(values).allowed
        people = len(managed) if kept else 0
        said = gate.value(
            study.ledger, f"mean {name}", mean, people, plan="estimand.strategy", function="dominance",
            method="mean over managed cases", digits=0,
        )  # fmt: skip
        rows.append((name, said))
    return Table("Exposure, dose and work: mean for each managed case", ("What", "Mean"), tuple(rows))


def _fidelity(study: Study) -> Table:
    """Return, for each site, how much of what was decided for a day was done by that day."""
    rows = []
    for name in sorted(study.sites):
        inside = [row for row in study.rows if row.site == name]
        due, kept = sum(row.steps_due for row in inside), sum(row.steps_kept for row in inside)
        cases = sum(row.steps_due > 0 for row in inside)
        share = stats.wilson(kept, due) if due else stats.Estimate(0.0, 0.0, 0.0)
        people = min(cases, kept, due - kept)
        said = gate.estimate(
            study.ledger, f"steps kept, {name}", share, people, plan="estimand.strategy", function="wilson"
        )
        rows.append((study.called(name), said))
    caption = "Fidelity: share of actions and reviews done by their day, by site (Wilson)"
    return Table(caption, ("Site", "Share done in time (95%)"), tuple(rows))


def _funnel(study: Study) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Return the funnel of the sites, where each has enough on both sides, and its cautions."""
    names = sorted(study.sites)
    inside = {name: [row for row in study.rows if row.site == name] for name in names}
    events = [sum(rules.days_at_risk(row)[1] for row in inside[name]) for name in names]
    sizes = [len(inside[name]) for name in names]
    if len(names) < 2 or min(*events, *(size - seen for size, seen in zip(sizes, events, strict=True))) < rules.FEWEST:
        return (), ()
    found = estimates.tried(lambda: stats.funnel(events, sizes))
    if isinstance(found, str):
        return (), ()
    rows = tuple(
        (study.called(name), f"{value:.2f}", f"{found.limits.low[0][place]:.2f} to {found.limits.high[0][place]:.2f}")
        for place, (name, value) in enumerate(zip(names, found.values, strict=True))
    )
    caption = "Funnel: share of cases with another act, beside the 95% limits of each site's size (not a ranking)"
    rounded = [5 * round(size / 5) for size in sizes]
    grid = np.unique(np.linspace(0.8 * min(sizes), 1.2 * max(sizes), 30).round())
    limits = stats.funnel_limits(found.limits.target, grid)
    points = [
        (float(size), float(value), study.called(name))
        for name, size, value in zip(names, rounded, found.values, strict=True)
    ]
    svg = drawings.funnel(
        "Funnel of sites", points, [(float(x), tuple(map(float, low_high))) for x, *low_high in zip(
            grid, limits.low[0], limits.high[0], limits.low[1], limits.high[1], strict=True)],
        target=float(found.limits.target), across="cases at the site",
    )  # fmt: skip
    table = Table(caption, ("Site", "Share", "Expected by chance"), rows, "primary.outcome", "fourfold.stats.funnel")
    return (Figure(svg, table),), tuple(f"Funnel of {gate.caution(said)}." for said in found.cautions)


def economics(study: Study) -> Part:
    """Part 12: incremental cost and cases without another act, the plane, and the acceptability curve."""
    prices, mark = study.plan.prices, study.mark
    if prices is None:
        return Part(missing="the plan has no [economics]: no price, no price year, no point of view")
    if isinstance(mark, str):
        return Part(missing=mark)
    found = estimates.tried(lambda: estimates.cost_draws(mark, study.plan))
    if isinstance(found, str):
        return Part(missing=found)
    draws, few = found
    rows = []
    for name, value, values, digits in (
        (f"Cost a case, {prices.currency}", draws.estimate.cost, draws.costs, 0),
        ("Cases without another act, per 100", 100 * draws.estimate.effect, 100 * draws.effects, 1),
    ):
        low, high = np.quantile(values, (0.025, 0.975)).tolist()
        difference = stats.Estimate(value, low, high, method=draws.method)
        error = nulls.of_difference(float(np.std(values, ddof=1)))
        said = nulls.shown(
            study.ledger, name, difference, error, few, plan="economics", function="cost_effectiveness", digits=digits
        )
        rows.append((name, *said))
    words = (
        f"Prices of {prices.price_year}, from the side of {prices.perspective}; {prices.staff_minute:g} {prices.currency} "
        "a minute of work. What an act costs the victim is not in it.",
        "Those not followed to the horizon are left out here.",
        *nulls.words((row[0], row[2]) for row in rows),
        *(f"{said[:1].upper()}{said[1:]}." for said in map(gate.caution, draws.cautions)),
    )
    worth = max(PRICES)
    known = gate.value(study.ledger, "value of knowing more", draws.value_of_information(worth), few, plan="economics",
                       function="cost_effectiveness", method=draws.method, digits=0)  # fmt: skip
    rows.append((f"Knowing everything, at {worth:,} a case without another act: {prices.currency} a case", known, ""))
    rows += _drivers(study, draws, few)
    table = nulls.table("Managed by the landmark day, less not", ("What", "Difference (95% interval)"), rows)
    figures = tuple(_plane(draws, prices.currency)) if few >= rules.FEWEST else ()
    return Part(words=words, tables=(table,), figures=figures)


def _drivers(study: Study, draws: stats.CostEffectiveness, few: int) -> list[tuple[str, str, str]]:
    """Return what the difference in cost would be if a minute cost a fifth less or more: staff time is all that is priced."""
    rows = []
    for word, factor in (("a fifth less", 0.8), ("a fifth more", 1.2)):
        cost = factor * draws.estimate.cost
        said = gate.value(study.ledger, f"cost a case, a minute {word}", cost, few, plan="economics.staff_minute",
                          function="cost_effectiveness", method=draws.method, digits=0)  # fmt: skip
        rows.append((f"Cost a case if a minute cost {word}", said, ""))
    return rows


def _plane(draws: stats.CostEffectiveness, currency: str) -> list[Figure]:
    quarters = draws.quadrants()
    rows = tuple((name, f"{100 * share:.0f}%") for name, share in quarters.items())
    said = "Resampled differences: " + "; ".join(f"{name} {share}" for name, share in rows) + "."
    points = list(zip((100 * draws.effects).tolist(), draws.costs.tolist(), strict=True))[:200]
    plane = drawings.cloud(
        "Cost-effectiveness plane", points, across="more cases per 100 without another act", upward=f"more {currency} a case",
        said=said,
    )  # fmt: skip
    chance = draws.acceptability(PRICES).tolist()
    curve = drawings.lines(
        "Acceptability curve", [drawings.Line("managed", tuple(zip(map(float, PRICES), chance, strict=True)))],
        across=f"{currency} that a case without another act is worth", up=(0, 1),
    )  # fmt: skip
    table = tuple((f"{price:,}", f"{share:.2f}") for price, share in zip(PRICES[::5], chance[::5], strict=True))
    origin = ("economics", "fourfold.stats.cost_effectiveness")
    return [
        Figure(plane, Table("Where the draws lie", ("Quadrant", "Share"), rows, *origin)),
        Figure(curve, Table("Acceptability", ("Worth", "Probability that it pays"), table, *origin)),
    ]


def equality(study: Study) -> Part:
    """Part 13: whom the unit reaches, as people wrote it in the plan."""
    return _written(study, "equality")


def transfer(study: Study) -> Part:
    """Part 14: on which conditions another area may expect the same, as people wrote it in the plan."""
    return _written(study, "transfer")


def _written(study: Study, statement: str) -> Part:
    said = study.plan.said(statement)
    return Part(words=(said,)) if said else Part(missing=f"[statements] {statement} is empty")


def rollout(study: Study) -> Part:
    """Part 15: what the named area should expect."""
    words = study.origin.rollout
    missing = "" if words else "the plan names no area under [rollout], or names one that is not known"
    return Part(words=words, missing=missing)


def registration(study: Study) -> Part:
    """Part 17: the plan's hash, its chained amendments, and every deviation."""
    origin = study.origin
    words = [
        f"Registered {origin.registered_at:%-d %B %Y %H:%M} UTC before outcomes were read, SHA-256 {origin.plan_sha256}."
    ]
    words += [
        f"Amendment {number}{' AFTER data had been frozen' if late else ''}: {reason} (SHA-256 {sha256})"
        for number, reason, sha256, late in origin.amendments
    ]
    if not origin.deviations:
        return Part(words=(*words, "No deviation from what was registered is recorded."))
    table = Table(
        "Deviations from what was registered", ("Part", "Registered", "Carried out"), tuple(origin.deviations)
    )
    return Part(words=tuple(words), tables=(table,))


def snapshot(study: Study) -> Part:
    """Part 18: the frozen data, the code, the seeds, and the recording rules that they cross."""
    origin = study.origin
    rows = (
        ("Data frozen", f"{origin.frozen_at:%-d %B %Y %H:%M} UTC, up to {origin.until:%-d %B %Y}"),
        ("SHA-256 of the extract", origin.extract_sha256),
        ("Code", origin.code_version),
        ("Seed of the resamples", str(estimates.SEED)),
    )
    changes = tuple(
        (
            f"{change.on:%B %Y}",
            change.change,
            change.moves,
            "crossed" if change in study.crossed else "not crossed",
            change.standing,
        )
        for change in recording.REGISTER
    )
    head = ("From", "Change", "Moves the series", "Here", "Standing")
    return Part(tables=(
        Table("Where the numbers come from", ("What", "Which"), rows),
        Table("Register of changes in recording", head, changes),
    ))  # fmt: skip


def disclosure(study: Study) -> Part:
    """Part 19: what was held back and by which rule."""
    numbers = study.ledger.numbers
    held = sum(not number.shown for number in numbers)
    words = (
        f"Counts under {rules.FEWEST}, including 0, are not released, nor is anything "
        "that rests on so few; other counts are rounded to 5; curves end where few are followed; tables are tested "
        "by linear programming. Data behind figures and their descriptions passed the same gate.",
        f"Numbers in this report: {len(numbers) - held} shown, {held} held back.",
    )
    return Part(words=words)
