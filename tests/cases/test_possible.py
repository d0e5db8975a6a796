"""Courses of conduct that nobody joined: found, listed with their reasons, judged, undone; and nothing for anybody else."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from importlib import resources
from itertools import product

import pytest
from typer.testing import CliRunner

from fourfold.access import queries as access_queries
from fourfold.access.models import Wall
from fourfold.access.paging import page_of
from fourfold.access.terms import Compartment, NotFound, Refused, bits
from fourfold.audit.models import Entry
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import CourseJudged, NameSound, PossibleCourse, Summary
from fourfold.cases.rules import threads
from fourfold.cases.services import compared, possible_courses
from fourfold.cases.terms import CourseVerdict, Together
from fourfold.cli.main import app
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.intake.rules.feeds import read_ahead
from fourfold.intake.terms import Behaviour, KnownKind
from fourfold.linkage.queries import folder_of_weights
from fourfold.people import services as persons
from fourfold.people.models import SubjectMark
from fourfold.people.terms import Part
from tests.cases.builders import HER, HIM, told
from tests.cast import NOW, agree
from tests.chance import without_chance
from tests.intake.feeds import HEADER, feed, row, small, text_of
from tests.intake.test_importing import run

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + 3 * DAY
LOG = 5


def look(cast, site="northmoor", at=LATER, among=None):
    actor = cast.analyst if site == "northmoor" else cast.olu
    cases.keep_summaries(actor=actor, site=site, at=at)
    return cases.find_courses(actor=actor, site=site, at=at, compared=among)


def rows(model, **of):
    return model.objects.unscoped("a test").filter(**of)


def listed(actor, **more):
    return queries.possibly_mis_recorded(actor=actor, at=LATER, **more).rows


def two_acts(cast, **more):
    return [told(cast.analyst, at=NOW + n * DAY, **more) for n in range(2)]


# ---- looking again ------------------------------------------------------------------------------------------------


def test_looking_again_changes_nothing_and_goes_on_where_it_stopped(cast):
    two_acts(cast)
    first = look(cast)
    assert (first.standing, first.new, first.ended) == (1, 1, 0)
    again = look(cast)
    assert (again.standing, again.new, again.ended) == (1, 0, 0)
    assert rows(Summary).count() == 2


@pytest.fixture
def another_process(monkeypatch):
    """Have another process number the subjects, however few reports there are; those that were started."""
    started, start = [], read_ahead._started
    monkeypatch.setattr(compared, "LARGE", 1)
    monkeypatch.setattr(read_ahead, "_started", lambda: started.append(start()) or started[-1])
    return started


def kept_courses():
    return sorted(rows(PossibleCourse).values_list("kind", "members", "subject", "acts"))


def test_another_process_finds_the_same_courses_and_goes_when_they_are_found(cast, request):
    two_acts(cast)
    told(cast.analyst, at=NOW, victim_name="Bea Moss", subject_name="")
    here, kept = look(cast), kept_courses()
    PossibleCourse.objects.unscoped("a test").all().delete()
    started = request.getfixturevalue("another_process")
    assert (look(cast), kept_courses()) == (here, kept)
    assert kept
    [(_, process)] = started
    assert process.poll() is not None, "who held a million people does not stay"


def test_a_process_that_is_killed_beside_costs_no_course(cast, request, monkeypatch):
    two_acts(cast)
    here = look(cast)
    PossibleCourse.objects.unscoped("a test").all().delete()
    started, tell = request.getfixturevalue("another_process"), threads._tell

    def killed(*told, are_all=False):
        for _, process in started:
            process.kill()
            process.wait()
        tell(*told, are_all=are_all)

    monkeypatch.setattr(threads, "_tell", killed)
    assert look(cast) == here
    assert started


def two_households(cast):
    two_acts(cast)
    for n in range(2):
        told(
            cast.analyst,
            at=NOW + n * DAY,
            victim_name="Bea Moss",
            victim_birth="1990-02-03",
            victim_phone="07700 900777",
        )


def test_of_very_many_each_few_thousand_have_an_entry_of_their_own(cast, monkeypatch):
    two_households(cast)
    whole, kept = look(cast), kept_courses()
    assert whole.new > 1
    PossibleCourse.objects.unscoped("a test").all().delete()
    monkeypatch.setattr(possible_courses, "MOST_NEW", 1)
    assert (look(cast), kept_courses()) == (whole, kept)
    bodies = list(Entry.objects.filter(action="courses.found").order_by("seq").values_list("body", flat=True))[1:]
    assert len(bodies) == whole.new
    assert all('"root"' in body for body in bodies), "each seals what it kept"
    assert sum(json.loads(body)["more"]["new"] for body in bodies[:-1]) == whole.new - 1
    assert look(cast, at=LATER + DAY) == possible_courses.Looked(whole.standing, 0, 0)
    assert set(rows(PossibleCourse).values_list("looked_at", flat=True)) == {LATER + DAY}


def test_a_look_that_is_killed_between_two_entries_leaves_nothing_out_and_goes_on(cast, monkeypatch):
    two_households(cast)
    before = look(cast)
    told(cast.analyst, at=NOW + 2 * DAY)
    monkeypatch.setattr(possible_courses, "MOST_NEW", 1)
    keep, kept = possible_courses._kept, []

    def killed_at_the_second(*given):
        kept.append(given)
        if len(kept) == 2:
            raise KeyboardInterrupt
        return keep(*given)

    monkeypatch.setattr(possible_courses, "_kept", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        look(cast)
    assert rows(PossibleCourse, ended_at=None).count() == before.standing + 1, "what it replaces ends at the end"
    monkeypatch.setattr(possible_courses, "_kept", keep)
    again = look(cast)
    assert again.ended >= 1
    assert look(cast) == possible_courses.Looked(again.standing, 0, 0)
    assert rows(PossibleCourse, ended_at=None).count() == again.standing


def test_each_course_is_made_from_its_own_reports_and_goes_through_no_others(cast, monkeypatch):
    """What is read of a batch was gone through for each course of it: one eighth of a look of 200,000 rows."""

    class ReadByName(dict):
        def __iter__(self):
            raise AssertionError("all of a batch is gone through")

        items = keys = values = __iter__

    facts = possible_courses._facts
    monkeypatch.setattr(possible_courses, "_facts", lambda *asked: ReadByName(facts(*asked)))
    two_acts(cast)
    told(cast.analyst, victim_name="Nia Ojo", victim_birth="3 May 1970", victim_phone="", victim_address="")
    assert look(cast).new == 2, "hers, and his with two victims"


def test_a_third_report_makes_a_new_course_and_the_old_one_ends(cast):
    two_acts(cast)
    look(cast)
    told(cast.analyst, at=NOW + 2 * DAY)
    found = look(cast, at=LATER + DAY)
    assert (found.standing, found.new, found.ended) == (1, 1, 1)
    [row] = listed(cast.analyst)
    assert row.acts == 3


def test_what_somebody_confirmed_and_undid_counts_at_the_next_look(cast):
    one, other = two_acts(cast)
    match = cases.confirm_match(actor=cast.analyst, allegation=one, part=Part.VICTIM, at=NOW)
    second = cases.confirm_match(actor=cast.analyst, allegation=other, part=Part.VICTIM, at=NOW)  # two people, he says
    assert match.victim != second.victim
    look(cast)
    assert listed(cast.analyst) == ()
    cases.undo_match(actor=cast.analyst, match=second, reason="The same woman.", at=LATER)
    look(cast, at=LATER + DAY)
    assert [row.acts for row in listed(cast.analyst)] == [2]


@pytest.mark.parametrize(
    ("withdrawn", "brought_back", "acts"), [(False, False, [2]), (True, False, []), (True, True, [2])]
)
def test_what_was_withdrawn_from_his_record_brings_no_reports_together(cast, withdrawn, brought_back, acts):
    """Two reports of a Dean Marlow have nothing but the number in common, and it was not his."""
    first, _ = two_acts(cast, subject_birth="", subject_sex="")
    dean = cases.confirm_match(actor=cast.analyst, allegation=first, part=Part.SUBJECT, at=NOW).subject
    said = {"actor": cast.analyst, "subject": dean, "mark": rows(SubjectMark, subject=dean).get().pk}
    if withdrawn:
        persons.withdraw_mark(**said, reason="The flat below.", at=LATER)
    if brought_back:
        persons.undo_mark_withdrawn(**said, reason="His after all.", at=LATER)
    look(cast)
    assert [row.acts for row in listed(cast.analyst)] == acts


def test_the_entry_of_a_look_seals_what_it_found(cast):
    two_acts(cast)
    look(cast)
    entry = Entry.objects.filter(action="course.list").count()
    assert entry == 0
    assert '"root"' in Entry.objects.get(action="courses.found").body


TURNED = {
    **{f"victim_{what}": HIM[f"subject_{what}"] for what in ("name", "birth", "sex", "phone")},
    **{f"subject_{what}": HER[f"victim_{what}"] for what in ("name", "birth", "sex", "phone")},
}
NO_PARTNER = {"former_partner": None, "relationship": "neighbour"}


@pytest.mark.parametrize(("walled", "points"), [(False, 1), (True, 1)])
def test_neighbours_who_report_each_other_wait_on_the_second_list(cast, walled, points):
    """One report the other way round is enough beside two; one that is shut to somebody tells nothing."""
    two_acts(cast, **NO_PARTNER)
    look(cast)
    [before] = rows(PossibleCourse)
    answer = told(cast.analyst, at=NOW + DAY, **TURNED, **NO_PARTNER)
    if walled:
        Wall.objects.create(
            file=answer.pk, staff=cast.staff["officer"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
        )
    found = look(cast, at=LATER + DAY)
    assert (found.new, found.ended) == ((0, 0) if walled else (1, 1)), "other reasons make it a new row"
    assert listed(cast.analyst) == ()
    [row] = listed(cast.analyst, less_likely=True)
    assert (row.points, row.acts, row.id == before.pk) == (points, 2, walled)
    assert any("reports the other" in why.says for why in row.reasons) is not walled
    assert listed(cast.olu, less_likely=True) == ()


# ---- walls, partners, other sites ---------------------------------------------------------------------------------


def test_a_wall_around_one_report_closes_the_whole_course_and_nothing_tells_of_it(cast):
    acts = two_acts(cast)
    look(cast)
    [row] = listed(cast.analyst)
    for actor in (cast.second_officer, cast.officer):
        assert len(listed(actor)) == 1
    Wall.objects.create(
        file=acts[0].pk, staff=cast.staff["second_officer"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
    )
    walled = cast.second_officer
    assert listed(walled) == ()
    found = queries.reports_found(HER["victim_name"], actor=walled, at=LATER)
    assert found.courses == ()
    assert [one.id for one in found.loose] == [acts[1].pk]
    with pytest.raises(NotFound):
        queries.course_page(actor=walled, course=row.id, at=LATER)
    with pytest.raises(NotFound):
        cases.judge_course(
            actor=walled,
            course=rows(PossibleCourse).get(),
            verdict=CourseVerdict.STALKING,
            reason="A pattern.",
            at=LATER,
        )


def test_a_partner_whose_agreement_leaves_the_subject_out_reads_no_subject(cast):
    from fourfold.access.models import Agreement

    two_acts(cast)
    look(cast)
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    [row] = listed(cast.outreach)
    assert row.subject is None
    page = queries.course_page(actor=cast.outreach, course=row.id, at=LATER)
    assert {fact.subject for fact in page.facts} == {""}
    assert [each.subject for each in listed(cast.clinician)] == ["Dean Marlow"]


def test_a_subject_is_found_by_his_number_and_a_victim_by_hers_never(cast):
    two_acts(cast)
    look(cast)
    assert len(queries.reports_found("07700 900777", actor=cast.analyst, at=LATER).courses) == 1
    assert queries.reports_found("07700 900123", actor=cast.analyst, at=LATER).courses == ()


def test_two_forces_hold_one_course_and_each_learns_no_more_than_the_agreement_tells(cast):
    told(cast.analyst)
    told(cast.olu, site="southmere", at=NOW + DAY)
    told(cast.olu, site="southmere", at=NOW + 2 * DAY, words="He followed her to the station.")
    for site in ("northmoor", "southmere", "northmoor"):
        look(cast, site)
    [here] = rows(PossibleCourse, site="northmoor")
    [there] = rows(PossibleCourse, site="southmere")
    assert (here.acts, there.acts, here.whole == there.whole) == (1, 2, True)
    page = queries.course_page(actor=cast.analyst, course=here.pk, at=LATER)
    assert (len(page.facts), page.elsewhere) == (1, ())
    told_only = agree("northmoor-police", site="southmere")
    told_only.compartments = 0
    told_only.save()
    page = queries.course_page(actor=cast.analyst, course=here.pk, at=LATER)
    assert (len(page.facts), page.elsewhere) == (1, ("Southmere",))
    [act] = rows(Allegation, site="southmere", told_at=NOW + DAY)
    Wall.objects.create(
        file=act.pk, staff=cast.staff["analyst"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
    )
    assert queries.course_page(actor=cast.analyst, course=here.pk, at=LATER).elsewhere == ()


@pytest.mark.parametrize("trained", ["", "the same", "others"])
def test_all_sites_together_hold_what_each_holds_alone_and_are_compared_once(cast, monkeypatch, trained):
    """The night compared the reports of all sites once for each site: of five million reports an hour for every four."""
    two_acts(cast)
    for n in range(2):
        told(cast.olu, site="southmere", at=NOW + n * DAY, words="He followed her to the station.")
        told(
            cast.olu, site="southmere", at=NOW + n * DAY, victim_name=f"Bea Moss {n}", victim_birth="", subject_name=""
        )
    if trained:
        path = folder_of_weights() / "southmere.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        shipped = resources.files("fourfold.linkage").joinpath("model.toml").read_text(encoding="utf-8")
        path.write_text(shipped.replace("prior = 0.0002", "prior = 0.0001") if trained == "others" else shipped)
    cases.keep_summaries(actor=cast.olu, site="southmere", at=LATER)
    alone = {site: look(cast, site) for site in ("northmoor", "southmere")}
    one_by_one = kept_courses()
    assert {site for (site,) in rows(PossibleCourse).values_list("site")} == {*alone}
    PossibleCourse.objects.unscoped("a test").all().delete()
    asked = count_compared(monkeypatch)
    once = cases.Compared()
    together = {site: look(cast, site, among=once) for site in alone}
    assert (together, kept_courses()) == (alone, one_by_one)
    assert len(asked) == (2 if trained == "others" else 1)


def count_compared(monkeypatch):
    asked, belonging = [], compared.rules.belonging
    monkeypatch.setattr(compared.rules, "belonging", lambda *of: asked.append(of[1]) or belonging(*of))
    return asked


def test_what_was_compared_before_an_import_found_others_ends_none_of_them(cast, monkeypatch):
    """The night compares for an hour, and brings to a site what an import has meanwhile found there."""
    two_acts(cast)
    told(cast.olu, site="southmere", at=NOW)
    cases.keep_summaries(actor=cast.olu, site="southmere", at=NOW)
    once, asked = cases.Compared(), count_compared(monkeypatch)
    look(cast, among=once)
    for n in range(2):
        told(cast.olu, site="southmere", at=NOW + n * DAY, victim_name="Bea Moss", subject_name="")
    found = look(cast, "southmere")
    assert found.standing
    night = look(cast, "southmere", among=once)
    assert (night.standing, night.new, night.ended) == (found.standing, 0, 0)
    assert len(asked) == 3


@pytest.mark.parametrize("women", [2, 3])
def test_of_women_of_one_household_each_has_her_course_and_the_others_beside_it(cast, women):
    """Each of these courses names the same reports: the look ended there, and with it each import and each night of the site."""
    names = ("Nora Quill", "Edith Quill", "Ada Quill")[:women]
    for n, name in product(range(2), names):
        told(
            cast.analyst, at=NOW + n * DAY, victim_name=name, victim_birth=f"{1955 + len(name)}-01-0{1 + len(name) % 9}"
        )
    first = look(cast)
    found = rows(PossibleCourse, kind=Together.COURSE).values_list("victim", "acts", "third_parties")
    assert sorted(found) == sorted((name, 2, 2 * women - 2) for name in names)
    hers = rows(PossibleCourse, kind=Together.COURSE, victim=names[-1]).get()
    said = {"verdict": CourseVerdict.NOT_STALKING, "reason": "Not by the same subject."}
    cases.judge_course(actor=cast.analyst, course=hers, at=LATER, **said)
    assert look(cast, at=LATER + DAY) == possible_courses.Looked(first.standing, 0, 0)
    assert rows(CourseJudged).get().course == hers


def test_what_was_said_of_a_course_stays_whatever_another_site_brings_in(cast):
    """The whole is named after one of its reports, wherever that is: it is none of what makes a site's course this one."""
    two_acts(cast)
    look(cast)
    course = rows(PossibleCourse).get()
    cases.judge_course(actor=cast.analyst, course=course, verdict=CourseVerdict.NOT_STALKING, reason="No.", at=LATER)
    for n in range(25):
        told(cast.olu, site="southmere", at=NOW + n * DAY / 24)
    look(cast, "southmere")
    assert (look(cast).ended, rows(PossibleCourse, site="northmoor").get().pk) == (0, course.pk)


