"""What the forms say of what somebody is known by: a name, a car, an account, how to write it and where a problem stands."""

from fourfold.people.terms import ADDED_BY_HAND, MarkKind
from fourfold.words import Word

#: How to write what is put on record by hand.
HOW = {
    MarkKind.OTHER_NAME: (
        Word("Another name"),
        Word("An alias or a former name in full: a forename and a family name."),
    ),
    MarkKind.VEHICLE: (Word("A car"), Word("The number plate, for example AB12 CDE.")),
    MarkKind.ACCOUNT: (Word("An account"), Word("The platform and the name, for example instagram: handle.")),
}
KINDS = tuple((kind.value, *HOW[kind]) for kind in ADDED_BY_HAND)
#: Where a problem stands that is named by the kind of what was written, or by what was withdrawn.
MENDED_AT = {**dict.fromkeys(map(str, MarkKind), "value"), "mark": "record"}
