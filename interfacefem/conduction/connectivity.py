# SPDX-License-Identifier: BSD-3-Clause
"""Which voxels are connected, through faces, to both plates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from interfacefem.compiled import inlined, kernel
from interfacefem.conduction.slabs import Slabs


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of voxels of one phase along axis 2.

    Attributes:
        shape: Voxels of this rank's slab.
        offsets: First run of each row, shape (n0 n1 + 1,).
        begins: First voxel of each run.
        ends: One past its last voxel.
    """

    shape: tuple[int, int, int]
    offsets: npt.NDArray[np.int64]
    begins: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ConnectedRuns(Runs):
    """Runs of conducting voxels along axis 2, and which of them belong together.

    Attributes:
        parents: The run that stands for the part a run belongs to.
    """

    parents: npt.NDArray[np.int64]


def find_runs(phases: npt.NDArray[np.uint8]) -> Runs:
    """Runs of voxels of one phase, those of phase 0 left out.

    Args:
        phases: Number of each voxel's phase, shape (n0, n1, n2).
    """
    n0, n1, n2 = phases.shape
    offsets = np.zeros(n0 * n1 + 1, np.int64)
    _count_runs(phases, offsets)
    np.cumsum(offsets, out=offsets)
    begins = np.empty(offsets[-1], np.int32)
    ends = np.empty(offsets[-1], np.int32)
    _find_runs(phases, offsets, begins, ends)
    return Runs((n0, n1, n2), offsets, begins, ends)


def connect(conducts: npt.NDArray[np.uint8]) -> ConnectedRuns:
    """Find what is connected within a slab.

    Args:
        conducts: 1 where a voxel conducts, 0 elsewhere, shape (n0, n1, n2).
    """
    runs = find_runs(conducts)
    parents = np.arange(len(runs.begins), dtype=np.int64)
    _unite_rows(*runs.shape[:2], runs.offsets, runs.begins, runs.ends, parents)
    return ConnectedRuns(runs.shape, runs.offsets, runs.begins, runs.ends, parents)


def connected_to_both(
    runs: ConnectedRuns, axis: int, slabs: Slabs, result: npt.NDArray[np.uint8]
) -> int:
    """Mark the voxels of parts that touch both plates.

    Args:
        runs: Of this rank's slab.
        axis: Axis between the plates.
        slabs: How planes are dealt out.
        result: Set to 1 at those voxels of this slab and to 0 elsewhere, shape of the slab.

    Returns:
        Their number in the whole volume.

    Collective.
    """
    touches = np.zeros(len(runs.parents), np.uint8)
    _touch(
        runs.shape, axis, not slabs.open_below, not slabs.open_above,
        runs.offsets, runs.begins, runs.ends, runs.parents, touches,
    )  # fmt: skip
    if slabs.comm.size > 1:
        _share_between_slabs(runs, slabs, touches)
    count = _mark(runs.shape, runs.offsets, runs.begins, runs.ends, runs.parents, touches, result)
    return int(slabs.sum(count)[0])


def _share_between_slabs(runs: ConnectedRuns, slabs: Slabs, touches: npt.NDArray[np.uint8]) -> None:
    """Give each part that reaches another slab what its continuation touches; collective."""
    n0, n1, n2 = runs.shape
    comm = slabs.comm
    counts = comm.allgather(len(runs.parents))
    first = sum(counts[: comm.rank])
    # whose part is at each voxel of the lowest and the highest plane, counted over all ranks
    planes = np.full((4, n1, n2), -1, np.int64)
    _name_plane(0, n1, runs.offsets, runs.begins, runs.ends, runs.parents, first, planes[1])
    _name_plane(n0 - 1, n1, runs.offsets, runs.begins, runs.ends, runs.parents, first, planes[2])
    slabs.exchange(planes)
    meet = (planes[0] >= 0) & (planes[1] >= 0)
    pairs = np.unique(np.stack([planes[0][meet], planes[1][meet]], axis=1), axis=0)
    pairs = np.concatenate(comm.allgather(pairs))
    names, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    own = (names >= first) & (names < first + len(runs.parents))
    touched = np.zeros(len(names), np.uint8)
    touched[own] = touches[names[own] - first]
    touched = np.bitwise_or.reduce(comm.allgather(touched))
    graph = sparse.coo_array(
        (np.ones(len(places)), (places[:, 0], places[:, 1])), shape=(len(names), len(names))
    )
    _, groups = sparse.csgraph.connected_components(graph, directed=False)
    together = np.zeros(groups.max(initial=-1) + 1, np.uint8)
    np.bitwise_or.at(together, groups, touched)
    touches[names[own] - first] |= together[groups[own]]


