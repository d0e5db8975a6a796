"""A mapping drafted from the names and the values of the columns, with everything that nobody can know from these."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.column_owners import flag_columns, role_columns
from fourfold.intake.rules.feeds.draft_moments import dates_left, moments
from fourfold.intake.rules.feeds.draft_people import known_by, people, people_in_a_row, write_known_by
from fourfold.intake.rules.feeds.drafts import Draft, FileFacts
from fourfold.intake.rules.feeds.layout import columns_of_people
from fourfold.intake.rules.feeds.losses import LONGEST_REFERENCE
from fourfold.intake.rules.feeds.mapping import FOR_PERSON, mapping_of
from fourfold.intake.rules.feeds.profiles import MOST_VALUES, Profile
from fourfold.intake.rules.feeds.roles import NO, NOT_KNOWN, YES
from fourfold.intake.rules.relationships import FORMER, relationship_meant
from fourfold.intake.terms import RecordingClass

#: What the Home Office's own numbers and the field's short codes mean, besides the classes' own.
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
#: A reference may be missing in this share of the rows, and in one row of a file of so many.
_WITHOUT_A_REFERENCE, _MANY_ROWS = 0.01, 20
#: With fewer rows that have one, a column is no reference even of a part of them.
_MOST_WITHOUT = 0.3
_WORDS_OF_A_STORY = 6
#: Where no column tells a role, rows are of people if this share of them repeats a reference; fewer are later versions.
_MANY_REPEATED = 0.2
#: Columns that only the first row of a crime fills are filled in fewer rows than this share, and are so many at least.
_MOST_GROUPED, _COLUMNS_OF_A_GROUP = 0.9, 2
#: A column whose name does not say so holds classes where so many of its values plainly are.
_MOST_PLAIN = 0.3


#: How many rows repeat the reference in a column, and of how many of these references each other column differs.
Differing = Callable[[str], dict[str, int]]


def proposed(facts: FileFacts, rows: int, columns: Iterable[Profile], differing: Differing) -> Draft:
    """Return a draft for a file of `rows` rows (those looked at) with these columns; whatever is a guess is a doubt.

    `differing` returns, for a column with references, how many of them have rows that differ, by column.
    """
    left = {column.name: column for column in columns}
    draft = Draft()
    draft.document.update(name=f"Drafted from {facts.name}", system="our-rms", timezone="Europe/London")
    draft.doubt(
        "The references are kept as those of a system called “our-rms”: write its name. Times are read as London's."
    )
    _file(draft, facts)
    roles = role_columns(left)
    flags = {} if roles else flag_columns(left)
    role = next((left[name] for name in (*roles, *flags.values()) if not roles.get(name)), None)
    grouped = _grouped(draft, left, rows) if role is not None else []
    reference = _reference(draft, left, rows, of_people=role is not None, grouped=grouped)
    moments(draft, left)
    taken = known_by(draft, left)
    people_in_a_row(draft, left, {name: others for name, others in roles.items() if others})
    people(draft, left, role, flags)
    write_known_by(draft, taken)
    dates_left(draft, left)
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
        draft.doubt("The encoding is a guess (utf-8): some lines are not, and will wait. Ask for them in UTF-8.")
    elif not facts.sure_encoding:
        draft.doubt(f"The encoding is a guess ({facts.encoding}): the file is no UTF-8. Look at a name with an accent.")
    if not facts.sure_delimiter:
        draft.doubt("What separates the cells of a line is a guess: the lines do not agree on it.")


def _grouped(draft: Draft, left: dict[str, Profile], rows: int) -> list[str]:
    """Return the columns of a crime that only the first row of its people fills, as many rows of each alike."""
    counts = Counter(
        column.filled
        for column, words in draft.free(left)
        if words & column_names.REFERENCE and column.is_unique and not column_names.bare_detail_of(column.name)
    )
    filled = next((count for count, _ in counts.most_common() if 0 < count < rows * _MOST_GROUPED), 0)
    found = [
        name
        for name, column in left.items()
        if filled and column.filled == filled and not column_names.bare_detail_of(name)
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
        if words & column_names.REFERENCE
        and not (column_names.person_of(words) or column_names.bare_detail_of(column.name))
        and (rows - column.filled <= most_without or column.name in grouped)
        and not _counts_rows(draft, column)
    ]
    named.sort(key=lambda column: _not_a_reference(column, of_people))
    if of_people and named and column_names.words_of(named[0].name) & column_names.PERSONAL:
        named = []
    if not named and (found := _reference_by_values(left, rows, of_people)):
        draft.doubt(f"“{found.name}” is taken for the reference from its values alone: its name does not say so.")
        named = [found]
    if not named:
        lacking = [
            c.name
            for c, words in draft.free(left)
            if words & column_names.REFERENCE and words & column_names.CRIME and c.filled
        ]
        if lacking and (mixed := _mixed(draft, left, lacking, rows)):
            return mixed
        if lacking:
            draft.doubt(f"{', '.join(lacking)} may be the reference, but many rows lack it or are another’s.")
        unique = (one for one in left.values() if rows and one.is_unique and one.filled == rows and not one.counts_rows)
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


def _counts_rows(draft: Draft, column: Profile) -> bool:
    """Return whether a column counts the rows of this file, whatever it is called, and say so: no other export counts alike."""
    if not column.counts_rows:
        return False
    draft.doubt(
        f"“{column.name}” counts the rows of the file: another export counts anew, and would tell later versions of other "
        "crimes. It is no reference. If the force’s own records are numbered so, name it under reference."
    )
    return True


def _mixed(draft: Draft, left: dict[str, Profile], lacking: list[str], rows: int) -> Profile | None:
    """Write the reference that some rows lack, which are then known by their cells; None where it is not every other's own."""
    fitting = (left[name] for name in lacking if left[name].is_unique and not left[name].counts_rows)
    best = max(fitting, key=lambda column: column.filled, default=None)
    if best is None or best.filled < rows * _MOST_WITHOUT:
        return None
    draft.document["reference"] = {"columns": draft.use(best.name), "without": "cells"}
    draft.doubt(
        f"“{best.name}” is the reference, and {rows - best.filled:,} of {rows:,} rows lack it: these are recognised by all "
        "their cells, and a later version of one becomes a new crime."
    )
    return best


