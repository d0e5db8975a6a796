"""Signs that stand in no word: the mark that a row was saved in another encoding than the one it is read in.

Each rule is one that names of any language, and quotes as Windows writes them, do not meet; what cannot be told from
them (`–` for `ñ`, `’` for `í`) is let through. Only rows with other letters than those of ASCII are looked at.
"""

from __future__ import annotations

import re

_L = r"[^\W\d_]"
_LOW = "[a-zà-öø-ÿ]"
#: Signs of which one is in every cell that breaks a rule: what has none of them need not be looked at.
_SIGNS = re.compile("[\x80-\x9f\xa0¡¢£¤¥§¯¾¿ÂÃÄÅâ‚ƒ„†‡ˆ‰‹›•˜™“”ŠŽŒŸœ‘–]")
_CONTROL = re.compile("[\x80-\x9f]")
#: UTF-8 that was read as Windows' own encoding once: “Ã«” for “ë”, “â€™” for “’”, “Å·” for “ŷ”.
_TWICE = re.compile("Ã[\x80-¿‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]|Â[\xa0-¿]|â€[˜™œ¦“”¢\x9d\x9c]|Å[·µ‚„›¼ºŸ“¡]|Ä[™…‡]")
_IN_WORDS = (
    rf"(?<={_L})[‚‰¢¡](?!\d)|(?<={_L})[„ƒˆ˜¤†‡‹›¥§¿¾¯](?={_L})|[ƒˆ](?={_L})|(?<={_L})[ƒˆ˜]"
    rf"|(?<={_LOW})[£•™](?={_LOW})|(?<!\w)™(?={_LOW})"
    # A capital behind a small letter, but for the names of which the first part ends there.
    rf"|(?<={_LOW})(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bDi)(?<!\bLe)(?<!\bLa)[ŠŽŒ](?={_LOW}|\W|$)"
    rf"|(?<![\w’'])[A-CE-Z][ŠŽŒ](?={_LOW}{_LOW})|(?<={_L})Ÿ(?={_LOW}{_LOW})"
    r"|œ(?=\d)"
)
_IN_WORD = re.compile(_IN_WORDS)
#: In the columns of names, where no story is told, more can be said.
_IN_NAME = re.compile(
    _IN_WORDS + rf"|(?<={_LOW})\xa0(?=[b-df-hj-np-tv-xz](?!\w))|(?<!\w[A-Z])(?<=[B-DF-HJ-NP-TV-Z])\xa0(?={_LOW}{_LOW})"
    r"|(?<=[ot])‘(?!\w)|(?<=[ao])‘(?=l(?!\w))|(?<=[a-zœ])–(?=(?:a|e|i|o|as|ez|iz|os|oz)(?!\w))"
)
_QUOTE = re.compile(rf"(?<={_L})[“”](?={_LOW})")
#: The encodings that rows of old systems are left in, as a clerk knows them.
_OTHERS = (("cp850", "MS-DOS (cp850)"), ("mac_roman", "an old Macintosh (mac_roman)"))


def why_no_word(cell: str, *, encoding: str, is_name: bool) -> str | None:
    """Return why letters of a cell cannot be what somebody wrote, None where they can; never the cell itself."""
    if not _SIGNS.search(cell):
        return None
    if found := _CONTROL.search(cell):
        return _of_a_control(found.group(), encoding)
    if found := _TWICE.search(cell):
        return _of_twice(found.group())
    found = (_IN_NAME if is_name else _IN_WORD).search(cell) or _lone_quote(cell)
    return _of_a_sign(found.group(), cell[: found.start()], encoding) if found else None


def _lone_quote(cell: str) -> re.Match[str] | None:
    """Return a quote in the middle of a word that has no partner in the cell."""
    if '"' in cell or ("“" in cell and "”" in cell):
        return None
    return _QUOTE.search(cell)


def _of_a_control(sign: str, encoding: str) -> str:
    windows = sign.encode("latin-1").decode("cp1252", "replace")
    meant = f", where Windows has “{windows}”" if windows.isprintable() and windows != "\ufffd" else ""
    return (
        f"The cell has the control sign U+{ord(sign):04X} in it{meant}: it was not saved in {encoding}. Save the row in "
        "that, or set file.encoding to what all rows are, such as cp1252."
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
    """Say whether a reading may stand behind what is before it: a letter, or a pound, and no capital in a word."""
    behind_small = before[-1:].islower()
    return letter == "£" or (letter.isalpha() and letter != "ƒ" and not (behind_small and letter.isupper()))