def test_of_very_many_those_whose_reasons_changed_take_the_place_of_what_stood(cast, monkeypatch):
    """What they replace stood until the last entry: of more than five thousand the database refused them, and each look ended."""
    two_households(cast)
    first, before = look(cast), {*rows(PossibleCourse).values_list("pk", flat=True)}
    monkeypatch.setattr(possible_courses, "MOST_NEW", 1)
    monkeypatch.setattr(possible_courses.rules, "points_of", lambda reasons: 77)
    courses = rows(PossibleCourse, kind=Together.COURSE).count()
    assert courses > 1
    assert look(cast, at=LATER + DAY) == possible_courses.Looked(first.standing, courses, courses)
    assert rows(PossibleCourse, ended_at__isnull=True).count() == first.standing
    assert rows(PossibleCourse, ended_at=LATER + DAY).filter(pk__in=before).count() == courses


def test_a_report_that_came_a_minute_ago_is_said_to_be_not_searched_yet(cast):
    told(cast.analyst)
    assert queries.reports_found("Nora Quill", actor=cast.analyst, at=LATER).not_searched == 1


# ---- judging ------------------------------------------------------------------------------------------------------


def test_what_somebody_said_takes_it_off_the_list_and_undoing_brings_it_back(cast):
    two_acts(cast)
    look(cast)
    course = rows(PossibleCourse).get()
    cases.judge_course(
        actor=cast.analyst, course=course, verdict=CourseVerdict.NOT_STALKING, reason="Two neighbours.", at=LATER
    )
    assert listed(cast.analyst) == ()
    [row] = listed(cast.analyst, all_of_them=True)
    assert row.judged is CourseVerdict.NOT_STALKING
    cases.undo_course(actor=cast.officer, course=course, reason="They were partners.", at=LATER)
    assert len(listed(cast.analyst)) == 1
    kept = rows(CourseJudged).get()
    assert (kept.reason, kept.undone_because, kept.undone_by) == (
        "Two neighbours.",
        "They were partners.",
        cast.officer.staff,
    )
    assert list(Entry.objects.filter(action__startswith="course.").order_by("seq").values_list("action", flat=True))[
        -1
    ] in ("course.list", "course.undone")


