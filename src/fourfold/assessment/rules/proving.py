"""Whether a form computes what its hand-checked cases say: asked before it may be used."""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.assessment.rules.scoring import score
from fourfold.assessment.terms import AssessmentError, Expected, Instrument, ScoreResult, Vector


def failing_vectors(form: Instrument) -> tuple[str, ...]:
    """This function will return, in words, every hand-checked case whose result is another one than it should be."""
    return tuple(fault for vector in form.vectors for fault in _faults(form, vector))


def _faults(form: Instrument, vector: Vector) -> Iterator[str]:
    try:
        results = {result.key: result for result in score(form, vector.answers)}
    except AssessmentError as fault:
        yield f"The case “{vector.name}” cannot be answered: {fault}"
        return
    for expected in vector.expects:
        found = results.get(expected.score)
        if found is None or not _is(found, expected):
            yield (
                f"The case “{vector.name}” ({vector.authority}) should give {_said(expected)} for {expected.score}, "
                f"and gives {_said(found)}."
            )


def _is(found: ScoreResult, expected: Expected) -> bool:
    """Say whether a result is the expected one; an expectation without a band says nothing about the band."""
    return (found.state, found.value) == (expected.state, expected.value) and expected.band in ("", found.band)


def _said(result: ScoreResult | Expected | None) -> str:
    if result is None:
        return "nothing"
    value = result.state.replace("_", " ") if result.value is None else str(result.value)
    return f"{value}, {result.band}" if result.band else value
