"""The Jinja2 environment of the pages: where templates lie, and the words that every template knows."""

import secrets
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.templatetags.static import static as address_of_file
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    Template,
    Undefined,
    pass_eval_context,
)
from jinja2.environment import TemplateModule
from jinja2.filters import do_capitalize, do_indent, do_join, do_lower, do_title, do_trim, do_upper
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from fourfold.gateways import private
from fourfold.law import rules as law
from fourfold.law.terms import Limit
from fourfold.programme.queries import name_of
from fourfold.pronouns import pronoun_of
from fourfold.web.components.cells import NamedCells
from fourfold.web.components.charts import LEVEL_NAMES, evidence_bar
from fourfold.web.components.told import told_pieces
from fourfold.web.components.words import FILTERS, london
from fourfold.web.drawing import Drawn, drawn_once
from fourfold.web.template_translation import SpeakingGenerator
from fourfold.web.translation import Say, translated, word
from fourfold.words import Word

WEB = Path(__file__).resolve().parent


class Unheard(Undefined):
    """A value that a page was not given: it may be asked about (`if`, `default`), but never printed as nothing.

    A mistyped name would otherwise leave a hole on the page where a warning should stand.
    """

    def __str__(self) -> str:
        raise self._undefined_exception(self._undefined_message)

    def __html__(self) -> str:
        raise self._undefined_exception(self._undefined_message)


#: Templates whose macros ask for nothing else, but for `form_start`, which has a new key for each form.
TURN_ON_WHAT_THEY_ARE_GIVEN = ("/macro.html", *(f"/components/{each}.html" for each in ("forms", "level", "page")))


class Kept(Template):
    """A template whose macros are put together once: they know nothing of a page but what they are given.

    The framework looks at each import whether the page has globals of its own; ours never has, and thirty imports a page
    looked through all names that there are.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._module is None:
            self._module = self.make_module()
            if type(self.environment) is Drawn and (self.filename or "").endswith(TURN_ON_WHAT_THEY_ARE_GIVEN):
                macros = {name: made for name, made in vars(self._module).items() if type(made) is Macro}
                vars(self._module).update((name, drawn_once(macros[name])) for name in macros.keys() - {"form_start"})
        return self._module


class Speaking(Drawn):
    """An environment that puts the words of another language into a template when it is compiled.

    What Python hands over is said when it is put out, where it is a `Word`; filters that would make plain text of one say
    it first.
    """

    code_generator_class = SpeakingGenerator
    say: Say

    def speak(self, say: Say) -> None:
        """Speak as `say` does."""

        def spoken(value: object) -> object:
            return word(value, say)

        @pass_eval_context
        def joined(
            around: EvalContext, values: Iterable[object], between: str = "", attribute: str | None = None
        ) -> str:
            found = (getattr(each, attribute) for each in values) if attribute else values
            return do_join(around, map(spoken, found), between)

        self.say, self.finalize = say, spoken
        changed: dict[str, Callable[..., str]] = {
            "indent": do_indent,
            "lower": do_lower,
            "title": do_title,
            "trim": do_trim,
            "upper": do_upper,
        }
        self.filters |= {name: _after(spoken, change) for name, change in changed.items()}
        self.filters |= {"capitalize": lambda value: spoken(do_capitalize(value)), "join": joined, "spoken": spoken}


def _after(spoken: Callable[[object], object], change: Callable[..., str]) -> Callable[..., str]:
    return lambda value, *args, **kwargs: change(spoken(value), *args, **kwargs)


def environment(*, language: str = "en", say: Say | None = None, **options: object) -> Environment:
    """Return the environment in which the pages are rendered; Django's Jinja2 backend passes its options.

    English is compiled as it stands in the templates. Any other `language` says each text of a template as its
    translation files do, or as `say` does.
    """
    options |= {
        "loader": loader(options.get("loader")),
        "undefined": Unheard,
        "autoescape": True,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": ["jinja2.ext.i18n", NamedCells],
        "cache_size": -1,  # all of them: to say which was used last costs more than to find it
    }
    speaks = language != "en" or say is not None
    if not speaks:
        kept = Path(sys.pycache_prefix) if sys.pycache_prefix else settings.FOURFOLD.data_dir / "compiled"
        options["bytecode_cache"] = compiled_in(kept / "templates")
    built: Environment = (Speaking if speaks else Drawn)(**options)  # type: ignore[arg-type]
    built.template_class = Kept
    built.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    built.filters |= FILTERS | {"translated": translated, "pronoun": pronoun_of, "name_of": name_of}
    if isinstance(built, Speaking):
        built.speak(say or words_of(language))
    built.globals |= {
        "static": static,
        "url": url,
        "csrf": csrf,
        "fresh_key": fresh_key,
        "level_step": level_step,
        "level_names": LEVEL_NAMES,
        "time_limit": time_limit,
        "limit_source": limit_source,
        "limit_says": limit_says,
        "evidence_bar": evidence_bar,
        "told_pieces": told_pieces,
    }
    return built


def compiled_in(folder: Path) -> FileSystemBytecodeCache:
    """Keep compiled templates where Python was told to keep compiled programs (PYTHONPYCACHEPREFIX), else among our own data.

    To compile them all takes a process five seconds. Another language's words are in the compiled template, and change
    while the template does not: those are never kept. What was compiled before its tables were named has another file.
    """
    private.made(folder)
    return FileSystemBytecodeCache(str(folder), f"{version('jinja2')}-{NamedCells.identifier}-{Drawn.__module__}-%s")


def words_of(language: str) -> Say:
    """Return how the translation files of a language say a text: as it stands where nobody has translated it."""

    def say(words: str) -> str:
        with translation.override(language):
            return gettext(words) if words else words

    return say


def loader(given: object) -> BaseLoader:
    """Return a loader for the pages, for `components/…`, and for the GOV.UK macros under `govuk_frontend_jinja/…`."""
    named = PrefixLoader(
        {
            "components": FileSystemLoader(WEB / "components"),
            "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
        }
    )
    pages = FileSystemLoader(WEB / "templates")
    return ChoiceLoader([named, pages, *([given] if isinstance(given, BaseLoader) else [])])


def url(name: str, /, *args: object, **kwargs: object) -> str:
    """Return a page's address by its name: `url("case", reference="FF-7KQ2")`."""
    return _address(settings.ROOT_URLCONF, get_script_prefix(), name, args, tuple(kwargs.items()))


