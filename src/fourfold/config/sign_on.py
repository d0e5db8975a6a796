"""By which sign-in of an agency's own somebody may sign in here: a file that refuses what could not work or would let in too many."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from fourfold.gateways import private

HERE = ("127.0.0.1", "::1", "localhost")


class SignOn(BaseModel):
    """One sign-in by OpenID Connect: who keeps it, how we are known to it, and what it says where it was sure of somebody.

    `strong`: pairs of a claim and a value, one of which says that somebody showed two factors there, such as `amr` and
    `mfa`, or `acr` and `AAL3`. Whoever comes without any is asked for a second factor here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    name: str = Field(min_length=2, max_length=80)
    issuer: str
    client_id: str = Field(min_length=1)
    secret: SecretStr
    strong: tuple[tuple[str, str], ...] = ()
    #: What is asked of it, by the names that it gives them; NHS CIS2 takes `AAL2_OR_AAL3_ANY`.
    acr_values: str = ""

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and parts.hostname not in HERE:
            raise ValueError("the issuer must begin with https://")
        if "/.well-known/" in value:
            raise ValueError("the issuer is named without /.well-known/ and what follows, as its tokens name it")
        return value.rstrip("/")


class SignOnSettings(BaseSettings):
    """Where the file lies that names the sign-ins of agencies; without it everybody signs in with a password and a second factor."""

    sign_on: Path | None = None

    @field_validator("sign_on")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                found, why = value.is_file(), private.why_open((), (value,))
            except PermissionError as fault:
                mend = f"chown root:fourfold {value.parent} && chmod 0750 {value.parent}"
                raise ValueError(f"this account may not look into {value.parent}. As root type: {mend}") from fault
            if not found:
                raise ValueError(f"there is no file {value}")
            if why:
                raise ValueError(f"it holds secrets. {why}")
            sign_ons(value)
        return value

    def providers_of_sign_on(self) -> tuple[SignOn, ...]:
        """Return the sign-ins that the file names."""
        return sign_ons(self.sign_on) if self.sign_on else ()

    def apps_of_sign_on(self) -> list[dict[str, Any]]:
        """Return the sign-ins as the library wants them: a code with PKCE, and nothing of anybody but who they are."""
        return [
            {
                "provider_id": one.id,
                "name": one.name,
                "client_id": one.client_id,
                "secret": one.secret.get_secret_value(),
                "settings": {
                    "server_url": one.issuer,
                    "oauth_pkce_enabled": True,
                    "fetch_userinfo": False,
                    "scope": ["openid"],
                    "auth_params": {"acr_values": one.acr_values} if one.acr_values else {},
                },
            }
            for one in self.providers_of_sign_on()
        ]


def sign_ons(path: Path) -> tuple[SignOn, ...]:
    """Return what a file says, or raise ValueError with what is wrong in it."""
    try:
        told = tomllib.loads(path.read_text())["sign_on"]
    except PermissionError as fault:
        raise ValueError(f"this account may not read {path}. As root type: chown fourfold: {path}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as fault:
        raise ValueError(f"{path} must be TOML with a table [[sign_on]] for each sign-in") from fault
    found = tuple(SignOn.model_validate(one) for one in told)
    if len({one.id for one in found}) < len(found):
        raise ValueError(f"two sign-ins in {path} have the same id")
    if len({one.issuer for one in found}) < len(found):
        raise ValueError(f"two sign-ins in {path} have the same issuer. One is enough for all its agencies.")
    return found
