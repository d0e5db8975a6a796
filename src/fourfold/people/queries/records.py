"""Reading people's records: one person, or those that a search finds, as far as the reader may see."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.lookups import IEndsWith

from fourfold.access import queries as access_queries
from fourfold.access.conditions import OnAnyOf, Place
from fourfold.access.projection import Projection
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import opens_at_site, opens_row
from fourfold.access.statements import Call, Numbers, Texts, composed
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import FindingKey, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.same_person import is_merged
from fourfold.people.queries.withdrawals import Mark, reach_in, standing
from fourfold.people.rules.looked_for import FOUND_BY, NAME, SPELT, TOLD, Keys, keys_meant, only_a_number, why_found
from fourfold.people.rules.name_search import LIKE_ENOUGH, likeness_to, sounds_to_look_for, sounds_typed
from fourfold.people.rules.names import plain_words
from fourfold.people.rules.search_keys import keys_of, number_of
from fourfold.people.terms import Found, MarkKind, Named, Part, People, SubjectCard, name_as_said

#: Whose contact somebody reads, as part of a statement that is composed once.
Reached = Callable[[Actor, datetime], QuerySet[Any, Any]]
#: Ways to look, each with how many it brings at most, if not all.
Ways = Sequence[tuple[Q, int | None]]
VICTIM_NAMED, SUBJECT_NAMED = Projection(Named, Victim), Projection(Named, Subject)
SUBJECT = Projection(SubjectCard, Subject, "marks")


def subject(subject_id: UUID, *, actor: Actor, at: datetime) -> SubjectCard:
    """Return a subject's record with its marks, or raise NotFound where the subject's identity is closed too."""
    row = existing(Subject.objects.unscoped("opened in the next line").filter(pk=subject_id).first())
    opened = access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at)
    if Compartment.SUBJECT_IDENTITY not in opened.readable:
        audit.refused(actor, "subject.record", at=at, rule=f"compartment {Compartment.SUBJECT_IDENTITY}", file=row.pk)
        raise NotFound
    audit.consulted(
        actor, "subject.record", at=at, file=row.pk, compartments={str(Compartment.SUBJECT_IDENTITY)}, count=1
    )
    marks = standing(SubjectMark.objects.of(opened)).order_by("kind", "recorded_at", "id")
    return SUBJECT(row, marks=tuple(map(reach_in, marks)))


def found(
    words: str,
    *,
    actor: Actor,
    at: datetime,
    reached: Reached | None = None,
    told: Collection[UUID] = (),
    everyone: bool = False,
) -> People:
    """Return the people of the actor's units whom a name may mean, or a number, a car, an account, a postcode of theirs.

    By what they were found comes with each, what was found by more than a name first, then the closest name; a slip of
    the finger is forgiven. A victim is found by such a mark only among `reached`, those whose contact the actor reads: it
    would tell whose it is to somebody who may not know. `told` are those whom a report calls so that is confirmed to mean
    them. Of very many some are weighed, first those of whom all words are alike, and `more` says so, unless `everyone` is asked for.
    Four statements and the log's, by indexes; two or four more where nobody is found so, and names are looked through for the
    words, or where some are closed of so many that one way of looking was cut.
    """
    if not access_queries.may(actor, Permission.ALLEGATION_VIEW) or not words.strip():
        return People()
    kinds: dict[UUID, str] = {}
    for call in marks_ahead(words, actor, at, reached):
        for person, kind in call.rows():
            kinds.setdefault(person, kind)
    known: dict[str, Any] = {"known": tuple({*kinds, *told})}
    if only_a_number(words):
        weighed = _weighed(words, told, kinds, lambda part: _known_as(actor, at, part, **known) if kinds else ())
    else:
        given = {**known, **_named(words, actor)}
        most = MOST_OF_ONE if "from_1" in given else MOST_OF_ALL

        def called(everyone: bool) -> People:
            def read(part: Part) -> Sequence[tuple[Any, ...]]:
                rows = _called(actor, at, part, everyone, False, **given)
                # Whom the actor may not see stands in nobody's place where a way of looking may have been cut.
                closed = not everyone and len(rows) >= most and not all(row[0] for row in rows)
                return _called(actor, at, part, everyone, True, **given) if closed else rows

            return _weighed(words, told, kinds, read)

        weighed = called(everyone)
        # As many as one way of looking is cut at: there may be others, and nothing tells whether those are closed.
        weighed.more = not everyone and weighed.read >= most
        weighed = called(everyone=True) if weighed.more and not weighed else weighed
        within = ((_name_within(words), None),)
        weighed = weighed or _weighed(words, told, kinds, lambda part: _people(actor, at, part, known["known"], within))
    audit.consulted(actor, "people.search", at=at, compartments={"core", "subject_identity"}, count=len(weighed))
    return weighed


NAMED = (NAME, SPELT)
#: So many are weighed of those whom one way of looking brings: by all words typed, or by one of several.
MOST_OF_ALL, MOST_OF_ONE = 100, 25


def marks_ahead(words: str, actor: Actor, at: datetime, reached: Reached | None) -> tuple[Call, ...]:
    """Return what asks whom a mark finds, and what kind of mark, in the order of the kinds; to be run ahead. None for no mark."""
    marks = _marks_meant(keys_meant(words))
    return tuple(_marked_as.call(actor, at, part, reached, **marks) for part in Part) if marks else ()


def _marks_meant(keys: Keys) -> dict[str, Any]:
    """Return the keys by the name of their kind, and of an address where what stands at its postcode ends."""
    given: dict[str, Any] = {f"key_{kind}": Texts(several) for kind, several in keys.items()}
    for place in keys.get(MarkKind.ADDRESS, ()):
        given |= {"door": place, "beyond": f"{place}zzzz"}
    return given


def _marked(table: type[Mark], marks: Mapping[str, Any]) -> QuerySet[Mark]:
    """Return the marks that stand under some keys; of addresses those at a postcode too."""
    condition = Q(pk__in=[])
    for kind in MarkKind:
        if (several := marks.get(f"key_{kind}")) is not None:
            condition |= Q(kind=kind, key__in=several)
    if "door" in marks:
        condition |= Q(kind=MarkKind.ADDRESS, key__gte=marks["door"], key__lt=marks["beyond"])
    return standing(table.objects.unscoped("part of a scoped list").filter(condition))


def _away_from_victims(marks: QuerySet[SubjectMark]) -> QuerySet[SubjectMark]:
    """Leave out every address at which any victim was ever reached: finding a subject there would say where."""
    homes = VictimReach.objects.unscoped("only to leave out").filter(kind=MarkKind.ADDRESS, key=OuterRef("key"))
    return marks.exclude(Q(kind=MarkKind.ADDRESS) & Exists(homes))


def _named(words: str, actor: Actor) -> dict[str, Any]:
    """Return what a name is looked for by: how it sounds and may sound, each word typed, and its first letter, with where
    those end that it begins, and what two of its words in whatever order are numbered."""
    heard = sounds_typed(words)
    given: dict[str, Any] = {"heard": Texts(heard), "near": Texts(set(sounds_to_look_for(words)).difference(heard))}
    for place, word in enumerate(dict.fromkeys(each.title() for each in words.split() if len(each) > 1)):
        given |= {f"from_{place}": word, f"to_{place}": f"{word}zzzz", f"letter_{place}": word[0]}
    pairs = [(sort, key) for sort, key in keys_of(words, None, ()) if sort == "name"]
    numbers = [number_of(site, part, *pair) for site in sorted(actor.sites) for part in Part for pair in pairs]
    return given | {"numbers": Numbers(numbers)}


@composed
def _marked_as(actor: Actor, at: datetime, part: Part, reached: Reached | None, **marks: Any) -> QuerySet[Any, Any]:
    if part is Part.VICTIM:
        found: QuerySet[Any] = _marked(VictimReach, marks).filter(victim__in=reached(actor, at) if reached else ())
    else:
        found = _away_from_victims(_marked(SubjectMark, marks))
    return found.order_by("kind").values_list(part.value, "kind")


@composed
def _known_as(actor: Actor, at: datetime, part: Part, known: Any) -> QuerySet[Any, Any]:
    return _people(actor, at, part, known, ())


@composed
def _called(actor: Actor, at: datetime, part: Part, everyone: bool, doors: bool, **more: Any) -> QuerySet[Any, Any]:
    """Return whose name sounds as typed or nearly so, of whose names a word typed begins one, or of which two words sound as
    typed, in whatever order; and who is known already."""

    def begins(column: str, place: int) -> Q:
        return Q(**{f"{column}__gte": more[f"from_{place}"], f"{column}__lt": more[f"to_{place}"]})

    last = sum(name.startswith("from_") for name in more) - 1
    sounds, nearly = Q(sound_key__in=more["heard"]), Q(sound_key__in=more["near"])
    numbered = Q(pk__in=FindingKey.objects.filter(key__in=more["numbers"]).values("person"))
    ways: list[tuple[Q, int]] = [(numbered, MOST_OF_ALL)]
    for given, family in ((0, last), (last, 0)) if last > 0 and not everyone else ():
        # Of the other word the letter alone: by that no index is gone through, which would lead to thousands.
        alike = Q(family_name__startswith=more[f"letter_{family}"]) | sounds | nearly
        first = Q(given_name__startswith=more[f"letter_{given}"])
        ways += [(begins("given_name", given) & alike, MOST_OF_ALL)]
        ways += [(one & first, MOST_OF_ALL) for one in (sounds, begins("family_name", family))]
    names = (begins(column, place) for place in range(last + 1) for column in ("family_name", "given_name"))
    ways += [(one, MOST_OF_ONE if last > 0 else MOST_OF_ALL) for one in (sounds, nearly, *names)]
    each = [(one, None if everyone else most) for one, most in ways]
    return _people(actor, at, part, more["known"], each, doors)


def _name_within(words: str) -> Q:
    """Return the condition that a word typed stands somewhere in a name without the marks on its letters, or ends with a
    family name whose beginning was taken for a middle name (`MacDonald` for `Mac Donald`)."""
    condition = Q(pk__in=[])
    for word in plain_words(words):
        condition |= Q(name_key__contains=word)
        condition |= Q(other_names__gt="") & Q(IEndsWith(Value(word, TextField()), F("family_name")))
    return condition


def _people(actor: Actor, at: datetime, part: Part, known: Any, named: Ways, doors: bool = False) -> QuerySet[Any, Any]:
    """Return whether the actor may see them, and the columns of people who are `known` or whom a condition of `named` finds, of
    each so many at most, if it says how many; with `doors`, so many of those whom the actor may see.
    """
    table: Any = Victim if part is Part.VICTIM else Subject
    there, is_open = table.objects.unscoped("of each row its door says whether it is read"), Q(opens_row(actor, at=at))
    more: tuple[str, ...] = ()
    called = there = there.filter(site__in=sorted(casework_sites(actor)))
    if part is Part.SUBJECT:
        is_open, more = is_open & opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at), ("known",)
        called = there.filter(known=True)
    # Each condition by its own index: PostgreSQL reads all of a site where one of several asks a second list.
    called = called.filter(is_open) if doors else called
    ways = ((there.filter(pk__in=known), None), *((called.filter(one), most) for one, most in named))
    columns = ("is_open", "pk", "birth_on", "merged", "other_names", "given_name", "family_name", *more)
    people = there.filter(OnAnyOf(*(rows.annotate(place=Place("pk")).values("place")[:most] for rows, most in ways)))
    return people.annotate(is_open=is_open, merged=is_merged("pk")).values_list(*columns)


def _weighed(
    words: str, told: Collection[UUID], kinds: Mapping[UUID, str], read: Callable[[Part], Iterable[tuple[Any, ...]]]
) -> People:
    """Return people of both parts, all weighed whom the indexes bring, once a spelling: what was found by more than a name
    first, then the closest name."""
    close, weighed, people = likeness_to(words), list[tuple[float, Found]](), People()
    for part in Part:
        seen = (row for row in read(part) if row[0])  # and of subjects whom nobody can name those whom a mark finds
        rows = [row[1:] for row in seen if part is Part.VICTIM or row[-1] or row[1] in kinds]
        people.read = max(people.read, len(rows))
        for pk, birth_on, merged, other, *name in rows:
            said = name_as_said(*name)
            if kind := kinds.get(pk):
                weighed.append((close(said), Found(pk, part, said, birth_on, FOUND_BY[MarkKind(kind)], merged)))
                continue
            whole = " ".join(filter(None, (name[0], other, name[1])))
            if close(whole) >= LIKE_ENOUGH:
                weighed.append((close(said), Found(pk, part, said, birth_on, why_found(words, whole), merged)))
            elif pk in told:
                weighed.append((close(said), Found(pk, part, said, birth_on, TOLD, merged)))
    weighed.sort(key=lambda pair: (pair[1].found_by in NAMED, -pair[0], pair[1].name, pair[1].part, pair[1].id))
    people += [one for _, one in weighed]
    return people


def victim_row(victim_id: UUID, *, actor: Actor, at: datetime) -> Victim:
    """Return the victim whom a page is about to name, or raise NotFound."""
    return existing(Victim.objects.visible_to(actor, at=at).filter(pk=victim_id).first())


def subject_row(subject_id: UUID, *, actor: Actor, at: datetime) -> Subject:
    """Return the subject whom a page is about to name, or raise NotFound where the subject's identity is closed too."""
    named = opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at)
    return existing(Subject.objects.visible_to(actor, at=at).filter(named, pk=subject_id).first())


def may_refer_to(actor: Actor, site: str | None = None) -> bool:
    """Return whether the actor (at `site`, if named) meets people, and may record how one is referred to."""
    meets = (Permission.MATCH_CONFIRM, Permission.SAFE_CONTACT_SET, Permission.SESSION_RECORD)
    return any(access_queries.may(actor, permission, site=site) for permission in meets)
