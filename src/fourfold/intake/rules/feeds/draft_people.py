"""A draft's people: whose the columns of names, births and numbers are, in a row for a crime and in rows of people."""

import re
from collections.abc import Iterator
from typing import Any

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.column_owners import owners
from fourfold.intake.rules.feeds.draft_identifiers import Recognised, recognised
from fourfold.intake.rules.feeds.draft_moments import kept_forms
from fourfold.intake.rules.feeds.drafts import Draft
from fourfold.intake.rules.feeds.layout import CODED
from fourfold.intake.rules.feeds.profiles import Profile
from fourfold.intake.rules.feeds.roles import OTHER, YES, roles_among
from fourfold.intake.terms import KnownKind, PersonRole

_SEXES = {"f": "F", "female": "F", "woman": "F", "benyw": "F", "m": "M", "male": "M", "man": "M", "gwryw": "M"}
#: A column with so many words a cell holds whole names.
_WORDS_OF_A_NAME = 1.5


def people(draft: Draft, left: dict[str, Profile], role: Profile | None, flags: dict[str, str]) -> None:
    owned = owners(draft, left, role)
    bare = {name: detail for name, (_, detail) in owned.items()}
    if role is not None:
        owned = {}
    if flags:
        _person_of_flags(draft, left, flags, bare)
    elif role is not None:
        _person_of_role(draft, left, role, bare, roles_among(role.values))
    for person in ("victim", "subject"):
        found = _numbered_people(
            draft, left, person, {name: detail for name, (owner, detail) in owned.items() if owner == person}
        )
        if len(found) > 1:
            draft.doubt(f"A row names up to {len(found)} people as {person}: the others stand below them.")
        for number, details in enumerate(found):
            table: dict[str, Any] = {} if number == 0 else {"role": person}
            for detail, columns in details.items():
                _detail(draft, table, detail, columns, person)
            if number == 0 and table:
                draft.document[person] = table
            elif len(table) > 1:
                draft.document.setdefault("person", []).append(table)
    _doubt_people(draft, left, role)


def _doubt_people(draft: Draft, left: dict[str, Profile], role: Profile | None) -> None:
    for column, words in draft.free(left):
        if role is None and words & column_names.ROLE and column.has_few_values:
            draft.doubt(
                f"“{column.name}” may say who is victim and who is suspect. How that is written is in the guide to importing a feed."
            )
        elif column.like_names and not words & (column_names.KNOWN - column_names.PERSONAL):
            draft.doubt(
                f"“{column.name}” looks like names of people, and nothing says whose: it is kept only as it came."
            )


def people_in_a_row(draft: Draft, left: dict[str, Profile], roles: dict[str, list[str]]) -> None:
    """Draft several people of a row, each with a column that tells the role, in the order of the file."""
    known = roles_among(value for name in roles for value in left[name].values)
    for name in (name for name in left if name in roles):
        owned: dict[str, str] = {}
        begins = len(re.sub(r"[^\W_]+$", "", name))
        for other in roles[name]:
            if detail := column_names.detail_of(column_names.words_of(other[begins:])):
                owned[other] = detail
        if owned:
            _person_of_role(draft, left, left[name], owned, known)


def _person_of_flags(draft: Draft, left: dict[str, Profile], flags: dict[str, str], owned: dict[str, str]) -> None:
    """Draft the person of a row, of whom one column says whether they are the victim, and another the suspect."""
    for person, name in sorted(flags.items(), key=lambda flag: _place_of_role(flag[0])):
        yes = [value for value in left[name].values if value.casefold() in YES]
        rest = [value for value in left[name].values if value not in yes]
        _add_person(draft, left, {"column": draft.use(name)[0], person: yes, OTHER: rest}, owned)
        draft.doubt(f"“{name}” is read as whether the row’s person is the {person}: yes is {', '.join(yes)}. Is it?")


def _person_of_role(
    draft: Draft, left: dict[str, Profile], role: Profile, owned: dict[str, str], roles: dict[str, list[str]]
) -> None:
    """Draft a person whose role a column tells, in the words of `roles`."""
    draft.use(role.name)
    roles = dict(sorted(roles.items(), key=lambda said: _place_of_role(said[0])))
    _add_person(draft, left, {"column": role.name, **roles}, owned)
    there = {name: [word for word in words if word in role.values] for name, words in roles.items()}
    said = "; ".join(f"{name}: {', '.join(words)}" for name, words in there.items() if words)
    draft.doubt(f"“{role.name}” is read as the role of the row’s person ({said}). Check each word of it.")
    known = {word for words in roles.values() for word in words}
    if unknown := [word for word in role.values if word not in known]:
        draft.doubt(f"Rows with these roles in “{role.name}” will wait until they are mapped: {', '.join(unknown)}.")
    if role.filled and any(column.filled > role.filled for column in (left[name] for name in owned)):
        draft.doubt(f"Some rows name a person and leave “{role.name}” empty. They will wait.")


