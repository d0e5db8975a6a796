"""Addresses with which people sign in: plain letters only, and none that looks like another's."""

import unicodedata

#: What the eye takes for the other, in plain letters.
_LOOKS_LIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("5", "s"))

#: Small letters of other alphabets, in the plain letter that they look like.
_OTHER_ALPHABETS = str.maketrans("авсԁеһіјкԛмнорѕтԝухαβεηικνορτυχı", "abcdehijkqmhopstwyxabenikvoptuxi")


def plain(address: str) -> str:
    """Return an address as it is kept: in compatible letters (NFKC), small, without room around it."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def why_not_address(address: str) -> str | None:
    """Return why nobody can sign in with this address, as `plain` gave it, or None."""
    name, _, domain = address.rpartition("@")
    if not name or "." not in domain or not address.isprintable() or any(each.isspace() for each in address):
        return "Write an e-mail address, such as name@partner.example"
    if not address.isascii():
        return (
            "Use plain letters only, without accents and from no other alphabet. Another address could look the same."
        )
    if "xn--" in domain:
        return "Use an address whose domain is written in plain letters."
    return None


def look(address: str) -> str:
    """Return how an address looks: two that give the same cannot both be used. What stands behind a + is left out."""
    name, _, domain = plain(address).rpartition("@")
    return _seen(f"{name.partition('+')[0]}@{domain}")


def _seen(text: str) -> str:
    for one, other in _LOOKS_LIKE:
        text = text.replace(one, other)
    return text


def look_of_number(number: str) -> str:
    """Return how a staff number looks without signs and room: two that give the same are one person's."""
    return _seen("".join(each for each in plain(number) if each.isascii() and each.isalnum()))


def why_not_number(number: str) -> str | None:
    """Return why a staff number, as `plain` gave it, cannot be compared with the agency's others, or None."""
    if any(each.isalnum() and not each.isascii() for each in number) or not look_of_number(number):
        return "Use plain letters and digits, as the agency’s own list has them."
    return None


def look_of_name(name: str) -> str:
    """Return how a person's name looks: without accents, signs and room, and in plain letters where they look like them."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold().translate(_OTHER_ALPHABETS))
    return _seen("".join(each for each in bare if each.isalnum()))
