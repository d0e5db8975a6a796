"""The words of a shipped form that are ours, known as ours, so that a page can say them in another language.

What a person is asked about themselves is never among them: a measure counts in the very words in which it was asked, and
another language is another wording, which a unit brings in and approves. Nor is anything that a unit brought or imported.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from fourfold.assessment.terms import Informant, Instrument, Shipped
from fourfold.words import Word

#: What is read of a form, by the names of the fields that hold it; all else in it is a key, a code or a source.
READ = frozenset({"title", "label", "hint", "text", "act", "words", "notice", "licence", "purpose", "message"})
#: What we say of anybody's form: whose it is, what it is worth, and how a unit gets its words.
ABOUT = frozenset({"notice", "licence", "how_to_get", "attribution"})

Part = TypeVar("Part")


def spoken(form: Instrument) -> Instrument:
    """Return a shipped form with every text of ours in it known as such; equal to the form it was made of."""
    if form.shipped is Shipped.WHOLE and form.informant is not Informant.SELF:
        return _known(form, READ | ABOUT)
    return replace(form, notice=Word(form.notice), licence=Word(form.licence), rights=_known(form.rights, ABOUT))


def _known(part: Part, names: frozenset[str]) -> Part:
    changed: dict[str, Any] = {}
    for field in fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if type(value) is str and value and field.name in names:
            changed[field.name] = Word(value)
        elif is_dataclass(value):
            changed[field.name] = _known(value, names)
        elif isinstance(value, tuple) and any(map(is_dataclass, value)):
            changed[field.name] = tuple(_known(each, names) if is_dataclass(each) else each for each in value)
    return replace(part, **changed) if changed else part  # type: ignore[type-var]
