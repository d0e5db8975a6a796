"""FHIR forms in and out, without framework, network or clock: STU3, R4 and R5 in, R4 out.

`read` takes a file of anybody's and ends in exactly one outcome, with reasons in words. `questionnaire` writes an
instrument so that reading it gives the same instrument again. `response`, `observations` and `risk` write what was
answered, scored and judged; what was filled in elsewhere is not read. `calculate` works out what a form computes, or says
why it does not.
"""

from fourfold.assessment.fhir.decoding import encode, named_format
from fourfold.assessment.fhir.embedded_definition import unproven
from fourfold.assessment.fhir.exporting import questionnaire_bytes
from fourfold.assessment.fhir.leaving import Ledger, Masks, about, as_fhir
from fourfold.assessment.fhir.lists import completed, holds_lists, read_lists
from fourfold.assessment.fhir.reading import read
from fourfold.assessment.fhir.responses import Judged, bundle, observations, response, risk
