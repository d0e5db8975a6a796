"""How people write what is on record: short forms, parts, one slip of the hand, spaces, ends of numbers, digits in words.

A `Reader` is made once of everything that is sought and then reads any number of texts, each in one pass: every run of a
few words is looked up among what is sought by its first and last two letters, so that a longer list costs no longer
reading. What it finds it gives back with its reason and how sure that is; it decides nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations, zip_longest

from rapidfuzz.distance import OSA

from fourfold.governance.rules.short_forms import (
    ALIKE,
    AT_END,
    COMMON,
    ENDS,
    HIDDEN,
    INSTITUTION,
    JOINS,
    PASSED_OVER,
    PLATE,
    POSTCODE,
    ROAD_TYPES,
    SAID_AS,
    SPOKEN,
    SPOKEN_SIGNS,
    STARTS,
    TENS,
    TIMES,
    WORDS_TOO,
)
from fourfold.governance.rules.tokens import Token, plainly, tokens_of
from fourfold.governance.terms import AT_RISK, FORM, Seen, Sought, Sure

GLUED = re.compile(r"\d*([^\W\d_]{4,})\d*")
NUMBER = re.compile(r"\d+[a-z]?")
LONGEST_RUN = 9
FIGURES = "0123456789"
AFTER_X = re.compile(r"\d{3,}$")
TURNED = "its words changed round"
VARIED = "a name or account of the same words"
AS_A_NAME = re.compile(r"[^\W_]+(?:['’ -][^\W_]+)*[ -][^\W_]+(?:['’][^\W_]+)*")
SHORTEST, SLIPS_FROM, TOWN_SLIPS_FROM, SURE_FROM, TWO_SLIPS_FROM = 3, 4, 5, 8, 8
PHONE = 9
NAMES = frozenset({"name", "other name", AT_RISK, FORM})
#: The kinds of names that others bear too: never certain.
BORNE = frozenset({AT_RISK, FORM})


@dataclass(frozen=True)
class Key:
    """One form in which something sought is looked up: its letters run together, and what must hold beside it."""

    letters: str
    kind: str
    why: str
    slips: bool = True
    sure: Sure = Sure.CERTAIN
    #: House numbers that belong to an address, taken along where they stand beside it.
    numbers: frozenset[str] = frozenset()
    #: "" or what must stand before or after: a number or kind of road, the word for a plate, an end or a beginning.
    beside: str = ""


def joined(text: str) -> str:
    """Return a value as it is compared: its words in their short forms, run together, without those that are passed over."""
    return "".join(token.word for token in tokens_of(text) if token.word not in PASSED_OVER)


# ---- what is looked up ------------------------------------------------------------------------------------------------


def keys_of(item: Sought) -> Iterator[Key]:
    """Yield every form in which something sought is looked up."""
    if item.kind in NAMES:
        yield from _name_keys(item)
    elif item.kind in ("address", "town"):
        yield from _address_keys(item)
    elif item.kind == "vehicle":
        yield from _plate_keys(item)
    elif item.kind == "email":
        yield from _mailbox_keys(item)
    elif item.kind != "phone":
        yield Key(joined(item.value), item.kind, "as on record")
        if item.kind == "account":
            yield from _varied(item, item.value)
        if item.kind == "account" and (aloud := joined(_aloud(item.value))) != joined(item.value):
            yield Key(aloud, item.kind, "an address read out")


def _name_keys(item: Sought) -> Iterator[Key]:
    words = [token.word for token in tokens_of(item.value)]
    if len(words) > 1:
        yield Key("".join(words), item.kind, "the whole name")
    elif words and len(words[0]) >= SHORTEST:
        sure = Sure.LIKELY if item.kind in BORNE else Sure.CERTAIN
        slips = len(words[0]) >= SLIPS_FROM and item.kind != FORM
        beside = "capital" if item.kind == FORM and words[0] in WORDS_TOO else ""
        yield Key(words[0], item.kind, "a name", slips=slips, sure=sure, beside=beside)
        yield Key(f"{words[0]}s", item.kind, "a name", slips=False, sure=sure, beside=beside)


def _aloud(value: str) -> str:
    """Return an address of the internet as it is read out."""
    for sign, said in ((".", " dot "), ("_", " underscore "), ("-", " dash "), ("@", " at ")):
        value = value.replace(sign, said)
    return value


def _ways(value: str) -> set[str]:
    """Return a part of a mailbox run together: its signs left out, or read out."""
    return {joined(value), joined(_aloud(value))}


def _mailbox_keys(item: Sought) -> Iterator[Key]:
    name, _, host = item.value.partition("@")
    yield Key(joined(item.value), item.kind, "as on record")
    hosts = (host, host.split(".")[0])
    for said in {
        f"{one}{at}{other}" for one in _ways(name) for at in ("", "at") for each in hosts for other in _ways(each)
    }:
        yield Key(said, item.kind, "an address read out")
    if len(joined(name)) > SLIPS_FROM:
        yield Key(joined(name), item.kind, "the name before the @", sure=Sure.LIKELY)
    yield from _varied(item, name)


def _varied(item: Sought, handle: str) -> Iterator[Key]:
    """Yield what else somebody is called who is called so in one place: a word by its first letter, the words changed
    round, without its figures or, as `Reader` finds them, with others."""
    parts = re.findall(r"[^\W\d_]+|\d+", plainly(handle))
    figures = "".join(part for part in parts if part.isdecimal())
    words = [part for part in parts if not part.isdecimal()]
    if not 1 <= len(words) <= 3:
        return
    initialled = ([*words[:n], words[n][0], *words[n + 1 :]] for n in range(len(words)) if len(words) > 1)
    for said in (words, *initialled):
        for ordered in {"".join(said), "".join(reversed(said))}:
            if len(ordered) > SLIPS_FROM and ordered not in COMMON:
                yield Key(
                    ordered, item.kind, VARIED, slips=False, sure=Sure.MAYBE, beside="" if len(words) > 1 else "figures"
                )
                if figures:
                    yield Key(f"{ordered}{figures}", item.kind, VARIED, sure=Sure.LIKELY)


def _plate_keys(item: Sought) -> Iterator[Key]:
    whole = joined(item.value)
    yield Key(whole, item.kind, "a number plate")
    if len(whole) == len("AB12CDE"):
        yield Key(whole[:4], item.kind, "the beginning of a plate", slips=False, sure=Sure.MAYBE)
        yield Key(whole[4:], item.kind, "the end of a plate", slips=False, sure=Sure.LIKELY, beside="plate")


def _address_keys(item: Sought) -> Iterator[Key]:
    """Yield the forms of one part of an address; of a whole one only the whole: its parts are sought each for itself."""
    words = [token.word for token in tokens_of(item.value) if token.word not in PASSED_OVER]
    numbers = frozenset(word for word in words if NUMBER.fullmatch(word))
    letters = "".join(words)
    if re.search(r"[,;\n]", item.value):
        yield Key(letters, item.kind, "as on record", numbers=numbers)
    elif POSTCODE.fullmatch(letters):
        yield Key(letters, item.kind, "a postcode")
        yield Key(letters[:-3], item.kind, "the first half of a postcode", slips=False, sure=Sure.MAYBE)
    else:
        yield from _road_keys(item, [word for word in words if word not in numbers and word != "apt"], numbers)


def _road_keys(item: Sought, named: list[str], numbers: frozenset[str]) -> Iterator[Key]:
    if not named:
        return
    whole = "".join(named)
    yield Key(whole, item.kind, "a place", slips=item.kind != "town" or len(whole) > TOWN_SLIPS_FROM, numbers=numbers)
    core = list(named)
    if len(core) > 1 and core[-1] in ROAD_TYPES:
        core.pop()
    while len(core) > 1 and core[-1] in INSTITUTION:
        yield Key("".join(core), item.kind, "a part of a place", numbers=numbers)
        core.pop()
    whole = "".join(core)
    if len(core) > 1:
        yield Key(whole, item.kind, "a road or place without its kind", numbers=numbers)
        if len(core) == 2:
            yield Key(core[1] + core[0], item.kind, TURNED, sure=Sure.LIKELY, numbers=numbers)
            yield from _initialled(item, core, named, numbers)
        if len(core) == 3:
            for order in permutations(core):
                yield Key("".join(order), item.kind, TURNED, slips=False, sure=Sure.LIKELY, numbers=numbers)
    elif len(whole) > SHORTEST and core != named:
        alone = whole not in COMMON and len(whole) > SLIPS_FROM
        yield Key(
            whole, item.kind, "the name of a road or place", slips=alone, sure=Sure.MAYBE, numbers=numbers,
            beside="" if alone else "road",
        )  # fmt: skip


def _initialled(item: Sought, core: list[str], named: list[str], numbers: frozenset[str]) -> Iterator[Key]:
    """Yield a road of two words with one of them as its first letter, and a saint's name without the saint."""
    first, second = core
    if first == "st":
        yield Key(second, item.kind, "the name of a road or place", sure=Sure.MAYBE, numbers=numbers)
    elif named[-1] in ROAD_TYPES:
        for letters in (f"{first[0]}{second}{named[-1]}", f"{first}{second[0]}{named[-1]}"):
            yield Key(letters, item.kind, "a part of a place", slips=False, sure=Sure.LIKELY, numbers=numbers)


