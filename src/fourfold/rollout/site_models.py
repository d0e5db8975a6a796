"""A site model of the user's own: posts, times of the steps, sittings and standard, begun from one of the programme's three."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter, ValidationError

from fourfold.fields import Unfit, asked, draft
from fourfold.rollout.capacity.assumptions import SHIPPED
from fourfold.rollout.capacity.questions import posts_refused, standard_refused
from fourfold.rollout.capacity.terms import Assumed, Policy, Profession, Standard, Team
from fourfold.rollout.capacity.unit import Unit
from fourfold.rollout.terms import Model
from fourfold.words import Word, sentence


class SiteModelRefused(Unfit):
    """A site model that no unit can have; the message says how to mend it."""


class NoSiteModel(LookupError):
    """There is no such site model for who asks."""


@dataclass(frozen=True)
class Setting:
    """One number that a site model may say in place of what is assumed, and between which bounds it can be one."""

    key: str
    words: str
    least: float
    most: float
    whole: bool = False

    @property
    def bounds(self) -> tuple[str, str]:
        return f"{self.least:g}", f"{self.most:g}"


SITTINGS = "panel_every_days"
SETTINGS: Mapping[str, Setting] = {
    each.key: each
    for each in (
        Setting(SITTINGS, Word("Days from one panel sitting to the next"), 1, 92, whole=True),
        Setting("heard", Word("Cases heard at one sitting"), 1, 60, whole=True),
        Setting("screening", Word("Screening of a recorded crime"), 0.05, 8),
        Setting("triage", Word("Triage of a referral"), 0.1, 16),
        Setting("assessment", Word("Assessment of a case"), 0.5, 80),
        Setting("review", Word("Review of a case"), 0.1, 16),
        Setting("breach", Word("Answer to a breach"), 0.25, 40),
        Setting("therapy_weeks", Word("Weeks of psychological work"), 1, 104),
        Setting("therapy_at_once", Word("People in psychological work at once"), 1, 30, whole=True),
        Setting("caseload", Word("Open cases of an advocate"), 1, 100, whole=True),
        Setting("support_weeks", Word("Weeks of an advocate’s support"), 1, 156),
    )
}


@draft
class SiteModelDraft:
    """What a site model is called, and why it is as it is."""

    name: str = asked(missing="Give the site model a name", longest=120)
    reason: str = asked(missing="Say why the site model is as it is, or what changed", longest=500)


@dataclass(frozen=True)
class OwnModel:
    """A site model as somebody has it. What `numbers` does not name stays as it is assumed for the site it was begun from."""

    name: str
    begun_from: Model
    policy: Policy
    team: Team
    percent: int
    within: int
    numbers: Mapping[str, float] = field(default_factory=dict)
    version: int = 1

    @property
    def standard(self) -> Standard:
        return Standard(share=self.percent / 100, within_days=self.within)

    @property
    def called(self) -> str:
        return sentence("“{1}”, version {2}", self.name, self.version)

    def unit(self, begun: Unit) -> Unit:
        """Return the unit of the site that it was begun from, with what is said otherwise, on whose word."""
        source = sentence("the site model {1}", self.called)
        said = {
            (name := key.replace("_", " ")): Assumed(number, SHIPPED[name].unit, source)
            for key, number in self.numbers.items()
            if key != SITTINGS
        }
        every = int(self.numbers.get(SITTINGS, begun.working.panel_every_days))
        working = replace(begun.working, panel_every_days=every)
        return Unit(working, {**begun.assumed, **said}, self.policy)


OWN = TypeAdapter(OwnModel)


def refused(own: OwnModel) -> tuple[tuple[str, str], ...]:
    """Return every field and reason for which a site model cannot be one."""
    found = list(_refused(own))
    reserve = own.policy is Policy.RESERVE and own.team.officers < 2
    return (*found, ("policy", RESERVE)) if reserve else tuple(found)


RESERVE = Word("To keep one officer free for breaches takes at least two full-time officers")


def _refused(own: OwnModel) -> Iterator[tuple[str, str]]:
    if not own.name.strip():
        yield "name", Word("Give the site model a name")
    for profession in Profession:
        if why := posts_refused(profession, own.team.of(profession)):
            yield profession.value, why
    for key, number in own.numbers.items():
        if why := number_refused(key, number):
            yield key, why
    if why_not := standard_refused(own.standard):
        yield {"share": "percent"}.get(why_not[0], why_not[0]), why_not[1]


def number_refused(key: str, number: float) -> str:
    """Return why a site model cannot say this number, or nothing."""
    one = SETTINGS.get(key)
    if one is None:
        return sentence("A site model says nothing of “{1}”. It may say: {2}.", key, ", ".join(SETTINGS))
    if not (math.isfinite(number) and one.least <= number <= one.most) or (one.whole and number != int(number)):
        kind = (
            Word("{1}: give a whole number from {2} to {3}.")
            if one.whole
            else Word("{1}: give a number from {2} to {3}.")
        )
        return sentence(kind, one.words, *one.bounds)
    return ""


def require(own: OwnModel) -> None:
    """Raise SiteModelRefused with everything that has to be mended."""
    if why := refused(own):
        first, *more = why
        raise SiteModelRefused(*first, *more)


def read(text: str) -> OwnModel:
    """Read a site model's file. Raises SiteModelRefused where it is none, or no unit can have it."""
    try:
        found = OWN.validate_json(text, strict=False)
    except ValidationError as why:
        first = why.errors()[0]
        place = ", ".join(map(str, first["loc"])) or Word("the file")
        raise SiteModelRefused("file", sentence("This is no site model: {1}: {2}.", place, first["msg"])) from None
    require(found)
    return found


def as_file(own: OwnModel) -> bytes:
    """Return the file of a site model: what the command `fourfold rollout` takes, and `read` reads."""
    return OWN.dump_json(own, indent=1) + b"\n"


def rows(own: OwnModel, begun: Unit) -> Iterator[tuple[str, str, str]]:
    """Yield what a site model says, row by row: what, the number with its unit, and on whose word."""
    yield Word("Begun from"), own.begun_from.words, ""
    for each in Profession:
        yield each.words, sentence("{1} posts", f"{own.team.of(each):g}"), OURS
    unit = own.unit(begun)
    every = OURS if SITTINGS in own.numbers else own.begun_from.words
    yield SETTINGS[SITTINGS].words, sentence("{1} days", unit.working.panel_every_days), every
    for key, one in SETTINGS.items():
        if key != SITTINGS:
            assumed = unit.assumed[key.replace("_", " ")]
            said = OURS if key in own.numbers else assumed.source
            yield one.words, sentence("{1} {2}", f"{assumed.value:g}", assumed.unit), said
    yield Word("Whose turn it is where people wait"), own.policy.words, OURS
    yield Word("Standard"), sentence("{1}% assessed within {2} working days", own.percent, own.within), OURS


OURS = Word("said in this site model")


def changed(before: OwnModel, after: OwnModel, begun: Mapping[Model, Unit]) -> tuple[tuple[str, str, str], ...]:
    """Return what two versions say otherwise: what, as it was, as it is."""
    name = ((Word("Name"), before.name, after.name),) if before.name != after.name else ()
    pairs = zip(rows(before, begun[before.begun_from]), rows(after, begun[after.begun_from]), strict=True)
    return (*name, *((one[0], one[1], two[1]) for one, two in pairs if one[1] != two[1]))
