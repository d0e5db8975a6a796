"""Where what is said of an installation goes: lines of its log, events for whoever watches over security, numbers, traces."""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from fourfold.gateways import traces

LINES = "fourfold.gateways.logs.Lines"


class LineSettings(BaseSettings):
    """How much is written, and who may read the numbers; what is not set is off."""

    #: `all`: a line for each request, job and command, and each security event; `trouble`: what failed. All in production.
    log: Literal["", "all", "trouble"] = ""
    #: Where security events go as well: a socket such as /dev/log, or HOST:PORT (UDP).
    syslog: str = ""
    #: What Prometheus shows to read /metrics; without it there is no such address.
    metrics_token: SecretStr = SecretStr("")
    #: The address of a collector of OpenTelemetry to which spans and numbers are sent (OTLP over HTTP).
    otlp: str = ""
    production: bool = Field(default=False, validation_alias="PRODUCTION")

    @field_validator("syslog")
    @classmethod
    def _a_place(cls, value: str) -> str:
        host = urlsplit(f"//{value}")
        if value and not value.startswith("/") and not (host.hostname and host.port):
            raise ValueError("it is a socket such as /dev/log, or HOST:PORT")
        return value

    @field_validator("otlp")
    @classmethod
    def _can_be_sent(cls, value: str) -> str:
        if why := traces.why_not(value):
            raise ValueError(why)
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("it is too short: make one with `openssl rand -hex 32`")
        return value

    def says_all(self) -> bool:
        """Return whether a line is written for everything that is done, and not for trouble alone."""
        return self.log == "all" or (not self.log and self.production)

    def logging(self) -> dict[str, Any]:
        """Return Django's setting of what is logged where: every line by the one formatter that leaves values out."""
        security = ["console", "syslog"] if self.syslog else ["console"]
        level = "INFO" if self.says_all() else "WARNING"
        return {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": {"()": LINES}},
            "handlers": {
                "console": {"class": "logging.StreamHandler", "formatter": "lines"},
                **({"syslog": self._syslog()} if self.syslog else {}),
            },
            "root": {"handlers": ["console"], "level": "WARNING"},
            "loggers": {
                "fourfold": {"level": level},
                # Where only trouble is written, of these only that the log itself does not hold.
                "fourfold.security": {
                    "handlers": security,
                    "level": "INFO" if self.says_all() or self.syslog else "CRITICAL",
                    "propagate": False,
                },
                # Each of its lines holds the address of a page; ours says the same without (web/lines.py).
                "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
                "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},
                # Why a message did not leave stands in the victim's file, and nowhere else.
                "notifications_python_client": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
            },
        }

    def _syslog(self) -> dict[str, Any]:
        host, _, port = self.syslog.rpartition(":")
        address = self.syslog if self.syslog.startswith("/") else (host, int(port))
        return {"class": "logging.handlers.SysLogHandler", "formatter": "lines", "address": address, "facility": "auth"}
