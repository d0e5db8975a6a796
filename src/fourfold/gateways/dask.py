"""Dask: work spread over several machines, or over processes of this one. distributed is optional (group `dask`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

HERE = "here"
ANSWERS_WITHIN = 10  # seconds
#: Works something out for each thing, told besides what is the same for all; the answers come in the order of the things.
Spread = Callable[[Callable[[Any, int], Any], Sequence[Any], int], Iterator[Any]]


class NoDask(RuntimeError):
    """What is asked for cannot be had; the message says how to mend it."""


@contextmanager
def spread(address: str, workers: int) -> Iterator[Spread]:
    """Hand on what spreads work: to the workers of the scheduler at an address, or (`HERE`) to so many processes of this machine.

    On this machine nothing listens but on the loopback, and no page is served. Raises NoDask.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as fault:
        raise NoDask("distributed is not installed. Install the group `dask` of pyproject.toml.") from fault
    ours = None
    if address == HERE:
        ours = LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=False
        )
    try:
        with _joined(Client, ours or address) as client:
            yield lambda work, things, same: _each(client, work, things, same)
    finally:
        if ours is not None:
            ours.close()


@contextmanager
def _joined(client: Any, where: Any) -> Iterator[Any]:
    try:
        joined = client(where, timeout=ANSWERS_WITHIN)
    except (OSError, ValueError, TypeError) as fault:
        raise NoDask(
            f"No scheduler of Dask answers at {where}. Give its address, such as tcp://10.0.0.5:8786."
        ) from fault
    with joined:
        threads = joined.nthreads()
        if any(number > 1 for number in threads.values()):
            raise NoDask(
                "A worker of Dask has several threads; what it works out needs one. Start it with --nthreads 1."
            )
        if not threads:
            raise NoDask(f"The scheduler at {where} has no worker. Start one: dask worker {where} --nthreads 1")
        yield joined


def _each(client: Any, work: Callable[[Any, int], Any], things: Sequence[Any], same: int) -> Iterator[Any]:
    """Yield each answer in the order of the things; what a lost worker had begun is begun again by another."""
    begun = client.map(work, things, [same] * len(things), pure=False)
    try:
        for one in begun:
            yield one.result()
            one.release()
    finally:
        with suppress(RuntimeError):  # the scheduler has gone already
            client.cancel(begun)
