"""When two spellings are one telephone, mailbox, door, car, account or other name."""

import re

from fourfold.people.rules.names import plain, plain_words, split_name
from fourfold.people.terms import MarkKind


def phone_key(number: str) -> str:
    """Return a telephone number as +44…, or + and a foreign country's number; "" where it is none.

    Of several in one cell the first counts. Spaces, brackets, a `(0)` and an extension do not. A foreign number must
    be one that its country could give out, by the tables of `phonenumbers`.
    """
    if number.isascii() and number.isdecimal():  # as most are told
        return _of_digits(number)
    for part in re.split(r"[/;,|]|\bor\b|\band\b", number, flags=re.IGNORECASE):
        if key := _one_phone(part):
            return key
    return ""


def _one_phone(text: str) -> str:
    text = re.sub(r"(?i)(?:ext|extension|x|#)\.?\s*\d+\s*$", "", text.strip())
    if len(re.findall(r"[^\W\d_]", text)) > 8:  # words about a number, such as a note, are no number
        return ""
    text = text.replace("(0)", "")
    digits = re.sub(r"\D", "", text)
    if re.match(r"\D*\+", text):
        return _international(digits)
    return _of_digits(digits)


def _of_digits(digits: str) -> str:
    if digits.startswith("00"):
        return _international(digits[2:])
    if digits.startswith("44") and len(digits) == 12:
        return f"+{digits}"
    if digits.startswith("0") and len(digits) in (10, 11):
        return f"+44{digits[1:]}"
    if digits.startswith("7") and len(digits) == 10:  # a mobile whose leading zero a spreadsheet has eaten
        return f"+44{digits}"
    return ""


def _international(digits: str) -> str:
    if digits.startswith("440"):
        digits = "44" + digits[3:]
    if digits.startswith("44"):
        return f"+{digits}" if len(digits) in (11, 12) else ""
    import phonenumbers  # its tables take a moment to load, and most numbers are British

    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_key(address: str) -> str:
    """Return the mailbox that an address leads to, in small letters; "" where it is none.

    What stands behind a plus sign goes, and so do the dots of a mailbox whose provider ignores them.
    """
    found = re.search(r"[^\s<>:;,\"]+@[^\s<>:;,\"]+\.[^\s<>:;,\"]+", address)
    if not found:
        return ""
    box, _, domain = found.group().strip(".").lower().rpartition("@")
    box = box.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        box, domain = box.replace(".", ""), "gmail.com"
    return f"{box}@{domain}"[:120] if box and "@" not in box else ""


_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b")
#: How each part of an address is spelt first, and how else.
_SPELT = (
    "avenue ave av/close cl/court ct/crescent cres/drive dr/flat apt apartment unit/gardens gdns/grove gr/house hse/"
    "lane ln/place pl/road rd/square sq/street st str/terrace ter terr"
)
_STREETS = {short: long for each in _SPELT.split("/") for long, *shorts in [each.split()] for short in shorts}


def postcode_of(address: str) -> str:
    """Return the postcode of a British address without its blank, or ""."""
    found = _POSTCODE.search(address.upper())
    return "".join(found.groups()) if found else ""


def address_key(address: str) -> str:
    """Return the same text for the same British address, at most 120 characters; "" where there is none.

    With a postcode: the postcode and the numbers or the first word before it, which name one door. Without: every
    word, with the usual short forms made long.
    """
    postcode = postcode_of(address)
    text = plain(address)
    words = [_STREETS.get(word, word) for word in re.split(r"[^a-z0-9]+", re.sub(r"['’.]", "", text)) if word]
    if not postcode:
        return " ".join(words)[:120].rstrip() if len(words) > 1 else ""
    before = re.split(r"[^a-z0-9]+", plain(_POSTCODE.split(address.upper())[0]))
    doors = [word for word in before if re.fullmatch(r"\d+[a-z]?", word)]
    named = [_STREETS.get(word, word) for word in before if word and word not in ("the", "flat")]
    return " ".join([postcode, *(doors or named[:1])])[:120]


def place_of(key: str) -> str:
    """Return the postcode with which an address key begins, in capitals, or ""."""
    first = key.partition(" ")[0]
    return first if first.isupper() else ""


_LETTERS = str.maketrans("01", "OI")
_DIGITS = str.maketrans("OI", "01")


def vehicle_key(registration: str) -> str:
    """Return a number plate in capitals without blanks; in today's British form O and 0, I and 1 are told apart."""
    plate = re.sub(r"[^A-Z0-9]", "", registration.upper())
    if not 2 <= len(plate) <= 10 or plate.isalpha():  # a plate has a digit; a make or a colour has none
        return ""
    if len(plate) == 7 and not re.fullmatch(r"[A-Z]\d{3}[A-Z]{3}", plate):  # P123 XYZ is an older form
        today = plate[:2].translate(_LETTERS) + plate[2:4].translate(_DIGITS) + plate[4:].translate(_LETTERS)
        if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z]{3}", today):
            return today
    return plate


_PLATFORMS = {
    short: name
    for name, shorts in {
        "facebook": "fb",
        "instagram": "insta ig",
        "linkedin": "",
        "snapchat": "snap sc",
        "telegram": "tg",
        "tiktok": "",
        "whatsapp": "wa",
        "x": "twitter",
        "youtube": "yt",
    }.items()
    for short in (name, *shorts.split())
}
PLATFORMS = tuple(dict.fromkeys(_PLATFORMS.values()))
_ON_A_PLATFORM = re.compile(r"([a-z][a-z .]{0,24}?)\s*:\s*(?!//)(.*)")
_PROFILE = re.compile(r"(?:https?://)?(?:www\.|m\.)?([a-z]+)\.com/(?:@|in/|add/)?(?!profile\.php)([\w.-]+)/?(?:\?.*)?")


def account_key(account: str) -> str:
    """Return an account's name in small letters without the @ before it and the blanks around it.

    Where the platform is told, by its name and a colon or by the address of a profile, it stands before: `instagram:jo`.
    """
    told = account.strip().casefold()
    profile = _PROFILE.fullmatch(told)
    found = profile if profile and profile[1] in _PLATFORMS else _ON_A_PLATFORM.fullmatch(told)
    if found is None:
        return told.lstrip("@")[:120]
    platform, name = found[1].strip(), found[2].strip().lstrip("@")
    return f"{_PLATFORMS.get(platform, platform)}:{name}"[:120] if name else ""


def handle_of(key: str) -> str:
    """Return an account's name without its platform."""
    return key.partition(":")[2] or key


def other_name_key(name: str) -> str:
    """Return a whole name as it is said, plain and in small letters; "" for one word alone, which may be anybody's."""
    given, family, other = split_name(name)
    words = [word for word in plain_words(f"{given} {other} {family}") if not word.isdigit()]
    return " ".join(words)[:120].rstrip() if len(words) > 1 else ""


KEYS = {
    MarkKind.PHONE: phone_key,
    MarkKind.EMAIL: email_key,
    MarkKind.ADDRESS: address_key,
    MarkKind.VEHICLE: vehicle_key,
    MarkKind.ACCOUNT: account_key,
    MarkKind.OTHER_NAME: other_name_key,
}


def key_of(kind: MarkKind, value: str) -> str:
    """Return the key of a number, address, car, account or other name; "" where it cannot be compared."""
    return KEYS[kind](value)
