"""Help: the words of ours and of the field, each in a line."""

from django.http import HttpResponse
from django.urls import path

from fourfold.glossary import headings
from fourfold.web.guard import Request, page, requires_any


@requires_any("it explains words and shows nothing of anybody")
def words(request: Request) -> HttpResponse:
    return page(request, "help/words.html", headings=headings())


urlpatterns = [path("help/words/", words, name="help:words")]
