"""The victim's own pages: what happened, what is saved, how to contact the advocate. No account, no script, one address.

Everything happens at one neutral address, so that a browser's history names nothing but “My notes”; what is shown there
may not be kept in a cache, so that Back asks for the secret word again. The device is known by a secret in a
cookie, and opens with the word; leaving closes it at once. No `form_page`: it asks for the actor of an account.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, AlreadyDone, KeyReused, LogUnavailable
from fourfold.exhibits.terms import LARGEST
from fourfold.support import queries, rules
from fourfold.support import services as support
from fourfold.support.services.diary import MOST_PICTURES
from fourfold.support.terms import CannotKeepDiary, DiaryShut, Language, OpenDiary, PictureBrought, Written
from fourfold.web.forms import Form
from fourfold.web.guard import open_to_all, page
from fourfold.web.sizes import ANYBODY

#: Names that say nothing to whoever looks through a phone.
DEVICE, OPEN, SPOKEN = "n", "o", "l"
DEVICE_LASTS = timedelta(days=180)
EXIT = "https://www.bbc.co.uk/weather"
BECAUSE = "the victim's own diary: guarded by a secret bound to their device and by a secret word, not by an account"

Door = Callable[..., HttpResponse]


def own(view: Door) -> Door:
    """Speak the chosen language, keep nothing in a cache, and take no form that another site sent.

    No proof in the form is needed for that: the cookies by which the device is known are never sent with a request that
    another site began, and one that says so itself is shown the page instead.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(_language(request)):
            if request.method not in ("GET", "HEAD", "POST"):
                answer = HttpResponse(status=405, headers={"Allow": "GET, POST"})
            elif _is_foreign(request):
                answer = HttpResponseRedirect(reverse("diary:notes"), status=303)
            else:
                answer = _guarded(view, request, *args, **kwargs)
            answer["Content-Language"] = translation.get_language() or "en"
        answer["Cache-Control"] = "no-store, max-age=0"
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return csrf_exempt(door)


