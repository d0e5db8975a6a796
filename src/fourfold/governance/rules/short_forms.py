"""The words that people shorten, leave out or say in another way: of roads, places, digits, and ends of numbers."""

import re

#: Words that are written in several ways, each by its shortest; a saint and a street are the same two letters.
SHORT = {
    long: words.split()[0]
    for words in str.split(
        """
        st street str saint / rd road / ln lane la / ave avenue av / cl close / dr drive drv / cres crescent cr
        / ter terrace terr / pl place / gdns gardens gdn garden / gr grove grv / ct court crt / sq square / pk
        park / hse house ho / cott cottage cot / sch school schl / way wy / mews mws / walk wlk / view vw / pde
        parade / upr upper / lwr lower / gt great / prim primary / apt apartment flat unit / bank bk / brook brk
        / field fld / meadow mdw / wood wd / bridge brg / corner cnr / church ch / farm fm / spring spr /
        cottages cotts
        """,
        "/",
    )
    for long in words.split()
}
ROAD_TYPES = frozenset(
    str.split("""
        st rd ln ave cl dr cres ter pl gdns gr ct sq pk hse cott way mews walk view pde hill row
    """)
)
#: What a school or a workplace is called after its own name.
INSTITUTION = frozenset(
    str.split("""
        sch prim high church england academy college hospital surgery bakery dental nursery garage pharmacy
        library florists opticians sons ltd limited co plc community centre cafe salon
    """)
)
#: Words over which two others are one place only where the place has such a word on record.
JOINS = frozenset({"and", "the", "of"})
PASSED_OVER = JOINS | {"number", "no", "nr", "num"}
#: Too common to say where somebody is without a number or a kind of road beside it.
COMMON = frozenset(
    str.split("""
        high station church park main mill victoria green manor king kings queen queens new school north south
        west east london chapel hill bridge old first primary nursery bank market mount long bakery garage
        library surgery dental pharmacy florists opticians police hospital college academy community
    """)
)
#: Words that stand before a place, and those that alone name none: the one word that an officer typed for a place.
AROUND_A_PLACE = PASSED_OVER | frozenset(
    str.split("""
        a an at in on near outside inside by her his their my own victim victims
    """)
)
NO_PLACE = (ROAD_TYPES - {"hill", "view"}) | frozenset(
    str.split("""
        home work workplace office shop pub gym car town city village online internet phone telephone unknown
        address door gate bus train corner here there apt sch station church park bank market police hospital
        college academy library garage surgery pharmacy nursery bakery cafe salon centre
    """)
)
#: Short forms of names that are words of their own: no name without a capital letter.
WORDS_TOO = frozenset(
    str.split("""
        ally art bill bob chuck dick drew fay gene grace jack jo josh josie lou max mo neave nell nick pat peg
        pip rich rick rob ron rose ruth sally sandy sue ted tess tina tom tommy tony vale van vicky will wills
    """)
)
#: Tens, whose nought is not said where a figure follows.
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = {word: str(n) for n, word in enumerate(_TENS.split(), start=2)}
SPOKEN = (
    {
        word: str(n)
        for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    }
    | dict.fromkeys(("oh", "o", "nought", "naught", "nil"), "0")
    | {"hundred": "00"}
)
#: Figures, and the words for them, where nothing stands between: 55five.
SPOKEN_SIGNS = re.compile("|".join([r"\d", *sorted(SPOKEN, key=len, reverse=True)]))
_ALPHABET = """
    alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa
    quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu
"""
#: Letters as they are said over a radio, and the figures that are said otherwise there; X-ray is two words.
SAID_AS = SPOKEN | {word: word[0] for word in _ALPHABET.split()} | {"niner": "9", "fower": "4", "fife": "5", "ray": ""}
TIMES = {"double": 2, "triple": 3, "treble": 3}
ENDS = re.compile(
    r"\b(?:end(?:s|ed|ing)?|last|final|finish(?:es|ed|ing)?|terminat(?:es|ing))\b[^.\n]{0,24}$", re.IGNORECASE
)
STARTS = re.compile(r"\b(?:start(?:s|ed|ing)?|begin(?:s|ning)?|began|first)\b[^.\n]{0,24}$", re.IGNORECASE)
PLATE = re.compile(r"\b(?:plate|reg(?:istration)?|vrm|index|partial)\b[^.\n]{0,24}$", re.IGNORECASE)
HIDDEN = re.compile(r"(?:[*x#.•…]{2,}|…)[\s-]*$", re.IGNORECASE)
POSTCODE = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}")
AT_END = re.compile(r"\W{1,3}(?:is |was |were )?(?:at|on|in) the end\b", re.IGNORECASE)
#: Letters that are written for figures.
ALIKE = str.maketrans("oil", "011")