# ---- reading ----------------------------------------------------------------------------------------------------------


class Reader:
    """Everything that is sought, made ready once; `see` reads one text."""

    def __init__(self, sought: Iterable[Sought], *, known: Iterable[str] = ()):
        wanted = list(sought)
        self.phones = sorted({_national(item.value) for item in wanted if item.kind == "phone"} - {""})
        self.known = frozenset(token.word for text in known for token in tokens_of(text))
        self.exact: dict[str, list[Key]] = defaultdict(list)
        self.starts: dict[str, list[Key]] = defaultdict(list)
        self.ends: dict[str, list[Key]] = defaultdict(list)
        joined_on_record = [
            item for item in wanted if "&" in item.value or JOINS & {t.word for t in tokens_of(item.value)}
        ]
        self.joined = frozenset(key.letters for item in joined_on_record for key in keys_of(item))
        for key in {key for item in wanted for key in keys_of(item)}:
            if len(key.letters) < SHORTEST or (key.sure is Sure.MAYBE and key.letters in self.known):
                continue
            self.exact[key.letters].append(key)
            if key.slips and len(key.letters) >= SLIPS_FROM:
                self.starts[key.letters[:2]].append(key)
                self.ends[key.letters[-2:]].append(key)
        self.varied = frozenset(key.letters for keys in self.exact.values() for key in keys if key.why == VARIED)
        self.longest = max((len(letters) for letters in self.exact), default=0) + 1

    def names_a_party(self, words: str) -> bool:
        """Say whether words are a name that stands in the document anyway, written as one: a mailbox may be made of it."""
        tokens = tokens_of(words)
        return all(token.word in self.known and token.capital for token in tokens) and bool(AS_A_NAME.fullmatch(words))

    def see(self, text: str) -> list[Seen]:
        """Return every stretch of a text that may be something sought."""
        tokens = tokens_of(text)
        return [*self._words(text, tokens), *self._numbers(text, tokens)]

    def _words(self, text: str, tokens: list[Token]) -> Iterator[Seen]:
        exact, starts, ends, longest = self.exact, self.starts, self.ends, self.longest
        words = [token.word for token in tokens]
        for first, token in enumerate(tokens):
            yield from self._glued(token)
            letters, figures, joins = "", "", set[str]()
            for last, word in enumerate(words[first : first + LONGEST_RUN], start=first):
                if word in PASSED_OVER and first != last:
                    joins |= {word} & JOINS
                    continue
                letters, figures = letters + word, figures + SAID_AS.get(word, word)
                if len(letters) > longest and len(figures) > longest:
                    break
                if figures != letters and figures in exact:
                    yield from self._in_words(tokens, first, last, figures)
                if self.varied and letters[-1:].isdecimal() and (bare := letters.rstrip(FIGURES)) in self.varied:
                    yield from self._with_other_figures(tokens, first, last, bare)
                if joins and letters not in self.joined:
                    if "of" in joins <= {"of", "the"}:
                        yield from self._turned(tokens, first, last, letters)
                elif letters in exact or letters[:2] in starts or letters[-2:] in ends:
                    yield from self._at(text, tokens, first, last, letters)

    def _with_other_figures(self, tokens: list[Token], first: int, last: int, bare: str) -> Iterator[Seen]:
        """Yield an account's words with figures after them that are not those on record."""
        for key in self.exact[bare]:
            if key.why == VARIED:
                yield self._seen(key, tokens, first, last, key.why, Sure.LIKELY)

    def _turned(self, tokens: list[Token], first: int, last: int, letters: str) -> Iterator[Seen]:
        """Yield two words of a road changed round over an "of": Bank of Elder."""
        for key in self.exact.get(letters, ()):
            if key.why == TURNED:
                yield self._seen(key, tokens, first, last, key.why, key.sure)

    def _in_words(self, tokens: list[Token], first: int, last: int, figures: str) -> Iterator[Seen]:
        """Yield a postcode or plate of which figures are written as words, or letters as they are said over a radio."""
        for key in self.exact[figures]:
            if key.kind in ("address", "town", "vehicle") and not key.beside and not figures.isdigit():
                yield self._seen(key, tokens, first, last, key.why, key.sure)

    def _glued(self, token: Token) -> Iterator[Seen]:
        """Yield a name with nothing between it and figures."""
        if not token.word.isalpha() and (glued := GLUED.fullmatch(token.word)) and glued[1] != token.word:
            for key in self.exact.get(glued[1], ()):
                if key.kind in NAMES:
                    yield Seen(token.start, token.end, key.kind, key.why, Sure(min(key.sure, Sure.LIKELY)))

    def _at(self, text: str, tokens: list[Token], first: int, last: int, letters: str) -> Iterator[Seen]:
        exact = self.exact.get(letters, ())
        for key in exact:
            if self._fits(key, text, tokens, first, last):
                yield self._seen(key, tokens, first, last, key.why, key.sure)
        if exact or len(letters) < SLIPS_FROM - 1 or letters in self.known:
            return
        for key in (*self.starts.get(letters[:2], ()), *self.ends.get(letters[-2:], ())):
            slips = self._slips(key, tokens, first, last, letters)
            # a word beside it is no slip of the hand: 14 Elder Bank Ln in
            beside = key.letters in (letters.removesuffix(tokens[last].word), letters.removeprefix(tokens[first].word))
            if beside or not slips or not self._fits(key, text, tokens, first, last):
                continue
            sure = min(key.sure, Sure.LIKELY if len(key.letters) >= SURE_FROM and slips == 1 else Sure.MAYBE)
            yield self._seen(key, tokens, first, last, key.why, Sure(sure), slip=True)

    def _slips(self, key: Key, tokens: list[Token], first: int, last: int, letters: str) -> int:
        """Return how many slips of the hand, one or in a long word two, lead from a key to what stands; none: too many."""
        ends = (letters[0], letters[-1]) == (key.letters[0], key.letters[-1])  # or a short word beside it went along
        most = 2 if ends and len(key.letters) >= TWO_SLIPS_FROM else 1
        if abs(len(letters) - len(key.letters)) > most:
            return 0
        short = len(key.letters) <= SLIPS_FROM + 1 or key.kind in NAMES
        if short and not (tokens[first].capital and first == last):
            return 0
        slips = OSA.distance(letters, key.letters, score_cutoff=most)
        return slips if slips <= most else 0

    def _fits(self, key: Key, text: str, tokens: list[Token], first: int, last: int) -> bool:
        if not key.beside:
            return True
        if key.beside == "capital":
            return tokens[first].capital
        if key.beside == "figures":  # only with figures after it, which `_with_other_figures` looks for
            return False
        before = text[max(0, tokens[first].start - 40) : tokens[first].start]
        if key.beside == "plate":
            return bool(PLATE.search(before) or ENDS.search(before) or STARTS.search(before) or HIDDEN.search(before))
        after = tokens[last + 1].word if last + 1 < len(tokens) else ""
        return after in ROAD_TYPES or (first > 0 and tokens[first - 1].word in key.numbers)

    def _seen(
        self, key: Key, tokens: list[Token], first: int, last: int, why: str, sure: Sure, *, slip: bool = False
    ) -> Seen:
        if key.kind == "address":
            while first > 0 and (
                tokens[first - 1].word in key.numbers or tokens[first - 1].word in ("no", "number", "apt")
            ):
                first -= 1
            while last + 1 < len(tokens) and (
                tokens[last + 1].word in key.numbers or tokens[last + 1].word in ROAD_TYPES
            ):
                last += 1
        return Seen(tokens[first].start, tokens[last].end, key.kind, why, sure, slip)

    # ---- numbers ------------------------------------------------------------------------------------------------------

    def _numbers(self, text: str, tokens: list[Token]) -> Iterator[Seen]:
        if not self.phones:
            return
        for run in _runs(text, tokens):
            digits = "".join(said for said, _ in run)
            start, end = run[0][1].start, run[-1][1].end
            ends = text[max(0, start - 40) : start] if not AT_END.match(text, end) else "ends "
            if why := self._number(digits, ends):
                yield Seen(start, self._without_count(run, digits) or end, "phone", *why)

    def _without_count(self, run: list[tuple[str, Token]], digits: str) -> int | None:
        """Return where a number on record ends before a count that is none of it: 07700 900321 four times."""
        ends = max(
            (digits.rfind(phone[-PHONE:]) + PHONE for phone in self.phones if phone[-PHONE:] in digits), default=0
        )
        for count in (1, 2):
            if ends and run[:-count] and "".join(said for said, _ in run[-count:]) == digits[ends:]:
                return run[-count - 1][1].end
        return None

    def _number(self, digits: str, before: str) -> tuple[str, Sure, bool] | None:
        national = digits.removeprefix("0044").removeprefix("44") if len(digits) > PHONE + 1 else digits
        national = national.lstrip("0") or digits
        for phone in self.phones:
            if phone[-PHONE:] in digits:
                return "a telephone number", Sure.CERTAIN, False
            if len(national) >= PHONE - 1 and OSA.distance(national, phone, score_cutoff=1) <= 1:
                return "a telephone number", Sure.LIKELY, True
            if len(digits) >= 6 and (digits in phone or digits in f"0{phone}"):
                return "a part of a telephone number", Sure.LIKELY, False
            if len(digits) >= SHORTEST and phone.endswith(digits) and (ENDS.search(before) or HIDDEN.search(before)):
                return "the end of a telephone number", Sure.LIKELY, False
        return None


