"""The whole way of a file: bytes, JSON, the questionnaire in it, its normal form, the rules, our own model.

Every file ends as exactly one outcome. What goes wrong on the way is said in words; a fault that nobody foresaw is
caught at the very end, refuses the file, and is counted, so that the tests can show that it never happens.
"""

import hashlib

from fourfold.assessment.fhir import translating
from fourfold.assessment.fhir.decoding import decode
from fourfold.assessment.fhir.dialects import refuse_older, unwrap
from fourfold.assessment.fhir.embedded_definition import is_shipped, restored
from fourfold.assessment.fhir.fields import Findings, guarded
from fourfold.assessment.fhir.normalising import normalise
from fourfold.assessment.fhir.places import link_of
from fourfold.assessment.fhir.scoring import propose
from fourfold.assessment.fhir.terms import Form, Reading, Severity
from fourfold.assessment.fhir.validating import refuse_modifiers, validate
from fourfold.assessment.terms import Instrument


def read(raw: bytes, *, language: str = "") -> Reading:
    """Read a FHIR Questionnaire of STU3, R4 or R5 and never raise, whatever the bytes are.

    `language` chooses the wording where the form holds several; without it the form's own is taken. Nothing is
    fetched, and no expression of the file is run.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    return guarded(lambda findings: _read(raw, sha256, findings, language), Reading, sha256)


def _read(raw: bytes, sha256: str, findings: Findings, language: str) -> Reading:
    document, notes = decode(raw)
    found = unwrap(document)
    findings.found.extend((*notes, *found.notes))
    refuse_older(found.resource)
    refuse_modifiers(found.resource)
    ours = restored(found.resource, findings)
    own = ours is not None and is_shipped(ours)
    form = normalise(found, Findings() if own else findings)
    if ours is not None:
        if not own:
            validate(form, findings)
        return _as_written(ours, form, sha256, findings)
    _check_language(form.languages, language, findings)
    validate(form, findings)
    proposals = propose(form, findings)
    made = translating.translate(form, proposals, sha256, findings, language)
    return Reading(
        outcome=findings.outcome,
        findings=findings.listed(),
        sha256=sha256,
        dialect=form.dialect,
        instrument=made.instrument,
        pack=made.pack,
        claims=translating.claims(form),
        scoring=proposals,
        form=form,
        links=made.links,
    )


def _as_written(ours: Instrument, form: Form, sha256: str, findings: Findings) -> Reading:
    """Return what a file of our own holds, in the words of its definition."""
    return Reading(
        outcome=findings.outcome,
        findings=findings.listed(),
        sha256=sha256,
        dialect=form.dialect,
        instrument=ours,
        claims=translating.claims(form),
        form=form,
        links={item.key: link_of(item) for item in ours.items},
    )


def _check_language(known: tuple[str, ...], asked: str, findings: Findings) -> None:
    if asked and asked not in known:
        shown = ", ".join(known) or "none that it names"
        problem = f"The form has no wording in “{asked[:20]}”; its own was taken. It has: {shown}."
        findings.add("shape", Severity.WARNING, "language", problem, "Choose one of them.")