@kernel
def _count_runs(phases, counts):  # type: ignore[no-untyped-def]
    n0, n1, n2 = phases.shape
    for row in range(n0 * n1):
        voxels = phases[row // n1, row % n1]
        count, before = 0, 0
        for i in range(n2):
            count += voxels[i] > 0 and voxels[i] != before
            before = voxels[i]
        counts[row + 1] = count


@kernel
def _find_runs(phases, offsets, begins, ends):  # type: ignore[no-untyped-def]
    n0, n1, n2 = phases.shape
    for row in range(n0 * n1):
        voxels = phases[row // n1, row % n1]
        run, before = offsets[row], 0
        for i in range(n2):
            now = voxels[i]
            if now != before:
                if before > 0:
                    ends[run] = i
                    run += 1
                if now > 0:
                    begins[run] = i
            before = now
        if before > 0:
            ends[run] = n2


@inlined
def _root(parents, run):  # type: ignore[no-untyped-def]
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@inlined
def _unite(row, other, offsets, begins, ends, parents):  # type: ignore[no-untyped-def]
    """Join the runs of two neighbouring rows that overlap."""
    a, b = offsets[row], offsets[other]
    while a < offsets[row + 1] and b < offsets[other + 1]:
        if begins[a] < ends[b] and begins[b] < ends[a]:
            root_a, root_b = _root(parents, a), _root(parents, b)
            # the earlier run stands for both: parents are then complete in one pass
            if root_a < root_b:
                parents[root_b] = root_a
            else:
                parents[root_a] = root_b
        if ends[a] < ends[b]:
            a += 1
        else:
            b += 1


@kernel
def _unite_rows(n0, n1, offsets, begins, ends, parents):  # type: ignore[no-untyped-def]
    for k in range(n0):
        for j in range(n1):
            row = k * n1 + j
            if j:
                _unite(row, row - 1, offsets, begins, ends, parents)
            if k:
                _unite(row, row - n1, offsets, begins, ends, parents)
    for run in range(parents.shape[0]):
        parents[run] = parents[parents[run]]


@kernel
def _touch(shape, axis, low, high, offsets, begins, ends, parents, touches):  # type: ignore[no-untyped-def]
    """Note at each part's first run which plates it touches: 1, 2 or both."""
    n0, n1, n2 = shape
    for row in range(n0 * n1):
        k, j = row // n1, row % n1
        row_touches = 0
        if axis == 0:
            row_touches = (k == 0 and low) + 2 * (k == n0 - 1 and high)
        elif axis == 1:
            row_touches = (j == 0) + 2 * (j == n1 - 1)
        for run in range(offsets[row], offsets[row + 1]):
            own = row_touches
            if axis == 2:
                own = (begins[run] == 0) + 2 * (ends[run] == n2)
            touches[parents[run]] |= own


@kernel
def _mark(shape, offsets, begins, ends, parents, touches, result):  # type: ignore[no-untyped-def]
    n0, n1, _ = shape
    count = 0
    result[...] = 0
    for row in range(n0 * n1):
        voxels = result[row // n1, row % n1]
        for run in range(offsets[row], offsets[row + 1]):
            if touches[parents[run]] == 3:
                voxels[begins[run] : ends[run]] = 1
                count += ends[run] - begins[run]
    return count


@kernel
def _name_plane(k, n1, offsets, begins, ends, parents, first, plane):  # type: ignore[no-untyped-def]
    for j in range(n1):
        row = k * n1 + j
        for run in range(offsets[row], offsets[row + 1]):
            plane[j, begins[run] : ends[run]] = first + parents[run]