def _add_person(draft: Draft, left: dict[str, Profile], role: dict[str, Any], owned: dict[str, str]) -> None:
    table: dict[str, Any] = {"role": role}
    details: dict[str, list[Profile]] = {}
    for name, detail in owned.items():
        details.setdefault(detail, []).append(left[name])
    for detail, columns in details.items():
        _detail(draft, table, detail, columns, "person")
    draft.document.setdefault("person", []).append(table)


def _place_of_role(role: str) -> int:
    return (*PersonRole, OTHER).index(role)


def _numbered_people(
    draft: Draft, left: dict[str, Profile], person: str, owned: dict[str, str]
) -> list[dict[str, list[Profile]]]:
    """Return the victims or the suspects that a row names, in order, each with its columns by detail.

    `owned` are the details of columns that are this person's though their names do not say so.
    """
    found: list[tuple[Profile, column_names.Numbered, str]] = []
    for column, words in list(draft.free(left)):
        detail = owned.get(column.name) or column_names.detail_of(words)
        owner = column_names.person_of(words) or ("subject" if detail == "relationship" else None)
        if detail is None or (owner != person and column.name not in owned):
            continue
        named = column_names.numbered(column.name, person)
        if column.name in owned and not column_names.person_of(words) and not column_names.bare_detail_of(column.name):
            named = column_names.Numbered(None, None, words)  # “Field7” counts columns
        if words & column_names.BESIDE:
            draft.doubt(f"“{column.name}” may be somebody else's or a further one; it is kept only as it came.")
        elif (detail := owned.get(column.name) or column_names.detail_of(named.words)) is not None:
            found.append((column, named, detail))
    ends_count = any(
        (named.last or 0) > 1 and (detail == "birth" or column_names.part_of_name(named.words) in ("whole", "surname"))
        for _, named, detail in found
        if detail in ("name", "birth")
    )
    people: dict[int, dict[str, list[Profile]]] = {}
    without: list[str] = []
    numbers = set()
    for column, named, detail in found:
        number = named.number or (named.last if ends_count else None)
        if number is None:
            without.append(column.name)
        numbers.add(number)
        people.setdefault(number or 1, {}).setdefault(detail, []).append(column)
    if without and 1 in numbers:
        draft.doubt(f"{', '.join(without)} has no number, and is taken for the first {person}'s.")
    return [details for _, details in sorted(people.items())]


def _detail(draft: Draft, table: dict[str, Any], detail: str, columns: list[Profile], person: str) -> None:
    """Write one detail of a person; columns that are not plainly parts of one are never joined."""
    if detail == "birth":
        readable = [column for column in columns if column.forms()]
        for column in columns:
            if column not in readable:
                such = f", such as “{column.dated}”" if column.dated else ""
                draft.doubt(f"“{column.name}” is no day of birth that can be read{such}; it is kept only as it came.")
        if readable:
            column = _only(draft, readable, person)
            table["birth"] = {"columns": draft.use(column.name), "formats": kept_forms(draft, column, column.forms())}
    elif detail in CODED:
        meant = _SEXES if detail == "sex" else {code: code for code in CODED[detail]}
        column = _only(draft, columns, person)
        codes = {value: meant[value.lower()] for value in column.values if value.lower() in meant}
        table[detail] = {"columns": draft.use(column.name), "codes": codes}
        _doubt_unknown(draft, column, set(codes), f"the {person}’s {detail}")
    elif detail == "name":
        table["name"] = draft.use(*_names(draft, columns, person))
    elif detail == "address":
        table["address"] = draft.use(*_addresses(draft, columns, person))
    else:
        table[detail] = draft.use(_only(draft, columns, person).name)


def _only(draft: Draft, columns: list[Profile], person: str) -> Profile:
    """Return the fullest of columns that cannot be joined, and say which are left."""
    best = max(columns, key=lambda column: column.filled)
    others = [column.name for column in columns if column is not best]
    if others:
        draft.doubt(
            f"“{best.name}” is read for one {person}, not joined with {', '.join(others)}: name the one that is right, or "
            "add another person to the mapping if it is theirs."
        )
    return best


