"""The server's way in."""

import gc
import os
from functools import lru_cache
from importlib import import_module
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import ResolverMatch, get_resolver, reverse

from fourfold import keep_methods
from fourfold.config.front import Front
from fourfold.gateways import meters, traces


def refuse_invented() -> None:
    """Serve no database in production that has ever held the invented programme."""
    from fourfold.access.queries import why_not_real

    if settings.FOURFOLD.production and (why := why_not_real()):
        raise ImproperlyConfigured(why)


def refuse_settings() -> None:
    """Serve nothing in production with a setting that is missing or that nothing reads, nor with keys of another database."""
    from fourfold.upkeep.queries import why_not_these_keys

    if settings.FOURFOLD.production:
        if why := settings.FOURFOLD.why_not_serve(os.environ):
            raise ImproperlyConfigured(why)
        if why := why_not_these_keys():
            raise ImproperlyConfigured(why)


def count() -> None:
    """Count what is answered, where somebody may read the numbers, and trace it where somebody collects that."""
    from fourfold.audit import security

    if settings.FOURFOLD.metrics_token.get_secret_value():
        events = [(one.name, one.severity.value) for one in security.EVENTS]
        meters.begin(settings.FOURFOLD.data_dir / "counted", events)
    traces.begin(settings.FOURFOLD.otlp)


def sweep() -> None:
    """Throw away what somebody was sending when a server was killed; what still arrives elsewhere is open, and stays whole."""
    for left in settings.FOURFOLD.arriving_dir.glob("*.upload*"):
        left.unlink(missing_ok=True)


def unmap() -> None:
    """Let a process of the server read SQLite's file page by page, not mapped.

    SQLite gives up all that it mapped as soon as another process has written, as seven answers in ten do, and the system
    maps sixteen pages for each that is looked at again: my cases took 16 ms so, and 10 read. It keeps 32 MB of them, not 2: a
    home among 100,000 cases, asked for again, read 9,900 pages anew, 5,500 with 16 MB, and two so.
    """
    if connections.settings["default"]["ENGINE"].endswith("sqlite3"):
        connections.settings["default"]["OPTIONS"]["init_command"] += "PRAGMA mmap_size=0; PRAGMA cache_size=-32000;"


def keep_addresses() -> None:
    """Look for the page of an address once: each request went through all patterns there are, a thirtieth of what a list takes.

    What leads nowhere is not kept.
    """
    every = get_resolver()
    look = every.resolve

    @lru_cache(maxsize=1_024)
    def kept(path: str) -> ResolverMatch:
        found = look(path)
        found.tried = None  # all patterns before it: 36 kB of each address, and anybody asks for many
        return found

    every.resolve = kept  # type: ignore[method-assign]


def settle() -> None:
    """Read every page and its template, then let the collector of memory pass over what stays for good, and come more rarely.

    The server does so once and forks its processes from what it has read (cli/server.py): each is awake at once, and they
    share that memory, which the collector would else copy by marking it. What few pages need (mathematics, stores of columns)
    is read by whoever asks first. An answer makes some ten thousand objects and keeps none: to look through all that the
    program holds at every few hundred of them took a sixth of a long answer's time.
    """
    reverse("home")
    keep_addresses()
    import_module("fourfold.duties.services")  # which else the first write of each process would read
    pages = cast(Jinja2, engines["jinja2"]).env
    for name in pages.list_templates(extensions=["html"]):
        pages.get_template(name)
    keep_methods()
    connections.close_all()  # none may be shared by two processes
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
gc.disable()  # what is read now stays: to look through it again and again took a fifth of the time that reading takes
application = Front(get_wsgi_application(), settings.FOURFOLD.arriving_dir)
refuse_invented()
refuse_settings()
count()
sweep()
unmap()
settle()