def test_it_is_said_once_and_asked_again_once_a_report_is_added(cast):
    two_acts(cast)
    look(cast)
    course = rows(PossibleCourse).get()
    said = {"actor": cast.analyst, "course": course, "verdict": CourseVerdict.NOT_STALKING, "at": LATER}
    cases.judge_course(**said, reason="Two neighbours.")
    with pytest.raises(ValueError, match="Somebody has already answered this"):
        cases.judge_course(**said, reason="Again.")
    told(cast.analyst, at=NOW + 2 * DAY)
    look(cast, at=LATER)
    assert [row.judged for row in listed(cast.analyst)] == [None]


def test_what_a_force_put_right_is_looked_at_as_it_stands_now(cast, tmp_path):
    """Two messages under 8R are listed; once the force records them as stalking, nobody has to say so any more."""
    told_first = [row("1", When="19/11/2026 21:30"), row("2", When="20/11/2026 21:30")]
    run(cast, feed(tmp_path, told_first), at=NOW)
    look(cast)
    course = rows(PossibleCourse).get()
    assert course.classes == ["8R"]
    cases.judge_course(actor=cast.analyst, course=course, verdict=CourseVerdict.STALKING, reason="A pattern.", at=LATER)
    put_right = [row("1", When="19/11/2026 21:30", Class="8Q"), row("2", When="12/11/2026 21:30", Class="8Q")]
    run(cast, feed(tmp_path, put_right, "later.csv"), at=LATER)
    found = look(cast, at=LATER + DAY)
    assert (found.standing, found.new, found.ended) == (1, 1, 1)
    now = rows(PossibleCourse, ended_at__isnull=True).get()
    assert now.classes == ["8Q"]
    assert f"{now.first_at:%d/%m}" == "12/11", "re-dated"
    assert listed(cast.analyst) == ()
    assert look(cast, at=LATER + 2 * DAY).new == 0


