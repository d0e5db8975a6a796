"""What a message may never say, even where a second person reads it first: what tells whoever reads it what it is about.

This stops what somebody once thought of, and no more. What may leave unread is a closed list (`rules.templates`).
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from fourfold.access.forenames import is_forename
from fourfold.people.rules.places import on_a_map
from fourfold.people.rules.templates import everyday_words
from fourfold.people.terms import Channel
from fourfold.words import Word, sentence

SENDER = "Reminders"
TITLE = "A reminder"
LONGEST = {Channel.TEXT: 480, Channel.EMAIL: 2000, Channel.LETTER: 2000}
#: Words that would tell whoever reads over a shoulder what this is about: first the beginnings of words, then words
#: that give away only as they stand (court, not courtesy).
_GIVEAWAY = re.compile(
    r"""
    \b(?:
    (?:abus|address|advoca|alarm|alleg|arrest|assault|attack|breach|constable|convict|crime|criminal|custod|danger
      |detective|domestic|evidence|harass|helpline|idva|incident|injunct|intimidat|investigat|isva|judge|magistrat|mappa
      |hostel|remand|sergeant|inspector|releas|women|appeal
      |heddlu|trais|treisi|stelc|llys|dioddef|carchar|swyddog|tyst|bygyth|aflonydd|diogel|lloches|cyfreith|erlyn|trosedd
      |ynad|barnw|gorchymyn|mechn|rhyddha|ryddha|hedd\W?lu|heddwas|heddwei|plism[ao]n|garchar|gharchar|ferched|merched|fenywod
      |achos|gyfreith|ddioddef|jail|parole|curfew
      |marac|masip|non\W?molest|offence|offend|officer|perpetrat|po\W?[li]{2}ce|prison|probation|prosecut|protect|refuge|restrain
      |risk|safe|sentenc|shelter|solicitor|stalk|statement|survivor|suspect|threat|victim|violen|weapon|witness
      |airtag|bruis|caution|cctv|counsel|hearing|kidnap|locksmith|murder|outreach|plead|psychiatr|rapist|rozzer|sectioned
      |sentan|spyware|stabb|strangl|tagged|tagging|therap|unsafe|warrant)\w*
    |
    (?:999|112|101|bailed|bobbies|copper|fed|gun|iopc|kill|killed|knife|nicked|plod|polis|rape|raped|sarc
      |(?:follow|watch)(?:s|es|ed|ing)?\s+you|knows?\s+where\s+you|he(?:['’]?s|\s+is|\s+has|\s+was)?\s+(?:been\s+)?(?:let|got)\s+out
      |locked\s+up|mental\s+health|new\s+(?:address|home|house|number|pad|place|school)|panic\s+\w+|support\s+worker
      |old\s+bill|the\s+met|clare\W{0,2}s?\s+law|aid|bail|cop|cps|dv|tag|case|charged|cid|court|dc|di|ds|ex|ex-partner|flat|pc|fourfold|iac|order|panel|reference|report|spo|subject|trial|unit)s?
    )\b
    """,
    re.VERBOSE,
)
_REFERENCE = re.compile(
    # a case's letters may hold no digit: one reference in fourteen
    r"\bff[\W_]{1,3}[0-9a-z]{5,7}\b|\bff(?=[a-z]*\d)[0-9a-z]{5,7}\b|"
    r"\b[a-z]{1,4}-(?=[0-9a-z]*\d)[0-9a-z]{4,}\b|\b\d{1,4}/\d{1,4}/\d{5,}\b|\b\d{2}[a-z]{2}/\d+|\b\d{9,10}/\d\b"
)
_LINK = re.compile(r"https?:|www\.|\b[\w-]+\.(?:uk|com|org|net|info|io|app|gov|police|link|ly)\b")
_NUMBER = re.compile(r"(?:\d[\s().+-]{0,2}){5,}\d|\d{5,}")
_SPOKEN = (
    "zero|oh|o|nought|nil|double|treble|triple|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred"
    "|thirteen|(?:four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|point|minus"
    "|dim|sero|un|dau|dwy|tri|tair|pedwar|pedair|pump|pum|chwech|chwe|saith|wyth|naw|deg"
)
#: Figures in words, or in both with or without anything between: nine hundred five, 900 55five.
_SPOKEN_NUMBER = re.compile(
    rf"\b(?:(?:{_SPOKEN})[\s,.-]*){{3,}}(?:{_SPOKEN})\b"
    rf"|(?<!\w)(?:(?:\d|{_SPOKEN})[\s,.()+-]{{0,2}}){{5,}}(?:\d|{_SPOKEN})(?!\w)"
)
_DATE = "mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|dydd"
#: A house's number with what follows it in capitals, in a text as it was written.
_HOUSE = re.compile(rf"\b(?:\d+[A-Za-z]?,\s*|[Nn]umber\s+\d+,?\s+)(?!(?i:{_DATE}))[A-Z][a-z]{{2,}}")
_HANDLE = re.compile(r"@\s?\w+|\b\w*[a-z_]\w*\d{3,}\w*")
_PLACE = re.compile(
    rf"""
    \b(?:\d+[a-z]?|{_SPOKEN})[\s,]+(?:[a-z'’-]+\s+){{1,3}}
    (?:street|st|road|rd|lane|ln|avenue|ave|close|cl|drive|dr|way|place|terrace|crescent|gardens|grove|hill|row|mews|walk
      |square|park|rise|heol|stryd|ffordd|lôn)\b
    |\b(?:heol|stryd|ffordd|lôn)\s
    |\b[a-z]{{1,2}}\d[a-z\d]?\s?\d[a-z]{{2}}\b
    """,
    re.VERBOSE,
)
#: Signs that stand for letters, each way that they are read.
_SIGNS = (str.maketrans("0134578@$!|", "oleastbasil"), str.maketrans("0134578@$!|", "oieastbasll"))
_STROKES = str.maketrans("øłđħŧıə", "oldhtie")
_SPELT = re.compile(r"(?<=\b\w)[\s._*-]+(?=\w\b)")
#: A sign inside a word: poli.ce.
_PARTED = re.compile(r"(?<=[^\W\d_])[._*~+-]+(?=[^\W\d_])")
#: A word with a capital, and where a sentence begins: at the start, after a full stop, on a new line.
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-ÞĀ-Ž](?!\b)[^\W\d_'’-]*(?:['’-][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?]|\n)[\s\"'“‘(]*\Z")
#: What has a capital inside a sentence and names nobody: relatives by what everybody calls them, services, languages.
_NAME_NOBODY = """
    mum mam mom dad nan nana nanna gran granny grandma grandad grandpa gp nhs dr tv bbc uk pm am asap ok sms pdf gmt bst id
    zoom whatsapp facetime skype teams messenger google facebook instagram signal wifi amazon tesco asda aldi lidl boots argos
    uber xmas christmas boxing easter eid diwali ramadan hanukkah english welsh polish urdu arabic
"""
#: With which an ordinary sentence begins, and what everyday messages are about; a forename is here only where it is a
#: common word first.
_BEGINNINGS = """
    a about actually after afternoon again all almost alright also although always an and another any anybody anyone anything
    anyway apologies are aren around as ask at away back be because before best better between both bring but by bye call
    called calling can cannot check cheers choose come coming confirm congratulations could couldn cup day days dear did didn
    do does doesn doing don done door drop each early either email enjoy even evening ever every everybody everyone everything
    everywhere feel few find fine first five for four free from further get getting give glad go going good got great had hadn
    half happy has hasn have haven having he hello help her here hey hi his hope hopefully hoping how however i if in instead
    is isn it its just keep kind know last late later least leave left less let letting like ll look looking lots lovely lunch
    maybe make many may me meet meeting messages might mine missed money more morning most move much must my need needs never
    new next nice night no nobody none noon not note nothing now of off often oh okay on once one only or other our ours out
    over parking perhaps phone pick please pleased possibly post probably put quick quiet quite rather re read ready really
    regards remember reminder reminders reply right ring rings running same saw say see seen send sending sent several she
    shall should shouldn since sit six so some somebody someone something sometimes soon sorry speak spoke start stay still
    stop such sure take talk tea tell ten text thank thanks that the their theirs them then there these they thing things
    think this those though three through till time to today together tomorrow tonight too travel try trying two
    under unfortunately unless until up us use usual usually ve very visit visiting wait waiting want was wasn we well went
    were weren what whatever when whenever where whether which while who why will wish with without won wonder wondering
    would wouldn write yes yesterday yet you your yours
    appointment appointments bag bags book books booking bread breakfast bus buses cake car cat class coat coffee
    delivery dentist dinner doctor dog film flowers food forms garden gym hair homework insurance keys lesson lessons letter
    letters library lift milk optician parcel parcels pharmacy photos plumber prescription rain shopping shoes supper swimming
    taxi ticket tickets train trains tyres umbrella vet weather weekend
    a ac am ar bore da diolch dim dwi gallaf gallwch gobeithio heddiw helo mae nos os pan plis pob pryd rwy rydw shwmae
    sut yfory ydy ydw yn yr
"""
_ENDS = re.compile(r"[.!?\n]")
MAY_BE_A_NAME = "“{1}” may be a name. Leave names out, and write other words in small letters."
BEGINS_LIKE_A_NAME = (
    "“{1}” may be a name: a sentence begins with it. If it is a name, leave it out. If it is none, write it in small "
    "letters, or begin with another word. A colleague reads your own words before they leave."
)
_NEVER_SHOWN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def telling_in(sender: str) -> str | None:
    """Return the word in a sender's name or address that shows what its messages are about, or None."""
    return _telling(_readings(_plainly(re.sub(r"[\W_]+", " ", sender))))


def _telling(readings: Iterable[str]) -> str | None:
    return next((found.group() for read in readings if (found := _GIVEAWAY.search(read))), None)


def why_not_said(text: str, *, names: Iterable[str] = ()) -> str | None:
    """Return why a message must not say this, or None where every word is neutral.

    No reference, no link, no word that tells what it is about, and nothing that may be a name: by how it is written, or
    as one of `names`, those that the writer may read (they are split into their words). The answer is the same for both,
    or it would tell of whom there is a record. It quotes the word to leave out.
    """
    plain = _plainly(text)
    if foreign := next((sign for sign in plain if sign.isalpha() and not _is_latin(sign)), None):
        return sentence("“{1}” is a letter of another alphabet. Write it in our own letters.", foreign)
    readings = _readings(plain)
    if found := _telling(readings):
        return sentence(
            "“{1}” shows anybody who reads the message what it is about. Write it without that word.", found
        )
    if house := _HOUSE.search(unicodedata.normalize("NFKC", text)):
        return sentence("“{1}” looks like {2}. Leave it out.", house.group(), "an address")
    numbers = ((_NUMBER, "a telephone number"), (_SPOKEN_NUMBER, "a telephone number"))
    looks = ((_REFERENCE, "a reference"), (_LINK, "a link"), *numbers)
    if (mapped := next(on_a_map(text), None)) is not None:
        return sentence("“{1}” looks like {2}. Leave it out.", text[mapped[0] : mapped[1]], "an address")
    for pattern, what in (*looks, (_PLACE, "an address"), (_HANDLE, "an account")):
        if seen := pattern.search(plain):
            return sentence("“{1}” looks like {2}. Leave it out.", seen.group(), what)
    known = frozenset().union(*(_words(_folded(_plainly(name))) for name in names))
    said = frozenset().union(*(_words(read) for read in readings))
    named = {word for word in said if word in known or any(_is_nearly(word, name) for name in known)}
    named |= _written_as_names(text)
    return _names(min(named), text) if named else None


def _names(word: str, text: str) -> str:
    """Say of a word that it may be a name, whatever was found of it: where it begins a sentence, how it may stay."""
    shown = _NEVER_SHOWN.sub("", unicodedata.normalize("NFKC", text))
    written = (found for found in _CAPITAL.finditer(shown) if _plainly(found.group()) == word)
    begins = any(_BEGINS.search(shown[: found.start()]) for found in written)
    return sentence(BEGINS_LIKE_A_NAME if begins else MAY_BE_A_NAME, word)


def _written_as_names(text: str) -> set[str]:
    """Return the words that look like names: with a capital inside a sentence, or one that begins it as no other word does.

    Where a sentence is all in capitals they say nothing: there a forename does, and how it begins. Nobody's record is asked.
    """
    shown = _NEVER_SHOWN.sub("", unicodedata.normalize("NFKC", text))
    nobody = everyday_words() | set(_NAME_NOBODY.split())
    beginnings = set(_BEGINNINGS.split())
    found = set()
    for word in _CAPITAL.finditer(shown):
        parts = {_folded(part.casefold()) for part in re.split(r"['’-]", word.group()) if len(part) > 1} - nobody
        if _BEGINS.search(shown[: word.start()]):
            parts -= beginnings
        elif not any(sign.islower() for sign in _sentence_of(shown, word)):
            parts = {part for part in parts - beginnings if is_forename(part)}
        if parts:
            found.add(_plainly(word.group()))
    return found


def _sentence_of(text: str, word: re.Match[str]) -> str:
    """Return the sentence in which a word stands."""
    before, after = _ENDS.split(text[: word.start()])[-1], _ENDS.split(text[word.end() :])[0]
    return f"{before}{word.group()}{after}"


def _readings(plain: str) -> tuple[str, ...]:
    """Return how a text may be read: as it stands, without accents, letters spelt apart, words parted, and signs as letters."""
    bare = _folded(plain)
    whole = _PARTED.sub("", bare)
    as_letters = (read.translate(signs) for read in (bare, whole) for signs in _SIGNS)
    return (plain, bare, _SPELT.sub("", bare), whole, *as_letters)


def _folded(plain: str) -> str:
    """Return a text without accents and strokes."""
    apart = unicodedata.normalize("NFKD", plain).translate(_STROKES)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _is_nearly(word: str, name: str) -> bool:
    """Return whether a word is a longer name with an ending, such as norahs of Nora."""
    return len(name) > 3 and word.startswith(name) and len(word) <= len(name) + 2


def _is_latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith("LATIN")


def _words(plain: str) -> frozenset[str]:
    """Return the words of a text, those joined by a hyphen both whole and in parts; single letters are no names."""
    found = {*re.findall(r"[\w'’-]+", plain), *re.findall(r"\w+", plain)}
    return frozenset(word for word in found if len(word) > 1)


def _plainly(text: str) -> str:
    return _NEVER_SHOWN.sub("", unicodedata.normalize("NFKC", text)).casefold()


#: A message is about now: one that nobody has read within a day is written again.
READ_WITHIN = timedelta(days=1)
SECOND_SAID_NO = "A second reader said no. Open the message to read why."
UNREAD = "Nobody else has read this, and it is none of the messages on the list."
#: One answer for whatever changed or was found since, or it would tell of whom there is a record.
NOT_SO = (
    "This cannot be sent as it was written, to where it was to go. Choose a message from the list, or ask a colleague."
)
#: A victim was told when to expect a word, and who is with them changes by the hour: what is late is written anew.
LONGEST_WAIT = timedelta(hours=4)
TOO_LATE = Word(
    "This waited for more than four hours and was not sent: by then it can be untrue, or unsafe. Write it again if it is still needed."
)
WRITER_LEFT = "The person who wrote this no longer works in this case. Write it again if it is still needed."
SECOND = "You wrote this yourself. Another advocate, or the officer in the case, reads it first."


def why_too_late(let_go_at: datetime, at: datetime) -> Word | None:
    """Return why a message does not leave any more that was written, or read by a second person, at a moment."""
    return TOO_LATE if at - let_go_at > LONGEST_WAIT else None


def why_not_read(*, held: bool, asked_at: datetime, at: datetime, given: bool, words: str) -> tuple[str, str] | None:
    """Return the field and reason for which a second reader's answer is not kept, or None."""
    if not held:
        return "given", "This message has already been answered."
    if at >= asked_at + READ_WITHIN:
        return "given", "This message is more than a day old. It must be written again if it is still needed."
    if not given and not words.strip():
        return "words", "Say why not. Your colleague will read it."
    return None


def why_not_write(
    channel: Channel, title: str, text: str, *, names: Iterable[str] = (), says: Iterable[str] = ()
) -> tuple[str, str] | None:
    """Return the field and reason for which a message cannot be written, or None.

    A call or a visit is no message; a text has no title; a text holds 480 characters, a letter or email 2,000. `says`
    is what it may say although it looks like a number or a name.
    """
    if channel not in LONGEST:
        return "channel", sentence(
            "{1} is not a message. Record it as a contact instead.", channel.with_article.capitalize()
        )
    if not text.strip():
        return "text", "Write the message."
    if len(text) > LONGEST[channel]:
        return "text", sentence(
            "{1} can have {2} characters. Shorten it.", channel.with_article.capitalize(), LONGEST[channel]
        )
    if len(title) > 120:
        return "title", "Shorten the title to 120 characters or fewer."
    if title.strip() and channel is Channel.TEXT:
        return "title", "A text has no title. Leave it empty."
    names, said = tuple(names), text
    for each in says:
        said = said.replace(each, "")
    for field, words in (("title", title), ("text", said)):
        if (why := why_not_said(words, names=names)) is not None:
            return field, why
    return None
