"""What a frozen extract is, said once in DuckDB's SQL, and said again in other dialects from that one text.

The tables it reads hold no name, no place and no date of birth: `SOURCES` is all that it may be given. When the rows
outgrow one machine, `said_in("spark")` is the same definition, to be run on the same tables there.
"""

import hashlib
from functools import cache
from pathlib import Path

WRITTEN_IN = "duckdb"

#: What is taken over from a case as it stands, and where it stands there.
TAKEN_OVER = {
    "relationship": "relationship",
    "victim_pronoun": "victim__pronoun",
    "subject_pronoun": "subject__pronoun",
}
#: The tables that the definition reads, with their columns and SQL types. Moments are seconds since 1970 (UTC).
SOURCES: dict[str, dict[str, str]] = {
    "until": {"until_s": "BIGINT"},
    "cases": {
        "pseudonym": "VARCHAR",
        "site": "VARCHAR",
        "opened_s": "BIGINT",
        "opened_year": "INTEGER",
        "opened_month": "INTEGER",
        **dict.fromkeys(TAKEN_OVER, "VARCHAR"),
    },
    "acts": {"pseudonym": "VARCHAR", "happened_s": "BIGINT", "former_partner": "BOOLEAN", "third_party": "BOOLEAN"},
    "levels": {"pseudonym": "VARCHAR", "set_s": "BIGINT", "level": "VARCHAR"},
    "management": {"pseudonym": "VARCHAR", "began_s": "BIGINT"},
    "custody": {"pseudonym": "VARCHAR", "from_s": "BIGINT", "until_s": "BIGINT"},
    "sessions": {"pseudonym": "VARCHAR", "attendance": "VARCHAR"},
    "staff_minutes": {"pseudonym": "VARCHAR", "minutes": "INTEGER"},
    "steps": {"pseudonym": "VARCHAR", "due_s": "BIGINT", "done_s": "BIGINT"},
    "wellbeing": {"pseudonym": "VARCHAR", "instrument": "VARCHAR", "answered_s": "BIGINT", "total": "DOUBLE"},
}


@cache
def definition() -> str:
    """Return the definition as it is written, in DuckDB's SQL."""
    return Path(__file__).with_name("extract.sql").read_text(encoding="utf-8")


@cache
def said_in(dialect: str) -> str:
    """Return the same definition in another dialect of SQL, such as "spark"; raises ValueError for none that is known."""
    import sqlglot

    (said,) = sqlglot.transpile(
        definition(), read=WRITTEN_IN, write=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    return said


@cache
def sha256() -> str:
    """Return the hash of the definition, which stands beside every extract that was made by it."""
    return hashlib.sha256(definition().encode()).hexdigest()
