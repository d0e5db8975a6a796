"""What a JSON document is, where the questionnaire stands in it, and which version of FHIR it speaks.

Versions are told by field names: a form that says of itself which version it follows is often wrong, and most say
nothing. The reader understands every spelling in every version; the dialect is told for information.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fourfold.assessment.fhir.terms import Dialect, Finding, Refused, Resource, Severity

VALUE_SETS = ("ValueSet", "CodeSystem")
"""Resources that bring options or weights along with a form."""

_STU3 = ("option", "options", "optionValueSet")
_R5 = ("answerConstraint", "disabledDisplay", "versionAlgorithmString", "versionAlgorithmCoding", "copyrightLabel")
_R4 = ("answerOption", "answerValueSet", "enableBehavior", "derivedFrom")


@dataclass(frozen=True)
class Found:
    """The one resource that was looked for, the value sets that came with it, and how it was packed."""

    resource: Resource
    supplied: tuple[Resource, ...]
    notes: tuple[Finding, ...]


def unwrap(document: Any, wanted: str = "Questionnaire") -> Found:
    """Return the one resource of the wanted type in a document: bare, or in a Bundle, in Parameters, in a list or
    contained in another resource.

    Raises Refused when there is none (saying what the file is instead) or several (listing them).
    """
    if isinstance(document, dict) and _is(document, wanted):
        return Found(document, tuple(_of_types(_contained(document), VALUE_SETS)), _bare_notes(document, wanted))
    packed = list(_packed(document))
    found = [resource for resource in packed if _is(resource, wanted)]
    if not found:
        _refuse_kind(document, wanted)
    if len(found) > 1:
        _refuse_several(found, wanted)
    supplied = [*_of_types(_contained(found[0]), VALUE_SETS), *_of_types(packed, VALUE_SETS)]
    return Found(found[0], tuple(supplied), (_wrapped(document, wanted),))


def _is(resource: Resource, wanted: str) -> bool:
    kind = resource.get("resourceType")
    if kind is None and wanted == "Questionnaire":
        items = resource.get("item")
        return isinstance(items, list) and any(isinstance(each, dict) and "linkId" in each for each in items)
    return kind == wanted


def refuse_older(questionnaire: Resource) -> None:
    """Raise Refused for a form of DSTU2, whose questions stand in `group`, not in `item`: taken for a later version it
    would be a form without a question."""
    if "item" not in questionnaire and isinstance(questionnaire.get("group"), dict | list):
        problem = "The form is written in FHIR DSTU2; STU3, R4 and R5 are read."
        raise Refused("file", "group", problem, "Convert it to R4, or ask whoever made it for one in R4.")


def _bare_notes(resource: Resource, wanted: str) -> tuple[Finding, ...]:
    if resource.get("resourceType") == wanted:
        return ()
    problem = "The file does not say what it is; its items make it a Questionnaire."
    return (Finding("shape", Severity.WARNING, "resourceType", problem, f"Write “resourceType”: “{wanted}”."),)


def _contained(resource: Resource) -> list[Resource]:
    return [each for each in _as_list(resource.get("contained")) if isinstance(each, dict)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_types(resources: list[Resource], kinds: tuple[str, ...]) -> list[Resource]:
    return [resource for resource in resources if resource.get("resourceType") in kinds]


def _packed(document: Any) -> Iterator[Resource]:
    """Return every resource one wrapping deep, or two where a Bundle stands in Parameters."""
    for outer in _inner(document):
        yield outer
        if outer.get("resourceType") in ("Bundle", "Parameters"):
            yield from _inner(outer)


def _inner(document: Any) -> Iterator[Resource]:
    if isinstance(document, list):
        yield from (each for each in document if isinstance(each, dict))
        return
    if not isinstance(document, dict):
        return
    for key in ("entry", "parameter"):
        for entry in _as_list(document.get(key)):
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield entry["resource"]
    yield from _contained(document)


def _wrapped(document: Any, wanted: str) -> Finding:
    kind = document.get("resourceType", "another object") if isinstance(document, dict) else "a list"
    return Finding("file", Severity.NOTE, "file", f"The {wanted} was taken out of {kind}; the rest was left aside.")


def _refuse_several(found: list[Resource], wanted: str) -> None:
    names = [
        str(each.get("title") or each.get("name") or each.get("url") or each.get("id") or "without a name")[:80]
        for each in found
    ]
    shown = "; ".join(names[:20]) + ("; …" if len(names) > 20 else "")
    problem = f"The file holds {len(found)} resources of type {wanted}: {shown}."
    raise Refused("file", "file", problem, "Send each in a file of its own.")


def _refuse_kind(document: Any, wanted: str) -> None:
    raise Refused("file", "file", what_it_is(document), f"Send a FHIR {wanted} as JSON.")


def what_it_is(document: Any) -> str:
    """Return a sentence that says what a document is, for somebody who expected another."""
    if isinstance(document, list):
        return "The file is a list that holds no such resource."
    if not isinstance(document, dict):
        return "The file holds a single value and no resource."
    kind = document.get("resourceType")
    if kind == "QuestionnaireResponse":
        return "This is a QuestionnaireResponse: a form that somebody filled in, not the form itself."
    if isinstance(kind, str):
        return f"This is a resource of type “{kind[:60]}”."
    if "items" in document and ("lformsVersion" in document or "templateOptions" in document):
        return "This is a form in the format of LHC-Forms itself."
    if "$schema" in document or "properties" in document:
        return "This is a JSON schema."
    return "The file is JSON, and does not say what resource it is (it has no “resourceType”)."


def dialect(questionnaire: Resource) -> Dialect:
    """Return the version of FHIR whose field names stand in the form; R4 where none tells."""
    tells = {Dialect.R4: 0, Dialect.STU3: 0, Dialect.R5: 0}
    for resource in _parts(questionnaire):
        tells[Dialect.STU3] += any(key in resource for key in _STU3) or _has_old_initial(resource)
        tells[Dialect.R5] += any(key in resource for key in _R5) or resource.get("type") in ("coding", "question")
        tells[Dialect.R4] += any(key in resource for key in _R4) or isinstance(resource.get("initial"), list)
    if tells[Dialect.R5]:
        return Dialect.R5
    return Dialect.STU3 if tells[Dialect.STU3] > tells[Dialect.R4] else Dialect.R4


def _has_old_initial(resource: Resource) -> bool:
    old = any(key.startswith("initial") and len(key) > len("initial") for key in resource)
    conditions = _as_list(resource.get("enableWhen"))
    return old or any(isinstance(each, dict) and "hasAnswer" in each for each in conditions)


def _parts(questionnaire: Resource) -> Iterator[Resource]:
    """Return the questionnaire and its items, without recursion."""
    stack: list[Any] = [questionnaire]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield part
            stack.extend(_as_list(part.get("item")))
