"""What the provider of `tests.provider_elsewhere` says of somebody in a token, beside who they are."""

from __future__ import annotations

import json
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings


class Adapter(DefaultOIDCAdapter):
    """Adds what stands in the provider's file beside its people."""

    def populate_id_token(self, id_token: dict[str, Any], client: Any, scopes: Any, **_: Any) -> None:
        """Say how surely somebody signed in there."""
        told = json.loads((settings.PROVIDER_FOLDER / "provider.json").read_text())
        id_token |= told["people"][str(id_token["sub"])]["claims"]
