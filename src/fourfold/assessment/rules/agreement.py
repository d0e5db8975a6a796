"""How far people agree who judged the same case alone: which coefficient for which kind of answer, and in what words.

Yes and no: Gwet's AC1, which stays steady where one answer is rare. Small steps: AC2 with linear weights. Grades of
danger: AC2 with quadratic weights, and how many cases lie two steps apart. Names: AC1. Between two people or
professions kappa stands beside it; over several, Krippendorff's alpha. Intervals resample cases.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from fourfold.assessment.terms import Meaning, Option, Scale
from fourfold.assessment.terms.agreement import FEWEST, ROUNDED_TO, Asked, Comparison, OnAnswer, Order, Said, Statistic
from fourfold.assessment.terms.vocabulary import UNSETTLED, ScaleKind
from fourfold.cases.terms import Level
from fourfold.stats import agreement
from fourfold.stats.agreement import Coefficient, Undefined
from fourfold.stats.terms import Estimate
from fourfold.words import Word, sentence, words

Column = Callable[[Said], str]

LEVEL = Asked("level", "Level", tuple((level.value, level.words) for level in Level), Order.GRADES)
INTERVAL = "bca"
_GRADES = ("low", "moderate", "medium", "high", "very_high")
_BY_MEANING = {Meaning.DENY: 0, Meaning.PARTIAL: 1, Meaning.AFFIRM: 2}
_WEIGHTS = {Order.YES_NO: "unweighted", Order.NAMES: "unweighted", Order.STEPS: "linear", Order.GRADES: "quadratic"}
_COUNTS = words(
    {
        "unweighted": "only the same answer counts as agreeing",
        "linear": "each step apart takes away an equal part",
        "quadratic": "neighbours count as nearly the same, the ends as opposite",
    }
)

_UNDEFINED = words((agreement.NO_VARIATION, agreement.SAME_RATING, agreement.SAME_NUMBER))


def by_rater(said: Said) -> str:
    return said.rater


def by_profession(said: Said) -> str:
    return said.profession


def asked_of(key: str, title: str, scale: Scale) -> Asked | None:
    """Return what a scale asks as something to agree on; None where fewer than two answers settle the question.

    An order is read only where the definition shows one: yes, partly and no, values, or grades. Else answers are
    names: a false order would make strangers and former partners neighbours.
    """
    settled = [option for option in scale.options if option.meaning not in {*UNSETTLED, Meaning.NOT_APPLICABLE}]
    if len(settled) < 2:
        return None
    order = _order(scale, settled)
    if order in (Order.YES_NO, Order.STEPS) and all(option.meaning in _BY_MEANING for option in settled):
        settled.sort(key=lambda option: _BY_MEANING[option.meaning])  # type: ignore[index]
    elif all(option.value is not None for option in settled):
        settled.sort(key=lambda option: option.value or Decimal(0))
    return Asked(key, title, tuple((option.code, option.label or option.code) for option in settled), order)


def _order(scale: Scale, settled: Sequence[Option]) -> Order:
    meanings = [option.meaning for option in settled]
    if len(settled) == 2:
        return Order.YES_NO
    if scale.kind is ScaleKind.NOMINAL:
        return Order.NAMES
    if None not in meanings and len(set(meanings)) == len(meanings):
        return Order.STEPS
    if all(option.value is not None for option in settled):
        return Order.STEPS
    codes = [option.code for option in settled]
    return Order.GRADES if all(code in _GRADES for code in codes) else Order.NAMES


# --- comparing ---------------------------------------------------------------------------------------------


def compare(
    name: str, said: Iterable[Said], asked: Asked, *, by: Column = by_rater, rounded: bool = False, brief: bool = False
) -> Comparison:
    """Compare what people said of the same cases, the latest of each case and column, in cases that two judged.

    Fewer than FEWEST such cases give no number. `rounded` rounds counts of cases for readers who may see no case;
    `brief` gives the first coefficient and raw agreement only.
    """
    table = _table(said, asked, by)
    columns = {column for row in table for column in row}
    if len(table) < FEWEST:
        return Comparison(name, None, len(columns))
    cases = _rounded(len(table)) if rounded else len(table)
    found = tuple(replace(each, cases=cases) for each in _statistics(table, asked, sorted(columns), brief=brief))
    apart = agreement.steps_apart(_rows(table), categories=asked.codes).apart if asked.has_distance else ()
    return Comparison(name, cases, len(columns), found, () if rounded else apart)


def on_each_answer(
    said: Iterable[Said], asked: Asked, *, by: Column = by_rater, rounded: bool = False
) -> tuple[OnAnswer, ...]:
    """Return for each answer how often a colleague gave it too; nothing where fewer than FEWEST cases were rated.

    An answer that was given fewer than FEWEST times has no share.
    """
    table = _table(said, asked, by)
    if len(table) < FEWEST:
        return ()
    labels = dict(asked.options)
    found = agreement.category_agreement(_rows(table), categories=asked.codes)
    return tuple(
        OnAnswer(
            labels[str(each.category)],
            _rounded(each.ratings) if rounded else each.ratings,
            _shared(each.agreement, each.ratings, len(table)),
        )
        for each in found
    )


def mine_and_theirs(said: Iterable[Said], asked: Asked, rater: str) -> tuple[Said, ...]:
    """Return one person's ratings beside the middle of the colleagues' on each case; of two middles the graver one."""
    ranks = {code: rank for rank, code in enumerate(asked.codes)}
    table: dict[UUID, list[Said]] = {}
    for each in said:
        if each.answer in ranks:
            table.setdefault(each.case, []).append(each)
    pairs: list[Said] = []
    for case, row in table.items():
        own = [each for each in row if each.rater == rater]
        others = sorted(ranks[each.answer] for each in row if each.rater != rater)
        if own and others:
            middle = asked.codes[others[len(others) // 2]]
            pairs += [
                Said(case, "you", "you", own[-1].answer, own[-1].at),
                Said(case, "the others", "the others", middle, own[-1].at),
            ]
    return tuple(pairs)


def far_apart(said: Iterable[Said], asked: Asked, *, by: Column = by_rater) -> dict[UUID, tuple[Said, ...]]:
    """Return the cases whose ratings span two steps or more, with what was said of each, from least to most."""
    if not asked.has_distance:
        return {}
    ranks = {code: rank for rank, code in enumerate(asked.codes)}
    cases: dict[UUID, dict[str, Said]] = {}
    for each in sorted(said, key=lambda one: one.at):
        if each.answer in ranks:
            cases.setdefault(each.case, {})[by(each)] = each
    spans = {
        case: max(ranks[one.answer] for one in row.values()) - min(ranks[one.answer] for one in row.values())
        for case, row in cases.items()
    }
    return {
        case: tuple(sorted(cases[case].values(), key=lambda one: (ranks[one.answer], one.profession, one.rater)))
        for case, span in spans.items()
        if span >= 2
    }


def of_totals(
    name: str, pairs: Sequence[tuple[Decimal, Decimal]], *, raters: int, rounded: bool = False
) -> Statistic | None:
    """Compare two people's totals of each case, each case perhaps by others: ICC(1,1) with its F interval.

    None below FEWEST cases. The meaning gives the error of one rater's total in points.
    """
    if len(pairs) < FEWEST:
        return None
    table = [(float(one), float(other)) for one, other in pairs]
    cases = _rounded(len(pairs)) if rounded else len(pairs)
    found = agreement.intraclass(table, "1,1")
    if isinstance(found, Undefined):
        return Statistic("icc", name, cases, raters, None, None, None, Word(found.why))
    error = found.within_cases**0.5
    meaning = sentence(
        "Of the differences between totals, {1} are between cases and the rest between raters of one case. "
        "One rater's total is good to about {2} points either way.",
        _per_cent(max(found.estimate, 0)),
        f"{error:.1f}",
    )
    return Statistic(
        "icc",
        name,
        cases,
        raters,
        found.estimate,
        found.low,
        found.high,
        meaning,
        found.form,
        found.method,
        found.notes,
    )


def _table(said: Iterable[Said], asked: Asked, by: Column) -> list[dict[str, str]]:
    """Lay ratings out by case and column, the latest of each; keep the cases that two columns settled."""
    known, cases = set(asked.codes), dict[UUID, dict[str, str]]()
    for each in sorted(said, key=lambda one: one.at):
        if each.answer in known:
            cases.setdefault(each.case, {})[by(each)] = each.answer
    return [row for _, row in sorted(cases.items(), key=lambda pair: str(pair[0])) if len(row) >= 2]


def _rows(table: Sequence[dict[str, str]]) -> list[list[str | None]]:
    """Give ratings as rows of equal length; who gave which does not matter to a coefficient over several people."""
    width = max(len(row) for row in table)
    return [[*row.values(), *[None] * (width - len(row))] for row in table]


# --- the statistics, in the order in which they are read -----------------------------------------------------


def _statistics(
    table: Sequence[dict[str, str]], asked: Asked, columns: Sequence[str], *, brief: bool
) -> Iterable[Statistic]:
    rows, codes, weights = _rows(table), asked.codes, _WEIGHTS[asked.order]
    raters = len(columns)
    yield _shown("ac", agreement.gwet_ac(rows, categories=codes, weights=weights, interval=INTERVAL), raters, weights)
    yield _shown("raw", agreement.raw_agreement(rows, categories=codes, interval=_raw_interval(rows)), raters, "")
    if brief:
        return
    if raters == 2:
        first, second = ([row[column] for row in table] for column in columns)
        found = agreement.cohen_kappa(first, second, categories=codes, weights=weights, interval=INTERVAL)
        yield _shown("kappa", found, raters, weights, _why_low(first, second, codes))
    else:
        difference = "ordinal" if asked.order in (Order.STEPS, Order.GRADES) else "nominal"
        found = agreement.krippendorff_alpha(rows, categories=codes, difference=difference, interval=INTERVAL)
        yield _shown("alpha", found, raters, difference)
    if asked.has_distance:
        yield _two_steps(rows, codes, raters)


def _raw_interval(rows: Sequence[Sequence[str | None]]) -> str:
    return "analytic" if len(rows[0]) == 2 else INTERVAL


def _shown(
    key: str, found: Coefficient | Undefined, raters: int, weights: str, notes: tuple[str, ...] = ()
) -> Statistic:
    if isinstance(found, Undefined):
        return Statistic(key, _NAMES[key](found.name, weights), found.cases, raters, None, None, None, Word(found.why))
    return Statistic(
        key=key,
        name=_NAMES[key](found.name, weights),
        cases=found.cases,
        raters=raters,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        meaning=_MEANINGS[key](found.estimate, weights),
        weights=f"{found.weights.name}: {found.weights.definition}",
        method=found.method,
        notes=(*found.notes, *notes),
    )


_NAMES: dict[str, Callable[[str, str], str]] = {
    "ac": lambda name, weights: sentence("{1}, {2} weights", name, Word(weights)) if weights != "unweighted" else name,
    "raw": lambda name, weights: Word("Same answer"),
    "kappa": lambda name, weights: (
        sentence("{1} weighted kappa", Word(weights.capitalize())) if weights != "unweighted" else name
    ),
    "alpha": lambda name, weights: sentence("{1}, {2}", name, Word(weights)),
}
_MEANINGS: dict[str, Callable[[float, str], str]] = {
    "ac": lambda value, weights: sentence("{1} agreement beyond guessing; {2}.", _in_words(value), _COUNTS[weights]),
    "raw": lambda value, weights: sentence("Two people gave the same answer {1} times in 100.", round(100 * value)),
    "kappa": lambda value, weights: sentence(
        "{1} agreement beyond each one's habits; low where one answer is rare.", _in_words(value)
    ),
    "alpha": lambda value, weights: sentence(
        "{1} agreement, from how far answers differ against chance.", _in_words(value)
    ),
}


def _two_steps(rows: Sequence[Sequence[str | None]], codes: Sequence[str], raters: int) -> Statistic:
    found = agreement.steps_apart(rows, categories=codes)
    share = found.share
    meaning = sentence(
        "In {1} of 100 cases they lie two steps or more apart: worth a conversation.", round(100 * share.estimate)
    )
    return Statistic(
        "apart", Word("Two steps or more apart"), len(rows), raters, share.estimate, share.low, share.high, meaning, "", share.method
    )  # fmt: skip


def _why_low(first: Sequence[str], second: Sequence[str], codes: Sequence[str]) -> tuple[str, ...]:
    """Say how prevalence and bias bear on a kappa of two answers."""
    if len(codes) != 2:
        return ()
    found = agreement.kappa_indices(first, second, categories=codes)
    prevalence, bias = f"{found.prevalence:.2f}", f"{found.bias:.2f}"
    return (sentence("Prevalence index {1}, bias index {2}. Closer to 0 is fairer.", prevalence, bias),)


def _shared(found: Estimate | Undefined, times: int, cases: int) -> Statistic | None:
    if isinstance(found, Undefined) or times < FEWEST:
        return None
    meaning = sentence("When somebody gave it, a colleague also gave it {1} times in 100.", round(100 * found.estimate))
    return Statistic("answer", "", cases, 0, found.estimate, found.low, found.high, meaning, "", found.method)


def _in_words(value: float) -> Word:
    return Word(agreement.landis_koch(value).capitalize())


def _per_cent(value: float) -> str:
    return f"{round(100 * value)}%"


def count_shown(count: int, *, rounded: bool = False) -> int | None:
    """Return a number of cases as it may be shown; None below FEWEST."""
    if count < FEWEST:
        return None
    return _rounded(count) if rounded else count


def _rounded(count: int) -> int:
    return ROUNDED_TO * round(count / ROUNDED_TO)
