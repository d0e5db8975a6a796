"""Words of a pack that may lead to a victim: each with the entry in which it stands, what is proposed, what was decided.

A text goes through the sieve once. What nobody decided is masked. A town in the name of a court, the name of somebody whom an
order is to protect, and the words of an order with which the subject was served, are no dangers where they stand; elsewhere
the same words are one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from fourfold.access.terms import Compartment
from fourfold.governance.rules import redaction
from fourfold.governance.rules.redaction import MASK, Redactor, squeezed
from fourfold.governance.terms import Choice, DangerDraft, Found, Seen, Sought, Sure
from fourfold.words import Word

AROUND = 60
#: The kind of a danger that is a picture: a person looks at it and decides.
PICTURE = Word("a picture")


@dataclass(frozen=True)
class Entry:
    """Where a text of a pack stands: the record, named for a reader, and its field; `row` tells it from every other.

    `served`: the subject was served with these words. `court`: the name of a court. `named`: whom an order is to protect: their
    names have to stand there, and nothing else that leads to anybody. `apart`: an entry that is left out as a whole, because a
    part of it would say as much. `meant`: a place of the victim was put into it on purpose, and why is on record.
    """

    row: str
    record: str
    field: str
    compartment: Compartment = Compartment.CORE
    served: bool = False
    court: bool = False
    named: bool = False
    apart: bool = False
    meant: bool = False


@dataclass(frozen=True)
class Danger:
    """Words that may lead to a victim, where they stand and how often, and what may become of them."""

    key: str
    words: str
    before: str
    after: str
    entry: Entry
    kind: str
    why: str
    slip: bool
    sure: Sure
    proposal: Choice
    #: Why that is proposed.
    because: str
    choices: tuple[Choice, ...]
    times: int = 1
    #: A picture that only a person can read, by its exhibit; None for words.
    picture: UUID | None = None


class Sieve:
    """Everything that may not stand in a pack, and what was decided of it; each text goes through it once.

    `known`: words that give nobody away; `called`: what reports are called, and the subject's own ways; `served`: the texts with which the subject was served; `decided`: by danger.
    """

    def __init__(
        self,
        sought: Iterable[Sought],
        *,
        known: Iterable[str] = (),
        called: Iterable[str] = (),
        served: Iterable[str] = (),
        decided: Mapping[str, Choice] | None = None,
    ):
        wanted, known = list(sought), tuple(known)
        self.all = Redactor(wanted, known=known, called=called)
        self._but_towns = Redactor(
            (item for item in wanted if not redaction.names_a_town(item)), known=known, called=called
        )
        self._but_names = Redactor(
            (item for item in wanted if not redaction.names_somebody(item)), known=known, called=called
        )
        self._served = tuple(map(squeezed, served))
        self._decided = decided or {}
        self._dangers: dict[str, Danger] = {}
        #: What was let through on purpose, by its letters, and how often.
        self.let_through: Counter[str] = Counter()

    @property
    def dangers(self) -> tuple[Danger, ...]:
        """Every danger met so far, in the order of the pack."""
        return tuple(self._dangers.values())

    def decision(self, danger: Danger) -> Choice | None:
        """Return what was decided of a danger, or None; what it no longer allows counts for nothing."""
        said = self._decided.get(danger.key)
        return said if said in danger.choices else None

    @property
    def undecided(self) -> tuple[Danger, ...]:
        """The dangers of which nobody decided, or somebody else must."""
        return tuple(each for each in self.dangers if self.decision(each) in (None, Choice.ASK))

    def through(self, text: str, entry: Entry) -> str:
        """Return what of a text may stand in the pack."""
        if entry.served:
            self.lets(text)
            return text
        sought = self._but_towns if entry.court else self._but_names if entry.named else self.all
        seen = sought.seen(text, ways=True)
        met = [(one, self._met(text, one, entry)) for one in seen]
        decided = [self.decision(danger) for _, danger in met]
        if Choice.LEAVE_OUT in decided or (entry.apart and any(said is not Choice.KEEP for said in decided)):
            return MASK
        out, place, kept = [], 0, entry.court or entry.named
        for (one, _), said in zip(met, decided, strict=True):
            kept = kept or said is Choice.KEEP
            out += [text[place : one.start], text[one.start : one.end] if said is Choice.KEEP else MASK]
            place = one.end
        passed = "".join(out) + text[place:]
        if kept:
            self.lets(passed)
        return passed

    def shows(self, picture: UUID, words: str, title: str, entry: Entry) -> Choice | None:
        """Return what was decided of a picture that may stand in the pack: nobody but a person knows what it shows."""
        key = _key(entry, PICTURE, Sure.LIKELY, str(picture))
        self._dangers[key] = Danger(
            key=key,
            words=words,
            before="",
            after=f": {title}",
            entry=entry,
            kind=PICTURE,
            why=Word("only a person can see what it shows"),
            slip=False,
            sure=Sure.LIKELY,
            proposal=Choice.LEAVE_OUT,
            because=Word("It may show where a victim is. Look at it."),
            choices=(Choice.LEAVE_OUT, Choice.KEEP, Choice.ASK),
            picture=picture,
        )
        return self.decision(self._dangers[key])

    def lets(self, text: str) -> None:
        """Let a text of ours through, or one that a person let through, wherever its words stand in the made document."""
        self.let_through.update(squeezed(text[one.start : one.end]) for one in self.all.seen(text))

    def _met(self, text: str, one: Seen, entry: Entry) -> Danger:
        words = text[one.start : one.end]
        key = _key(entry, one.kind, one.sure, squeezed(words))
        before = self._dangers.get(key)
        found = replace(before, times=before.times + 1) if before else self._danger(key, text, one, entry)
        self._dangers[key] = found
        return found

    def _danger(self, key: str, text: str, one: Seen, entry: Entry) -> Danger:
        words = text[one.start : one.end]
        was_served = any(squeezed(words) in each for each in self._served)
        hide = (Choice.LEAVE_OUT,) if entry.apart else (Choice.MASK, Choice.LEAVE_OUT)
        keep = (Choice.KEEP,) if was_served or entry.meant or one.sure < Sure.CERTAIN else ()
        return Danger(
            key=key,
            words=words,
            before=_last_words(text[: one.start]),
            after=_last_words(text[one.end :][::-1])[::-1],
            entry=entry,
            kind=one.kind,
            why=one.why,
            slip=one.slip,
            sure=one.sure,
            proposal=Choice.KEEP if was_served or entry.meant else hide[0],
            because=_because(one, was_served, entry),
            choices=(*hide[:1], *keep, *hide[1:], Choice.ASK),
        )


def _key(entry: Entry, kind: str, sure: Sure, letters: str) -> str:
    said = "\0".join((entry.row, entry.field, kind, str(int(sure)), letters))
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _last_words(text: str) -> str:
    """Return the end of a text from the beginning of a word, and say where something stood before it."""
    return text if len(text) <= AROUND else f"… {text[-AROUND:].partition(' ')[2]}"


def _because(one: Seen, was_served: bool, entry: Entry) -> str:
    if was_served:
        return Word("The subject was served with these words.")
    if entry.meant:
        return Word("It was put into the condition on purpose, and why is on record.")
    if entry.apart and one.sure is Sure.CERTAIN:
        return Word("A victim uses it too.")
    if one.sure is Sure.CERTAIN:
        return Word("It is on record as a way to a victim.")
    return Word("It may be a way to a victim. Read the sentence.")


def why_not_decide(decision: DangerDraft, met: Iterable[Danger | None]) -> tuple[str, str] | None:
    """Return why something cannot be decided of these dangers, or None; None among them: it is no longer there."""
    each, choice = list(met), decision.choice
    if any(danger is None or choice not in danger.choices for danger in each):
        if choice is Choice.KEEP and all(danger is not None for danger in each):
            return (
                "choice",
                "These words are on record as a way to a victim. Only words with which the subject was served can be kept.",
            )
        return ("choice", "The record has changed. Read the list again and decide from there.")
    pictures = any(danger is not None and danger.picture for danger in each)
    if choice is Choice.KEEP and pictures and len(each) > 1:
        return ("also", "Look at each picture that you show, and decide on it by itself. Leave several out together.")
    if choice is Choice.KEEP and not decision.reason.strip():
        if pictures:
            return ("reason", "Say why this picture leads nobody to a victim.")
        return ("reason", "Say why these words lead nobody to a victim.")
    if choice is Choice.ASK and not decision.waits_for.strip():
        return ("waits_for", "Say who must decide. The pack waits for them.")
    return None


def unexplained(
    parts: Iterable[tuple[str, str]],
    sieve: Sieve,
    texts: Iterable[str],
    *,
    empty: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[Found, ...]:
    """Return what stands for certain in the parts (where, text) of a made document and was not let through on purpose.

    `texts`: everything that the document says, in its order. Words that only arise where two of them stand side by side say
    nothing, nor does a part that stands word for word in an `empty` document: the names of its fonts are nobody's.
    """
    alone = [squeezed(text) for text in texts]
    beside = "".join(alone)
    found = set()
    for where, text in parts:
        for one in sieve.all.seen(text) if (where, text) not in empty else ():
            words = squeezed(text[one.start : one.end])
            if one.sure < Sure.CERTAIN or _explained(words, sieve):
                continue
            if words in beside and not any(words in each for each in alone):
                continue
            found.add(Found(one.kind, where))
    return tuple(sorted(found, key=lambda one: (one.kind, one.where)))


def _explained(words: str, sieve: Sieve) -> bool:
    """Say whether a stretch was let through, alone or with nothing beside it that is sought."""
    if words in sieve.let_through:
        return True
    rest = words
    for each in sorted(sieve.let_through, key=len, reverse=True):
        rest = rest.replace(each, " ")
    return rest != words and not any(one.sure is Sure.CERTAIN for one in sieve.all.seen(rest))