def _national(value: str) -> str:
    digits = "".join(letter for letter in plainly(value) if letter.isdecimal()).removeprefix("00").lstrip("0")
    digits = digits.removeprefix("44").lstrip("0") if len(digits) > PHONE + 1 else digits
    return digits if len(digits) >= PHONE else ""


def _runs(text: str, tokens: list[Token]) -> Iterator[list[tuple[str, Token]]]:
    """Yield the runs of digits, in figures or in words, with nothing but spaces and signs between them."""
    run: list[tuple[str, Token]] = []
    times, edge, begun = 1, 0, 0
    for word, after in zip_longest(tokens, tokens[1:]):
        token = word
        digits = _figures(token.word, after.word if after else "")
        if not digits and (tail := AFTER_X.search(token.word)) and set(token.word[: tail.start()]) <= {"x"}:
            digits = tail[0]
            token = Token(digits, token.end - len(digits), token.end, False)
        if run and ((not digits and token.word not in TIMES) or _apart(text[edge : token.start])):
            yield run
            run = []
        edge = token.end
        if token.word in TIMES:
            times, begun = TIMES[token.word], token.start
        elif digits:
            start = begun if times > 1 else token.start
            run.append((digits * times if len(digits) == 1 else digits, Token(digits, start, token.end, False)))
            times = 1
    if run:
        yield run


def _figures(word: str, follows: str) -> str:
    """Return the digits that a word says, a letter for a figure forgiven and words among figures read, or nothing."""
    if word.isdecimal() or word in SPOKEN:
        return SPOKEN.get(word, word)
    if word in TENS:  # fifty five
        return TENS[word] + ("0" if SPOKEN.get(follows, "0") == "0" else "")
    parts = SPOKEN_SIGNS.findall(word) if SPOKEN_SIGNS.match(word) else ()
    if "".join(parts) == word and any(len(part) > 2 or part.isdecimal() for part in parts):
        return "".join(SPOKEN.get(part, part) for part in parts)
    alike = "" if word.isalpha() else word.translate(ALIKE)
    return alike if alike.isdecimal() and sum(sign.isdecimal() for sign in word) >= SHORTEST else ""


def _apart(between: str) -> bool:
    """Say whether two figures stand apart: nothing but a letter, or much else, is between parts of one number."""
    return len(between) > 4
