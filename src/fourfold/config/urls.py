"""Every address of the site."""

from django.urls import include, path, re_path

from fourfold.api.urls import urlpatterns as api_patterns
from fourfold.web import door
from fourfold.web.urls import urlpatterns as web_patterns

#: What the sign-in library offers besides, and nobody uses here: an address or a password is never changed by e-mail.
CLOSED = r"^accounts/(?:email|confirm-email|password/reset|password/set|login/code|phone)/"

urlpatterns = [
    re_path(CLOSED, door.closed, name="closed_account_page"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    path("accounts/sessions/", door.sessions, name="usersessions_list"),
    *api_patterns,
    *web_patterns,
]

handler403 = "fourfold.web.guard.forbidden"
handler404 = "fourfold.web.guard.not_found"
handler500 = "fourfold.web.guard.server_error"
