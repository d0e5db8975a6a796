"""A mapping drafted from the names and the values of the columns, with everything that nobody can know from these."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import time
from typing import Any

from fourfold.intake.rules.feeds import naming
from fourfold.intake.rules.feeds.drafts import Draft, FileFacts
from fourfold.intake.rules.feeds.layout import columns_of_people
from fourfold.intake.rules.feeds.losses import LONGEST_REFERENCE
from fourfold.intake.rules.feeds.mapping import FOR_PERSON, mapping_of
from fourfold.intake.rules.feeds.moments import SERIAL, parsed
from fourfold.intake.rules.feeds.profiles import OF_NUMBERS, Profile
from fourfold.intake.rules.feeds.recognising import Recognised, recognised
from fourfold.intake.rules.feeds.roles import NO, NOT_KNOWN, OTHER, YES, roles_among
from fourfold.intake.rules.feeds.whose import flag_columns, like_births, owners, role_columns
from fourfold.intake.terms import CLASS_WORDS, KnownKind, PersonRole, RecordingClass

#: What the Home Office's own numbers and the field's short codes mean, beside the classes' own.
KNOWN_CODES = {
    **{recorded.value: recorded for recorded in RecordingClass if recorded is not RecordingClass.OTHER_CRIME},
    **dict.fromkeys(("008/65", "008/66", "195/12"), RecordingClass.STALKING),
    **dict.fromkeys(("58A", "58B", "58C", "58D"), RecordingClass.CRIMINAL_DAMAGE),
}
_WORDINGS = (
    (("stalk", "stelc"), RecordingClass.STALKING),
    (("malicious comm", "mal comm", "cyfathrebu maleisus"), RecordingClass.MALICIOUS_COMMUNICATIONS),
    (("threats to kill", "threat to kill", "bygythiadau i ladd", "bygwth lladd"), RecordingClass.THREATS),
    (("breach", "restraining order", "torri gorchymyn"), RecordingClass.BREACH_OF_ORDER),
    (("harass", "aflonyddu", "aflonyddwch"), RecordingClass.HARASSMENT),
    (("criminal damage", "crim dam", "difrod troseddol"), RecordingClass.CRIMINAL_DAMAGE),
    (("voyeur",), RecordingClass.VOYEURISM),
    (("burglary", "bwrgleriaeth", "byrgleriaeth"), RecordingClass.BURGLARY),
    (("theft", "dwyn", "lladrata"), RecordingClass.THEFT),
    (("assault", "ymosod"), RecordingClass.ASSAULT),
)
_SEXES = {"f": "F", "female": "F", "woman": "F", "benyw": "F", "m": "M", "male": "M", "man": "M", "gwryw": "M"}
#: A reference may be missing in this share of the rows, and in one row of a file of so many.
_WITHOUT_A_REFERENCE, _MANY_ROWS = 0.01, 20
_WORDS_OF_A_STORY = 6
#: Where no column tells a role, rows are of people if this share of them repeats a reference; fewer are later versions.
_MANY_REPEATED = 0.2
#: Columns that only the first row of a crime fills are filled in fewer rows than this share, and are so many at least.
_MOST_GROUPED, _COLUMNS_OF_A_GROUP = 0.9, 2
#: Numbers between these, in seconds, are days of 2000 to 2035 as a spreadsheet counts them.
_FIRST_DAY, _LAST_DAY = 946_684_800, 2_051_222_400
#: A column whose name does not say so holds classes where so many of its values plainly are.
_MOST_PLAIN = 0.3
#: A column with so many words a cell holds whole names.
_WORDS_OF_A_NAME = 1.5


#: How many rows repeat the reference in a column, and of how many of these references each other column differs.
Differing = Callable[[str], dict[str, int]]


def proposed(facts: FileFacts, rows: int, columns: Iterable[Profile], differing: Differing) -> Draft:
    """Return a draft for a file of `rows` rows (those looked at) with these columns; whatever is a guess is a doubt.

    `differing` returns, for a column with references, how many of them have rows that differ, by column.
    """
    left = {column.name: column for column in columns}
    draft = Draft()
    draft.document.update(name=f"Drafted from {facts.name}", system="our-rms", timezone="Europe/London")
    draft.doubt("system is “our-rms”: write the system whose references these are. timezone is that of London.")
    _file(draft, facts)
    roles = role_columns(left)
    flags = {} if roles else flag_columns(left)
    role = next((left[name] for name in (*roles, *flags.values()) if not roles.get(name)), None)
    grouped = _grouped(draft, left, rows) if role is not None else []
    reference = _reference(draft, left, rows, of_people=role is not None, grouped=grouped)
    _moments(draft, left)
    known_by = _known_by(draft, left)
    _people_in_a_row(draft, left, {name: others for name, others in roles.items() if others})
    _people(draft, left, role, flags)
    _write_known_by(draft, known_by)
    _dates_left(draft, left)
    _class(draft, left)
    _text(draft, left)
    _answers(draft, left)
    _changed(draft, left)
    if reference is not None and reference.repeated:
        _repeated(draft, reference, differing(reference.name))
    elif role is not None and reference is not None:
        _say_rows(draft, f"“{role.name}” says what the person of a row is")
    unused = [name for name in left if name not in draft.used]
    if unused:
        draft.doubt(f"Read by nothing and kept only as they came: {', '.join(unused)}.")
    return draft


def _file(draft: Draft, facts: FileFacts) -> None:
    draft.document["file"] = {"kind": facts.kind}
    if facts.kind in ("csv", "jsonl"):
        draft.document["file"]["encoding"] = facts.encoding
    if facts.kind == "csv":
        draft.document["file"]["delimiter"] = facts.delimiter
    if facts.sheet:
        draft.document["file"]["sheet"] = facts.sheet
        draft.doubt(f"The first sheet is not the fullest: the rows are taken from the sheet “{facts.sheet}”.")
    if facts.header_row > 1:
        draft.doubt(
            f"The header is taken from row {facts.header_row:,}; what stands above it is passed over. Each import takes the "
            "row that names the columns of this mapping."
        )
    if not facts.sure_encoding and facts.encoding == "utf-8":
        draft.doubt("file.encoding is a guess (utf-8): some lines are not, and will wait. Ask for them in UTF-8.")
    elif not facts.sure_encoding:
        draft.doubt(
            f"file.encoding is a guess ({facts.encoding}): the file is no UTF-8. Look at a name with an accent."
        )
    if not facts.sure_delimiter:
        draft.doubt("file.delimiter is a guess: the lines do not agree on what separates their cells.")


def _grouped(draft: Draft, left: dict[str, Profile], rows: int) -> list[str]:
    """Return the columns of a crime that only the first row of its people fills, as many rows of each alike."""
    counts = Counter(
        column.filled
        for column, words in draft.free(left)
        if words & naming.REFERENCE and column.is_unique and not naming.bare_detail_of(column.name)
    )
    filled = next((count for count, _ in counts.most_common() if 0 < count < rows * _MOST_GROUPED), 0)
    found = [
        name for name, column in left.items() if filled and column.filled == filled and not naming.bare_detail_of(name)
    ]
    if len(found) < _COLUMNS_OF_A_GROUP:
        return []
    draft.document["columns"] = {"from_above": found}
    draft.doubt(
        f"{', '.join(found)} are filled in {filled:,} of {rows:,} rows only: a row that leaves all of them empty is read as "
        "one of the crime above it. Does each stand below its crime?"
    )
    return found


def _reference(
    draft: Draft, left: dict[str, Profile], rows: int, *, of_people: bool, grouped: Collection[str]
) -> Profile | None:
    """Write which column is the reference and return it; where rows are `of_people`, one that they share is expected."""
    most_without = max(rows * _WITHOUT_A_REFERENCE, 1 if rows >= _MANY_ROWS else 0)
    named = [
        column
        for column, words in draft.free(left)
        if words & naming.REFERENCE
        and not (naming.person_of(words) or naming.bare_detail_of(column.name))
        and (rows - column.filled <= most_without or column.name in grouped)
    ]
    named.sort(key=lambda column: _not_a_reference(column, of_people))
    if of_people and named and naming.words_of(named[0].name) & naming.PERSONAL:
        named = []
    if not named and (found := _reference_by_values(left, rows, of_people)):
        draft.doubt(f"“{found.name}” is taken for the reference from its values alone: its name does not say so.")
        named = [found]
    if not named:
        lacking = [
            c.name for c, words in draft.free(left) if words & naming.REFERENCE and words & naming.CRIME and c.filled
        ]
        if lacking:
            draft.doubt(f"{', '.join(lacking)} may be the reference, but many rows lack it or are another’s.")
        unique = (one for one in left.values() if rows and one.is_unique and one.filled == rows)
        other = next((one.name for one in unique if one.longest <= LONGEST_REFERENCE), "")
        draft.doubt(
            "No column looks like a reference. Without one a row is recognised by all its cells, and a later version of a "
            "crime becomes a new crime."
            + (f" “{other}” has a value of its own in every row: is it the reference?" if other else "")
        )
        return None
    best = named[0]
    draft.document["reference"] = {"columns": draft.use(best.name)}
    if best.filled < rows and best.name not in grouped:
        draft.doubt(
            f"“{best.name}” is the reference, and {rows - best.filled:,} of {rows:,} rows lack it. They will wait."
        )
    if best.is_unique and (others := [column.name for column in named[1:] if column.is_unique]):
        draft.doubt(f"reference is “{best.name}”; {', '.join(others)} would tell the rows apart as well.")
    return best


def _not_a_reference(column: Profile, of_people: bool) -> tuple[bool, bool, bool, int]:
    """Return what sorts the columns that may be the reference, the likeliest first."""
    words = naming.words_of(column.name)
    is_persons = of_people and bool(words & naming.PERSONAL)
    return is_persons, not (of_people or column.is_unique), not words & naming.CRIME, -column.filled


def _reference_by_values(left: dict[str, Profile], rows: int, of_people: bool) -> Profile | None:
    """Return the first column without a name that tells whose values are all written as references are."""
    found = (column for name, column in left.items() if not naming.words_of(name) & naming.KNOWN)
    full = (column for column in found if rows and column.filled == rows and column.kind == "reference")
    return next((column for column in full if column.is_unique or (of_people and not column.has_few_values)), None)


def _repeated(draft: Draft, reference: Profile, differing: dict[str, int]) -> None:
    """Say what the rows of one reference are: people of a crime, where they differ in nothing else that is read."""
    of_people = columns_of_people(mapping_of(draft.document))
    read = [name for name in differing if name in draft.used and name not in of_people]
    has_roles = any(isinstance(person["role"], dict) for person in draft.document.get("person", ()))
    many = reference.repeated >= reference.filled * _MANY_REPEATED
    if not of_people.intersection(differing) or not (has_roles or (many and not read)):
        draft.doubt(
            f"“{reference.name}” looks like the reference, but {reference.repeated:,} rows repeat one. If each row is one "
            'person of a crime, say rows = "one for each person"; if not, name further columns that tell the rows apart.'
        )
        return
    _say_rows(
        draft, f"{reference.repeated:,} rows repeat a reference of “{reference.name}”, and differ in their people"
    )
    if read:
        draft.doubt(
            f"Rows of one reference differ in {', '.join(read)}, which are of the crime: the later ones will wait."
        )
    if apart := [name for name in differing if name not in draft.used]:
        _not_compared(draft, apart)
        draft.doubt(f"{', '.join(apart)} differ from person to person: kept, but a change in these alone is no news.")


def _say_rows(draft: Draft, why: str) -> None:
    draft.document["rows"] = FOR_PERSON
    draft.doubt(f"{why}: the rows of one reference are read as one crime, a person each. Is each row a person?")


def _not_compared(draft: Draft, columns: list[str]) -> None:
    table = draft.document.setdefault("columns", {}).setdefault("not_compared", [])
    table.extend(name for name in draft.use(*columns) if name not in table)


# ---- moments


def _moments(draft: Draft, left: dict[str, Profile]) -> None:
    births = like_births(left)
    dated = {
        column.name: forms
        for column, words in draft.free(left)
        if column.name not in births and (forms := _forms(column, words))
    } or _dated_by_number(draft, left)
    times = [column for column, words in draft.free(left) if words & naming.TIME and column.name not in dated]
    told = _best(dated, naming.TOLD) or _told_by_values(draft, left, dated)
    until = _best({name: forms for name, forms in dated.items() if name != told}, naming.UNTIL)
    rest = {name: forms for name, forms in dated.items() if name not in (told, until)}
    occurred = _best(rest, naming.OCCURRED) or next(iter(rest), None)
    if told is None and occurred is not None:
        told = occurred
        draft.doubt(f"Nothing says when it was told, so “{occurred}”, when it happened, stands for that as well.")
    clocks = _clocks_beside([name for name in dict.fromkeys((told, occurred, until)) if name is not None], times)
    for key, name in (("told", told), ("occurred", occurred), ("occurred_until", until)):
        if name is not None:
            _moment(draft, key, left[name], dated[name], clocks.get(name))
    if told is None:
        draft.document["told"] = {"columns": ["?"], "formats": ["%d/%m/%Y %H:%M"]}
        draft.doubt("No column holds dates that can be read. Name one under [told], with the form it is written in.")


def _dated_by_number(draft: Draft, left: dict[str, Profile]) -> dict[str, tuple[str, ...]]:
    """Return columns of numbers that are days of these years as spreadsheets count them, where nothing else is a date."""
    found = {
        column.name: column.forms()
        for column, words in draft.free(left)
        if not words & naming.KNOWN and _FIRST_DAY <= column.middle <= _LAST_DAY
    }
    for name in found:
        draft.doubt(
            f"“{name}” holds numbers that are days of these years, and is read as days. Its name does not say so."
        )
    return found


def _told_by_values(draft: Draft, left: dict[str, Profile], dated: dict[str, tuple[str, ...]]) -> str | None:
    """Return the later of two columns of dates where no name says which is which; a report follows what it reports."""
    nameless = [name for name in dated if not naming.words_of(name) & (naming.OCCURRED | naming.UNTIL)]
    if len(nameless) < 2 or len(nameless) < len(dated):
        return None
    last = max(nameless, key=lambda name: left[name].middle)
    draft.doubt(f"Nothing says when it was told: “{last}” has the later dates, and is taken for that.")
    return last


def _dates_left(draft: Draft, left: dict[str, Profile]) -> None:
    for column, words in draft.free(left):
        if not naming.person_of(words) and not words & naming.CHANGED and (value := column.dated):
            draft.doubt(
                f"“{column.name}” looks like dates, such as “{value}”, that are read by nothing. If one is needed, name it "
                "with the form it is written in."
            )


def _forms(column: Profile, words: frozenset[str]) -> tuple[str, ...]:
    if words & naming.TIME and column.is_clock:
        return ()
    if naming.person_of(words) or words & naming.CHANGED or naming.detail_of(words) == "birth":
        return ()
    forms = column.forms()
    is_named = bool(words & (naming.DATE | naming.TOLD | naming.OCCURRED | naming.UNTIL))
    return forms if is_named or not OF_NUMBERS.issuperset(forms) else ()


def _best(dated: dict[str, tuple[str, ...]], wanted: frozenset[str]) -> str | None:
    ranked = sorted(dated, key=lambda name: -len(naming.words_of(name) & wanted))
    return ranked[0] if ranked and naming.words_of(ranked[0]) & wanted else None


def _moment(draft: Draft, key: str, column: Profile, forms: tuple[str, ...], clock: Profile | None) -> None:
    table: dict[str, Any] = {"columns": draft.use(column.name), "formats": _kept_forms(draft, column, forms)}
    if clock is not None:
        table["time_column"] = draft.use(clock.name)[0]
        draft.doubt(
            f"“{clock.name}” is read as the hour of “{column.name}”. Say in time_unknown what stands for no hour."
        )
    if _often_at_midnight(column, forms):
        table["midnight"] = "not known"
        draft.doubt(f"Many cells of “{column.name}” say 00:00; it is read as an hour that nobody knows.")
    draft.document[key] = table


def _clocks_beside(dates: list[str], times: list[Profile]) -> dict[str, Profile]:
    """Return the clock of each date that has one: those that share most words first, and each clock once."""
    shared = {
        (date, place): len((naming.words_of(date) - naming.DATE) & (naming.words_of(clock.name) - naming.TIME))
        for date in dates
        for place, clock in enumerate(times)
        if clock.is_clock
    }
    found: dict[str, Profile] = {}
    taken: set[int] = set()
    for (date, place), words in sorted(shared.items(), key=lambda item: -item[1]):
        if words and date not in found and place not in taken:
            found[date] = times[place]
            taken.add(place)
    return found


def _kept_forms(draft: Draft, column: Profile, forms: tuple[str, ...]) -> list[str]:
    """Return the forms to name; where day and month cannot be told apart, this country's, and a doubt."""
    first = forms[0]
    swapped = re.sub(r"^%d(\W)%m", r"%m\1%d", first)
    if swapped != first and swapped in forms:
        draft.doubt(f"Every day in “{column.name}” is 12 or less: day and month may be swapped. It is read day first.")
    elif re.match(r"%m\W%d", first):
        draft.doubt(f"“{column.name}” is written month first. Is timezone right?")
    if "%y" in first:
        draft.doubt(
            f"“{column.name}” has years of two digits: 00 to 68 are read as 2000 to 2068, 69 to 99 as 1969 to 1999. Ask for "
            "all four."
        )
        if not first.startswith("%y") and any(form.startswith("%y") for form in forms):
            draft.doubt(f"In “{column.name}” the year may stand first. It is read as {first}.")
    if first == SERIAL:
        draft.doubt(f"“{column.name}” is read as days as a spreadsheet counts them.")
    return [first]