def static(path: str) -> str:
    """Return the address of a file of the pages."""
    return _file(settings.STATIC_URL, path)


@cache
def _file(below: str, path: str) -> str:
    return address_of_file(path)


@lru_cache(maxsize=8_192)  # a page leads to some twenty places, nearly all of them again and again
def _address(
    routes: str, prefix: str, name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]
) -> str:
    return reverse(name, routes, args=args or None, kwargs=dict(kwargs) or None)


def csrf(request: HttpRequest) -> Markup:
    """Return the hidden input that proves a form came from this site."""
    secret, hidden = getattr(request, "hidden_proof", ("", None))
    if hidden is None or secret != request.META.get("CSRF_COOKIE"):  # one for all forms of a page
        hidden = Markup(csrf_input(request))  # noqa: S704 - made and escaped by Django
        request.hidden_proof = request.META.get("CSRF_COOKIE"), hidden  # type: ignore[attr-defined]
    return hidden


def fresh_key() -> str:
    """Return a new idempotency key for a form that is shown for the first time."""
    return secrets.token_urlsafe(16)


def time_limit(code: str, on: date) -> str:
    """Return how long a time limit of the register is on a day: `time_limit("spo.notification", at)` is "3 days"."""
    return Word(_limit(code, on).words)


def limit_source(code: str, on: date) -> str:
    """Return where a time limit of the register stands in law on a day."""
    return Word(_limit(code, on).source)


def limit_says(code: str, on: date) -> str:
    """Return what a time limit of the register asks, as it is worded on a day."""
    return Word(_limit(code, on).says)


def _limit(code: str, on: date) -> Limit:
    local = london(on)
    return law.limit(code, local.date() if isinstance(local, datetime) else local)


def level_step(level: object) -> int | None:
    """Return 1 to 4 for a level given as a number, by its name ("very_high", "Very high") or with a `rank`; else None.

    Raises ValueError for anything else: an unknown word must never be shown as "not assessed".
    """
    if level is None or level == "":
        return None
    level = getattr(level, "rank", level)
    if isinstance(level, int) and level in LEVEL_NAMES:
        return level
    spoken = str(level).replace("_", " ").lower()
    for step, name in LEVEL_NAMES.items():
        if name.lower() == spoken:
            return step
    raise ValueError(f"{level!r} is not a level; give 1 to 4, a name such as 'very high', or None")
