"""What the cases as they are would have seen if all, or none, had been managed from the first day.

After Cox regression: each site has its own baseline hazard of another act (Breslow 1974), each case its own risk; custody
comes first at the rate at which it came at that site, whatever the treatment (cause-specific hazards, Aalen-Johansen).
"""

from collections.abc import Mapping

import numpy as np

from fourfold import stats

Floats = np.ndarray


def risk_and_days(
    table: Mapping[str, Floats], fit: stats.CoxFit, log_ratio: float, horizon: int
) -> tuple[float, float]:
    """Return the share of cases with another act before custody and by the horizon, and the mean days without one.

    `table` is what `rules.spells` makes; `log_ratio` is what management adds to each case's log hazard.
    """
    then = np.exp(np.column_stack([table[name] for name in fit.names]) @ fit.coefficients)
    bare = [table[name] if name != "managed" else np.zeros_like(table[name]) for name in fit.names]
    own = np.exp(np.column_stack(bare) @ fit.coefficients + log_ratio)
    first = table["entry"] == 0
    risk = days = 0.0
    for site in np.unique(table["site"]):
        inside = table["site"] == site
        entry, end, event, held = (table[name][inside] for name in ("entry", "exit", "event", "held"))
        when, act, custody = _hazards(entry, end, event, held, then[inside], horizon)
        came = _incidence(own[inside & first], act, custody)
        risk += float(came[:, -1].sum())
        days += float((horizon - (came * np.diff([*when, horizon])).sum(axis=1)).sum())
    return risk / int(first.sum()), days / int(first.sum())


def _hazards(
    entry: Floats, end: Floats, event: Floats, held: Floats, risk: Floats, horizon: int
) -> tuple[Floats, Floats, Floats]:
    """Return the days from 0 on which a hazard steps, and the steps of another act and of custody, 0 on the first."""
    days = np.unique(end[((event == 1) | (held == 1)) & (end <= horizon)])
    act, custody = np.zeros(days.size + 1), np.zeros(days.size + 1)
    for place, day in enumerate(days, start=1):
        at_risk = (entry < day) & (end >= day)
        act[place] = ((end == day) & (event == 1)).sum() / risk[at_risk].sum()
        custody[place] = ((end == day) & (held == 1)).sum() / at_risk.sum()
    return np.concatenate([[0.0], days]), act, custody


def _incidence(own: Floats, act: Floats, custody: Floats) -> Floats:
    """Return each case's incidence of another act on each day (cases, days)."""
    ours = np.outer(own, act)
    total = ours + custody
    before = np.exp(-np.concatenate([np.zeros((own.size, 1)), np.cumsum(total, axis=1)[:, :-1]], axis=1))
    share = np.divide(ours, total, out=np.zeros_like(ours), where=total > 0)
    return np.cumsum(before * -np.expm1(-total) * share, axis=1)