def _often_at_midnight(column: Profile, forms: tuple[str, ...]) -> bool:
    if not any(part in forms[0] for part in ("%H", "%I")):
        return False
    found = (parsed(cell, forms[:1]) for cell in column.sample)
    at_midnight = sum(moment is not None and moment.time() == time() for moment in found)
    return at_midnight > len(column.sample) * 0.05


# ---- people


def _people(draft: Draft, left: dict[str, Profile], role: Profile | None, flags: dict[str, str]) -> None:
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
            draft.doubt(f"A row names up to {len(found)} people as {person}: the others are under [[person]].")
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
        if role is None and words & naming.ROLE and column.has_few_values:
            draft.doubt(f"“{column.name}” may say who is victim and who is suspect: see [[person]] in the how-to.")
        elif column.like_names and not words & (naming.KNOWN - naming.PERSONAL):
            draft.doubt(
                f"“{column.name}” looks like names of people, and nothing says whose: it is kept only as it came."
            )


def _people_in_a_row(draft: Draft, left: dict[str, Profile], roles: dict[str, list[str]]) -> None:
    """Draft several people of a row, each with a column that tells the role, in the order of the file."""
    known = roles_among(value for name in roles for value in left[name].values)
    for name in (name for name in left if name in roles):
        owned: dict[str, str] = {}
        begins = len(re.sub(r"[^\W_]+$", "", name))
        for other in roles[name]:
            if detail := naming.detail_of(naming.words_of(other[begins:])):
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
        draft.doubt(
            f"Rows with these roles in “{role.name}” will wait until they are mapped: {', '.join(unknown[:20])}."
        )
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
    found: list[tuple[Profile, naming.Numbered, str]] = []
    for column, words in list(draft.free(left)):
        detail = owned.get(column.name) or naming.detail_of(words)
        owner = naming.person_of(words) or ("subject" if detail == "relationship" else None)
        if detail is None or (owner != person and column.name not in owned):
            continue
        named = naming.numbered(column.name, person)
        if column.name in owned and not naming.person_of(words) and not naming.bare_detail_of(column.name):
            named = naming.Numbered(None, None, words)  # “Field7” counts columns
        if words & naming.BESIDE:
            draft.doubt(f"“{column.name}” may be somebody else's or a further one; it is kept only as it came.")
        elif (detail := owned.get(column.name) or naming.detail_of(named.words)) is not None:
            found.append((column, named, detail))
    ends_count = any(
        (named.last or 0) > 1 and (detail == "birth" or naming.part_of_name(named.words) in ("whole", "surname"))
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
            table["birth"] = {"columns": draft.use(column.name), "formats": _kept_forms(draft, column, column.forms())}
    elif detail == "sex":
        column = _only(draft, columns, person)
        codes = {value: _SEXES[value.lower()] for value in column.values if value.lower() in _SEXES}
        table["sex"] = {"columns": draft.use(column.name), "codes": codes}
        _doubt_unknown(draft, column, set(codes), f"the {person}’s sex")
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
            "give another person a [[person]]."
        )
    return best