def test_a_man_whom_a_later_version_names_is_found_with_his_other_victim(cast, tmp_path):
    """Two women of one man; the report of the second did not name him at first."""
    his = small(subject={"name": "Suspect", "birth": {"columns": ["His birth"], "formats": ["%d/%m/%Y"]}})
    head = (*HEADER, "Suspect", "His birth")
    known = (*row("1", When="19/11/2026 21:30"), "Dean Marlow", "04/02/1980")
    bea = row("2", When="20/11/2026 21:30", Name="Bea Holm", Born="01/01/1991")
    run(cast, feed(tmp_path, text_of([known, (*bea, "", "")], head)), his, at=NOW)
    look(cast)
    assert queries.serial(actor=cast.analyst, kind=Together.SUBJECT, at=LATER).rows == ()
    named = text_of([known, (*bea, "MARLOW Dean", "04/02/1980")], head)
    run(cast, feed(tmp_path, named, "later.csv"), his, at=LATER)
    look(cast, at=LATER + DAY)
    [him] = queries.serial(actor=cast.analyst, kind=Together.SUBJECT, at=LATER).rows
    assert him.row.others == 2
    assert rows(Summary, version=2).count() == 1
    look(cast, at=LATER + 2 * DAY)
    assert rows(Summary).count() == 2


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_kept(cast, reason):
    two_acts(cast)
    look(cast)
    course = rows(PossibleCourse).get()
    with pytest.raises(ValueError, match="Say why"):
        cases.judge_course(actor=cast.analyst, course=course, verdict=CourseVerdict.STALKING, reason=reason, at=LATER)
    assert not rows(CourseJudged).exists()


