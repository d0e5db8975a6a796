"""The study in words: a line for each method on the screen, and the page that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fourfold.stats.simulation.methods import Scenario
from fourfold.stats.simulation.study import Verdict

Studied = Sequence[tuple[Scenario, tuple[Verdict, ...]]]


def as_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield how each method of one scenario did, a line each."""
    for one in verdicts:
        ratio = "    " if one.error_ratio is None else f"{one.error_ratio:4.2f}"
        yield (
            f"  {one.method:<48} bias {one.bias:+.3f}  coverage {one.coverage:6.1%}  "
            f"{'called' if one.truth else 'alarms'} {one.rejected:6.1%}  error ratio {ratio}  {verdict(one)}"
        )


def verdict(one: Verdict) -> str:
    """Say in words whether a method did what it should, or was seen to fail as it must."""
    if one.ours:
        return "holds" if one.as_expected else f"MISSES {', '.join(one.missed)}"
    return f"fails, as it must: {', '.join(one.missed)}" if one.as_expected else "NOT SEEN TO FAIL"


def as_markdown(studied: Studied, *, replications: int, seed: int) -> str:
    """Write the whole study as a page: how it was run, the marks, and a table for each scenario."""
    return "\n".join([*_opening(studied, replications, seed), *(line for one in studied for line in _section(*one))])


def _opening(studied: Studied, replications: int, seed: int) -> Iterator[str]:
    every = [one for _, verdicts in studied for one in verdicts]
    ours, others = [one for one in every if one.ours], [one for one in every if not one.ours]
    yield "<!-- Written by `fourfold simulate --full --write`. Do not edit. -->"
    yield "# Which methods find a truth that was planted\n"
    yield (
        f"{replications:,} invented programmes for each scenario, seed {seed}. Of {len(ours)} analyses that Fourfold "
        f"uses, {sum(one.as_expected for one in ours)} reach their marks; of {len(others)} in common use elsewhere, "
        f"{sum(one.as_expected for one in others)} are seen to fail where they must, which shows that the study can "
        "tell.\n"
    )
    yield (
        "Marks: bias under 3 Monte Carlo errors, 0.02 on the log scale, half a percentage point of risk (0.1 points of a "
        "score) or 5 % of the truth, whichever is most; coverage of 95 % intervals 93–97 % (up to 100 % where few sites "
        "or people make an exact method careful); false alarms at 5 % 3.5–6.5 %; mean stated error over true spread "
        "0.93–1.07; power within 3 points of the formula; refusals under 0.5 %. With fewer replications than a "
        "thousand the bands widen to 2.9 Monte Carlo errors.\n"
    )
    yield "*Bias ±* is its Monte Carlo error. *Called* is how often a difference was called: false alarms where the truth is 0.\n"


def _section(scenario: Scenario, verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield f"## {scenario.title}\n"
    yield "| method | truth | bias ± | coverage ± | called | error ratio | median width | refused | verdict |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in verdicts:
        ratio = "" if one.error_ratio is None else f"{one.error_ratio:.2f}"
        yield (
            f"| {one.method} | {one.truth:.3f} | {one.bias:+.4f} ± {one.bias_error:.4f} | "
            f"{one.coverage:.1%} ± {one.coverage_error:.1%} | {one.rejected:.1%} | {ratio} | {one.width:.2f} | "
            f"{one.failed} | {verdict(one)} |"
        )
    yield ""
