"""Reads what a caller hands over into checked arrays, and refuses in words what cannot be read."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats.terms import EmptyInput, NotANumber, OutOfRange, UnknownChoice, WrongKind, WrongShape

FloatArray = npt.NDArray[np.floating[Any]]  # no numpy before 2.5, for Python 3.11, says more of linear algebra
IntArray = npt.NDArray[np.intp]

Kind = TypeVar("Kind")
#: Writes what was handed over into a message. Python 3.11's own `repr` gives up on lists that are nested hundreds deep.
_WRITER = reprlib.Repr()
_WRITER.maxlist = _WRITER.maxtuple = _WRITER.maxdict = _WRITER.maxset = _WRITER.maxfrozenset = 100
_WRITER.maxstring = _WRITER.maxlong = _WRITER.maxother = 1000
written = _WRITER.repr

LARGEST, MOST = 1e100, 10**15
#: The critical value of nearly every page: for this alone a server would read scipy's special functions, a second and 17 MB.
USUAL = 1.959963984540054


def column(argument: str, values: npt.ArrayLike, rows: int | None = None) -> FloatArray:
    """Read one finite number for each row, shape (rows,)."""
    read = numbers(argument, values)
    if read.ndim != 1:
        raise WrongShape(argument, f"has {read.ndim} dimensions", "Give one number for each row")
    if not read.size:
        raise EmptyInput(argument, "has no rows", "Give at least one row")
    if rows is not None and read.size != rows:
        raise WrongShape(argument, f"has {read.size} rows where {rows} are needed", "Give one value for each row")
    _require_finite(argument, read)
    return read


def numbers(argument: str, values: npt.ArrayLike) -> FloatArray:
    """Read numbers of any shape, gaps included; words, dates and complex numbers are refused, even "1".

    A masked value is a gap, whatever number lies under the mask.
    """
    try:
        read = np.asarray(values)
        if hasattr(values, "_mask") and np.ma.is_masked(values):  # asked of anything, it reads all that it holds
            return np.ma.filled(np.ma.asarray(values).astype(float), np.nan)
        worded = read.dtype.kind == "O" and any(isinstance(value, str | bytes) for value in read.flat)
        if worded or read.dtype.kind in "USMmVc":
            raise TypeError(read.dtype)
        return np.array(read, dtype=float)
    except (TypeError, ValueError, OverflowError) as wrong:
        remedy = "Give numbers only, and days counted from each person's start rather than dates"
        if argument.startswith("covariates") and worded_column(values):
            remedy = (
                "Give a column of 0 and 1 for each of its values but one (pandas.get_dummies(..., drop_first=True))"
            )
        raise NotANumber(argument, "holds something that is not a number", remedy) from wrong


def worded_column(values: npt.ArrayLike) -> bool:
    """Return whether the values name categories: words, whatever holds them."""
    read = np.asarray(values, dtype=object).ravel()
    return any(isinstance(value, str) for value in read.tolist())


def times(argument: str, values: npt.ArrayLike, rows: int | None = None) -> FloatArray:
    """Read times since the start, in any one unit; none may be negative."""
    read = column(argument, values, rows)
    if (read < 0).any():
        raise OutOfRange(argument, f"row {_first(read < 0)} is negative", "Count time forwards from the start")
    return read


def indicator(argument: str, values: npt.ArrayLike, rows: int) -> FloatArray:
    """Read a column of 0 and 1 (or False and True)."""
    read = column(argument, values, rows)
    wrong = (read != 0) & (read != 1)
    if wrong.any():
        row = _first(wrong)
        raise OutOfRange(argument, f"row {row} is {read[row]:g}", "Use 1 where it happened and 0 where it did not")
    return read


def entries(values: npt.ArrayLike | None, time: FloatArray) -> FloatArray | None:
    """Read the times from which people were observed; each must come before the row's end."""
    if values is None:
        return None
    read = times("entry", values, time.size)
    if (read >= time).any():
        raise OutOfRange("entry", f"row {_first(read >= time)} ends when or before it begins", "Drop rows of no length")
    return read


def weights(values: npt.ArrayLike | None, rows: int) -> FloatArray:
    """Read case weights, all one where none are given; zero means that the row does not count."""
    if values is None:
        return np.ones(rows)
    read = times("weights", values, rows)
    if not read.any():
        raise OutOfRange("weights", "are all zero", "Give at least one row some weight")
    return read


def whole(weights: FloatArray) -> bool:
    """Return whether the weights count people, so that Greenwood's formula means something."""
    return not (weights % 1).any()


