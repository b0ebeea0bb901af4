# SPDX-License-Identifier: BSD-3-Clause
"""Chord lengths: how far a straight line along an axis stays in a phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import exact_kernel
from interfacefem.conduction.segmented_volume import SegmentedVolume


@dataclass(frozen=True, eq=False)
class ChordLengths:
    """Chords of one phase along one axis; those that touch the border are left out.

    Attributes:
        phase: Label.
        axis: Direction.
        step: Edge of a voxel along it in m.
        counts: Number of chords of 0, 1, 2, ... voxels.
        left_out: Number of chords that touch the border.
    """

    phase: int
    axis: int
    step: float
    counts: npt.NDArray[np.int64]
    left_out: int

    @property
    def lengths(self) -> npt.NDArray[np.floating]:
        """Lengths that belong to ``counts``, in m."""
        return np.arange(len(self.counts)) * self.step

    @property
    def number(self) -> int:
        """Number of chords."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Mean length in m, nan without chords."""
        return _ratio(float(self.counts @ self.lengths), self.number)

    @property
    def length_weighted_mean(self) -> float:
        """Mean length of the chord that a point of the phase lies on, in m, nan without chords."""
        return _ratio(float(self.counts @ self.lengths**2), float(self.counts @ self.lengths))


def chord_lengths(volume: SegmentedVolume, axis: int) -> tuple[ChordLengths, ...]:
    """Chords of all phases along every line of voxels in one direction."""
    lines = np.ascontiguousarray(np.moveaxis(volume.labels, axis, -1))
    lines = lines.reshape(-1, lines.shape[-1])
    phases = np.array(volume.phases)
    counts = np.zeros((len(phases), lines.shape[-1] + 1), dtype=np.int64)
    left_out = np.zeros(len(phases), dtype=np.int64)
    _count(lines, phases, counts, left_out)
    return tuple(
        ChordLengths(
            phase,
            axis,
            volume.voxel_size[axis],
            # up to the longest
            counts[index, : max(np.flatnonzero(counts[index]).max(initial=0) + 1, 2)],
            int(left_out[index]),
        )
        for index, phase in enumerate(volume.phases)
    )


@exact_kernel
def _count(lines, phases, counts, left_out):  # type: ignore[no-untyped-def]
    """Add each line's chords to ``counts`` of phase and length."""
    for line in lines:
        begin = 0
        for end in range(1, len(line) + 1):
            if end < len(line) and line[end] == line[begin]:
                continue
            phase = np.searchsorted(phases, line[begin])
            if begin == 0 or end == len(line):
                left_out[phase] += 1
            else:
                counts[phase, end - begin] += 1
            begin = end


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