def _names(draft: Draft, columns: list[Profile], person: str) -> list[str]:
    """Return the columns that are parts of one name, or the one column of a whole name."""
    parts: dict[tuple[str, int | None], list[Profile]] = {}
    for column in columns:
        named = naming.numbered(column.name, person)
        part = naming.part_of_name(named.words)
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
    kept.sort(key=lambda one: naming.place_in_name(naming.numbered(one.name, person).words))
    return [column.name for column in kept]


def _addresses(draft: Draft, columns: list[Profile], person: str) -> list[str]:
    """Return the columns that are parts of one address; of two whole ones, the fuller."""
    parts: dict[tuple[frozenset[str], int | None], list[Profile]] = {}
    for column in columns:
        named = naming.numbered(column.name, person)
        parts.setdefault((naming.part_of_address(named.words), named.last), []).append(column)
    kept = [_only(draft, same, person) for same in parts.values()]
    if len({last for part, last in parts if not part}) > 1:
        draft.doubt(
            f"{', '.join(column.name for column in kept)} are joined as the lines of one address of one {person}."
        )
    return [column.name for column in columns if column in kept]


def _doubt_unknown(draft: Draft, column: Profile, known: set[str], what: str) -> None:
    unknown = [value for value in column.values if value not in known]
    if unknown:
        draft.doubt(f"{', '.join(unknown[:8])} in “{column.name}” are read as not known: {what}.")


