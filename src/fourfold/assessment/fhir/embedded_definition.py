"""Our own definition inside a file: taken back only where the file is still exactly what it was written with.

A form that somebody changed is read like anybody else's, and one that never shipped is checked like it. What an instrument *is* never depends on what a file claims:
hashes of shipped instruments are given only to what equals them word for word.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace
from decimal import DecimalException

from fourfold.assessment import instruments
from fourfold.assessment.fhir.canonicals import DEFINITION
from fourfold.assessment.fhir.decoding import encode
from fourfold.assessment.fhir.exporting import questionnaire
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Resource, Severity
from fourfold.assessment.terms import AssessmentError, Instrument, LevelRule, LicenceStatus, TextPack, needs_text

LARGEST = 8 * 1024 * 1024

UNVALIDATED = "Unvalidated here. Brought in from a file."

_SERVERS_OWN = ("id", "meta", "text")
"""What a server may write into a form that it keeps, without changing what the form says."""


def restored(resource: Resource, findings: Findings) -> Instrument | None:
    """Return the definition that a file of ours holds, or None for a file of anybody else, or one that was changed since it was written."""
    packed = _packed(resource)
    if packed is None:
        return None
    found = _unpacked(packed)
    if found is None or encode(_bare(questionnaire(found))) != encode(_bare(resource)):
        problem = "The file was changed after it was written; it is read as it stands, without its own definition."
        findings.add(
            "shape", Severity.WARNING, "definition", problem, "Export the form again where that was not meant."
        )
        return None
    if not found.is_worded:
        problem = "The file holds the structure of the form without its wording, so nobody can fill it in."
        findings.add("wording", Severity.ERROR, "item", problem, "Bring in the wording as a text pack.")
    return _known(found)


def is_shipped(form: Instrument) -> bool:
    """Return whether a definition is one that ships, word for word or with its wording laid over it."""
    return any(form.sha256 == each.sha256 for each in instruments.catalogue())


def unproven(found: Instrument) -> Instrument:
    """Return a definition of somebody else without what no file decides: that it is validated, whose it may be, that
    anybody checked its scores, bands, figures or evidence, which level it sets, and to whom it leads. One that ships, or
    that claims none of it, is returned as it is."""
    if is_shipped(found):
        return found
    owned = found.rights.status is not LicenceStatus.UNKNOWN
    plain = replace(
        found,
        validated=False,
        notice=found.notice if found.notice.startswith(UNVALIDATED) else f"{UNVALIDATED} {found.notice}".strip(),
        rights=replace(
            found.rights,
            status=LicenceStatus.UNKNOWN,
            text_shipped=False,
            may_modify=False,
            verified=False,
            exact_packs=(),
            claimed_by_import=found.rights.claimed_by_import or (found.licence if owned else ""),
        ),
        scores=tuple(replace(each, confirmed=False, verified=False) for each in found.scores),
        bands=tuple(replace(each, verified=False, level=None) for each in found.bands),
        norms=tuple(replace(each, verified=False) for each in found.norms),
        evidence=tuple(replace(each, verified=False) for each in found.evidence),
        level=LevelRule(),
        routes=(),
        vectors=(),
    )
    return found if plain == found else replace(plain, sha256=instruments.identity(plain))


def _packed(resource: Resource) -> str | None:
    listed = resource.get("extension")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("url") == DEFINITION and isinstance(each.get("valueAttachment"), dict):
            data = each["valueAttachment"].get("data")
            return data if isinstance(data, str) and len(data) <= LARGEST else ""
    return None


def _unpacked(packed: str) -> Instrument | None:
    try:
        return instruments.from_canonical(base64.b64decode(packed, validate=True))
    except (AssessmentError, ValueError, binascii.Error, DecimalException, RecursionError):
        return None


def _bare(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in _SERVERS_OWN}


def _known(found: Instrument) -> Instrument:
    """Return the instrument with its hashes: those of the shipped one where it is that one, else that of its own bytes,
    which are the canonical ones: the file, which holds them, is what is written from it."""
    for shipped in instruments.catalogue():
        if (shipped.key, shipped.version) == (found.key, found.version):
            for candidate in _candidates(shipped, found):
                if instruments.canonical(candidate) == instruments.canonical(found):
                    return candidate
    return found


def _candidates(shipped: Instrument, found: Instrument) -> Iterator[Instrument]:
    """Return a shipped instrument as it is, and with the wording that was found laid over it."""
    yield shipped
    for title in (found.title, ""):  # a pack may name the title, or leave it to the structure
        try:
            yield instruments.worded(shipped, _wording(shipped, found, title))
        except AssessmentError:
            return


def _wording(shipped: Instrument, found: Instrument, title: str) -> TextPack:
    open_items = {item.key for item in shipped.items if needs_text(item) and not item.text}
    known = {item.key for item in shipped.items}
    items = {item.key: item.text for item in found.items if item.key in open_items or item.key not in known}
    labels = {
        scale.key: {one.code: one.label for one in scale.options}
        for scale in found.scales
        if any(not one.label for old in shipped.scales if old.key == scale.key for one in old.options)
    }
    return TextPack(found.key, found.version, found.language, items, labels, title)
