"""Addresses of FHIR that stand in what we write."""

from uuid import NAMESPACE_URL, uuid5

from fourfold.assessment.terms import Instrument

HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
OURS = "urn:fourfold:fhir:"
"""Extensions of our own, for what FHIR has no place for. Whoever does not know them may pass over them."""

DEFINITION = f"{OURS}definition"
MEANING = f"{OURS}meaning"
NOTE = f"{OURS}note"
TOPICS = "urn:fourfold:topic"


def url_of(instrument: Instrument) -> str:
    """Return the address that names the instrument, whichever version: its own, else one that is made from its key."""
    return instrument.url or f"urn:uuid:{uuid5(NAMESPACE_URL, f'fourfold:{instrument.key}')}"


def canonical_of(instrument: Instrument) -> str:
    """Return the address with a version: its publisher's where the form has one, ours where the address is; a number of
    ours behind somebody else's address would name a form that is not there."""
    version = instrument.published or ("" if instrument.url else str(instrument.version))
    return f"{url_of(instrument)}|{version}" if version else url_of(instrument)


def scale_system(instrument: Instrument, scale: str) -> str:
    """Return the code system of the options of a scale that come from no terminology."""
    return f"urn:fourfold:scale:{instrument.key}:{scale}"


def value_set_id(key: str) -> str:
    """Return the id of a contained list: FHIR allows letters, digits, points and dashes."""
    return key.replace("_", "-")[:64]