# ---- what people are known by


def _known_by(draft: Draft, left: dict[str, Profile]) -> list[Recognised]:
    """Take the columns of what people are known by beside their names, before these are read as anything else."""
    found = list(recognised([column for name, column in left.items() if name not in draft.used]))
    draft.use(*(name for one in found for name in (one.column.name, one.platform_column) if name))
    return found


def _write_known_by(draft: Draft, found: list[Recognised]) -> None:
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
        yield f"“{name}” does not say whose it is and is read as the subject's: put it under [victim] where it is hers."
    if one.kind is KnownKind.VEHICLE and one.share < 1:
        yield f"{1 - one.share:.0%} of “{name}” is no registration; such cells are kept only as they came."
    if one.kind is KnownKind.ALIAS and one.share < 1:
        yield f"{1 - one.share:.0%} of “{name}” is one word, which is kept and compared with nobody."
    if one.kind is KnownKind.ACCOUNT and one.platform_column:
        yield f"“{one.platform_column}” is read as the platform of “{name}”."
    elif one.kind is KnownKind.ACCOUNT and not one.platform:
        yield (
            f"Nothing says on which platform the accounts of “{name}” are: name it as platform or platform_column, unless "
            "the cells do (instagram:jo). One of which nobody knows the platform is the same on any."
        )


