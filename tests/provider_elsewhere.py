"""A real OpenID Connect provider in a process of its own: allauth's, with accounts, a page to sign in on, and signed tokens.

`python -m tests.provider_elsewhere PORT FOLDER` reads `provider.json` in the folder: the client, and its people by their
number, each with a password, whether their account there is open, and what their tokens say besides. The file is read anew
for each request, so that an agency ends somebody's account there while we look on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

CLIENT, SECRET = "fourfold", "an invented secret of the client"
ROOT = Path(__file__).resolve().parents[1]
FILE = "provider.json"


class Provider:
    """The provider as a test sees it: where it is, and who has an account there."""

    def __init__(self, folder: Path, port: int, back: str) -> None:
        self.folder, self.issuer, self.back = folder, f"http://127.0.0.1:{port}", back
        self.people: dict[str, dict[str, Any]] = {}

    def knows(self, number: int, password: str, *, is_open: bool = True, **claims: object) -> None:
        """Let somebody have an account there, or change it."""
        self.people[str(number)] = {"password": password, "open": is_open, "claims": claims}
        told = json.dumps({"client": CLIENT, "secret": SECRET, "back": self.back, "people": self.people})
        draft = self.folder / f"{FILE}.draft"
        draft.write_text(told)
        draft.replace(self.folder / FILE)


@contextmanager
def running(folder: Path, port: int, back: str) -> Iterator[Provider]:
    """Start the provider, which lets nobody come back but to the address `back`."""
    provider = Provider(folder, port, back)
    provider.knows(1, "a password that nobody types")
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.provider_elsewhere", str(port), str(folder)], cwd=ROOT, stdout=log, stderr=log
        )
        try:
            _wait(process, f"{provider.issuer}/.well-known/openid-configuration", folder / "provider.log")
            yield provider
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the provider did not start:\n{log.read_text()[-4000:]}")


# ---- in its own process


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def _told(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / FILE).read_text())
    return told


def _configure(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization as written
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(written.Encoding.PEM, written.PrivateFormat.PKCS8, written.NoEncryption()).decode()
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="of the provider, for this one run",
        SESSION_COOKIE_NAME="elsewhere",
        CSRF_COOKIE_NAME="elsewhere_csrf",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            *("django.contrib.messages", "allauth", "allauth.account", "allauth.idp.oidc"),
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_LOGIN_METHODS={"username"},
        ACCOUNT_SIGNUP_FIELDS=["username*", "password1*"],
        ACCOUNT_EMAIL_VERIFICATION="none",
        IDP_OIDC_PRIVATE_KEY=pem,
        IDP_OIDC_ADAPTER="tests.provider_adapter.Adapter",
        PROVIDER_FOLDER=folder,
        USE_TZ=True,
    )


def keep_people(folder: Path) -> None:
    """Let the provider's accounts be as the file says."""
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    told = _told(folder)
    secret = make_password(told["secret"])
    Client.objects.update_or_create(
        id=told["client"],
        defaults={"name": "Fourfold", "secret": secret, "redirect_uris": told["back"], "skip_consent": True},
    )
    for number, one in told["people"].items():
        user, _ = get_user_model().objects.get_or_create(pk=int(number), defaults={"username": f"p{number}"})
        user.is_active = one["open"]
        user.set_password(one["password"])
        user.save()


def main(port: int, folder: Path) -> None:
    """Serve the provider until it is ended."""
    _configure(folder)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path

    settings.ROOT_URLCONF = (path("", include("allauth.idp.urls")), path("accounts/", include("allauth.account.urls")))
    call_command("migrate", verbosity=0)
    application, seen = get_wsgi_application(), [""]

    def answer(environ: dict[str, Any], start: Any) -> Any:
        if (now := (folder / FILE).read_text()) != seen[0]:
            keep_people(folder)
            seen[0] = now
        return application(environ, start)

    with make_server("127.0.0.1", port, answer, server_class=_Server) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
