"""Django's settings, from the typed environment. Safe and loopback-only unless told otherwise."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject, lazystr

from fourfold.config.environment import PROJECT, read
from fourfold.gateways import private

private.from_now_on()
FOURFOLD = read()
if why := FOURFOLD.why_not_start():
    raise ImproperlyConfigured(why)
private.made(FOURFOLD.data_dir)

BASE_DIR = PROJECT
#: Asked of the keys when it is first needed: `fourfold restore` begins where there are none yet.
SECRET_KEY: Any = lazystr(SimpleLazyObject(lambda: FOURFOLD.secret("django")))
DEBUG = FOURFOLD.debug
ALLOWED_HOSTS = FOURFOLD.allowed_hosts.split(",")

INSTALLED_APPS = [
    *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
    *("django.contrib.messages", "django.contrib.staticfiles", "django.contrib.humanize", "allauth"),
    *("allauth.account", "allauth.mfa", "allauth.usersessions", "allauth.socialaccount"),
    *("allauth.socialaccount.providers.openid_connect", "axes", "csp", "django_htmx", "fourfold.audit"),
    *("fourfold.access", "fourfold.programme", "fourfold.exhibits", "fourfold.drafts", "fourfold.people"),
    *("fourfold.intake", "fourfold.feeds", "fourfold.linkage", "fourfold.cases", "fourfold.assessment"),
    *("fourfold.panel", "fourfold.plan", "fourfold.orders", "fourfold.support", "fourfold.evaluation"),
    *("fourfold.governance", "fourfold.rollout", "fourfold.duties", "fourfold.cli"),
]

MIDDLEWARE = [
    "fourfold.web.probes.ProbesMiddleware",
    "fourfold.web.lines.LinesMiddleware",
    "fourfold.web.doorstep.AddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fourfold.web.doorstep.PolicyMiddleware",
    "fourfold.web.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "fourfold.web.doorstep.DoorstepMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "fourfold.web.sessions.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fourfold.web.devices.DeviceMiddleware",
    "fourfold.web.guard.DoorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "fourfold.config.urls"
WSGI_APPLICATION = "fourfold.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PROJECT / "src/fourfold/web/templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "fourfold.web.jinja.environment"},
    },
    {
        "NAME": "jinja2-cy",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PROJECT / "src/fourfold/web/templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "fourfold.web.jinja.environment", "language": "cy"},
    },
    {
        # For the account pages of allauth only.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "src/fourfold/web/account_templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fourfold.web.accounts.demo_hint",
                "fourfold.web.accounts.sign_ons",
                "fourfold.web.accounts.vouched_days",
            ]
        },
    },
]

DATABASES = {"default": FOURFOLD.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "fourfold.web.signing_in.ByAddress"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "fourfold.access.passwords.HardToGuess"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "fourfold.web.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# Wrong passwords are counted by account and device (web/devices.py); codes of second factors by account, after the password.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key", "strangers": "30/m/ip", "sign_on": "300/m/ip"}
ACCOUNT_FORMS = {"change_password": "fourfold.web.signing_in.ChangeForm"}
MFA_ADAPTER = "fourfold.web.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "fourfold.web.passkeys.NewForm",
    "authenticate_webauthn": "fourfold.web.passkeys.PasskeyForm",
    "reauthenticate_webauthn": "fourfold.web.passkeys.AgainForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is confirmed by the agency's lead and by the letter that arrives there
# Sign-in by an agency's own OpenID Connect (web/sign_on.py). The library's own tables of identities stay empty.
SOCIALACCOUNT_ADAPTER = "fourfold.web.sign_on.SignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link: our policy lets no form lead to another site
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": FOURFOLD.apps_of_sign_on()}}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_CALLABLE = "fourfold.web.devices.locked"
AXES_CLIENT_IP_CALLABLE = "fourfold.web.doorstep.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "fourfold.web.devices.counted_as"
AXES_VERBOSE = False
# W006 asks for the address of the sender, by which tries could be spread: here every stranger counts together.
SILENCED_SYSTEM_CHECKS = ["axes.W003", "axes.W006"]

# Behind TLS the cookies carry the __Host- prefix; on the loopback address of a laptop there is no TLS to ask for.
SESSION_COOKIE_NAME = "__Host-session" if FOURFOLD.production else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = FOURFOLD.production
DEVICE_COOKIE = "__Host-device" if FOURFOLD.production else "device"
CSRF_COOKIE_NAME = "__Host-csrf" if FOURFOLD.production else "csrf"
SESSION_ENGINE = "fourfold.access.sessions"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict" if FOURFOLD.production else "Lax"
CSRF_COOKIE_AGE = None  # gone with the browser's window: a victim's phone keeps no trace of a page
SESSION_COOKIE_AGE = FOURFOLD.session_hours * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_HSTS_SECONDS = 31_536_000 if FOURFOLD.production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = FOURFOLD.production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if FOURFOLD.production else None
# Not "no-referrer": a form would then be sent with "Origin: null", which proves nothing and is refused.
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "fourfold.web.guard.forged"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
#: English is the language of the source. The victim's own pages speak Welsh too; staff pages do where FOURFOLD_STAFF_WELSH is set.
LANGUAGES = [("en", "English"), ("cy", "Cymraeg")]
LOCALE_PATHS = [PROJECT / "src/fourfold/locale"]

STATIC_URL = "/static/"
STATIC_ROOT = None  # the finders serve the files where they lie; nothing is copied
STATICFILES_DIRS = [
    path for path in (PROJECT / "src/fourfold/web/static", PROJECT / "build/static") if Path(path).exists()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600


def _kept_nowhere(headers: dict[str, str], path: str, url: str) -> None:
    """Keep what a victim's own pages load out of the browser's store, where somebody may look for what was open."""
    if url.startswith(f"{STATIC_URL}n/"):
        headers["Cache-Control"] = "no-store"


WHITENOISE_ADD_HEADERS_FUNCTION = _kept_nowhere

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
#: Not the system's folder for what passes: that may lie in memory, and what is sent is full of people.
FILE_UPLOAD_TEMP_DIR = private.made(FOURFOLD.arriving_dir)
# Shared by every process of the server: a code that was used and a try that failed count everywhere.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": FOURFOLD.data_dir / "cache",
    },
    # Requests of agencies' systems in this minute.
    "counts": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": FOURFOLD.data_dir / "counts",
    },
    # What took long: apart, so that it never crowds out a code that was used.
    "worked_out": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": FOURFOLD.data_dir / "worked-out",
    },
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

LOGGING = FOURFOLD.logging()
#: A line that cannot be written would else be printed with all that it was given.
logging.raiseExceptions = DEBUG

#: Who counts what is due for somebody: the worklist is the pages' own, and the command line knows no page.
DIGEST_COUNTS = "fourfold.web.digest.due"