# ---- class, words, answers


def _class(draft: Draft, left: dict[str, Profile]) -> None:
    candidates = [
        (_known_share(column), column)
        for column, words in draft.free(left)
        if column.has_few_values and words & naming.CLASS and not words & (naming.INCLUDED | naming.WEAPON)
    ]
    if not any(share for share, _ in candidates):
        candidates = [
            (_plain_share(column), column)
            for column, words in draft.free(left)
            if column.has_few_values and _plain_share(column) >= _MOST_PLAIN and not words & naming.INCLUDED
        ]
        if candidates:
            draft.doubt(f"“{candidates[0][1].name}” is taken for the class from its values: its name does not say so.")
    candidates.sort(key=lambda one: -one[0])
    if not candidates or not candidates[0][0]:
        draft.doubt("No column holds classes that are known here. Add [class] with the codes and what each means.")
        return
    column = candidates[0][1]
    codes, guessed, unknown = _codes(column)
    draft.document["class"] = {
        "as_recorded": draft.use(column.name),
        "by": [{"columns": [column.name], "codes": codes}],
    }
    for recorded in dict.fromkeys(guessed.values()):
        values = ", ".join(f"“{value}”" for value, found in guessed.items() if found is recorded)
        draft.doubt(f"Read as {CLASS_WORDS[recorded]} from their wording, to be checked: {values}.")
    if unknown:
        draft.doubt(f"Rows with these codes will wait until they are mapped: {', '.join(unknown[:40])}.")