def labels(argument: str, values: Any, rows: int) -> tuple[list[Any], IntArray]:
    """Read group names into their sorted distinct values and each row's place among them."""
    read = named(argument, values)
    if read.ndim != 1 or read.size != rows:
        raise WrongShape(argument, f"has shape {read.shape} where {rows} rows are needed", "Give one name for each row")
    if _is_missing(read).any():
        raise NotANumber(argument, f"row {_first(_is_missing(read))} is missing", "Name the group or drop the row")
    endless = _is_endless(read)
    if endless.any():
        raise NotANumber(
            argument, f"row {_first(endless)} is infinite, which names nobody", "Name the group or drop the row"
        )
    try:
        names, place = np.unique(read, return_inverse=True)
    except TypeError as mixed:
        raise WrongShape(argument, "mixes kinds of names", "Use either numbers or words") from mixed
    return names.tolist(), place


def somebody(argument: str, values: Any) -> Any:
    """Read who each row is about where errors rest on it: none at all would take every row for another person."""
    if values is None:
        raise WrongKind(argument, "is nothing", "Name the person of each row")
    return values


def named(argument: str, values: Any) -> npt.NDArray[Any]:
    """Read names or numbers as they are; numpy would make the word "nan" of a gap in a list of words."""
    try:
        read = np.asarray(values)
    except ValueError as ragged:
        raise WrongShape(argument, "has rows of different lengths", "Give one name for each row") from ragged
    if np.ma.is_masked(values):
        raise NotANumber(argument, "has a masked row", "Name the group or drop the row")
    if read.dtype.kind in "US" and isinstance(values, list | tuple):
        kept = np.empty(len(values), dtype=object)
        kept[:] = [value if isinstance(value, str | bytes) else None if _gap(value) else value for value in values]
        return read if all(isinstance(value, str | bytes) for value in kept) else kept
    return read


def kind(argument: str, value: Any, wanted: type[Kind], made_by: str) -> Kind:
    """Read a result of another function, such as a curve."""
    if not isinstance(value, wanted):
        raise WrongKind(argument, f"is {_a(value)}", f"Give what {made_by} returns")
    return value


def every(argument: str, values: Any, wanted: type[Kind], made_by: str) -> tuple[Kind, ...]:
    """Read a list of results of another function."""
    return tuple(kind(argument, one, wanted, made_by) for one in several(argument, values))