def _not_a_reference(column: Profile, of_people: bool) -> tuple[bool, bool, bool, int]:
    """Return what sorts the columns that may be the reference, the likeliest first."""
    words = column_names.words_of(column.name)
    is_persons = of_people and bool(words & column_names.PERSONAL)
    return is_persons, not (of_people or column.is_unique), not words & column_names.CRIME, -column.filled


def _reference_by_values(left: dict[str, Profile], rows: int, of_people: bool) -> Profile | None:
    """Return the first column without a name that tells whose values are all written as references are."""
    found = (column for name, column in left.items() if not column_names.words_of(name) & column_names.KNOWN)
    full = (column for column in found if rows and column.filled == rows and column.kind == "reference")
    return next((column for column in full if column.is_unique or (of_people and not column.has_few_values)), None)


def _repeated(draft: Draft, reference: Profile, differing: dict[str, int]) -> None:
    """Note what the rows of one reference are: people of a crime, where they differ in nothing else that is read."""
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


# ---- class, words, answers


def _class(draft: Draft, left: dict[str, Profile]) -> None:
    candidates = [
        (_known_share(column), column)
        for column, words in draft.free(left)
        if column.has_few_values
        and words & column_names.CLASS
        and not words & (column_names.INCLUDED | column_names.WEAPON)
    ]
    if not any(share for share, _ in candidates):
        candidates = [
            (_plain_share(column), column)
            for column, words in draft.free(left)
            if column.has_few_values and _plain_share(column) >= _MOST_PLAIN and not words & column_names.INCLUDED
        ]
        if candidates:
            draft.doubt(f"“{candidates[0][1].name}” is taken for the class from its values: its name does not say so.")
    candidates.sort(key=lambda one: -one[0])
    if not candidates or not candidates[0][0]:
        draft.doubt(
            "No column holds classes that are known here. Say which column does, and what each of its codes means."
        )
        _say_unknown_codes(draft, left)
        return
    column = candidates[0][1]
    codes, guessed, unknown = _codes(column)
    draft.document["class"] = {
        "as_recorded": draft.use(column.name),
        "by": [{"columns": [column.name], "codes": codes}],
    }
    for recorded in dict.fromkeys(guessed.values()):
        values = ", ".join(f"“{value}”" for value, found in guessed.items() if found is recorded)
        draft.doubt(f"Read as {recorded.words} from their wording, to be checked: {values}.")
    if unknown:
        draft.doubt(f"Rows with these codes will wait until they are mapped: {', '.join(unknown)}.")


