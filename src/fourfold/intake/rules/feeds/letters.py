"""Signs that stand in no word: the mark that a row was saved in another encoding than the one it is read in.

Each rule is one that names of any language, and quotes as Windows writes them, do not meet; what cannot be told from
them (`–` for `ñ`, `’` for `í`) is let through. Only rows with other letters than those of ASCII are looked at.
"""

import re

_L = r"[^\W\d_]"
_LOW = "[a-zà-öø-ÿ]"
_SIGNS = "\x80-\x9f¡¢£¤¥§¯¾¿ÂÃÄÅâ‚ƒ„†‡ˆ‰‹›•˜™“”ŠŽŒŸœ"
#: UTF-8 that was read as Windows' own encoding once, behind its first sign: “Ã«” for “ë”, “â€™” for “’”, “Å·” for “ŷ”.
#: A quote or a pause behind a word in capitals (“IRMÃ”) is one.
_CAPITALS = "(?<![A-ZÀ-Þ].)"
_TWICE = (
    "(?<=Ã)[\x80-º¼-¿‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ€]|(?<=â)€[˜™œ¦“”¢\x9d\x9c]|(?<=Å)[·µ‚„›¼ºŸ]"
    f"|(?<=Ã){_CAPITALS}[»‘’“”–—…](?=\\w|\\s|$)|(?<=Â){_CAPITALS}[\xa0-¿]|(?<=Å){_CAPITALS}[“¡]|(?<=Ä){_CAPITALS}[™…‡](?=\\w)"
)
#: What must stand around a sign that is in no word; each looks back at the sign itself, which was found already.
_AROUND = (
    rf"(?<=[\x80-\x9f])|{_TWICE}"
    rf"|(?<={_L}[‚‰¢¡])(?!\d)|(?<={_L}[„ƒˆ˜¤†‡‹›¥§¿¾¯“”])(?={_L})|(?<=[ƒˆ])(?={_L})|(?<={_L}[ƒˆ˜])"
    rf"|(?<={_LOW}[£•™])(?={_LOW})|(?<=™)(?<!\w™)(?={_LOW})|(?<=œ)(?=\d)|(?<={_L}Ÿ)(?={_LOW}{_LOW})"
    # A capital behind a small letter, but for the names of which the first part ends there; one behind an initial.
    rf"|(?<={_LOW}[ŠŽŒ])(?<!\bMc.)(?<!\bMac.)(?<!\bDe.)(?<!\bDi.)(?<!\bLe.)(?<!\bLa.)(?<!\bVan.)(?={_LOW}|\W|$)"
    rf"|(?<=[A-CE-Z][ŠŽŒ])(?<![\w’'][A-Z].)(?={_LOW}{_LOW})"
)
_AROUND_IN_NAME = (
    rf"(?<={_LOW}\xa0)(?=[b-df-hj-np-tv-xz](?!\w))|(?<=[B-DF-HJ-NP-TV-Z]\xa0)(?<!\w[A-Z]\xa0)(?={_LOW}{_LOW})"
    r"|(?<=[ot]‘)(?!\w)|(?<=[ao]‘)(?=l(?!\w))|(?<=[a-zœ]–)(?=(?:a|e|i|o|as|ez|iz|os|oz)(?!\w))"
)
_NO_TEXT = re.compile("[\ud800-\udfff]")
#: The sign comes first: what has none of them is passed over at the speed of a search for one letter.
_IN_WORD = re.compile(f"[{_SIGNS}](?:{_AROUND})")
#: In the columns of names, where no story is told, more can be said.
_IN_NAME = re.compile(f"[{_SIGNS}\xa0‘–](?:{_AROUND}|{_AROUND_IN_NAME})")
#: The encodings that rows of old systems are left in, as a clerk knows them.
_OTHERS = (("cp850", "MS-DOS (cp850)"), ("mac_roman", "an old Macintosh (mac_roman)"))


def has_no_text(cell: str) -> bool:
    """Return whether a cell has bytes in it, or halves of signs, that are no text at all."""
    return _NO_TEXT.search(cell) is not None


def why_no_word(cell: str, *, encoding: str, is_name: bool) -> str | None:
    """Return why letters of a cell cannot be what somebody wrote, None where they can; never the cell itself."""
    like = _IN_NAME if is_name else _IN_WORD
    found = like.search(cell)
    while found is not None and found.group() in ("“", "”") and _has_partner(cell):
        found = like.search(cell, found.end())
    if found is None:
        return None
    signs = found.group()
    if "\x80" <= signs <= "\x9f":
        return _of_a_control(signs, encoding)
    return _of_twice(signs) if len(signs) > 1 else _of_a_sign(signs, cell[: found.start()], encoding)


def _has_partner(cell: str) -> bool:
    """Return whether a quote in the middle of a word may be one, only written without a blank."""
    return '"' in cell or ("“" in cell and "”" in cell)


def _of_a_control(sign: str, encoding: str) -> str:
    windows = sign.encode("latin-1").decode("cp1252", "replace")
    meant = f", where Windows has “{windows}”" if windows.isprintable() and windows != "\ufffd" else ""
    return (
        f"The cell has the control sign U+{ord(sign):04X} in it{meant}: it was not saved in {encoding}. Save the row in "
        "that, or change the encoding in the mapping to what all rows are, such as cp1252."
    )


def _of_twice(signs: str) -> str:
    meant = signs.encode("cp1252", "ignore").decode("utf-8", "ignore").strip()
    said = f" for “{meant}”" if meant else ""
    return (
        f"“{signs}” stands in the cell{said}: it was UTF-8 and was read as another encoding before it came. Write the word "
        "as it should be."
    )


def _of_a_sign(sign: str, before: str, encoding: str) -> str:
    shown = "A no-break space" if sign == "\xa0" else f"“{sign}”"
    byte = sign.encode("cp1252", "ignore")
    readings = ((name, byte.decode(code, "replace")) for code, name in _OTHERS)
    fitting = [f"“{letter}” in {name}" for name, letter in readings if _fits(letter, before)]
    meant = f" It is {' or '.join(fitting)}." if fitting else ""
    return f"{shown} stands inside a word.{meant} The row was probably not saved in {encoding}: save it in that."


def _fits(letter: str, before: str) -> bool:
    """Return whether a reading may stand behind what is before it: a letter, or a pound, and no capital in a word."""
    behind_small = before[-1:].islower()
    return letter == "£" or (letter.isalpha() and letter != "ƒ" and not (behind_small and letter.isupper()))