def several(argument: str, values: Any) -> tuple[Any, ...]:
    """Read things one after another: not one thing, a word, or names with values."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise WrongKind(argument, f"is {_a(values)}", "Give a list, even of one")
    try:
        return tuple(values)
    except TypeError as wrong:  # an array of no dimension says that it can be gone through
        raise WrongKind(argument, f"is {_a(values)}", "Give a list, even of one") from wrong


def words(argument: str, values: Any) -> tuple[str, ...]:
    """Read a list of names; a single word is not taken for its letters."""
    read = several(argument, values)
    if not all(isinstance(one, str) for one in read):
        raise WrongKind(argument, "holds something that is not a word", "Give a list of names")
    return read


def mapping(argument: str, values: Any) -> Mapping[Any, Any]:
    """Read names with their values: a mapping, or what has columns as a data frame does."""
    if isinstance(values, Mapping):
        return values
    if not (hasattr(values, "keys") and hasattr(values, "__getitem__")):
        raise WrongKind(argument, f"is {_a(values)}", "Give names with their values")
    return {name: values[name] for name in values.keys()}  # noqa: SIM118 - a data frame is gone through by its keys


def yes(argument: str, value: Any) -> bool:
    """Read a yes or no; what only counts as one is refused."""
    if not isinstance(value, bool | np.bool_):
        raise WrongKind(argument, f"is {_a(value)}", "Give True or False")
    return bool(value)


def function(argument: str, value: Any, what: str) -> Callable[..., Any]:
    """Read a function that the method will call."""
    if not callable(value):
        raise WrongKind(argument, f"is {_a(value)}", f"Give a function, {what}")
    found: Callable[..., Any] = value
    return found


def _a(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def covariates(
    values: Any, names: Sequence[str] | None, rows: int, *, none: bool = False
) -> tuple[tuple[str, ...], FloatArray]:
    """Read covariates, by name (a mapping or data frame) or as an array (rows, covariates); `none` may be, if so said."""
    if none and hasattr(values, "keys") and not len(values.keys()):
        return (), np.empty((rows, 0))
    if hasattr(values, "keys"):
        keys = list(values.keys())
        if names is not None and words("names", names) != tuple(str(key) for key in keys):
            raise WrongShape("names", "stand beside columns that have their own", "Name columns once, or give an array")
        found = tuple(str(key) for key in keys)
        columns = [column(f"covariates[{key!r}]", values[key], rows) for key in keys]
        _require_names(found)
        return found, np.column_stack(columns)
    read = numbers("covariates", values)
    read = read[:, None] if read.ndim == 1 else read
    if read.ndim != 2 or read.shape[0] != rows:
        raise WrongShape("covariates", f"has shape {read.shape}", f"Give {rows} rows and one column for each covariate")
    _require_finite("covariates", read)
    found = words("names", names) if names is not None else tuple(f"x{i + 1}" for i in range(read.shape[1]))
    if len(found) != read.shape[1]:
        raise WrongShape("names", f"has {len(found)} names for {read.shape[1]} columns", "Name each covariate once")
    _require_names(found)
    return found, read


def critical_value(level: float) -> float:
    """Give the two-sided normal quantile of a confidence level, 1.96 for 0.95."""
    read = share("level", level)
    return USUAL if read == 0.95 else float(scipy.special.ndtri(0.5 + read / 2))


def number(argument: str, value: Any) -> float:
    """Read one number; None, a word or an array of several is refused."""
    try:
        if isinstance(value, str | bytes):
            raise TypeError(value)
        return float(value)
    except OverflowError as wrong:
        raise OutOfRange(argument, "has more digits than a number can hold", "Use larger units") from wrong
    except (TypeError, ValueError) as wrong:
        raise NotANumber(argument, f"is {written(value)}", "Give one number") from wrong


def finite(argument: str, value: Any) -> float:
    """Read one finite number, of either sign."""
    read = number(argument, value)
    if not abs(read) <= LARGEST:
        raise NotANumber(argument, f"is {value}", "Give one finite number")
    return read


def share(argument: str, value: float) -> float:
    """Read a number strictly between 0 and 1."""
    if not 0 < number(argument, value) < 1:
        raise OutOfRange(argument, f"is {value}", "Give a number between 0 and 1, such as 0.95")
    return float(value)


def positive(argument: str, value: float) -> float:
    """Read one finite number above zero."""
    if not 0 < number(argument, value) <= LARGEST:
        raise OutOfRange(argument, f"is {value}", "Give a number above zero, and one that can be squared")
    return float(value)


def not_negative(argument: str, value: float) -> float:
    """Read zero, or one finite number above it."""
    if not 0 <= number(argument, value) <= LARGEST:
        raise OutOfRange(argument, f"is {value}", "Give 0, or a finite number above it")
    return float(value)


def whole_number(argument: str, value: float, *, least: int = 0) -> int:
    """Read a count of people, draws or the like, at least `least`."""
    if not (least <= number(argument, value) <= MOST and value == int(value)):
        raise OutOfRange(argument, f"is {value}", f"Give a whole number of {least} or more")
    return int(value)


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """Give the random numbers that follow from a seed, so that the same call gives the same answer."""
    if isinstance(seed, np.random.Generator):
        return seed
    try:
        if seed is None:
            raise TypeError(seed)  # numpy would take other numbers at every call
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as wrong:
        raise OutOfRange("seed", f"is {written(seed)}", "Give a whole number of 0 or more") from wrong


def choice(argument: str, value: str, known: Sequence[str]) -> str:
    """Read one of the named methods."""
    if not isinstance(value, str) or value not in known:
        raise UnknownChoice(argument, f"{written(value)} is not known", f"Choose one of {', '.join(known)}")
    return value


def sums(place: IntArray, weights: npt.NDArray[Any], size: int = 0) -> FloatArray:
    """Sum the weights at each place. Before 2.5 numpy declares that `bincount` gives whole numbers, though these are not."""
    return np.asarray(np.bincount(place, weights, minlength=size), dtype=np.float64)


def frozen(array: FloatArray) -> FloatArray:
    """Give the array back as one that cannot be written to."""
    array.flags.writeable = False
    return array


def _require_finite(argument: str, read: FloatArray) -> None:
    fits = np.abs(read) <= LARGEST  # false for what is missing or infinite too
    if fits.all():
        return
    if np.isfinite(read).all():
        row = _first(~np.all(fits.reshape(read.shape[0], -1), axis=1))
        raise OutOfRange(argument, f"row {row} is too large to be squared", "Use larger units")
    else:
        row = _first(~np.all(np.isfinite(read).reshape(read.shape[0], -1), axis=1))
        raise NotANumber(
            argument, f"row {row} is missing or infinite", "Fill it, impute it, or drop the row and say so"
        )


def _require_names(names: tuple[str, ...]) -> None:
    if not names:
        raise EmptyInput("covariates", "has no columns", "Name at least one covariate")
    if len(set(names)) != len(names):
        raise WrongShape("covariates", "names a column twice", "Name each covariate once")


def _is_missing(read: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if read.dtype.kind in "iubUS":
        return np.zeros(read.size, dtype=bool)
    return np.array([_gap(value) for value in read.tolist()])


def _is_endless(read: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if read.dtype.kind == "f":
        return np.isinf(read)
    if read.dtype.kind != "O":
        return np.zeros(read.size, dtype=bool)
    return np.array([isinstance(value, float) and math.isinf(value) for value in read.tolist()], dtype=bool)


def _gap(value: Any) -> bool:
    """Return whether a value stands for a missing one: None, not-a-number, not-a-time, or what has no truth at all."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - only what is missing differs from itself
    except TypeError:
        return True


def _first(wrong: npt.NDArray[np.bool_]) -> int:
    return int(np.argmax(wrong))
