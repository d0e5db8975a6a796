"""Rules of the form as a whole: names (Q1), extensions (Q22), modifiers (Q21), and what stands elsewhere."""

from collections import Counter
from typing import Any

from fourfold.assessment.fhir.fields import Findings, extensions_of, name_of, nested_parts
from fourfold.assessment.fhir.terms import Dialect, Form, Refused, Resource, Severity

_MODIFIERS: dict[str, Any] = {"rendering-styleSensitive": False}
"""Modifiers that may stand, with the value at which they change nothing."""


def refuse_modifiers(questionnaire: Resource) -> None:
    """Raise Refused for a modifierExtension that is not known to change nothing (Q21).

    A modifier can turn the meaning of what it stands on into its opposite, so FHIR forbids to pass over one.
    """
    for part, where in nested_parts(questionnaire):
        listed = part.get("modifierExtension")
        for each in listed if isinstance(listed, list) else [listed] if listed else ():
            url = each.get("url") if isinstance(each, dict) else None
            if not (isinstance(each, dict) and _is_harmless(each)):
                problem = f"A modifier changes the meaning of what it stands on: {str(url)[:200]}."
                mend = "Ask whoever made the form for one without modifiers."
                raise Refused("Q21", where or "modifierExtension", problem, mend)


def _is_harmless(extension: Resource) -> bool:
    name = name_of(extension)
    return name in _MODIFIERS and extension.get("valueBoolean") is _MODIFIERS[name]


def link_ids(form: Form, findings: Findings) -> None:
    """Check that every item has a linkId of its own (Q1)."""
    counted = Counter(node.link_id for node, _ in form.walk())
    for link_id, times in counted.items():
        if times > 1:
            problem = f"{times} items have the linkId “{link_id}”; answers could not be told apart."
            findings.add("Q1", Severity.ERROR, link_id, problem, "Give each a linkId of its own.")


def extensions(form: Form, findings: Findings) -> None:
    """Check for extensions that say nothing, or two things at once (Q22)."""
    for part, where in nested_parts(form.resource):
        if "extension" in part and not isinstance(part["extension"], list):
            findings.add("Q22", Severity.WARNING, where, "“extension” is no list; it was passed over.", "Write a list.")
        for each in extensions_of(part):
            if why := _why_malformed(each):
                findings.add("Q22", Severity.WARNING, where, f"An extension was passed over: {why}.", "Correct it.")


def _why_malformed(extension: Any) -> str | None:
    if not isinstance(extension, dict):
        return "it is no object"
    if not isinstance(extension.get("url"), str) or not extension["url"].strip():
        return "it has no url"
    values = [key for key in extension if key.startswith("value")]
    name = extension["url"][-60:]
    if len(values) > 1:
        return f"{name} has more than one value"
    if values and extension.get("extension"):
        return f"{name} has a value and extensions of its own"
    if not values and not extension.get("extension") and not any(key.startswith("_value") for key in extension):
        return f"{name} has no value"
    return None


def repeats_in_repeats(form: Form, findings: Findings) -> None:
    """Tell of what could be answered several times inside of what is: here it is, once in each."""
    for node, above in form.walk():
        if node.repeats and node.type not in ("display", "choice") and any(each.repeats for each in above):
            problem = "It may be answered several times inside of what repeats; here it is asked once in each."
            findings.add("shape", Severity.WARNING, node.link_id, problem, "Ask for more than one in words.")


def left_out(form: Form, findings: Findings) -> None:
    """Note which questions stand in another form, and where pictures or sounds are not shown."""
    for part, where in nested_parts(form.resource):
        for each in extensions_of(part):
            name = name_of(each)
            if name == "subQuestionnaire":
                problem = (
                    f"Questions of another form belong here ({str(each.get('valueCanonical'))[:120]}); none is fetched."
                )
                findings.add("shape", Severity.ERROR, where, problem, "Send the form put together.")
            elif name in _MEDIA:
                problem = "A picture or a sound belongs here, and is not shown."
                findings.add("shape", Severity.WARNING, where, problem, "See that it can be answered without.")


_MEDIA = frozenset({"itemMedia", "itemAnswerMedia"})


def elsewhere(form: Form, findings: Findings) -> None:
    """Note what the form lacks as a whole, what of it stands elsewhere, and its dialect."""
    if form.resource.get("implicitRules"):
        problem = "The form says that it follows rules that stand elsewhere; they are not fetched."
        findings.add("shape", Severity.WARNING, "implicitRules", problem, "Check that the form means what it says.")
    if not form.items and not form.is_ours_unworded:
        raise Refused("Q6", "item", "The form has no items.", "Choose the file that holds the questions.")
    if not form.title:
        findings.add("shape", Severity.WARNING, "title", "The form has no title.", "Give it one.")
    if form.dialect is not Dialect.R4:
        problem = f"The form is written in FHIR {form.dialect}; it was read as it is, and is exported in R4."
        findings.add("shape", Severity.NOTE, "file", problem)
