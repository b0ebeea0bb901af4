# SPDX-License-Identifier: BSD-3-Clause
"""Areas of the surfaces of phases and of the interfaces between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

# standard deviation in voxels: areas of spheres are then within 0.6 % from a radius of 10 voxels up
SMOOTHING = 0.8
_PLANES = 32  # a slab's gradient stays in the processor's cache


@dataclass(frozen=True)
class InterfaceAreas:
    """Areas in m^2 inside a volume; its outer faces do not count.

    Attributes:
        surface: Of each phase toward all others.
        interface: Between two phases, keys ascending.
        volume: Of the whole, in m^3.
    """

    surface: Mapping[int, float]
    interface: Mapping[tuple[int, int], float]
    volume: float


def surface_area(
    inside: npt.NDArray[np.bool_], voxel_size: tuple[float, float, float]
) -> float:
    """Area of a phase's surface in m^2, its cuts with the outer faces not counted.

    The integral of the gradient's length of the lightly smoothed indicator. Marching cubes on the
    labels themselves give 8 to 9 % more at any resolution. Features below 3 voxels are
    under-estimated.

    Args:
        inside: The phase, shape (n0, n1, n2).
        voxel_size: Edge lengths of a voxel in m.

    Rank-local.
    """
    smooth = ndimage.gaussian_filter(inside.astype(np.float32), SMOOTHING, truncate=4.0)
    total = 0.0
    for start in range(0, inside.shape[0], _PLANES):
        low, high = max(start - 1, 0), min(start + _PLANES + 1, inside.shape[0])
        slab = smooth[low:high]
        squared = np.zeros(slab.shape, dtype=np.float32)
        for axis, edge in enumerate(voxel_size):
            if slab.shape[axis] > 1:
                squared += _derivative(slab, axis, edge) ** 2
        end = min(start + _PLANES, inside.shape[0])
        total += float(np.sqrt(squared[start - low : end - low]).sum(dtype=np.float64))
    return total * float(np.prod(voxel_size))


def _derivative(
    values: npt.NDArray[np.float32], axis: int, step: float
) -> npt.NDArray[np.float32]:
    """Central differences; a phase goes on as its mirror image beyond the faces."""
    wide = np.pad(values, [(int(a == axis), int(a == axis)) for a in range(3)], mode="edge")
    ahead = np.moveaxis(wide, axis, 0)[2:]
    behind = np.moveaxis(wide, axis, 0)[:-2]
    return np.moveaxis((ahead - behind) * np.float32(0.5 / step), 0, axis)


def interface_areas(
    labels: npt.NDArray[np.integer],
    phases: Sequence[int],
    voxel_size: tuple[float, float, float],
) -> InterfaceAreas:
    """Surface of each phase and interface of each pair.

    ``S_ab = (S_a + S_b - S_(a and b as one))/2``, which for three phases is
    ``(S_a + S_b - S_c)/2`` (Minnmann 2024, eq. 1).

    Args:
        labels: Shape (n0, n1, n2).
        phases: All labels that occur, ascending, two or more.
        voxel_size: Edge lengths of a voxel in m.

    Rank-local.
    """
    surface = {phase: 0.0 for phase in phases}
    if len(phases) == 2:
        # one surface, seen from both sides
        surface = dict.fromkeys(phases, surface_area(labels == phases[0], voxel_size))
    else:
        for phase in phases:
            surface[phase] = surface_area(labels == phase, voxel_size)
    interface: dict[tuple[int, int], float] = {}
    for a, b in combinations(phases, 2):
        rest = [phase for phase in phases if phase not in (a, b)]
        if not rest:
            of_both = 0.0
        elif len(rest) == 1:
            of_both = surface[rest[0]]
        else:
            of_both = surface_area(np.isin(labels, (a, b)), voxel_size)
        interface[a, b] = max((surface[a] + surface[b] - of_both) / 2, 0.0)
    return InterfaceAreas(surface, interface, labels.size * float(np.prod(voxel_size)))
