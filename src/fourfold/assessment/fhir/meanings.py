"""Codes that say about a question what our own meanings say: yes, no, not known, refused, does not concern.

Only codes of terminologies that define them are read so. A label is never: whoever writes *no* may mean anything.
"""

from fourfold.assessment.fhir.canonicals import MEANING
from fourfold.assessment.fhir.fields import Part
from fourfold.assessment.fhir.terms import Coded
from fourfold.assessment.terms import Meaning

ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_V3 = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_OLD_V3 = "http://hl7.org/fhir/v3/NullFlavor"
_YES_NO = ("http://terminology.hl7.org/CodeSystem/v2-0136", "http://hl7.org/fhir/v2/0136")
_NULLS = {
    "UNK": Meaning.UNKNOWN,
    "ASKU": Meaning.UNKNOWN,
    "NI": Meaning.UNKNOWN,
    "NAV": Meaning.UNKNOWN,
    "NASK": Meaning.OMIT,
    "NA": Meaning.NOT_APPLICABLE,
}
_REASONS = {
    "unknown": Meaning.UNKNOWN,
    "asked-unknown": Meaning.UNKNOWN,
    "temp-unknown": Meaning.UNKNOWN,
    "asked-declined": Meaning.REFUSED,
    "not-asked": Meaning.OMIT,
    "masked": Meaning.OMIT,
    "not-permitted": Meaning.OMIT,
    "not-applicable": Meaning.NOT_APPLICABLE,
}
_KNOWN: dict[tuple[str, str], Meaning] = {
    **{(ABSENT_REASON, code): meaning for code, meaning in _REASONS.items()},
    **{("http://hl7.org/fhir/data-absent-reason", code): meaning for code, meaning in _REASONS.items()},
    **{(system, code): meaning for system in (_V3, _OLD_V3) for code, meaning in _NULLS.items()},
    **{(system, "Y"): Meaning.AFFIRM for system in _YES_NO},
    **{(system, "N"): Meaning.DENY for system in _YES_NO},
    ("http://loinc.org", "LA33-6"): Meaning.AFFIRM,
    ("http://loinc.org", "LA32-8"): Meaning.DENY,
    ("http://loinc.org", "LA12688-0"): Meaning.UNKNOWN,
    ("http://loinc.org", "LA30122-8"): Meaning.REFUSED,
    ("http://snomed.info/sct", "373066001"): Meaning.AFFIRM,
    ("http://snomed.info/sct", "373067005"): Meaning.DENY,
    ("http://snomed.info/sct", "261665006"): Meaning.UNKNOWN,
    ("http://snomed.info/sct", "385432009"): Meaning.NOT_APPLICABLE,
}

REASON_FOR: dict[Meaning, str] = {
    Meaning.UNKNOWN: "asked-unknown",
    Meaning.REFUSED: "asked-declined",
    Meaning.OMIT: "not-asked",
    Meaning.NOT_APPLICABLE: "not-applicable",
    Meaning.LEFT_OPEN: "unknown",
}
"""How each reason for having no answer is written on the way out."""


def meaning_of(coded: Coded) -> Meaning | None:
    """Return what a code says about its question, or None where nobody has defined that."""
    return _KNOWN.get((coded.system, coded.code))


def stated(*places: Part | None) -> Meaning | None:
    for place in places:
        for extension in place.extensions(MEANING) if place else ():
            code = extension.line("valueCode")
            if code in list(Meaning):
                return Meaning(code)
    return None
