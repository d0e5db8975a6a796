"""What a form reads out of what was typed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse, HttpResponseRedirect

from fourfold.audit.terms import Conflict
from fourfold.fields import Unfit, asked, draft
from fourfold.web import form_pages
from fourfold.web.forms import Form

MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 20, tzinfo=UTC)


def form(at: datetime, **typed: Any) -> Form:
    """Return a form that was sent at an instant."""
    request: Any = SimpleNamespace(method="POST", POST=typed, at=at)
    return Form(request)


@pytest.mark.parametrize(
    ("at", "typed", "ahead", "stands"),
    [
        (MORNING, {"told": "2/3/2026"}, False, MORNING),  # before noon she was told of nothing to come
        (EVENING, {"told": "2/3/2026"}, False, datetime(2026, 3, 2, 12, tzinfo=UTC)),
        (MORNING, {"told": "1/3/2026"}, False, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026", "told-time": "7.05"}, False, datetime(2026, 3, 2, 7, 5, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026", "told-time": "11:00"}, False, datetime(2026, 3, 2, 11, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026"}, True, datetime(2026, 3, 2, 12, tzinfo=UTC)),  # a sitting later today
        (MORNING, {"told": "3/3/2026"}, False, datetime(2026, 3, 3, 12, tzinfo=UTC)),  # tomorrow stays tomorrow
        (MORNING, {"told": "1/7/2026"}, False, datetime(2026, 7, 1, 11, tzinfo=UTC)),  # noon of a London summer
    ],
)
def test_a_day_without_a_time_stands_at_its_noon_and_today_not_after_now(
    at: datetime, typed: dict[str, str], ahead: bool, stands: datetime
) -> None:
    """Told today, sent at half past eight: it did not happen at noon."""
    assert form(at, **typed).moment("told", ahead=ahead) == stands


def test_a_time_that_no_clock_shows_is_named() -> None:
    """The field says how a time is written."""
    sent = form(MORNING, **{"told": "2/3/2026", "told-time": "25:00"})
    assert sent.moment("told") is None
    assert sent.error("told") == "Enter a real time, such as 14:05"


# ---- a draft, whose fields are declared once ----------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@draft
class Painting:
    """One field of every kind."""

    title: str = asked(missing="Give the title", longest=10)
    colour: Colour = asked(missing="Choose a colour")
    framed: bool
    sold: bool = asked(missing="Say whether it was sold")
    size: int | None = asked(least=1, most=9)
    painted_on: date | None
    hung_at: datetime | None = asked(typed_in="hung")
    owner: UUID | None
    others: tuple[Colour, ...]
    tones: frozenset[Colour]
    seen: str | None
    room: str = "hall"


WHOLE = {
    "title": "  Dusk ",
    "colour": "red",
    "framed": "on",
    "sold": "no",
    "size": "3",
    "painted_on": "1/2/2026",
    "hung": "2/2/2026",
    "hung-time": "9.30",
    "owner": "00000000-0000-0000-0000-000000000001",
    "others": ["blue", "red"],
    "tones": ["blue"],
    "seen": "4",
}


def test_a_draft_is_filled_by_the_types_of_its_fields() -> None:
    assert form(MORNING, **WHOLE).read(Painting) == Painting(
        title="Dusk",
        colour=Colour.RED,
        framed=True,
        sold=False,
        size=3,
        painted_on=date(2026, 2, 1),
        hung_at=datetime(2026, 2, 2, 9, 30, tzinfo=UTC),
        owner=UUID(int=1),
        others=(Colour.BLUE, Colour.RED),
        tones=frozenset({Colour.BLUE}),
        seen="4",
    )


def test_what_may_be_empty_is_nothing_or_its_default() -> None:
    filled = form(MORNING, title="Dusk", colour="red", sold="yes", room=" ").read(Painting)
    assert filled is not None
    assert (filled.size, filled.painted_on, filled.hung_at, filled.owner, filled.seen) == (None,) * 5
    assert (filled.others, filled.tones, filled.framed, filled.room) == ((), frozenset(), False, "hall")


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"title": ""}, "title", "Give the title"),
        ({"title": "x" * 11}, "title", "Shorten this to 10 characters or fewer; it has 11"),
        ({"colour": ""}, "colour", "Choose a colour"),
        ({"colour": "mauve"}, "colour", "Choose one of the answers shown"),
        ({"sold": ""}, "sold", "Say whether it was sold"),
        ({"sold": "perhaps"}, "sold", "Choose one of the answers shown"),
        ({"size": "10"}, "size", "Enter a whole number from 1 to 9"),
        ({"size": "7" * 5000}, "size", "Enter a whole number from 1 to 9"),
        ({"painted_on": "31/2/2026"}, "painted_on", "Enter a real date, such as 24/11/2026"),
        ({"hung-time": "25:00"}, "hung", "Enter a real time, such as 14:05"),  # at the field in which it was typed
        ({"owner": "somebody"}, "owner", "Choose one of the entries shown"),
        ({"others": ["red", "mauve"]}, "others", "Choose from the answers shown"),
    ],
)
def test_each_field_says_how_it_is_mended(typed: dict[str, Any], field: str, problem: str) -> None:
    sent = form(MORNING, **{**WHOLE, **typed})
    assert sent.read(Painting) is None
    assert sent.problems == {field: problem}
    assert sent.status == 422


def test_a_field_that_no_form_can_fill_is_refused_when_it_is_declared() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.thing: no form can fill"):

        @draft
        class Wrong:
            thing: dict[str, str]

    with pytest.raises(TypeError, match=r"Silent\.colour: say what is missing"):

        @draft
        class Silent:
            colour: Colour


def test_what_a_draft_refuses_of_itself_stands_at_its_field() -> None:
    @draft
    class Span:
        least: int = asked(missing="Give it")
        most: int = asked(missing="Give it", typed_in="to")

        def __post_init__(self) -> None:
            if self.most < self.least:
                raise Unfit("most", "The end comes after the start")

    sent = form(MORNING, least="4", to="3")
    assert sent.read(Span) is None
    assert sent.problems == {"to": "The end comes after the start"}


# ---- a page with a form -------------------------------------------------------------------------------------------


@draft
class Note:
    words: str = asked(missing="Write something", typed_in="text")


@pytest.fixture
def note_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., HttpResponse]:
    """A page with one form, without its template: what it shows stands in the answer's `shown`."""

    def shown(request: Any, template: str, **values: Any) -> Any:
        answer = HttpResponse(status=values["form"].status)
        answer.shown = values  # type: ignore[attr-defined]
        return answer

    monkeypatch.setattr(form_pages, "page", shown)

    def note(
        does: Callable[[Note], object], method: str = "POST", page: dict[str, Any] | None = None, **typed: str
    ) -> HttpResponse:
        request: Any = SimpleNamespace(
            method=method, POST=typed, at=MORNING, path="/notes/", once=lambda replay: nullcontext()
        )
        said: dict[str, Any] = {"draft": Note, "done": "kept"} | (page or {})
        return form_pages.form_page(
            request,
            "note.html",
            does=does,
            then=HttpResponseRedirect("/list/", status=303),
            shows=lambda form: {"title": "A note"},
            **said,
        )

    return note


