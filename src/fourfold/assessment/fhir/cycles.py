"""Names that wait for each other."""

from collections.abc import Iterator

MOST_CIRCLES = 20
"""Circles that are told of one form: the first few are mended, and then one looks again."""


def circles(waits: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Yield one circle for every knot of names that wait for each other, without recursion."""
    done: set[str] = set()
    for start, first in waits.items():
        if start in done:
            continue
        path, on_path, stack = [start], {start}, [(start, iter(first))]
        while stack:
            name, following = stack[-1]
            nearest = next((each for each in following if each in waits and each not in done), None)
            if nearest is None:
                stack.pop()
                on_path.discard(path.pop())
                done.add(name)
            elif nearest in on_path:
                yield tuple(path[path.index(nearest) :])
            else:
                stack.append((nearest, iter(waits[nearest])))
                path.append(nearest)
                on_path.add(nearest)
