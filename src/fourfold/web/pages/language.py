"""In which language somebody reads the pages."""

from django.http import HttpResponse
from django.urls import path

from fourfold.web.guard import LANGUAGES, Request, back, requires_any


@requires_any("in which language somebody reads is their own choice")
def choose(request: Request) -> HttpResponse:
    """Keep the language for as long as the session lasts, and go back to the page on which it was chosen."""
    if request.method == "POST" and request.POST.get("language") in LANGUAGES:
        request.session["language"] = request.POST["language"]
    return back(request, "next")


urlpatterns = [path("language/", choose, name="language")]
