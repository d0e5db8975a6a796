"""Lists of answers that a form names and does not hold: read from files of their own, and put into the form.

Nothing is fetched. HL7's own small lists ship in `hl7_lists.json`, as codes and what they are called, those of R4 (4.0.1; marital
status with the code for common law that came later). Seven were held code by code against the enumerations that public
implementations of R4 generate from the standard: uses of addresses and names, systems and uses of contacts, days of the week, priorities
of a request, marital status. Yes, no and don't know were held by codes and words; of gender and table 0136 the codes only. Of the
expanded yes and no (table 0532) Y, N, UNK, ASKU and NASK were found in use, and the other four stand as the table is remembered.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fourfold.assessment.fhir.decoding import decode, encode
from fourfold.assessment.fhir.dialects import VALUE_SETS, unwrap
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Options, Refused, Resource
from fourfold.assessment.fhir.valuesets import Supply

LARGEST_LIST = 4 * 1024 * 1024
"""Bytes of one file of lists: some hundred times a list that a person can choose from."""


@dataclass(frozen=True)
class ListRead:
    """One list of answers in a file: its address, what it is called, and how many answers it gives.

    `why_not` says why it gives none, or not all of its own.
    """

    url: str
    version: str
    kind: str
    title: str
    answers: int
    document: bytes
    why_not: str = ""


def holds_lists(raw: bytes) -> bool:
    """Return whether a file seems to hold lists of answers and no form."""
    return b'"Questionnaire"' not in raw and any(f'"{kind}"'.encode() in raw for kind in VALUE_SETS)


def read_lists(raw: bytes) -> tuple[ListRead, ...]:
    """Return every ValueSet and CodeSystem of a file that has an address.

    Raises Refused for what is no JSON, or holds none.
    """
    if len(raw) > LARGEST_LIST:
        problem = f"The file has {len(raw):,} bytes; at most {LARGEST_LIST:,} are read."
        raise Refused("Q19", "file", problem, "Send the lists that the form names, and no others.")
    document, _ = decode(raw)
    found = [each for each in _resources(document) if isinstance(each.get("url"), str) and each["url"]]
    if not found:
        problem = "There is no ValueSet and no CodeSystem with an address in the file."
        raise Refused("file", "url", problem, "Ask the publisher for the list in FHIR JSON, with its “url”.")
    supply = Supply.of(found, Findings())
    return tuple(_read(each, supply) for each in found)


def _resources(document: object) -> list[Resource]:
    """Return the lists of a document: bare, or in a Bundle."""
    entries = document.get("entry") if isinstance(document, dict) else None
    packed = [each.get("resource") for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [each for each in (document, *packed) if isinstance(each, dict) and each.get("resourceType") in VALUE_SETS]


def _read(resource: Resource, supply: Supply) -> ListRead:
    kind, url = resource["resourceType"], str(resource["url"])
    answers, why = 0, ""
    if kind == "ValueSet":
        options = supply.options(url)
        told = " ".join(each.problem for each in supply.findings.found if each.where == url)
        answers, why = (len(options.choices), told) if isinstance(options, Options) else (0, options)
    else:
        answers = supply.size_of(url)
        why = "" if answers else "It lists no codes."
    names = (resource.get(name) for name in ("title", "name"))
    title = next((name for name in names if isinstance(name, str) and name.strip()), url)
    version = resource.get("version")
    return ListRead(
        url=url[:500],
        version=version[:60] if isinstance(version, str) else "",
        kind=kind,
        title=" ".join(title.split())[:300],
        answers=answers,
        document=encode(resource),
        why_not=why,
    )


def completed(raw: bytes, brought: Mapping[str, bytes]) -> tuple[bytes, tuple[str, ...]]:
    """Return a form with the lists that it names put into it, of those that a site brought in and those that ship, and
    their addresses.

    A form that names none comes back as it is, byte for byte; so does what is no form.
    """
    known = {**_shipped(), **brought}
    text = raw.replace(rb"\/", b"/")
    if not any(url.encode() in text for url in known):
        return raw, ()
    try:
        document, _ = decode(raw)
        form = unwrap(document).resource
    except Refused:
        return raw, ()
    held = form.get("contained")
    there = [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []
    lacking = [url for url in _named(form, known) if url not in {each.get("url") for each in there}]
    form["contained"] = [*there, *(_contained(known[url], number) for number, url in enumerate(lacking))]
    return (encode(document), tuple(lacking)) if lacking else (raw, ())


def _named(form: Resource, known: Mapping[str, bytes]) -> list[str]:
    """Return the addresses of the lists from which a form takes answers, and those from which such a list does."""
    found: dict[str, None] = {}
    read: list[object] = [form]
    while read:
        new = [url for url in _canonicals(read.pop()) if url in known and url not in found]
        found.update(dict.fromkeys(new))
        read.extend(decode(known[url])[0] for url in new)
    return list(found)


_NAMING = frozenset({"answerValueSet", "answerValueSetCanonical", "answerValueSetUri", "optionValueSet", "valueSet"})
"""Under which keys a form or a list names a list, by its address alone or with a version behind it."""

_HOLDING = {
    "system": ("valueCoding", "include", "exclude"),
    "reference": ("options",),
    "valueCanonical": ("extension",),
}
"""Keys that name a list only inside certain others: the code system of an answer, and never that of a question."""

_IN_WORDS = re.compile(r"""['"]((?:https?://|urn:)[^'"|\s]+)""")
"""An address between quotation marks, as an expression names a list."""


def _canonicals(part: object, key: str = "", inside: str = "") -> Iterator[str]:
    """Yield every address by which a part of a form or of a list names a list, without its version."""
    if isinstance(part, dict):
        for name, each in part.items():
            yield from _canonicals(each, name, key)
    elif isinstance(part, list):
        for each in part:
            yield from _canonicals(each, key, inside)
    elif isinstance(part, str) and (key in _NAMING or inside in _HOLDING.get(key, ()) or key == "options"):
        yield part.partition("|")[0].strip()
    elif isinstance(part, str) and key == "expression":
        yield from _IN_WORDS.findall(part)


def _contained(document: bytes, number: int) -> Resource:
    resource: Resource = decode(document)[0]
    return {**resource, "id": f"brought-{number}"}


@cache
def _shipped() -> dict[str, bytes]:
    """Return the lists of HL7 that ship, by address."""
    listed = json.loads(files(__package__).joinpath("hl7_lists.json").read_text(encoding="utf-8"))
    return {url: json.dumps(_value_set(url, parts)).encode() for url, parts in listed.items()}


def _value_set(url: str, parts: Mapping[str, Mapping[str, str]]) -> Resource:
    include = [
        {"system": system, "concept": [{"code": code, "display": words} for code, words in concepts.items()]}
        for system, concepts in parts.items()
    ]
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": include}}
