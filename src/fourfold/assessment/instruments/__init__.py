"""The shipped instruments: one file for each version, `<key>.v<version>.toml`, read, checked and hashed.

A version that has been shipped is never edited: an answer names the hash of what was asked. Copy the file,
raise its version, and pin the new hash in the tests.

Our own forms are whole. Of everybody else's this holds the *structure*: keys, neutral tags, scales, scoring, bands,
norms, evidence and the licence record. The wording comes in a text pack (`packs`) and is laid over it.
"""

from functools import cache
from importlib.resources import files

from fourfold.assessment.instruments.canonical import canonical, from_canonical, identity
from fourfold.assessment.instruments.checking import activation_findings, findings, warnings
from fourfold.assessment.instruments.packs import left_out, pack_findings, read_pack, sealed, worded
from fourfold.assessment.instruments.published import is_published_text, words_sum
from fourfold.assessment.instruments.reading import read
from fourfold.assessment.instruments.recognising import recognised, with_alerts, with_scores
from fourfold.assessment.instruments.translation import spoken
from fourfold.assessment.instruments.wording import pack_from, structure_for
from fourfold.assessment.terms import Instrument, InvalidDefinition, UnknownInstrument


def definition(source: str, file: str) -> Instrument:
    """Read one definition from TOML and check it.

    `file` names it in errors and must be `<key>.v<version>.toml`. Raises InvalidDefinition with every fault:
    the file, the key, what is wrong and how to mend it.
    """
    instrument = read(source, file)
    faults = findings(instrument, file)
    if faults:
        raise InvalidDefinition(file, faults)
    return instrument


@cache
def catalogue() -> tuple[Instrument, ...]:
    """Return every shipped version of every instrument, by key and then by version."""
    shipped = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".toml"))
    found = [definition(entry.read_text(encoding="utf-8"), entry.name) for entry in shipped]
    return tuple(sorted(map(spoken, found), key=lambda each: (each.key, each.version)))


def load(key: str, version: int | None = None) -> Instrument:
    """Return one version of an instrument, or its newest when none is named.

    Raises UnknownInstrument with what is shipped.
    """
    versions = [each for each in catalogue() if each.key == key and version in (None, each.version)]
    if not versions:
        asked = key if version is None else f"{key} version {version}"
        shipped = ", ".join(each.name for each in catalogue())
        raise UnknownInstrument(f"There is no instrument “{asked}”. Shipped are: {shipped}.")
    return versions[-1]
