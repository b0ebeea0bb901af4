# SPDX-License-Identifier: BSD-3-Clause
"""Groups of MPI ranks that solve a case together: one of each takes tasks, the others join it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from interfacefem.errors import InputError
from interfacefem.mpi import MPI

_log = logging.getLogger(__name__)

Task = TypeVar("Task")
Result = TypeVar("Result")

_own: MPI.Comm = MPI.COMM_SELF


def ranks_of_case() -> MPI.Comm:
    """The ranks that solve a case together with this one, itself alone unless grouped."""
    return _own


def require_whole_groups(ranks: int, group_size: int) -> int:
    """Number of groups of ranks that solve.

    Raises:
        InputError: They do not come out even.
    """
    groups, spare = divmod(ranks - 1, group_size)
    if spare or not groups:
        example = group_size * max(groups, 1) + 1
        raise InputError(
            f"do not fill groups of {group_size}", field="ranks", found=ranks,
            expected=f"one to give out cases and a multiple of {group_size}, such as {example}",
        )  # fmt: skip
    return groups


@contextlib.contextmanager
def grouped_ranks(comm: MPI.Intracomm, group_size: int) -> Iterator[MPI.Intracomm | None]:
    """Split a communicator: rank 0 gives out tasks, the others form groups.

    Args:
        comm: Of the run; see ``require_whole_groups``.
        group_size: Ranks of a group.

    Yields:
        Rank 0 and the first rank of each group on these; None on the other ranks, once all tasks
        are done.

    Collective.
    """
    global _own
    if group_size == 1:
        yield comm
        return
    group = 0 if comm.rank == 0 else 1 + (comm.rank - 1) // group_size
    own = comm.Split(group, comm.rank)
    leads = own.rank == 0
    leaders = cast(MPI.Intracomm, comm.Split(0 if leads else MPI.UNDEFINED, comm.rank))
    _own = own
    try:
        if leads:
            yield leaders
            own.bcast(None, root=0)
        else:
            _join_leader(own)
            yield None
    finally:
        _own = MPI.COMM_SELF
        own.Free()
        if leads:
            leaders.Free()


def solve_in_group(function: Callable[[Task], Result], task: Task) -> Result:
    """Call a function here and on the other ranks of this group; call on its first rank."""
    if _own.size > 1:
        _own.bcast((function, task), root=0)
    return function(task)


def _join_leader(own: MPI.Comm) -> None:
    while (work := own.bcast(None, root=0)) is not None:
        function: Callable[[Any], Any]
        function, task = work
        try:
            function(task)
        except Exception as error:
            # the leader has it too, and says so
            _log.debug("%s", error)
