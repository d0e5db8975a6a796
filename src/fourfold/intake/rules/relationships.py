"""What the words for a relationship mean, in which everybody writes them as they like."""

from functools import lru_cache

from fourfold.intake.terms import Told

FORMER = "former_partner"
_WORDS = {
    "present_partner": "present partner|current partner|husband|wife|spouse|civil partner|boyfriend|girlfriend",
    "family": "family|relative|parent|child|father|mother|brother|sister|sibling|son|daughter|uncle|aunt|cousin"
    "|nephew|niece|grandfather|grandmother|stepfather|stepmother|stepson|stepdaughter",
    "acquaintance": "acquaintance|friend|former friend|neighbour|former neighbour|colleague|former colleague"
    "|work colleague|co worker|client|customer|patient|flatmate|tenant|landlord|student|pupil|teacher",
    "stranger": "stranger|unknown person",
}
_CODES = {word: code for code, said in _WORDS.items() for word in said.split("|")}
_ARTICLES = ("a ", "an ", "the ")
#: A former partner is one of these beside one of those, in the order of “Ex-husband/wife” or of “Partner (ex)”.
_NO_LONGER = frozenset({"ex", "former", "previous", "estranged"})
_PARTNER = frozenset(
    {"partner", "spouse", "husband", "wife", "boyfriend", "girlfriend", "fiance", "fiancee", "civil", "intimate"}
)


@lru_cache(maxsize=4_096)  # there are few ways to write them
def relationship_meant(told: str, former_partner: bool | None) -> str:
    """Return what the subject is to the victim, as the first-line form asks it; "" where the words leave it open, and
    where the answer on a former partner denies them."""
    if former_partner:
        return FORMER
    words = " ".join(told.casefold().replace("-", " ").replace("é", "e").strip(" .,;").split())
    for article in _ARTICLES:
        words = words.removeprefix(article)
    code = _CODES.get(words) or (FORMER if _is_former(words) else "")
    return "" if code == FORMER and former_partner is False else code


def _is_former(words: str) -> bool:
    """Return whether all of it says that somebody was a partner; “ex/partner” may say either."""
    first, *others = (each.translate(_NO_LETTERS).split() for each in words.replace(" or ", "/").split("/"))
    said = [*first, *(word for each in others for word in each)]
    if said == ["ex"] or not said or not _NO_LONGER & {said[0], said[-1]} or (others and set(first) <= _NO_LONGER):
        return said == ["ex"]
    return set(said) <= _NO_LONGER | _PARTNER and not _PARTNER.isdisjoint(said)


_NO_LETTERS = str.maketrans("()[],.", "      ")


def is_former_partner(told: Told) -> bool | None:
    """Return whether the subject is a former partner: as it was answered; else yes where the words for the relationship
    say so, and not known."""
    if told.former_partner is None and told.subject.relationship:
        return relationship_meant(told.subject.relationship, None) == FORMER or None
    return told.former_partner