def _names(draft: Draft, columns: list[Profile], person: str) -> list[str]:
    """Return the columns that are parts of one name, or the one column of a whole name."""
    parts: dict[tuple[str, int | None], list[Profile]] = {}
    for column in columns:
        named = column_names.numbered(column.name, person)
        part = column_names.part_of_name(named.words)
        parts.setdefault((part, None if part == "whole" else named.last), []).append(column)
    whole = parts.pop(("whole", None), [])
    kinds = {part for part, _ in parts}
    if whole and parts and len(whole) == 1 and len(kinds) == 1 and whole[0].words_a_cell < _WORDS_OF_A_NAME:
        return [
            one.name for one in (*whole, *(_only(draft, same, person) for same in parts.values()))
        ]  # “Name” + “Surname”
    if whole and not {"forename", "surname"} <= kinds:
        return [
            _only(draft, [_only(draft, whole, person), *(one for same in parts.values() for one in same)], person).name
        ]
    kept = [_only(draft, same, person) for same in parts.values()]
    if whole:
        draft.doubt(f"{', '.join(one.name for one in whole)} is not joined with the parts of the {person}’s name.")
    kept.sort(key=lambda one: column_names.place_in_name(column_names.numbered(one.name, person).words))
    return [column.name for column in kept]


def _addresses(draft: Draft, columns: list[Profile], person: str) -> list[str]:
    """Return the columns that are parts of one address; of two whole ones, the fuller."""
    parts: dict[tuple[frozenset[str], int | None], list[Profile]] = {}
    for column in columns:
        named = column_names.numbered(column.name, person)
        parts.setdefault((column_names.part_of_address(named.words), named.last), []).append(column)
    kept = [_only(draft, same, person) for same in parts.values()]
    if len({last for part, last in parts if not part}) > 1:
        draft.doubt(
            f"{', '.join(column.name for column in kept)} are joined as the lines of one address of one {person}."
        )
    return [column.name for column in columns if column in kept]


def _doubt_unknown(draft: Draft, column: Profile, known: set[str], what: str) -> None:
    unknown = [value for value in column.values if value not in known]
    if unknown:
        draft.doubt(f"{', '.join(unknown)} in “{column.name}” are read as not known: {what}.")


# ---- what people are known by


def known_by(draft: Draft, left: dict[str, Profile]) -> list[Recognised]:
    """Take the columns of what people are known by besides their names, before these are read as anything else."""
    found = list(recognised([column for name, column in left.items() if name not in draft.used]))
    draft.use(*(name for one in found for name in (one.column.name, one.platform_column) if name))
    return found


def write_known_by(draft: Draft, found: list[Recognised]) -> None:
    for one in found:
        table, name = _table_of(draft, one.person or "subject", one.number), one.column.name
        if one.kind is KnownKind.ACCOUNT:
            platform = {"platform": one.platform, "platform_column": one.platform_column}
            entry = {"columns": [name], **({"separator": one.separator} if one.separator else {})}
            table.setdefault("account", []).append(entry | {key: value for key, value in platform.items() if value})
        else:
            table[str(one.kind)] = _with_column(table.get(one.kind), name, one.separator)
        for doubt in _doubts_of(one):
            draft.doubt(doubt)


def _table_of(draft: Draft, person: str, number: int) -> dict[str, Any]:
    """Return the table of a person: where each has a row, of them all; of a further one the [[person]] that is theirs."""
    people: list[dict[str, Any]] = draft.document.get("person", [])
    if each := next((one for one in people if isinstance(one.get("role"), dict)), None):
        return each
    tables = [draft.document.setdefault(person, {}), *(one for one in people if one.get("role") == person)]
    if number <= len(tables):
        return tables[number - 1]
    draft.document.setdefault("person", []).append({"role": person})
    added: dict[str, Any] = draft.document["person"][-1]
    return added


def _with_column(before: dict[str, Any] | list[str] | None, name: str, separator: str) -> dict[str, Any] | list[str]:
    columns = [*(before["columns"] if isinstance(before, dict) else before or ()), name]
    separator = separator or (before["separator"] if isinstance(before, dict) else "")
    return {"columns": columns, "separator": separator} if separator not in ("", ";") else columns


def _doubts_of(one: Recognised) -> Iterator[str]:
    name = one.column.name
    if one.by_values:
        yield f"“{name}” holds registrations of cars by its values alone: is it a car of somebody's?"
    if one.person is None:
        yield f"“{name}” does not say whose it is and is read as the subject's. Change that if it is the victim’s."
    if one.kind is KnownKind.VEHICLE and one.share < 1:
        yield f"{1 - one.share:.0%} of “{name}” is no registration; such cells are kept only as they came."
    if one.kind is KnownKind.ALIAS and one.share < 1:
        yield f"{1 - one.share:.0%} of “{name}” is one word, which is kept and compared with nobody."
    if one.kind is KnownKind.ACCOUNT and one.platform_column:
        yield f"“{one.platform_column}” is read as the platform of “{name}”."
    elif one.kind is KnownKind.ACCOUNT and not one.platform:
        yield (
            f"Nothing says on which platform the accounts of “{name}” are: name it, unless the cells do "
            "(instagram:jo). One of which nobody knows the platform is the same on any."
        )