def _say_unknown_codes(draft: Draft, left: dict[str, Profile]) -> None:
    """Name every code of the column that by its name holds the classes."""
    named = {
        column.name: len(words & column_names.CLASS)
        for column, words in draft.free(left)
        if column.repeated
        and len(column.values) < MOST_VALUES
        and not words & (column_names.INCLUDED | column_names.WEAPON)
    }
    name = max(named, key=named.__getitem__, default="")
    if named.get(name):
        codes = ", ".join(left[name].values)
        draft.doubt(f"“{name}” may hold them by its name, and none of its codes is known: {codes}.")


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
        is_included = words & column_names.INCLUDED and (words & column_names.CLASS or _holds_classes(column))
        if is_included and "class" in draft.document:  # their codes stand in the class's table
            separator = _separator(column)
            draft.document["included"] = {"columns": draft.use(column.name), "separator": separator}
            _included_codes(draft, column, separator)
        elif words & column_names.CODES:
            draft.document["mo"] = {"columns": draft.use(column.name), "separator": _separator(column), "codes": {}}
            draft.doubt(f"“{column.name}” holds codes of the modus operandi: say under [mo.codes] what each means.")
        elif column.name in draft.places or words & column_names.PLACE:
            draft.document.setdefault("place", {"parts": []})["parts"].append(f"{{{draft.use(column.name)[0]}}}")
    stories = [
        column
        for column, words in draft.free(left)
        if column.filled
        and not (column_names.person_of(words) and column_names.detail_of(words))
        and column.words_a_cell >= (2 if words & column_names.WORDS else _WORDS_OF_A_STORY)
    ]
    if stories:
        draft.document["words"] = {"parts": [f"{{{name}}}" for name in draft.use(*(column.name for column in stories))]}
        written = any(column.words_a_cell >= _WORDS_OF_A_STORY for column in stories)
        draft.document["words"]["free_text"] = written
        draft.doubt(
            f"The words of {', '.join(column.name for column in stories)} are read as "
            f"{'written by a person' if written else 'the wording of a catalogue, in which nothing is looked for'}."
        )


def _holds_classes(column: Profile) -> bool:
    """Return whether the parts of the cells plainly are classes, whatever stands between them."""
    separator = _separator(column)
    parts = [part for value in column.values for cell in value.split(separator) if len(part := cell.strip()) > 1]
    known = sum(not part.isdigit() and (part in KNOWN_CODES or _worded(part.lower()) is not None) for part in parts)
    return bool(parts) and known >= len(parts) * _MOST_PLAIN


def _included_codes(draft: Draft, column: Profile, separator: str) -> None:
    """Let the class's table know the codes that stand among the included ones alone: without them the row waits."""
    known = draft.document["class"]["by"][0]["codes"]
    values = (part.strip() for value in column.values for part in value.split(separator))
    others = [code for code in dict.fromkeys(values) if code and code not in known]
    meant = {code: found for code in others if (found := KNOWN_CODES.get(code) or _worded(code.lower()))}
    known |= {code: found.value for code, found in meant.items()}
    if worded := [f"“{code}” as {found.words}" for code, found in meant.items() if code not in KNOWN_CODES]:
        draft.doubt(f"Read in “{column.name}” from their wording, to be checked: {', '.join(worded)}.")
    if unknown := [code for code in others if code not in meant]:
        draft.doubt(f"Rows with these codes in “{column.name}” will wait until they are mapped: {', '.join(unknown)}.")


def _separator(column: Profile) -> str:
    return (
        next(
            (mark for mark in ("; ", ";", "|", ",", " ") if any(mark in value for value in column.values)), ";"
        ).strip()
        or " "
    )


def _answers(draft: Draft, left: dict[str, Profile]) -> None:
    for column, words in list(draft.free(left)):
        if not words & column_names.WEAPON or not column.has_few_values or "weapon" in draft.document:
            continue
        yes, no, unknown = (sorted(v for v in column.values if v.lower() in said) for said in (YES, NO, NOT_KNOWN))
        if yes or no:
            draft.document["weapon"] = {"column": draft.use(column.name)[0], "yes": yes, "no": no, "unknown": unknown}
            _doubt_rest(draft, column, {*yes, *no, *unknown})
    _former_partner(draft, left)


def _former_partner(draft: Draft, left: dict[str, Profile]) -> None:
    """Write who was a former partner: as a column answers it, or as the words for a relationship mean it."""
    for column, words in list(draft.free(left)):
        yes, no, unknown = (sorted(v for v in column.values if v.lower() in said) for said in (YES, NO, NOT_KNOWN))
        if words & column_names.FORMER and words & column_names.PARTNER and column.has_few_values and (yes or no):
            answers = {"column": draft.use(column.name)[0], "yes": yes, "no": no, "unknown": unknown}
            draft.document["former_partner"] = answers
            _doubt_rest(draft, column, {*yes, *no, *unknown})
            return
    for name, column in left.items():
        former = sorted(value for value in column.values if relationship_meant(value, None) == FORMER)
        if former and column_names.words_of(name) & column_names.RELATIONSHIP:
            draft.document["former_partner"] = {"column": draft.use(name)[0], "yes": former, "otherwise": "unknown"}
            said = ", ".join(former)
            draft.doubt(f"In “{name}” these say a former partner: {said}. Any other word leaves it not known.")
            return


def _doubt_rest(draft: Draft, column: Profile, known: set[str]) -> None:
    rest = [value for value in column.values if value not in known]
    if rest:
        draft.doubt(f"Rows with these answers in “{column.name}” will wait: {', '.join(rest)}.")


def _changed(draft: Draft, left: dict[str, Profile]) -> None:
    changed = [column.name for column, words in draft.free(left) if words & column_names.CHANGED]
    if changed:
        _not_compared(draft, changed)
        draft.doubt(f"A change in {', '.join(changed)} alone counts as no news.")