def test_whoever_does_not_screen_reads_and_judges_nothing(cast):
    two_acts(cast)
    look(cast)
    assert len(listed(cast.advocate)) == 1
    with pytest.raises(Refused):
        cases.judge_course(
            actor=cast.advocate,
            course=rows(PossibleCourse).get(),
            verdict=CourseVerdict.STALKING,
            reason="A pattern.",
            at=LATER,
        )
    for name in ("evaluator", "lead", "administrator", "governance"):
        with pytest.raises(Refused):
            queries.possibly_mis_recorded(actor=cast.actor(name), at=LATER)


def test_no_list_says_where_she_is(cast):
    two_acts(cast, victim_address="4 Larkspindle Lane, ZZ9 9ZZ", place="4 Larkspindle Lane")
    look(cast)
    [row] = listed(cast.analyst)
    page = queries.course_page(actor=cast.analyst, course=row.id, at=LATER)
    found = queries.reports_found(HER["victim_name"], actor=cast.analyst, at=LATER)
    for shown in (row, page, found):
        assert "Larkspindle" not in repr(shown)
        assert "900123" not in without_chance(repr(shown))


# ---- serial and escalating ----------------------------------------------------------------------------------------

ADA = {"victim_name": "Ada Brindlecott", "victim_birth": "1 May 1990", "victim_phone": "07700 900555"}


def people(actor, kind, **more):
    return queries.serial(actor=actor, kind=kind, at=LATER, **more).rows


def test_one_subject_with_two_victims_and_one_victim_with_two_subjects_are_listed(cast, django_assert_num_queries):
    told(cast.analyst)
    told(cast.analyst, at=NOW + DAY, **ADA)
    told(cast.analyst, at=NOW + 2 * DAY, subject_name="Karl Obern", subject_birth="7/7/1970", subject_phone="")
    look(cast)
    actor = cast.analyst
    with django_assert_num_queries(2 + LOG):
        [his] = people(actor, Together.SUBJECT)
    assert (his.row.subject, his.row.others, his.row.acts, his.elsewhere) == ("Dean Marlow", 2, 2, ())
    assert set(his.row.victim_spellings) == {"Nora Quill", "Ada Brindlecott"}
    [hers] = people(actor, Together.VICTIM)
    assert (hers.row.victim, hers.row.others) == ("Nora Quill", 2)
    for kind in (Together.SUBJECT, Together.VICTIM):
        assert people(cast.olu, kind) == ()
    page = queries.course_page(actor=actor, course=his.row.id, at=LATER)
    assert len(page.facts) == 2