def _known_share(column: Profile) -> float:
    codes, _, _ = _codes(column)
    return sum(column.values[code] for code in codes) / max(column.filled, 1)


def _plain_share(column: Profile) -> float:
    """Return how many values plainly are classes, whatever the column's name; a letter or a number may be anything."""
    codes, _, _ = _codes(column)
    return sum(column.values[code] for code in codes if len(code) > 1 and not code.isdigit()) / max(column.filled, 1)


def _codes(column: Profile) -> tuple[dict[str, str], dict[str, RecordingClass], list[str]]:
    codes: dict[str, str] = {}
    guessed: dict[str, RecordingClass] = {}
    for value in column.values:
        if value in KNOWN_CODES:
            codes[value] = KNOWN_CODES[value].value
        elif found := _worded(value.lower()):
            codes[value] = found.value
            guessed[value] = found
    return codes, guessed, [value for value in column.values if value not in codes]


def _worded(value: str) -> RecordingClass | None:
    return next((recorded for words, recorded in _WORDINGS if any(word in value for word in words)), None)


def _text(draft: Draft, left: dict[str, Profile]) -> None:
    for column, words in list(draft.free(left)):
        if words & naming.INCLUDED and words & naming.CLASS:
            separator = _separator(column)
            draft.document["included"] = {"columns": draft.use(column.name), "separator": separator}
            _included_codes(draft, column, separator)
        elif words & naming.CODES:
            draft.document["mo"] = {"columns": draft.use(column.name), "separator": _separator(column), "codes": {}}
            draft.doubt(f"“{column.name}” holds codes of the modus operandi: say under [mo.codes] what each means.")
        elif column.name in draft.places or words & naming.PLACE:
            draft.document.setdefault("place", {"parts": []})["parts"].append(f"{{{draft.use(column.name)[0]}}}")
    stories = [
        column
        for column, words in draft.free(left)
        if column.filled
        and not (naming.person_of(words) and naming.detail_of(words))
        and column.words_a_cell >= (2 if words & naming.WORDS else _WORDS_OF_A_STORY)
    ]
    if stories:
        draft.document["words"] = {"parts": [f"{{{name}}}" for name in draft.use(*(column.name for column in stories))]}
        draft.document["words"]["free_text"] = any(column.words_a_cell >= _WORDS_OF_A_STORY for column in stories)
        draft.doubt(
            "words.free_text says whether a person wrote them; a catalogue's wording has nothing to find in it."
        )


