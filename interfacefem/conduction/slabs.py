# SPDX-License-Identifier: BSD-3-Clause
"""Slabs of a volume along axis 0, one a rank, and what neighbours tell each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.mpi import MPI

CHUNKS_PER_RANK = 4  # at least, so that slabs differ little in size


@dataclass(frozen=True, eq=False)
class Slabs:
    """How planes along axis 0 are dealt out.

    Attributes:
        comm: The ranks.
        starts: First plane of each rank, and one past the last plane of all; shape (ranks + 1,).
        halvings: How often slabs can be coarsened by two and still begin with whole voxels.
    """

    comm: MPI.Comm
    starts: tuple[int, ...]
    halvings: int

    @property
    def start(self) -> int:
        """First plane of this rank."""
        return self.starts[self.comm.rank]

    @property
    def stop(self) -> int:
        """One past the last plane of this rank."""
        return self.starts[self.comm.rank + 1]

    @property
    def planes(self) -> int:
        """Number of planes of this rank."""
        return self.stop - self.start

    @property
    def open_below(self) -> int:
        """1 if another rank holds the plane below, else 0."""
        return int(self.comm.rank > 0)

    @property
    def open_above(self) -> int:
        """1 if another rank holds the plane above, else 0."""
        return int(self.comm.rank < self.comm.size - 1)

    def coarsened(self) -> Slabs:
        """The slabs of a grid with half as many planes."""
        starts = tuple((start + 1) // 2 for start in self.starts)
        return Slabs(self.comm, starts, self.halvings - 1)

    def exchange(self, values: npt.NDArray[np.generic]) -> None:
        """Fill the planes below the first and above the last from the neighbours; collective.

        Args:
            values: Shape (planes + 2, n1, n2), contiguous; its first and last plane are filled.
        """
        if self.comm.size == 1:
            return
        below = self.comm.rank - 1 if self.open_below else MPI.PROC_NULL
        above = self.comm.rank + 1 if self.open_above else MPI.PROC_NULL
        data = values.view(np.uint8)
        self.comm.Sendrecv(data[-2], dest=above, recvbuf=data[0], source=below)
        self.comm.Sendrecv(data[1], dest=below, recvbuf=data[-1], source=above)

    def gather(self, values: npt.NDArray[np.generic], whole: npt.NDArray[np.generic]) -> None:
        """Put all slabs together on every rank; collective.

        Args:
            values: This slab, with one more plane at each end.
            whole: All planes, with one more at each end; overwritten between them.
        """
        counts = [values[0].nbytes * int(count) for count in np.diff(self.starts)]
        inner = np.ascontiguousarray(values[1:-1]).view(np.uint8)
        self.comm.Allgatherv(inner, [whole[1:-1].view(np.uint8), (counts, None), MPI.BYTE])

    def gathered(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """All slabs on every rank, with the first and last plane of all; collective."""
        whole = np.zeros((self.starts[-1] + 2, *values.shape[1:]), values.dtype)
        self.gather(values, whole)
        whole[0] = self.comm.bcast(values[0], root=0)
        whole[-1] = self.comm.bcast(values[-1], root=self.comm.size - 1)
        return whole

    def sum(self, *values: float) -> tuple[float, ...]:
        """Sums over all ranks; collective."""
        if self.comm.size == 1:
            return values
        total = np.array(values, dtype=np.float64)
        self.comm.Allreduce(MPI.IN_PLACE, total)
        return tuple(float(value) for value in total)

    def edge_planes(self, width: int) -> npt.NDArray[np.int64]:
        """Planes within ``width`` of a neighbour, counted from 1."""
        low = range(1, 1 + width * self.open_below)
        high = range(self.planes + 1 - width * self.open_above, self.planes + 1)
        inside: Iterable[int] = (k for k in {*low, *high} if 1 <= k <= self.planes)
        return np.array(sorted(inside), dtype=np.int64)


def deal_planes(planes: int, halvings: int, comm: MPI.Comm) -> Slabs:
    """Slabs that begin at multiples of a power of two, so that coarse grids are cut alike.

    Args:
        planes: Number of planes along axis 0.
        halvings: How often this number is halved from the finest grid to the coarsest.
        comm: The ranks; those beyond the number of planes get none, which callers must refuse.
    """
    shared = 0
    while shared < halvings and -(-planes // 2 ** (shared + 1)) >= CHUNKS_PER_RANK * comm.size:
        shared += 1
    chunk = 2**shared
    chunks = -(-planes // chunk)
    starts = [min(planes, chunk * (chunks * rank // comm.size)) for rank in range(comm.size)]
    return Slabs(comm, (*starts, planes), shared)
