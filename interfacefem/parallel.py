# SPDX-License-Identifier: BSD-3-Clause
"""Doing a thing on one rank, or on each, so that all ranks learn how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from interfacefem.errors import InterfaceFemError
from interfacefem.mpi import MPI

Key = TypeVar("Key")
Result = TypeVar("Result")


def on_first_rank(comm: MPI.Comm, action: Callable[[], Result]) -> Result | None:
    """Call ``action`` on rank 0 and return its result there, None elsewhere.

    Raises:
        InterfaceFemError: What ``action`` raised on rank 0, on every rank.

    Collective.
    """
    result, error = _attempt(action) if comm.rank == 0 else (None, None)
    error = comm.bcast(error, root=0)
    if error is not None:
        raise error
    return result


def from_first_rank(comm: MPI.Comm, action: Callable[[], Result]) -> Result:
    """Call ``action`` on rank 0; its result, or whatever it raised, on every rank. Collective."""
    if comm.size == 1:
        return action()
    result: Result | None = None
    error: Exception | None = None
    if comm.rank == 0:
        try:
            result = action()
        except Exception as caught:
            error = caught
    result, error = comm.bcast((result, error), root=0)
    if error is not None:
        raise error
    return cast(Result, result)


def on_each_rank(comm: MPI.Comm, action: Callable[[], Result]) -> Result:
    """Call ``action`` on every rank, independently, and return each rank's own result.

    Raises:
        InterfaceFemError: The first error in rank order, on every rank.

    Collective.
    """
    result, own_error = _attempt(action)
    for error in comm.allgather(own_error):
        if error is not None:
            raise error
    return cast(Result, result)


def gathered(own: dict[Key, Result], comm: MPI.Comm) -> dict[Key, Result]:
    """What each rank holds by key, together on every rank. Collective."""
    if comm.size == 1:
        return own  # nothing has to be fit for sending
    return {key: value for part in comm.allgather(own) for key, value in part.items()}


def _attempt(action: Callable[[], Result]) -> tuple[Result | None, InterfaceFemError | None]:
    try:
        return action(), None
    except InterfaceFemError as error:
        return None, error