def test_a_subject_of_two_forces_is_listed_once_an_agreement_tells_and_no_more_is_told(cast):
    told(cast.analyst)
    told(cast.olu, site="southmere", at=NOW + DAY, **ADA)
    for site in ("northmoor", "southmere", "northmoor"):
        look(cast, site)
    assert people(cast.analyst, Together.SUBJECT) == ()
    told_only = agree("northmoor-police", site="southmere")
    told_only.compartments = 0
    told_only.save()
    [row] = people(cast.analyst, Together.SUBJECT)
    assert (row.row.others, row.row.acts, row.elsewhere) == (1, 1, ("Southmere",))
    assert "Brindlecott" not in repr(row)
    [there] = rows(Allegation, site="southmere")
    Wall.objects.create(
        file=there.pk, staff=cast.staff["analyst"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
    )
    assert people(cast.analyst, Together.SUBJECT) == ()


def test_a_wall_around_one_victim_closes_the_subject_of_both(cast):
    told(cast.analyst)
    hers = told(cast.analyst, at=NOW + DAY, **ADA)
    look(cast)
    Wall.objects.create(
        file=hers.pk, staff=cast.staff["second_officer"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
    )
    assert people(cast.second_officer, Together.SUBJECT) == ()
    assert len(people(cast.officer, Together.SUBJECT)) == 1


def test_whoever_may_not_see_subjects_has_no_list_of_them(cast):
    from fourfold.access.models import Agreement

    told(cast.analyst)
    told(cast.analyst, at=NOW + DAY, **ADA)
    look(cast)
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    assert people(cast.outreach, Together.SUBJECT) == ()
    assert len(people(cast.clinician, Together.SUBJECT)) == 1


def test_the_serial_list_is_paged_by_key(cast, monkeypatch):
    monkeypatch.setattr("fourfold.cases.queries.serial_courses.page_of", partial(page_of, most=2))
    for n, name in enumerate(("Karl Obern", "Dean Marlow", "Otto Fenwhistle")):
        his = {"subject_name": name, "subject_birth": f"{n + 1}/3/1970", "subject_phone": f"0770090060{n}"}
        told(cast.analyst, at=NOW + n * DAY, **his)
        told(cast.analyst, at=NOW + n * DAY, **ADA, **his)
    look(cast)
    seen, after = [], ""
    for _ in range(3):
        page = queries.serial(actor=cast.analyst, kind=Together.SUBJECT, at=LATER, after=after)
        seen += [one.row.subject for one in page.rows]
        after = page.next
        if not after:
            break
    assert sorted(seen) == ["Dean Marlow", "Karl Obern", "Otto Fenwhistle"]


def test_a_course_that_grows_worse_is_listed_until_sixty_days_after(cast, django_assert_num_queries):
    for day in (0, 60, 120, 180, 240, 300, 305, 310, 315, 320):
        grave = day > 300
        told(
            cast.analyst,
            at=NOW - (320 - day) * DAY,
            behaviours=["threatens"] if grave else ["contacts"],
            words="He said she would be sorry." if grave else "A card.",
        )
    look(cast)
    actor = cast.analyst
    with django_assert_num_queries(1 + LOG):
        [row] = queries.escalating(actor=actor, at=LATER).rows
    says = [why.says for why in row.rising]
    assert says[0] == "more serious than before: 3 of 3"
    assert "the acts are getting closer together" in says
    assert "for the first time: threatens" in says
    assert queries.escalating(actor=actor, at=LATER + 61 * DAY).rows == ()
    assert queries.escalating(actor=cast.olu, at=LATER).rows == ()


KARL = {"name": "Karl Obern", "birth": "07/07/1970", "sex": "M", "phone": "07700 900444"}


def beside(cast, allegation, role, **person):
    held = access_queries.held_by(cast.analyst, "feed", at=NOW)
    FurtherPerson.objects.create(allegation=allegation, role=role, place=2, **person, **held)


def test_the_second_man_of_two_reports_has_a_course_of_his_own(cast):
    first, second = two_acts(cast, subject_name="", subject_birth="", subject_phone="", subject_sex="")
    Allegation.objects.unscoped("a test").filter(pk=first.pk).update(
        subject_name="Dean Marlow", subject_birth="11/02/1979"
    )
    Allegation.objects.unscoped("a test").filter(pk=second.pk).update(
        subject_name="Owen Starkey", subject_birth="01/12/1991"
    )
    for allegation in (first, second):
        beside(cast, allegation, "subject", **KARL)
    look(cast)
    found = {course.subject: course.acts for course in rows(PossibleCourse, kind=Together.COURSE)}
    assert found == {"Karl Obern": 2}


def test_one_report_of_two_victims_shows_that_he_has_several(cast):
    [allegation] = two_acts(cast)[:1]
    beside(cast, allegation, "victim", name="Ada Brindlecott", birth="01/01/1990", sex="F", phone="07700 900555")
    look(cast)
    (serial,) = rows(PossibleCourse, kind=Together.SUBJECT)
    assert (serial.subject, serial.others, serial.acts) == ("Dean Marlow", 2, 2)
    assert set(serial.victim_spellings) == {"Nora Quill", "Ada Brindlecott"}


NOBODY_ELSE = {"subject_birth": "", "subject_phone": "", "subject_sex": ""}
CAR, HANDLE, ALIAS = KnownKind.VEHICLE, KnownKind.ACCOUNT, KnownKind.ALIAS


def known_by(cast, allegation, role, *marks, place=1):
    held = access_queries.held_by(cast.analyst, "feed", at=NOW)
    for kind, value in marks:
        PersonKnownBy.objects.create(allegation=allegation, role=role, place=place, kind=kind, value=value, **held)


@pytest.mark.parametrize(
    ("one", "other", "name", "acts"),
    [
        ([(HANDLE, "Instagram: @dean_m")], [(HANDLE, "dean_m")], "MARLOW Dean", 2),
        ([(HANDLE, "Instagram: @dean_m")], [(HANDLE, "Snapchat: dean_m")], "MARLOW Dean", None),
        ([(CAR, "AB12 CDE"), (CAR, "P123 XYZ")], [(CAR, "p123xyz")], "MARLOW Dean", 2),
        ([(HANDLE, "dean_m")], [(HANDLE, "dean_m")], "Karl Marlow", None),
        ([(ALIAS, "Ty Ash"), (HANDLE, "dean_m")], [(HANDLE, "dean_m")], "Ty Ash", 2),
        ([(ALIAS, "Ty Ash")], [], "Ty Ash", None),
    ],
)
def test_two_reports_of_one_account_car_or_alias_have_one_subject(cast, one, other, name, acts):
    """He is told of with two women, so that nothing but what he is known by brings the reports together."""
    first = told(cast.analyst, **NOBODY_ELSE)
    second = told(cast.analyst, at=NOW + DAY, **ADA, **NOBODY_ELSE, subject_name=name)
    known_by(cast, first, "subject", *one)
    known_by(cast, second, "subject", *other)
    look(cast)
    assert [course.acts for course in rows(PossibleCourse, kind=Together.SUBJECT)] == ([acts] if acts else [])


@pytest.mark.parametrize(
    ("name", "birth", "acts"),
    [("Nora Dunmore", "3 May 1985", 2), ("DUNMORE Nora", "05/03/1985", 2), ("Anna Dunmore", "3 May 1985", None)],
)
def test_her_reports_under_a_former_surname_are_hers_and_no_twins(cast, name, birth, acts):
    married = told(cast.analyst, victim_phone="", victim_birth="3 May 1985")
    told(cast.analyst, at=NOW + DAY, victim_name=name, victim_birth=birth, victim_phone="")
    known_by(cast, married, "victim", (KnownKind.FORMER_SURNAME, "Dunmore"))
    look(cast)
    assert [course.acts for course in rows(PossibleCourse, kind=Together.COURSE)] == ([acts] if acts else [])


def test_a_second_man_is_known_by_his_account_as_well(cast):
    for day, name in enumerate(("Karl Obern", "OBERN Karl")):
        report = told(cast.analyst, at=NOW + day * DAY, **(ADA if day else {}), **NOBODY_ELSE, subject_name="")
        beside(cast, report, "subject", name=name)
        known_by(cast, report, "subject", (HANDLE, "karl_o"), place=2)
    look(cast)
    (serial,) = rows(PossibleCourse, kind=Together.SUBJECT)
    assert (serial.others, serial.acts) == (2, 2)


def test_what_she_is_known_by_is_as_closed_as_how_she_is_reached(cast):
    assert Summary.FIELDS["victim_marks"] is Compartment.VICTIM_CONTACT
    assert Summary.FIELDS["subject_marks"] is Compartment.SUBJECT_IDENTITY


def test_one_report_is_looked_up_as_its_latest_version_tells_it(cast, tmp_path):
    """Also where it was looked up by an earlier one; what was said of its behaviours stays."""
    his = small(subject={"name": "Suspect", "account": "User"})
    head = (*HEADER, "Suspect", "User")
    run(cast, feed(tmp_path, text_of([(*row("1"), "", "")], head)), his, at=NOW)
    [allegation] = rows(Allegation)
    first = cases.keep_summary(actor=cast.analyst, allegation=allegation, at=NOW)
    assert (first.version, first.subject_sound, first.subject_marks) == (1, "", [])
    cases.judge_behaviour(
        actor=cast.analyst,
        allegation=allegation,
        behaviour=Behaviour.FOLLOWS,
        shown=True,
        at=NOW,
        reason="She said so.",
    )
    later = text_of([(*row("1"), "Dean Marlow", "insta: @dean_m")], head)
    run(cast, feed(tmp_path, later, "later.csv"), his, at=LATER)
    for _ in range(2):
        kept = cases.keep_summary(actor=cast.analyst, allegation=allegation, at=LATER)
        assert (kept.version, kept.subject_marks) == (2, [["account", "instagram:dean_m"]])
        assert kept.subject_sound
        assert "follows" in kept.kinds
    assert rows(Summary).count() == 1
    assert rows(NameSound, summary=kept).filter(part="subject").exists()


def test_two_victims_of_the_same_reports_have_a_course_each(cast):
    for allegation in two_acts(cast):
        beside(cast, allegation, "victim", name="Ada Brindlecott", birth="01/01/1990", sex="F", phone="07700 900555")
    look(cast)
    assert {course.victim for course in rows(PossibleCourse, kind=Together.COURSE)} == {"Nora Quill", "Ada Brindlecott"}
    assert look(cast).new == 0, "looked for once more, nothing is new"


SECONDS = [
    {"role": "subject", "name": "Second", "birth": {"columns": ["Second birth"], "formats": ["%d/%m/%Y"]}},
    {"role": "victim", "name": "Other", "birth": {"columns": ["Other birth"], "formats": ["%d/%m/%Y"]}},
]
WITH_SECONDS = (*HEADER, "Suspect", "Second", "Second birth", "Other", "Other birth")
NOBODY_TOLD, KARL_TOLD, OWEN_TOLD = ("", ""), ("Karl Obern", "07/07/1970"), ("Owen Starkey", "01/12/1991")
ADA_TOLD, BEA_TOLD = ("Ada Brindlecott", "01/05/1990"), ("Bea Holm", "01/01/1991")


def told_in_versions(cast, tmp_path, *versions):
    """Import two reports of one woman and one man, in each version with whom both tell of beside; then look."""
    several = small(subject={"name": "Suspect"}, person=SECONDS)
    for day, (man, woman) in enumerate(versions):
        told_so = [(*row(ref, Story=f"Told on day {day}"), "Dean Marlow", *man, *woman) for ref in ("1", "2")]
        run(cast, feed(tmp_path, text_of(told_so, WITH_SECONDS), f"{day}.csv"), several, at=NOW + day * DAY)
    look(cast, at=LATER + DAY)
    return {(course.victim, course.subject) for course in rows(PossibleCourse, kind=Together.COURSE)}


@pytest.mark.parametrize(
    ("versions", "women", "men"),
    [
        ([(NOBODY_TOLD, NOBODY_TOLD)], (), ()),
        ([(NOBODY_TOLD, NOBODY_TOLD), (KARL_TOLD, NOBODY_TOLD)], (), ("Karl Obern",)),
        ([(OWEN_TOLD, NOBODY_TOLD), (KARL_TOLD, NOBODY_TOLD)], (), ("Karl Obern",)),
        ([(KARL_TOLD, NOBODY_TOLD), (NOBODY_TOLD, NOBODY_TOLD)], (), ("Karl Obern",)),
        ([(OWEN_TOLD, NOBODY_TOLD), (KARL_TOLD, NOBODY_TOLD), (NOBODY_TOLD, NOBODY_TOLD)], (), ("Karl Obern",)),
        ([(NOBODY_TOLD, ADA_TOLD), (NOBODY_TOLD, BEA_TOLD)], ("Bea Holm",), ()),
        ([(NOBODY_TOLD, ADA_TOLD), (KARL_TOLD, NOBODY_TOLD)], ("Ada Brindlecott",), ("Karl Obern",)),
    ],
    ids=["nobody", "told later", "another man", "left out", "left out again", "another woman", "each role by itself"],
)
def test_whom_the_latest_version_tells_of_beside_has_a_course(cast, tmp_path, versions, women, men):
    found = told_in_versions(cast, tmp_path, *versions)
    assert found == set(product(("Anna Karlsen", *women), ("Dean Marlow", *men)))


def test_whom_versions_tell_of_beside_costs_one_statement(cast, tmp_path, django_assert_num_queries):
    told_in_versions(cast, tmp_path, (NOBODY_TOLD, NOBODY_TOLD), (KARL_TOLD, NOBODY_TOLD))
    with django_assert_num_queries(1):
        assert len(intake.further_told_last()) == 2


def test_the_command_hands_the_courses_out_with_their_reasons(cast, monkeypatch):
    """Whoever may not see a course gets no line of it; the log says to whom the list went."""
    monkeypatch.setattr("fourfold.cli.courses.now", lambda: LATER)
    monkeypatch.setattr("fourfold.cli.courses.acting", lambda site, email, at: cast.actor(email))
    two_acts(cast)

    def typed(who, *how):
        return CliRunner().invoke(app, ["courses", "--site", "northmoor", "--as", who, *how])

    (course,) = json.loads(typed("analyst", "--json", "--list").stdout)["courses"]
    assert (course["list"], course["reports"], len(course["for"]) > 1) == ("likely", 2, True)
    head, row, *rest = typed("analyst", "--csv").stdout.splitlines()
    assert (head.split(",")[:3], rest) == (["points", "list", "victim"], [])
    assert row.endswith(course["course"])
    assert "; ".join(course["for"]) in row
    assert f"for: {course['for'][0]}" in typed("analyst", "--list").stdout
    assert Entry.objects.filter(action="course.list").count() == 6, "either list, each time"
    refused = typed("olu", "--csv")
    assert (refused.exit_code, refused.stdout) == (3, "")
