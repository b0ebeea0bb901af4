# SPDX-License-Identifier: BSD-3-Clause
"""Connected pores: which of them lead through, which are open, which are closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError

# voxels that share a face, an edge or a corner are connected, as in Tran 2025
CONNECTIVITY_26 = np.ones((3, 3, 3), dtype=np.int8)


@dataclass(frozen=True, eq=False)
class Pores:
    """Connected pores of a volume; pore n has label n, 0 is what is no pore.

    Attributes:
        labels: Label of each voxel, int32, shape (n0, n1, n2).
        voxels: Number of voxels of each pore, shape (pores,).
        open_to_first: Whether each touches the first slice along ``axis`` (the top).
        open_to_last: Whether each touches the last one.
        axis: Direction of transport.
        voxel_size: Edge lengths of a voxel in m.
    """

    labels: npt.NDArray[np.int32]
    voxels: npt.NDArray[np.int64]
    open_to_first: npt.NDArray[np.bool_]
    open_to_last: npt.NDArray[np.bool_]
    axis: int
    voxel_size: tuple[float, float, float]

    @property
    def percolates(self) -> npt.NDArray[np.bool_]:
        """Whether each pore leads from the first slice to the last one."""
        return self.open_to_first & self.open_to_last

    @property
    def percolating_share(self) -> float:
        """Share of the pore volume that leads through."""
        return self._share(self.percolates)

    @property
    def open_share(self) -> float:
        """Share of the pore volume that is open to either face."""
        return self._share(self.open_to_first | self.open_to_last)

    def mask(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Voxels of the pores that are chosen, shape (n0, n1, n2)."""
        return np.concatenate(([False], chosen))[self.labels]

    def _share(self, chosen: npt.NDArray[np.bool_]) -> float:
        return float(self.voxels[chosen].sum() / self.voxels.sum())


def phase_mask(volume: SegmentedVolume, phases: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Voxels whose label is one of ``phases``, shape (n0, n1, n2).

    Raises:
        InputError: A label does not occur, or nothing else does.
    """
    occur = volume.phases
    for phase in phases:
        if phase not in occur:
            raise InputError(
                "this label does not occur in the volume",
                file=volume.source,
                field="phase",
                found=phase,
                expected=" or ".join(str(label) for label in occur),
            )
    if len(occur) == len(set(phases)):
        raise InputError(
            "the phase fills the volume: there is no interface to describe",
            file=volume.source,
            found=f"the label {', '.join(str(label) for label in occur)} only",
            expected="two phases or more",
        )
    if len(phases) == 1:
        return volume.labels == phases[0]
    return np.isin(volume.labels, phases)


def find_pores(
    pore: npt.NDArray[np.bool_], voxel_size: tuple[float, float, float], axis: int = 0
) -> Pores:
    """Label connected pores (26 neighbours).

    Args:
        pore: Where pores are, at least one voxel, shape (n0, n1, n2).
        voxel_size: Edge lengths of a voxel in m.
        axis: Direction of transport, 0, 1 or 2; the top is the first slice along it.
    """
    labels, count = ndimage.label(pore, CONNECTIVITY_26)
    voxels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return Pores(
        labels,
        voxels,
        _touching(labels, count, axis, 0),
        _touching(labels, count, axis, -1),
        axis,
        voxel_size,
    )


def _touching(
    labels: npt.NDArray[np.int32], count: int, axis: int, end: int
) -> npt.NDArray[np.bool_]:
    touches = np.zeros(count + 1, dtype=bool)
    touches[labels.take(end, axis)] = True
    return touches[1:]
