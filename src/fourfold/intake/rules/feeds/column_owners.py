"""Whose the columns are that name a detail of a person and nobody: a draft's guess, each with its doubt."""

import re

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.drafts import Draft
from fourfold.intake.rules.feeds.profiles import OF_NUMBERS, Profile
from fourfold.intake.rules.feeds.roles import NO, NOT_KNOWN, OTHER, YES, roles_among

#: Dates that lie so many years before the others are of births.
_YEARS_OF_A_PERSON = 12
_SEXES = ({"f", "m"}, {"f", "m", "u"}, {"female", "male"}, {"female", "male", "unknown"})
#: A column of roles has so many of them among its values where its name says so, and where it does not.
_MOST_ROLES, _NEARLY_ALL_ROLES = 0.5, 0.9


def role_columns(left: dict[str, Profile]) -> dict[str, list[str]]:
    """Return the columns that say what a person is, the surest first, each with the others of that person.

    Of several people in a row each has a beginning of its own: “Person 2 role” and “Person 2 name”, “people.2.role”. A
    column without others says what the person of the row is.
    """
    found = []
    for name, column in left.items():
        words = column_names.words_of(name)
        roles = roles_among(column.values)
        known = sum(column.values[word] for words in roles.values() for word in words) / max(column.filled, 1)
        enough = _MOST_ROLES if words & column_names.ROLE else _NEARLY_ALL_ROLES
        others = _beginning_like(name, left)
        is_told = (others and words & column_names.ROLE) or (len(roles) > 1 and set(roles) != {OTHER})
        if is_told and column.has_few_values and known >= enough and not column_names.detail_of(words):
            found.append((known, name, others))
    return {name: others for _, name, others in sorted(found, key=lambda one: -one[0])}


def flag_columns(left: dict[str, Profile]) -> dict[str, str]:
    """Return the columns that say yes or no to whether the person of the row is the victim, or the suspect, by role."""
    found: dict[str, str] = {}
    for name, column in left.items():
        person = column_names.person_of(column_names.words_of(name))
        answers = {value.casefold() for value in column.values}
        if (
            person
            and column_names.is_person_alone(name)
            and answers & YES
            and answers & NO
            and answers <= YES | NO | NOT_KNOWN
        ):
            found.setdefault(person, name)
    return found


def _beginning_like(role: str, left: dict[str, Profile]) -> list[str]:
    beginning = re.match(r"(.*\d[\W_]+)[^\W\d_]+$", role)
    if beginning is None:
        return []
    return [name for name in left if name.startswith(beginning[1]) and name != role]


def like_births(left: dict[str, Profile]) -> list[str]:
    """Return columns without a name that tells whose days lie long before those of the others: days of birth."""
    nameless = [column for name, column in left.items() if not column_names.words_of(name) & column_names.KNOWN]
    middles = {column.name: column.middle for column in nameless if not OF_NUMBERS.issuperset(column.forms())}
    latest = max((left[name].middle for name in left if left[name].forms()), default=0)
    return [name for name, middle in middles.items() if latest - middle > _YEARS_OF_A_PERSON * 31_557_600]


def owners(draft: Draft, left: dict[str, Profile], role: Profile | None) -> dict[str, tuple[str, str]]:
    """Return whose the columns are that name a detail and nobody, with the detail: theirs who stand just before.

    Behind a place an address is the place's, and behind a witness or an officer nothing is anybody's. Where no column
    names anybody, they are the victim's.
    """
    births = like_births(left)
    found: dict[str, tuple[str, str]] = {}
    last = ""
    for name, column in left.items():
        words = column_names.words_of(name)
        person = None if role is not None and not column_names.names_a_role(words) else column_names.person_of(words)
        detail = column_names.bare_detail_of(name) or _detail_by_values(column, name in births)
        if person is not None:
            last = person
            if column_names.detail_of(words) and not column_names.names_a_role(words):
                draft.doubt(f"“{name}” is read as the suspect’s: is a nominal the suspect in that system, or anybody?")
            if column_names.detail_of(words) is None and column_names.is_person_alone(name) and column.like_names:
                found[name] = (person, "name")
        elif words & column_names.WITNESS or words & column_names.BESIDE:
            last = OTHER
        elif detail is not None and name not in draft.used and (detail != "relationship" or role):
            found[name] = (last, detail)
        elif words & column_names.PLACE:
            last = "place"
        elif words & column_names.KNOWN:
            last = ""
    return _said_whose(draft, left, found, role)


def _said_whose(
    draft: Draft, left: dict[str, Profile], found: dict[str, tuple[str, str]], role: Profile | None
) -> dict[str, tuple[str, str]]:
    """Return the owners of columns as far as anybody can be said to own them, with a doubt for each that is a guess."""
    is_of_people = role is not None or any(detail in ("name", "birth") for _, detail in found.values())
    named = {
        (column_names.person_of(words), column_names.detail_of(words)) for words in map(column_names.words_of, left)
    }
    somebody = any(person and detail for person, detail in named)
    owned: dict[str, tuple[str, str]] = {}
    for name, (last, detail) in found.items():
        owner = last if last in ("victim", "subject") else "victim"
        if detail == "address" and column_names.words_of(name) == {"postcode"} and left[name].kind != "postcode":
            continue  # “PC” is a constable as well
        if detail == "address" and (last == "place" or not (is_of_people or last)):
            draft.places.add(name)
        elif role is not None or (
            last != OTHER and (last or not somebody) and (detail in ("name", "address") or (owner, detail) not in named)
        ):
            owned[name] = owner, detail
    guessed = [name for name in owned if not column_names.person_of(column_names.words_of(name))]
    if guessed and role is None:
        said = "; ".join(f"{name}: the {owned[name][0]}’s" for name in guessed)
        draft.doubt(f"Nothing says whose these are, and they are taken so ({said}). Move them if they are another’s.")
    by_value = [name for name in guessed if not column_names.bare_detail_of(name)]
    if by_value:
        said = ", ".join(f"{name} ({owned[name][1]})" for name in by_value)
        draft.doubt(f"The names of these say nothing, and their values tell what they are: {said}.")
    return owned


def _detail_by_values(column: Profile, like_births: bool) -> str | None:
    """Return which detail of a person the values are, where the column's name says nothing."""
    known = column_names.words_of(column.name) & column_names.KNOWN
    if known and not known <= column_names.REFERENCE:
        return None
    if like_births:
        return "birth"
    if not known and {value.casefold() for value in column.values} in _SEXES:
        return "sex"
    return {"email": "email", "phone": "phone", "postcode": "address"}.get(column.kind)
