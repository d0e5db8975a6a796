"""One study as its parts read it: the plan, the rows, what was fitted once, and the ledger of what leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fourfold import stats
from fourfold.evaluation import impossible, overlap, recording, rules
from fourfold.evaluation.plans import AnalysisPlan
from fourfold.evaluation.report import estimates, nulls
from fourfold.evaluation.report.terms import Ledger, Origin
from fourfold.evaluation.terms import ExtractRow


@dataclass(frozen=True)
class Study:
    """What the twenty parts are made from; `mark` and `weights` are words where they cannot be computed."""

    plan: AnalysisPlan
    rows: tuple[ExtractRow, ...]
    origin: Origin
    fit: stats.CoxFit
    effect: stats.Estimate
    standard: estimates.Standardised
    sites: dict[str, stats.Estimate | None]
    mark: estimates.Landmark | str
    weights: stats.Weighting | str
    left_out: int
    crossed: tuple[recording.RecordingBreak, ...]
    counted: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def events(self) -> int:
        return sum(rules.days_at_risk(row)[1] for row in self.rows)

    def called(self, site: str) -> str:
        """Return the name of a site; a site that the programme does not hold is called as the extract calls it."""
        return self.origin.sites.get(site, site)

    @property
    def fewest(self) -> int:
        """Give the smallest group under the main result."""
        return estimates.smallest(self.rows)

    @property
    def is_null(self) -> bool:
        """Return whether the main interval holds no difference."""
        return self.effect.low <= 0 <= self.effect.high

    @property
    def detectable(self) -> nulls.Detectable | None:
        """Give the hazard ratios nearest to 1 that so many acts can tell from it, at the share managed that is there."""
        return nulls.by_acts(self.rows)

    @cached_property
    def detectable_absolute(self) -> tuple[nulls.Detectable, nulls.Detectable] | None:
        """Give the same in cases per 100, and in days, as the main result is said."""
        ratio = self.detectable
        return None if ratio is None else estimates.absolute(self.rows, self.fit, ratio, self.plan.horizon_days)

    @property
    def fewest_outcomes(self) -> int:
        """Give the smallest group under a share of cases: those without another act count too."""
        return min(self.fewest, len(self.rows) - self.events)


def begin(rows: Sequence[ExtractRow], plan: AnalysisPlan, origin: Origin) -> Study:
    """Fit once what several parts need.

    Raises SeriesBreak where the data cross a recording change that the plan does not answer for, stats.BeyondFollowUp
    where nobody was followed to the horizon, those of `require_overlap` and the refusals of Cox regression: no act, one group, nothing to tell apart.
    """
    rules.require_usable(rows)
    crossed = recording.breaks_crossed({row.quarter for row in rows})
    recording.require_decided(crossed, plan.breaks)
    kept = rules.followed_rows(rows)
    if max(row.followed_days for row in kept) < plan.horizon_days:
        raise stats.BeyondFollowUp(
            "horizon", f"of {plan.horizon_days} days was reached by no case", "Wait, or amend the plan"
        )
    overlap.require_overlap(rules.spells(kept))
    fit = rules.treatment_fit(kept, adjusted_for=plan.adjusted_for)
    mark = estimates.tried(lambda: estimates.landmark(kept, plan))
    weights = mark if isinstance(mark, str) else estimates.tried(lambda: estimates.weighting(mark))
    return Study(
        plan=plan,
        rows=tuple(kept),
        origin=origin,
        fit=fit,
        effect=fit.log_hazard_ratio("managed"),
        standard=estimates.standardised(kept, fit, plan.horizon_days),
        sites=estimates.site_effects(kept, plan),
        mark=mark,
        weights=weights,
        left_out=len(rows) - len(kept),
        crossed=crossed,
        counted=impossible.counted(rows, origin.live_on),
    )
