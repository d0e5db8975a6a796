"""FHIR forms in and out, without framework, network or clock: STU3, R4 and R5 in, R4 out.

`read` takes a file of anybody's and ends in exactly one outcome, with reasons in words. `questionnaire` writes an
instrument so that reading it gives the same instrument again.
"""

from fourfold.assessment.fhir.decoding import encode
from fourfold.assessment.fhir.exporting import questionnaire, questionnaire_bytes
from fourfold.assessment.fhir.reading import read
from fourfold.assessment.fhir.terms import Dialect, Finding, Outcome, Reading, Severity

__all__ = [
    "Dialect",
    "Finding",
    "Outcome",
    "Reading",
    "Severity",
    "encode",
    "questionnaire",
    "questionnaire_bytes",
    "read",
]
