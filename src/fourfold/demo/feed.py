"""A crime export in the layout of the shipped example mapping, for the rehearsals of an import."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fourfold.demo.invented import Person

MAPPING = Path("example_force")
LONDON = ZoneInfo("Europe/London")
COLUMNS = str.split(
    "Force,Crime ref,Reported date,Reported time,Committed from,Committed to,HO class,Offence,"
    "Included classes,MO,Location,Weapon,Relationship,Victim forename,Victim surname,Victim phone,"
    "Victim e-mail,Victim address,Victim DOB,Victim sex,Victim maiden name,Suspect forename,"
    "Suspect surname,Suspect phone,Suspect address,Suspect DOB,Suspect VRM,Suspect username,Platform,"
    "Suspect alias",
    ",",
)


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write rows as the export would have them; columns that a row leaves out are empty."""
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def act(number: str, reported_at: datetime, ho_class: str, words: str, **more: str) -> dict[str, str]:
    """Return one row of the export, about an act an hour and a half before it was reported."""
    reported, happened = reported_at.astimezone(LONDON), (reported_at - timedelta(minutes=90)).astimezone(LONDON)
    return {
        "Force": "06",
        "Crime ref": number,
        "Reported date": f"{reported:%d/%m/%Y}",
        "Reported time": f"{reported:%H:%M}",
        "Committed from": f"{happened:%d/%m/%Y %H:%M}",
        "HO class": ho_class,
        "MO": words,
        **more,
    }


def victim(person: Person) -> dict[str, str]:
    given, _, family = person.name.partition(" ")
    return {
        "Victim forename": given,
        "Victim surname": family,
        "Victim phone": person.phone,
        "Victim e-mail": person.email,
        "Victim address": person.address,
        "Victim DOB": f"{person.birth:%d/%m/%Y}",
        "Victim sex": person.sex,
    }


def suspect(person: Person, relationship: str) -> dict[str, str]:
    given, _, family = person.name.partition(" ")
    return {
        "Relationship": relationship,
        "Suspect forename": given,
        "Suspect surname": family,
        "Suspect phone": person.phone,
        "Suspect address": person.address,
        "Suspect DOB": f"{person.birth:%d/%m/%Y}",
    }
