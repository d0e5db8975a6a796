"""What stands around every page: who is signed in, for which unit, and where they may go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go; `current` where the reader is. Only places that the reader may see are listed."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """The bar, the navigation and the find box of layout.html, passed to a page as `shell`.

    An empty `find_href` leaves the find box out, an empty `sign_out_href` the button. `language` is the other language
    in which the pages may be read, by its code and its own name; None where there is none.
    """

    unit: str
    person: str
    links: tuple[Link, ...]
    home_href: str = "/"
    sign_out_href: str = ""
    find_href: str = ""
    found: str = ""
    language: tuple[str, str] | None = None
