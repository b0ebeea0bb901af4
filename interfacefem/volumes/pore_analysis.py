# SPDX-License-Identifier: BSD-3-Clause
"""What the pores of a volume do: all of it in one call."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError
from interfacefem.units import UM
from interfacefem.volumes.pore_paths import PorePaths, pore_paths
from interfacefem.volumes.pore_sizes import PoreSizes, pore_sizes
from interfacefem.volumes.pores import Pores, find_pores, phase_mask
from interfacefem.volumes.slice_fractions import NearFaces, near_faces, slice_fractions

PORE_BYTES = 24.0  # a voxel: numbered pores, paths and their lengths in double precision (assumed)
PORE_STEPS = ("connected pores", "paths through the pores", "pore sizes")


@dataclass(frozen=True, eq=False)
class PoreAnalysis:
    """Connectivity, paths, sizes and place of the pores of one volume.

    Attributes:
        volume: The volume.
        pores: Connected pores.
        paths: Geodesic distances from the top.
        sizes: Size of each pore.
        porosity_per_slice: Porosity of each slice across axes 0, 1, 2.
        near_faces: Porosity near both faces across the direction of transport, and between.
    """

    volume: SegmentedVolume
    pores: Pores
    paths: PorePaths
    sizes: PoreSizes
    porosity_per_slice: tuple[npt.NDArray[np.floating], ...]
    near_faces: NearFaces

    @property
    def porosity(self) -> float:
        """Share of the volume."""
        return float(self.pores.voxels.sum() / self.pores.labels.size)


def analyse_pores(
    volume: SegmentedVolume,
    pore_phases: tuple[int, ...],
    *,
    axis: int = 0,
    interface_depth: float | None = None,
    begin: Callable[[str], None] | None = None,
) -> PoreAnalysis:
    """Analyse the pores of a volume.

    Args:
        volume: Labels.
        pore_phases: Labels that are pore.
        axis: Direction of transport, 0, 1 or 2; the first slice along it is the top.
        interface_depth: What counts as near the faces, in m; a tenth of the thickness by default.
        begin: Called with each of ``PORE_STEPS`` as it begins.

    Raises:
        InputError: A label does not occur, pores fill the volume, or the depth leaves no interior.
    """
    if axis not in (0, 1, 2):
        raise InputError("is no axis", field="axis", found=axis, expected="0, 1 or 2")
    begin = begin or (lambda text: None)
    mask = phase_mask(volume, pore_phases)
    per_slice = tuple(slice_fractions(mask, direction) for direction in range(3))
    near = near_faces(per_slice[axis], volume.voxel_size[axis], interface_depth)
    begin(PORE_STEPS[0])
    pores = find_pores(mask, volume.voxel_size, axis)
    begin(PORE_STEPS[1])
    paths = pore_paths(pores)
    begin(PORE_STEPS[2])
    return PoreAnalysis(volume, pores, paths, pore_sizes(pores), per_slice, near)


def pore_result(analysis: PoreAnalysis) -> dict[str, Any]:
    """Contract of ``interfacefem volume pores --json`` (docs/volume_descriptors.md)."""
    pores, paths, sizes, near = (
        analysis.pores,
        analysis.paths,
        analysis.sizes,
        analysis.near_faces,
    )
    notes = []
    if not pores.percolates.any():
        notes.append("no pore leads from the first slice to the last: there is no tortuosity")
    if paths.unreached_share > 0:
        notes.append(
            f"{100 * paths.unreached_share:.2g} % of the percolating pores hang together by edges "
            "or corners of voxels only; no path was sought there"
        )
    return {
        "axis": pores.axis,
        "porosity": analysis.porosity,
        "porosity_sd_per_axis": [float(part.std()) for part in analysis.porosity_per_slice],
        "porosity_near_first": near.first,
        "porosity_near_last": near.last,
        "porosity_interior": near.interior,
        "near_over_interior": _number(near.ratio),
        "near_depth_um": near.depth / UM,
        "pores": len(pores.voxels),
        "percolating_pores": int(pores.percolates.sum()),
        "percolating_share": pores.percolating_share,
        "open_share": pores.open_share,
        "open_to_first_share": float(pores.voxels[pores.open_to_first].sum() / pores.voxels.sum()),
        "pore_tortuosity": _number(paths.tortuosity),
        "pore_tortuosity_mean_of_slices": _number(paths.mean_tortuosity),
        "shortest_path_um": _number(paths.shortest / UM),
        "shortest_path_tortuosity": _number(paths.shortest / paths.thickness),
        "longest_path_tortuosity": _number(paths.longest / paths.thickness),
        "largest_feret_diameter_um": float(sizes.feret_diameter.max() / UM),
        "median_feret_diameter_um": sizes.median_diameter(sizes.feret_diameter) / UM,
        "median_equivalent_diameter_um": sizes.median_diameter(sizes.equivalent_diameter) / UM,
        "notes": notes,
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
