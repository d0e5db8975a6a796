"""Regular expressions out of a file, run by an engine that cannot backtrack.

Python's own `re` can be kept busy for years by forty characters. The Rust engine inside pydantic takes time linear in
the text, knows no look-around and no back-references, and refuses patterns that would need much memory.
"""

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

LONGEST_PATTERN = 1_000
LONGEST_SUBJECT = 20_000


@lru_cache(maxsize=512)
def _machine(pattern: str) -> SchemaValidator | None:
    if len(pattern) > LONGEST_PATTERN:
        return None
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None


def why_not(pattern: str) -> str | None:
    if len(pattern) > LONGEST_PATTERN:
        return f"It is longer than {LONGEST_PATTERN:,} characters."
    if _machine(pattern) is None:
        return "It is not a pattern, or it uses look-around or back-references, which are not run."
    return None


def occurs(pattern: str, text: str) -> bool | None:
    """Return whether the pattern occurs in the text; None when the pattern cannot be run."""
    machine = _machine(pattern)
    if machine is None or len(text) > LONGEST_SUBJECT:
        return None
    try:
        machine.validate_python(text)
    except ValidationError:
        return False
    return True
