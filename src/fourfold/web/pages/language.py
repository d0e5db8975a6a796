"""In which language somebody reads the pages."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from fourfold.web.guard import LANGUAGES, Request, requires_any


@requires_any("in which language somebody reads is their own choice")
def choose(request: Request) -> HttpResponse:
    """Keep the language for as long as the session lasts, and go back to the page on which it was chosen."""
    back = request.POST.get("next", "/")
    if request.method == "POST" and request.POST.get("language") in LANGUAGES:
        request.session["language"] = request.POST["language"]
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if safe else "/", status=303)


urlpatterns = [path("language/", choose, name="language")]