def _guarded(view: Door, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Show a neutral page where the log cannot be written, and so nothing may be shown or kept."""
    try:
        return view(request, *args, **kwargs)
    except LogUnavailable:
        answer = _shown(request, "diary/later.html", Form(request))
        answer.status_code = 503
        return answer


def _is_foreign(request: HttpRequest) -> bool:
    """Return whether a form was sent by another site, as the browser itself says."""
    if request.method != "POST":
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    said = request.headers.get("Origin", "")
    return bool(said) and urlsplit(said).netloc != request.get_host()


def _takes(request: HttpRequest) -> int:
    """Return how much an open diary takes, in files of one entry; without one, nothing but words."""
    try:
        _, device = queries.device_of_secret(request.COOKIES.get(DEVICE, ""))
    except DiaryShut:
        return ANYBODY
    return (MOST_PICTURES + 1) * LARGEST if _open_now(request, device) else ANYBODY


def _turns_away(request: HttpRequest) -> HttpResponse:
    """Say in neutral words that nothing was taken; not a byte of what was sent is read for it."""
    said = request.COOKIES.get(SPOKEN, "")
    with translation.override(said if said in set(Language) else Language.ENGLISH):
        return page(request, "diary/later.html", status=413, **_around())


@open_to_all(BECAUSE)
@own
def notes(request: HttpRequest) -> HttpResponse:
    """Show the diary, its door, or the field for a code: whichever of them this device may see."""
    if request.POST.get("go") == "language":
        return _spoken(request)
    try:
        actor, device = queries.device_of_secret(request.COOKIES.get(DEVICE, ""))
    except DiaryShut:
        return _gone(request) if request.POST.get("go") == "leave" else _enter(request, "")
    diary = _open_now(request, device)
    if request.POST.get("go") == "leave":
        if diary is not None:
            support.leave_diary(actor=actor, diary=diary, at=_at(request))
        return _gone(request)
    return _door(request, actor, device) if diary is None else _inside(request, actor, diary)


@open_to_all(BECAUSE)
@own
def linked(request: HttpRequest, code: str) -> HttpResponse:
    """Show the page on which a link is taken up; nothing happens before a button is pressed, so no preview uses it."""
    if request.POST.get("go") == "leave":
        return _gone(request)
    return _spoken(request) if request.POST.get("go") == "language" else _enter(request, code)


def _language(request: HttpRequest) -> str:
    """Return the language that was chosen, here or before, or English."""
    said = request.POST.get("language") or request.COOKIES.get(SPOKEN, "")
    return said if said in set(Language) else Language.ENGLISH


def _at(request: HttpRequest) -> datetime:
    at: datetime = request.at  # type: ignore[attr-defined]
    return at


# ---- the door -------------------------------------------------------------------------------------------------------


def _enter(request: HttpRequest, code: str) -> HttpResponse:
    """Take up a link: a code and a secret word bind it to this device."""
    form = Form(request, {"code": code})
    if form.sent:
        said, word = form.text("code", missing=_("Enter your code.")), form.text("word")
        if form.ok:
            with suppress(DiaryShut), _catching(form):
                actor, link = queries.link_of_code(said, at=_at(request))
                secret = support.bind_device(
                    actor=actor, link=link, word=word, hers_alone=form.flag("mine"), at=_at(request)
                )
                answer = _here()
                _keep(answer, DEVICE, secret, DEVICE_LASTS if form.flag("mine") else None)
                _open(answer, queries.device_of_secret(secret)[1].pk, _at(request), _at(request))
                if SPOKEN not in request.COOKIES:
                    _keep(answer, SPOKEN, link.language, None)
                return answer
            if not form.problems:
                form.wrong("code", _("This code does not work. Ask for a new one."))
    return _shown(request, "diary/enter.html", form)


def _door(request: HttpRequest, actor: Actor, device: Any) -> HttpResponse:
    """Ask for the word; what was being written when the diary closed by itself is not lost."""
    form = Form(request)
    if form.sent and "word" in request.POST:
        try:
            right = support.open_diary(actor=actor, device=device, word=form.text("word"), at=_at(request))
        except DiaryShut:
            right = False
        if right:
            if form.text("words"):
                diary = queries.diary_of(device, opened_at=_at(request), seen_at=_at(request), at=_at(request))
                answer = _written_page(request, actor, diary, Form(request), {})
            else:
                answer = _here()
            _open(answer, device.pk, _at(request), _at(request))
            return answer
        form.wrong(
            "word", _("That is not your secret word. After 5 wrong tries these notes lock, and you need a new code.")
        )
    return _shown(request, "diary/door.html", form)


def _open_now(request: HttpRequest, device: Any) -> OpenDiary | None:
    try:
        of, opened, seen = signing.loads(request.COOKIES.get(OPEN, ""), salt="diary")
        if of != str(device.pk):
            return None
        return queries.diary_of(
            device, opened_at=datetime.fromisoformat(opened), seen_at=datetime.fromisoformat(seen), at=_at(request)
        )
    except (signing.BadSignature, DiaryShut, ValueError, TypeError):
        return None


def _open(answer: HttpResponse, device: UUID, opened_at: datetime, at: datetime) -> None:
    """Keep open on this device, until the browser closes or it is left alone."""
    _keep(answer, OPEN, signing.dumps([str(device), opened_at.isoformat(), at.isoformat()], salt="diary"), None)


def _keep(answer: HttpResponse, name: str, value: str, lasts: timedelta | None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=lasts,
        path=reverse("diary:notes"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _here() -> HttpResponse:
    return HttpResponseRedirect(reverse("diary:notes"), status=303)


def _spoken(request: HttpRequest) -> HttpResponse:
    answer = HttpResponseRedirect(request.path, status=303)
    _keep(answer, SPOKEN, _language(request), None)
    return answer


def _gone(request: HttpRequest) -> HttpResponse:
    """Close it, with a page that leads away by itself; what Back finds after it is a field for the word."""
    answer = page(request, "diary/gone.html", exit_href=EXIT, lang=translation.get_language())
    answer.delete_cookie(OPEN, path=reverse("diary:notes"), samesite="Strict")
    answer["Clear-Site-Data"] = '"cache"'
    return answer


# ---- inside ---------------------------------------------------------------------------------------------------------


def _inside(request: HttpRequest, actor: Actor, diary: OpenDiary) -> HttpResponse:
    form = Form(request)
    go = request.POST.get("go", "") if form.sent else ""
    steps: dict[str, Callable[[HttpRequest, Actor, OpenDiary, Form], HttpResponse | None]] = {
        "keep": _keep_entry,
        "ask": _ask,
        "forget": _forget,
    }
    step = steps.get(go)
    answer = step(request, actor, diary, form) if step else None
    if answer is None:
        answer = _written_page(
            request, actor, diary, form, {"all_of_it": go == "all", "after": form.text("after") if go == "all" else ""}
        )
    if go != "forget":
        _open(answer, diary.device, diary.opened_at, _at(request))
    return answer


def _keep_entry(request: HttpRequest, actor: Actor, diary: OpenDiary, form: Form) -> HttpResponse | None:
    words = str(request.POST.get("words", ""))
    occurred, known, why = rules.when_of(form.text("day"), form.text("time"), _at(request))
    if why is not None:
        form.wrong(why[0], _(why[1]))
    written = Written(
        words=words,
        told_at=_at(request),
        occurred_from=occurred,
        time_known=known,
        language=Language(translation.get_language() or "en"),
        readers=rules.readers_of(form.text("readers")),
    )
    if not form.problems:
        with _catching(form), _once(request, actor):
            support.write_entry(actor=actor, diary=diary, written=written, pictures=_files(request), at=_at(request))
    return _done("kept") if form.ok else None


def _files(request: HttpRequest) -> list[PictureBrought]:
    return [PictureBrought(each.read()) for each in request.FILES.getlist("pictures")]


def _ask(request: HttpRequest, actor: Actor, diary: OpenDiary, form: Form) -> HttpResponse | None:
    with _catching(form), _once(request, actor):
        support.ask_contact(actor=actor, diary=diary, words=form.text("reach_words"), at=_at(request))
    return _done("asked") if form.ok else None


def _forget(request: HttpRequest, actor: Actor, diary: OpenDiary, form: Form) -> HttpResponse:
    support.forget_device(actor=actor, diary=diary, at=_at(request))
    answer = _gone(request)
    for name in (DEVICE, SPOKEN):
        answer.delete_cookie(name, path=reverse("diary:notes"), samesite="Strict")
    return answer


def _done(what: str) -> HttpResponse:
    answer = _here()
    _keep(answer, "d", what, timedelta(seconds=20))
    return answer


def _written_page(
    request: HttpRequest, actor: Actor, diary: OpenDiary, form: Form, shown: dict[str, Any]
) -> HttpResponse:
    value = queries.own_page(actor=actor, diary=diary, at=_at(request), **shown)
    answer = _shown(request, "diary/notes.html", form, value=value, done=request.COOKIES.get("d", ""), **shown)
    answer.delete_cookie("d", path=reverse("diary:notes"), samesite="Strict")
    return answer


@contextmanager
def _catching(form: Form) -> Iterator[None]:
    """Turn what the diary refuses into a problem with the field it names, in the language of the page."""
    try:
        yield
    except CannotKeepDiary as refusal:
        form.wrong(refusal.field, _(str(refusal)))
    except KeyReused:
        form.wrong(
            "words",
            _("This page was already sent with different words. Check what you have saved, then send it again."),
        )
    except AlreadyDone:
        return  # it was kept the first time


def _once(request: HttpRequest, actor: Actor) -> Any:
    key = request.POST.get("once", "")[:64] or "none"
    return audit.once(key, request.POST.get("words", "") + request.POST.get("reach_words", ""), actor, at=_at(request))


def _shown(request: HttpRequest, template: str, form: Form, **values: Any) -> HttpResponse:
    return page(request, template, form=form, errors=form.problems, **_around(), **values)


def _around() -> dict[str, Any]:
    return {"victim_page": True, "own_exit": True, "neutral_title": _("My notes"), "lang": translation.get_language()}


notes.takes = _takes  # type: ignore[attr-defined]
linked.takes = lambda _: ANYBODY  # type: ignore[attr-defined]
notes.turns_away = linked.turns_away = _turns_away  # type: ignore[attr-defined]

urlpatterns = [path("n/", notes, name="diary:notes"), path("n/<str:code>/", linked, name="diary:linked")]
