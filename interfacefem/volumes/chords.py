# SPDX-License-Identifier: BSD-3-Clause
"""Chord lengths: how far a straight line along an axis stays in a phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.volumes.segmented_volume import SegmentedVolume


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
    """Chords of all phases along every line of voxels in one direction; rank-local."""
    lines = np.ascontiguousarray(np.moveaxis(volume.labels, axis, -1))
    count = lines.shape[-1]
    lines = lines.reshape(-1, count)
    changes = np.ones((len(lines), count + 1), dtype=bool)
    changes[:, 1:-1] = lines[:, 1:] != lines[:, :-1]
    row, begin = np.nonzero(changes[:, :-1])
    end = np.nonzero(changes[:, 1:])[1] + 1
    label = lines[row, begin]
    inner = (begin > 0) & (end < count)
    return tuple(
        ChordLengths(
            phase,
            axis,
            volume.voxel_size[axis],
            np.bincount((end - begin)[inner & (label == phase)], minlength=2),
            int(np.count_nonzero(~inner & (label == phase))),
        )
        for phase in volume.phases
    )


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
