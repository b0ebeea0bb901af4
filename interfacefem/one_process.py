# SPDX-License-Identifier: BSD-3-Clause
"""The part of mpi4py's interface that one process needs, for installations without MPI."""

from __future__ import annotations

from typing import Any

import numpy as np


class Comm:
    """A communicator of one process: what is sent to all arrives, what is summed is the sum."""

    rank = 0
    size = 1

    def bcast(self, value: Any, root: int = 0) -> Any:
        """The value."""
        return value

    def allreduce(self, value: Any, op: object = None) -> Any:
        """The value."""
        return value

    def allgather(self, value: Any) -> list[Any]:
        """The value of each process, which is one."""
        return [value]

    gather = allgather

    def barrier(self) -> None:
        """Nobody to wait for."""

    def Allreduce(self, sent: Any, received: Any, op: object = None) -> None:  # noqa: N802
        """Copy an array, or leave it where it is."""
        if sent is not MPI.IN_PLACE:
            received[...] = sent

    def Split(self, colour: int = 0, key: int = 0) -> Comm:  # noqa: N802
        """The same."""
        return self

    def Split_type(self, kind: int, key: int = 0) -> Comm:  # noqa: N802
        """The same."""
        return self

    def Free(self) -> None:  # noqa: N802
        """Nothing to give back."""

    def Allgatherv(self, sent: Any, received: Any) -> None:  # noqa: N802
        """Copy an array into the first of ``[array, counts, type]``."""
        received[0].reshape(-1)[:] = np.asarray(sent).reshape(-1).view(received[0].dtype)


class MPI:
    """In place of the module of that name in mpi4py."""

    Comm = Comm
    Intracomm = Comm
    COMM_WORLD = Comm()
    COMM_SELF = COMM_WORLD
    SUM = MAX = MIN = LOR = LAND = None
    IN_PLACE = object()
    UNDEFINED = -2
    COMM_TYPE_SHARED = 0
    BYTE = None

    @staticmethod
    def Get_library_version() -> str:  # noqa: N802
        """For records of how a result was made."""
        return "none"
