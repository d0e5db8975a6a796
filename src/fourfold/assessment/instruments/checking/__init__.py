"""Whether the parts of a definition fit together: each check yields its faults, and all are named at once."""

from collections.abc import Callable, Iterator

from fourfold.assessment.instruments.checking import conclusions, questions, scoring
from fourfold.assessment.terms import Finding, Instrument

__all__ = ["activation_findings", "findings", "warnings"]

CHECKS: tuple[Callable[[Instrument], Iterator[Finding]], ...] = (
    conclusions.notice,
    questions.keys,
    questions.scales,
    questions.items,
    questions.conditions,
    questions.critical,
    questions.rooms,
    scoring.scores,
    scoring.bands,
    scoring.norms,
    conclusions.level,
    conclusions.routes,
    conclusions.review,
    conclusions.rights,
)


def findings(instrument: Instrument, file: str) -> tuple[Finding, ...]:
    """Return every fault of a shipped definition, none when it can be used.

    The hand-checked cases run only when the parts fit: a case cannot be right on a form that is not.
    """
    faults = (*_identity(instrument, file), *(fault for check in CHECKS for fault in check(instrument)))
    return faults or tuple(scoring.vectors(instrument))


def _identity(instrument: Instrument, file: str) -> Iterator[Finding]:
    expected = f"{instrument.key}.v{instrument.version}.toml"
    if file != expected:
        yield Finding("key and version", f"They belong to {expected}.", "Rename the file or correct them.")


def activation_findings(instrument: Instrument) -> tuple[Finding, ...]:
    """Return what stands against letting a form be filled in, none when nothing does.

    It is for every form, shipped or brought in: all wording is there, conditions look at questions that exist, no score
    waits for itself, each confirmed score has the range that it declares (S3), and the hand-checked cases come out as
    written (S13).
    """
    if dangling := tuple(questions.dangling(instrument)):
        return dangling
    return (
        *_unworded(instrument),
        *scoring.circle(instrument),
        *(fault for each in instrument.scores if each.confirmed for fault in scoring.spread(instrument, each)),
        *(fault for vector in instrument.vectors for fault in scoring.run(instrument, vector)),
    )


def _unworded(instrument: Instrument) -> Iterator[Finding]:
    if instrument.is_worded:
        return
    lacking = ", ".join(instrument.lacks_wording[:5]) or "its questions or options"
    yield Finding("wording", f"There are no words for {lacking}.", instrument.rights.how_to_get or "Bring a text pack.")


def warnings(instrument: Instrument) -> tuple[Finding, ...]:
    """Return what is odd about the scales and the ranges of a form, without making it unusable: gaps and turns in the
    values of a scale (S4), and a range that the terms cannot give (S3)."""
    return (
        *(fault for scale in instrument.scales for fault in questions.steps_of_scale(scale)),
        *(fault for score in instrument.scores for fault in scoring.spread(instrument, score)),
    )
