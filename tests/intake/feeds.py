"""Builders for feeds: mappings, files, and imports of them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fourfold.intake.rules.feeds import Mapping, mapping_of

REPOSITORY = Path(__file__).parents[2]
HEADER = ("Ref", "Told", "When", "Class", "Story", "Weapon", "Ex", "Name", "Born")

SMALL: dict[str, Any] = {
    "name": "A small feed",
    "system": "small",
    "reference": {"columns": ["Ref"]},
    "told": {"columns": ["Told"], "formats": ["%d/%m/%Y %H:%M", "%d/%m/%Y"]},
    "occurred": {"columns": ["When"], "formats": ["%d/%m/%Y %H:%M"], "midnight": "not known"},
    "class": {
        "as_recorded": ["Class"],
        "by": [
            {"columns": ["Class"], "codes": {"8Q": "8Q", "8R": {"class": "8R", "behaviours": ["contacts"]}, "T": "49"}}
        ],
    },
    "words": {"parts": ["{Story}"]},
    "weapon": {"column": "Weapon", "yes": ["Y"], "no": ["N"]},
    "former_partner": {"column": "Ex", "yes": ["Y"], "otherwise": "unknown"},
    "victim": {"name": "Name", "birth": {"columns": ["Born"], "formats": ["%d/%m/%Y"]}},
}


def small(**changes: Any) -> Mapping:
    """Return the mapping of the small feed, with `changes`; a change to None leaves the key out."""
    document = {key: value for key, value in {**SMALL, **changes}.items() if value is not None}
    return mapping_of(document, sha256="0" * 64)


def row(ref: str = "1", **cells: str) -> tuple[str, ...]:
    """Return one row of the small feed, with some cells changed."""
    usual = {
        "Ref": ref,
        "Told": "23/11/2026 10:00",
        "When": "22/11/2026 21:30",
        "Class": "8R",
        "Story": "He texted her",
        "Weapon": "",
        "Ex": "",
        "Name": "Anna Karlsen",
        "Born": "03/05/1985",
    }
    return tuple({**usual, **cells}.values())


def text_of(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def feed(folder: Path, rows: Iterable[Sequence[str]] | str | bytes, name: str = "feed.csv") -> Path:
    """Write a feed's file and return where it is."""
    path = folder / name
    content = rows if isinstance(rows, str | bytes) else text_of(rows)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def real(name: str, folder: Path, rows: int = 600) -> tuple[Path, int, bool]:
    """Return a public feed, its number of rows and whether it is the real one; else one invented in the same layout.

    The real files lie beside the repository where they lie at all; they are no part of it.
    """
    found = REPOSITORY.parent / "shared" / "data" / "real" / f"{name}.csv"
    if found.exists():
        with found.open(newline="") as file:
            return found, sum(1 for _ in csv.reader(file)) - 1, True
    path = folder / f"{name}.csv"
    path.write_text(INVENTED[name](rows))
    return path, rows, False


def _dates(number: int) -> tuple[date, random.Random]:
    return date(2015, 1, 1) + timedelta(days=number % 200), random.Random(number)


_CHICAGO_HEADER = (
    *("ID", "Case Number", "Date", "Block", "IUCR", "Primary Type", "Description", "Location Description", "Arrest"),
    *("Domestic", "Beat", "District", "Ward", "Community Area", "FBI Code", "X Coordinate", "Y Coordinate", "Year"),
    *("Updated On", "Latitude", "Longitude", "Location"),
)


def chicago(rows: int) -> str:
    """Return invented crimes in the layout of the City of Chicago."""
    made = []
    kinds = [
        ("0580", "STALKING", "SIMPLE", "08A"),
        ("0820", "THEFT", "$500 AND UNDER", "06"),
        ("2825", "OTHER OFFENSE", "HARASSMENT BY TELEPHONE", "26"),
    ]
    for number in range(rows):
        day, dice = _dates(number)
        code, kind, description, fbi = dice.choice(kinds)
        moment = day.strftime("%m/%d/%Y ") + dice.choice(("12:00:00 AM", "11:43:40 PM", "12:58:27 AM"))
        made.append(
            (
                *(str(9_000_000 + number), f"HX{number:06}", moment, f"{number % 99:03}XX W INVENTED ST", code, kind),
                *(description, "STREET", "false", "true", "0422", "004", "7", "46", fbi, "", "", "2015"),
                *(f"{day:%m/%d/%Y} 12:43:39 PM", "41.7", "-87.5", "(41.7, -87.5)"),
            )
        )
    return text_of(made, _CHICAGO_HEADER)


def chicago_slim(rows: int) -> str:
    """Return invented crimes in the shortened layout, five of which repeat another in every cell."""
    made = []
    for number in range(rows - 5):
        day, dice = _dates(number)
        kind = dice.choice((("STALKING", "SIMPLE"), ("OTHER OFFENSE", "TELEPHONE THREAT"), ("THEFT", "OVER $500")))
        made.append(
            (
                f"{day} {number % 24:02}:{number % 60:02}:00",
                f"{number:04}X N INVENTED AVE",
                *kind,
                "STREET",
                "false",
                "true",
                "9",
            )
        )
    header = (
        "Date",
        "Block",
        "Primary Type",
        "Description",
        "Location Description",
        "Arrest",
        "Domestic",
        "Community Area",
    )
    return text_of(made + made[:5], header)


_LAPD_HEADER = (
    *("DR_NO", "Date Rptd", "DATE OCC", "TIME OCC", "AREA", "AREA NAME", "Rpt Dist No", "Part 1-2", "Crm Cd"),
    *("Crm Cd Desc", "Mocodes", "Vict Age", "Vict Sex", "Vict Descent", "Premis Cd", "Premis Desc", "Weapon Used Cd"),
    *("Weapon Desc", "Status", "Status Desc", "Crm Cd 1", "Crm Cd 2", "Crm Cd 3", "Crm Cd 4", "LOCATION"),
    *("Cross Street", "LAT", "LON"),
)


def lapd(rows: int) -> str:
    """Return invented reports in the layout of the Los Angeles Police Department."""
    made = []
    for number in range(rows):
        day, dice = _dates(number)
        code, words = dice.choice(
            (("763", "STALKING"), ("901", "VIOLATION OF RESTRAINING ORDER"), ("440", "THEFT PLAIN"))
        )
        weapon = dice.choice((("", ""), ("400", "STRONG-ARM (HANDS, FIST, FEET OR BODILY FORCE)"), ("200", "KNIFE")))
        told = f"{(day + timedelta(days=2)):%m/%d/%Y} 0:00"
        made.append(
            (
                *(str(200_000_000 + number), told, f"{day.month}/{day.day}/{day.year} 0:00"),
                *(dice.choice(("1", "5", "100", "2000", "1200")), "8", "West LA", "814", "2", code, words, "0417", "0"),
                *(dice.choice("FMX"), "W", "501", "DWELLING", *weapon, "IC", "Invest Cont", code),
                *(dice.choice(("", "998")), "", "", "100 S  INVENTED        DR", "", "0", "0"),
            )
        )
    return text_of(made, _LAPD_HEADER)


INVENTED = {"chicago_crimes": chicago, "chicago_crimes_2022_slim": chicago_slim, "lapd_crimes": lapd}