def refuses(problem: Exception) -> Callable[[Note], object]:
    """Return a service that refuses whatever it is told."""

    def service(told: Note) -> object:
        raise problem

    return service


def test_a_page_that_is_opened_is_shown(note_page: Any) -> None:
    answer = note_page(refuses(AssertionError("nothing was sent")), method="GET")
    assert (answer.status_code, answer.shown["title"]) == (200, "A note")


def test_a_form_that_can_be_taken_is_done_and_leads_on(note_page: Any) -> None:
    taken: list[Note] = []
    answer = note_page(taken.append, text="Seen")
    assert (answer.status_code, answer["Location"], taken) == (303, "/list/?done=kept", [Note("Seen")])


def test_every_invalid_form_answers_422_and_keeps_what_was_typed(note_page: Any) -> None:
    for service, typed in (
        (refuses(AssertionError("it was not filled")), ""),
        (refuses(Unfit("words", "Say more")), "Seen"),
    ):
        answer = note_page(service, text=typed)
        assert answer.status_code == 422
        assert list(answer.shown["form"].problems) == ["text"]
        assert answer.shown["form"].value("text") == typed


def test_what_a_colleague_wrote_first_answers_409_and_is_shown(note_page: Any) -> None:
    answer = note_page(refuses(Conflict("The note", {"words": "Theirs"}, version=4)), text="Mine")
    assert answer.status_code == 409
    assert (answer.shown["form"].conflict.theirs, answer.shown["form"].value("text")) == ({"words": "Theirs"}, "Mine")


def test_keeping_theirs_changes_nothing_and_says_nothing_was_done(note_page: Any) -> None:
    answer = note_page(refuses(AssertionError("theirs was kept")), **{"text": "Mine", "keep-note": "theirs"})
    assert (answer.status_code, answer["Location"]) == (303, "/list/")


def test_a_fault_of_the_code_is_nobodys_problem(note_page: Any) -> None:
    with pytest.raises(ValueError, match="a fault"):
        note_page(refuses(ValueError("a fault")), text="Seen")


def test_a_service_that_names_several_fields_is_heard_at_each_where_it_is_typed(note_page: Any) -> None:
    wrong = Unfit("words", "Say more", ("owner", "Choose an owner"), ("words", "Say it again"))
    answer = note_page(refuses(wrong), text="Seen", page={"mended_at": {"owner": "who"}})
    assert answer.status_code == 422
    assert answer.shown["form"].problems == {"text": "Say more", "who": "Choose an owner"}


def test_a_form_that_asks_for_more_to_fill_in_is_shown_again_and_does_nothing(note_page: Any) -> None:
    answer = note_page(refuses(AssertionError("more was asked for")), text="Seen", page={"draft": lambda form: None})
    assert (answer.status_code, answer.shown["form"].value("text")) == (200, "Seen")


def test_a_preview_does_nothing_until_it_is_confirmed(note_page: Any) -> None:
    seen = HttpResponse("what would happen")
    assert note_page(refuses(AssertionError("only looked")), text="Seen", page={"preview": lambda note: seen}) is seen
    taken: list[Note] = []
    assert note_page(taken.append, text="Seen", page={"preview": lambda note: None}).status_code == 303
    assert taken == [Note("Seen")]


def test_what_a_preview_refuses_is_mended_in_the_form(note_page: Any) -> None:
    def preview(note: Note) -> HttpResponse:
        raise Unfit("words", "This day has passed")

    answer = note_page(refuses(AssertionError("only looked")), text="Seen", page={"preview": preview})
    assert (answer.status_code, answer.shown["form"].problems) == (422, {"text": "This day has passed"})


def test_what_is_said_after_it_may_depend_on_what_was_said(note_page: Any) -> None:
    answer = note_page(lambda note: None, text="Seen", page={"done": lambda note: note.words.lower()})
    assert answer["Location"] == "/list/?done=seen"