def _included_codes(draft: Draft, column: Profile, separator: str) -> None:
    """Let the class's table know the codes that stand among the included ones alone: without them the row waits."""
    if "class" not in draft.document:
        return
    known = draft.document["class"]["by"][0]["codes"]
    values = (part.strip() for value in column.values for part in value.split(separator))
    others = [code for code in dict.fromkeys(values) if code and code not in known]
    known |= {code: KNOWN_CODES[code].value for code in others if code in KNOWN_CODES}
    if unknown := [code for code in others if code not in KNOWN_CODES]:
        draft.doubt(
            f"Rows with these codes in “{column.name}” will wait until they are mapped: {', '.join(unknown[:40])}."
        )


def _separator(column: Profile) -> str:
    return (
        next(
            (mark for mark in ("; ", ";", "|", ",", " ") if any(mark in value for value in column.values)), ";"
        ).strip()
        or " "
    )


def _answers(draft: Draft, left: dict[str, Profile]) -> None:
    for column, words in list(draft.free(left)):
        if not words & naming.WEAPON or not column.has_few_values or "weapon" in draft.document:
            continue
        yes, no, unknown = (sorted(v for v in column.values if v.lower() in said) for said in (YES, NO, NOT_KNOWN))
        if yes or no:
            draft.document["weapon"] = {"column": draft.use(column.name)[0], "yes": yes, "no": no, "unknown": unknown}
            _doubt_rest(draft, column, {*yes, *no, *unknown})


def _doubt_rest(draft: Draft, column: Profile, known: set[str]) -> None:
    rest = [value for value in column.values if value not in known]
    if rest:
        draft.doubt(f"Rows with these answers in “{column.name}” will wait: {', '.join(rest[:8])}.")


def _changed(draft: Draft, left: dict[str, Profile]) -> None:
    changed = [column.name for column, words in draft.free(left) if words & naming.CHANGED]
    if changed:
        _not_compared(draft, changed)
        draft.doubt(f"A change in {', '.join(changed)} alone counts as no news.")
