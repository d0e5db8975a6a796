"""The words that tell of a behaviour or a danger: one list each, read aloud to practitioners and changed by them.

They are for underlining and for the order of the desk's list. They say that a word stands there, never that it is
true, and never whether conduct is fixated, obsessive, unwanted or repeated. In a pattern a blank means any blanks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from fourfold.intake.terms import Behaviour, DangerSign

_HER = r"(?:me|her|him|them|us|you|my|our|his|their|your|the (?:victim|woman|man|family|children))"
_HOME = r"(?:house|home|flat|front door|door|work|workplace|office|school|gym|window|address|place|street|garden)"
_KIN = (
    r"(?:friends?|mates?|brothers?|sisters?|mother|father|mum|dad|parents|cousins?|family|colleagues?|"
    r"new (?:partner|girlfriend|boyfriend)|son|daughter|children|neighbours?|uncle|aunt)"
)
_REACH = r"(?:contact|messag|text|call|rang|ring|phon|e-?mail|sent|send|wrote|writ|visit|approach|knock|turn|c[ao]m)"

BEHAVIOURS: dict[Behaviour, tuple[str, ...]] = {
    Behaviour.FOLLOWS: (
        r"follow(?:s|ed)?(?! (?:up|on|by|instructions|advice)\b)(?<!as\sfollows)",
        rf"following {_HER}",
        r"(?:been|was|were|kept|keeps|keep|is|are) following",
        rf"(?:tail|trail)(?:s|ed|ing) {_HER}",
        rf"chas(?:e|es|ed|ing) {_HER}",
        rf"(?:came|comes|coming) after {_HER}",
    ),
    Behaviour.CONTACTS: (
        r"contact(?:s|ed|ing)?(?! (?:details|number|order))",
        r"(?:text|messag|e-?mail|whatsapp)(?:e|s|es|ed|ing)?",
        r"phon(?:es|ed|ing)|rang|rings|ringing|voice ?mails?|missed calls?",
        r"call(?:s|ed|ing)(?! (?:the )?(?:police|999|101|ambulance|an ambulance|out|for help))",
        r"letters?(?! ?box)|flowers|gifts?|friend requests?|direct messages?|dms",
        r"notes? (?:through|on|under|left|from|at|in|to)|(?:left|sent|posted|wrote|found) (?:\w+ ){0,2}notes?",
        r"knock(?:s|ed|ing)?(?! (?:down|over|out)\b)|bang(?:s|ed|ing) on",
        r"(?:sent|sends|sending|left|leaves|leaving) (?:\w+ ){0,2}(?:presents?|parcels?|cards?|photos?|pictures?)",
    ),
    Behaviour.PUBLISHES: (
        r"(?:post(?:s|ed|ing)?|upload(?:s|ed|ing)?|publish(?:es|ed|ing)?|shar(?:es|ed|ing)|circulat(?:es|ed|ing)) "
        r"(?:\w+ ){0,4}(?:about|photos?|pictures?|images?|videos?|online|facebook|instagram|tiktok|website|details|address)",
        r"(?:fake|false) (?:\w+ )?(?:profiles?|accounts?|pages?|adverts?)",
        rf"impersonat(?:e|es|ed|ing)|pretend(?:s|ed|ing)? to be {_HER}|in (?:her|my|his) name",
        r"rumours?|revenge porn|intimate (?:images?|photos?|pictures?|videos?)|outed",
    ),
    Behaviour.MONITORS: (
        r"track(?:s|ed|ing|ers?)|air ?tags?|gps|spyware|stalkerware|keylogger|hidden cameras?|bugged|listening devices?",
        r"hack(?:s|ed|ing)?|passwords?|monitor(?:s|ed|ing)",
        r"(?:log(?:s|ged|ging)? ?in ?to|access(?:es|ed|ing)?|got into|read(?:s|ing)?|check(?:s|ed|ing)?|went through) "
        r"(?:\w+ ){0,2}(?:phone|e-?mails?|messages|accounts?|icloud|facebook|instagram|location|laptop)",
        r"kn(?:ow|ew|ows|owing) where (?:i|she|he|we|they)\b",
    ),
    Behaviour.LOITERS: (
        r"loiter(?:s|ed|ing)?|lurk(?:s|ed|ing)?|(?:hang(?:s|ing)?|hung) (?:a?round|about)",
        rf"wait(?:s|ed|ing)? (?:for {_HER} )?(?:outside|at|by|near|opposite|in (?:the|his|her|a) (?:car|street))",
        r"(?:sat|sits|sitting|stood|stands|standing|park(?:s|ed|ing)) (?:\w+ ){0,4}(?:outside|opposite|across)",
        rf"outside (?:my|her|his|our|their|the) (?:\w+ )?{_HOME}",
        r"(?:driv(?:es|ing|en)|drove|walk(?:s|ed|ing)|rid(?:es|ing)|rode|cycl(?:es|ed|ing)) (?:\w+ly )?past",
        rf"(?:turn(?:s|ed|ing) up|appear(?:s|ed|ing)|show(?:s|ed|ing) up|came|comes|coming) (?:un\w+ )?(?:at|to) "
        rf"(?:my|her|his|our|their|the) (?:\w+ )?{_HOME}",
    ),
    Behaviour.INTERFERES: (
        r"damag(?:e|es|ed|ing)|vandali[sz]\w+|graffiti|tamper(?:s|ed|ing)?|slash(?:es|ed|ing)?|scratch(?:es|ed|ing)?",
        r"smash(?:es|ed|ing)?|keyed|poison(?:s|ed|ing)?|let down (?:\w+ ){0,3}tyres?|egged",
        r"(?:broke|breaks|breaking|broken) (?:into|in\b|down (?:the|my|her)|(?:the|my|her|his|a) (?:\w+ )?"
        r"(?:window|door|lock|gate|car|mirror|fence))",
        r"(?:cut|cuts|cutting) (?:the|my|her|his) (?:\w+ )?(?:brakes?|wires?|line|cables?)",
        r"(?:stole|steals|stealing|stolen|took|taking|taken) (?:\w+ ){0,2}(?:post|mail|bins?|keys?|washing|underwear|"
        r"phone|letters|parcels?)",
        r"mov(?:ed|es|ing) (?:things|items|furniture|my things|her things)|paint (?:on|over|thrown|poured)",
        r"kill(?:s|ed|ing) (?:my|her|his|the|our) (?:cat|dog|pet|rabbit|horse)s?",
    ),
    Behaviour.WATCHES: (
        rf"watch(?:es|ed|ing)(?! (?:tv|television|a film|the film|the news))|watch {_HER}",
        rf"spy(?:ing)?|spies|spied|star(?:es|ed|ing) (?:at|in|through)|observ(?:es|ed|ing) {_HER}|eyeing {_HER}",
        r"binoculars|drones?|peep(?:s|ed|ing)?|peer(?:s|ed|ing) (?:in|through)|voyeur\w*",
        rf"(?:film|photograph|record)(?:s|ed|ing) {_HER}|(?:took|takes|taking) (?:\w+ ){{0,2}}(?:photos?|pictures?) of",
        r"look(?:s|ed|ing) (?:in )?through (?:\w+ )?(?:window|letter ?box|curtains)",
    ),
    Behaviour.THREATENS: (
        r"threat(?:s|en|ens|ened|ening)?|menac(?:es|ed|ing)|blackmail(?:s|ed|ing)?|extort(?:s|ed|ing)?",
        r"intimidat(?:e|es|ed|ing)|or else",
        r"(?:will|['’]ll|would|going to|gonna) (?:\w+ )?(?:regret|pay for|be sorry|(?:hurt|harm|kill)(?! (?:him|her|them|my)sel)|get you|find you|burn|"
        r"ruin|destroy|make (?:you|her|him|me) (?:pay|suffer|sorry))",
    ),
    Behaviour.ATTACKS: (
        r"(?:punch|push)(?:es|ed|ing)?|slap(?:s|ped|ping)?|kick(?:s|ed|ing)?(?! off)|shov(?:es|ed|ing)|grab(?:s|bed|bing)?",
        rf"hit(?:s|ting)? (?:{_HER}|with)|beat(?:s|en|ing)? (?:{_HER}|up)|bit {_HER}|spat (?:at|on|in)|thr(?:ew|own) {_HER}",
        r"assault(?:s|ed|ing)?|attack(?:s|ed|ing)?|stab(?:s|bed|bing)?|head ?-?butt(?:s|ed|ing)?|rap(?:e|ed|es|ing)",
        rf"strangl(?:e|es|ed|ing)|strangulation|chok(?:e|es|ed|ing)|drag(?:s|ged|ging) {_HER}|ran {_HER} over",
    ),
    Behaviour.THROUGH_OTHERS: (
        rf"(?:his|her|their) (?:\w+ )?{_KIN} (?:\w+ ){{0,3}}{_REACH}\w*",
        rf"(?:through|via) (?:an? |his |her |their |my |mutual |our )*{_KIN}",
        rf"(?:got|asked|sent|paid|told|uses?|used|using|getting) (?:\w+ ){{0,2}}(?:{_KIN}|someone|somebody|others|people) to",
        rf"{_REACH}\w* (?:to |at |with )?(?:my|her|his|our) (?:\w+ )?(?:employer|boss|manager|work|workplace|school|husband|wife|"
        rf"landlord|{_KIN})",
    ),
}

DANGERS: dict[DangerSign, tuple[str, ...]] = {
    DangerSign.WEAPON: (
        r"kni(?:fe|ves)|guns?|firearms?|pistols?|shotguns?|rifles?|blades?|machetes?|hammers?|axes?|swords?|crossbows?",
        r"acid|petrol|ammonia|crowbars?|baseball bats?|screwdrivers?|weapons?|armed with|ammunition|bullets?|explosives?",
        rf"set(?:s|ting)? fire|set (?:\w+ )?(?:{_HOME}|car) (?:on fire|alight)|burn(?:s|ed|t|ing)? (?:\w+ )?(?:{_HOME} )?down|arson",
    ),
    DangerSign.THREAT_TO_KILL: (
        r"kill(?:s|ed|ing)? (?:me|her|him|you|us|them|both|everyone|(?:the|my|her|your) (?:\w+ )?(?:children|kids|family|"
        r"mother|partner|husband|boyfriend|girlfriend|baby|son|daughter))\b",
        r"threat\w* to kill|murder(?:s|ed|ing)?|(?:you(?:['’]re| are)|she(?:['’]s| is)|he(?:['’]s| is)) (?:a )?dead\b",
        r"end (?:your|her|his|my) life|(?:cut|slit) (?:your|her|his|my) throat|bury (?:you|her|him|me)",
        r"(?:if|cos|because) (?:i|he|she) ca(?:nno|n['’])t have (?:you|her|him|me)|no ?(?:one|body) else (?:will|can) have",
        r"want(?:s|ed)? (?:me|her|him|you) dead",
    ),
    DangerSign.STRANGULATION: (
        r"strangl(?:e|es|ed|ing)|strangulation|chok(?:e|es|ed|ing)|throttl(?:e|es|ed|ing)|suffocat(?:e|es|ed|ing)",
        r"smother(?:s|ed|ing)?|hands? (?:a?round|on|to|at) (?:my|her|his|your) (?:neck|throat)",
        r"(?:by|grabbed|held) (?:the|my|her|his) (?:neck|throat)|could(?: no|n['’])t breathe|unable to breathe",
    ),
    DangerSign.HAPPENING_NOW: (
        r"right now|at this moment|as (?:i|we) speak|is (?:here|outside|at the door|in the (?:house|garden)) now",
        r"(?:still|currently) (?:outside|at the door|in the (?:house|garden|street)|following|there)",
    ),
    DangerSign.SUICIDE: (
        r"suicid\w*|(?:kill|hang|harm|shoot)(?:s|ed|ing)? (?:him|her|them|my|your)sel(?:f|ves)|self-? ?harm\w*",
        r"end(?:s|ed|ing)? (?:it all|(?:his|her|their|my) own life)|tak(?:e|es|en|ing) (?:his|her|their|my) own life",
        r"overdos\w*|(?:nothing|no reason) (?:left )?to live|do(?:es)? ?n['’o]?t want to live|jump off",
    ),
    DangerSign.BREACH: (
        r"breach(?:es|ed|ing)?|(?:in )?violation of|violat(?:e|es|ed|ing) (?:\w+ ){0,3}(?:orders?|bail|conditions?|injunction)",
        r"(?:despite|although|even though|ignor(?:es|ed|ing)|broke|broken|breaking) (?:\w+ ){0,4}"
        r"(?:order|injunction|bail|conditions?|curfew|licence)",
    ),
    DangerSign.CHILD: (
        r"child(?:ren)?|kids?|bab(?:y|ies)|toddlers?|sons?|daughters?|nursery|school ?(?:run|gates?)|pregnan(?:t|cy)",
        r"step-?(?:son|daughter|child(?:ren)?)|grand(?:son|daughter|child(?:ren)?)",
    ),
}


Kind = TypeVar("Kind")


class Finder(Generic[Kind]):
    """Finds the patterns of several kinds as whole words, over any blanks, in a text made `plain`.

    A text has some thirty words and three hundred patterns to be asked of each: so they are sorted by the letter that
    they can begin with, and a word is asked those of its own letter alone.
    """

    def __init__(self, kinds: Iterable[tuple[Kind, tuple[str, ...]]]) -> None:
        at: dict[str, dict[Kind, list[str]]] = defaultdict(lambda: defaultdict(list))
        for kind, patterns in kinds:
            for pattern in (each for whole in patterns for each in alternatives(whole)):
                for letter in first_letters(pattern):
                    at[letter][kind].append(pattern)
        self._begin = re.compile(rf"\b[{re.escape(''.join(sorted(at)))}]")
        self._any = {
            letter: _whole([each for patterns in by.values() for each in patterns]) for letter, by in at.items()
        }
        self._kinds = {
            letter: tuple((kind, _whole(patterns)) for kind, patterns in by.items()) for letter, by in at.items()
        }

    def found(self, text: str) -> Iterator[tuple[Kind, re.Match[str]]]:
        """Yield what is found, from left to right; of one kind, nothing twice over the same words."""
        behind: dict[Kind, int] = {}
        for begun in self._begin.finditer(text):
            place, letter = begun.start(), begun.group()
            if self._any[letter].match(text, place) is None:
                continue
            for kind, pattern in self._kinds[letter]:
                if place >= behind.get(kind, 0) and (match := pattern.match(text, place)) is not None:
                    behind[kind] = match.end()
                    yield kind, match


def _whole(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(patterns)})\b".replace(" ", r"(?:\s+)"))


def alternatives(pattern: str) -> list[str]:
    """Return what a pattern may be, of which each is one: it is taken apart where a bar stands outside all brackets."""
    found, depth = [""], 0
    for sign in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|.", pattern, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def first_letters(pattern: str) -> frozenset[str]:
    """Return every letter that what a pattern finds may begin with. Raises ValueError where it may begin with any."""
    if pattern.startswith("(?:"):
        inside, after = _group(pattern)
        first = frozenset().union(*(first_letters(each) for each in alternatives(inside) if each))
        if after[:1] in ("?", "*"):
            return first | first_letters(after[1:])
        return first | first_letters(after) if "" in alternatives(inside) else first
    if pattern.startswith("(?"):  # what must stand around it, and has no length
        return first_letters(_group(pattern)[1])
    sign, after = pattern[:1], pattern[1:]
    if sign == "[":
        inside, _, after = pattern[1:].partition("]")
        if inside.startswith("^") or "\\" in inside or "-" in inside[1:-1]:
            raise ValueError(f"say with which letters it begins: {pattern!r}")
        first = frozenset(inside)
    elif sign.isalnum():
        first = frozenset(sign)
    else:
        raise ValueError(f"say with which letter it begins: {pattern!r}")
    return first | first_letters(after[1:]) if after[:1] in ("?", "*") else first


def _group(pattern: str) -> tuple[str, str]:
    """Return what stands in the group that a pattern begins with, without its mark, and what stands behind it."""
    depth = 0
    for sign in re.finditer(r"\\.|\[(?:\\.|[^\]])*\]|[()]", pattern):
        depth += {"(": 1, ")": -1}.get(sign.group(), 0)
        if not depth:
            return pattern[3 : sign.start()], pattern[sign.end() :]
    raise ValueError(f"a bracket is never closed: {pattern!r}")


#: The signs besides the plain letters that count as i, s or k where small and large letters are the same.
_LETTERS = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")


def plain(text: str) -> str:
    """Return a text in small letters, sign by sign as long as before: what is found in it stands there in the text."""
    return text.lower() if text.isascii() else text.translate(_LETTERS).lower()
