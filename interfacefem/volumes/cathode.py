# SPDX-License-Identifier: BSD-3-Clause
"""Which part of the active material of a segmented cathode electrons and ions both reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError
from interfacefem.volumes.fast_marching import geodesic_distance
from interfacefem.volumes.interface_areas import interface_areas

NCM_DENSITY = 4750.0  # kg/m^3, Frankenberg 2025
WITHIN = 3e-6  # m (assumed)

CATHODE_STEPS = 4

Mask = npt.NDArray[np.bool_]
_OTHER, _ACTIVE_CAM, _IDLE_CAM, _ACTIVE_ELECTROLYTE, _IDLE_ELECTROLYTE, _PORE = range(6)


@dataclass(frozen=True)
class CathodePhases:
    """Which labels are what, and where current comes in.

    Attributes:
        cam: Labels of the active material.
        electrolyte: Labels of the electrolyte.
        pore: Labels of pores.
        axis: From electrode to electrode.
        collector: End of the axis at which the current collector lies; the separator is opposite.
    """

    cam: tuple[int, ...]
    electrolyte: tuple[int, ...]
    pore: tuple[int, ...] = ()
    axis: int = 0
    collector: Literal["low", "high"] = "high"


@dataclass(frozen=True, eq=False)
class CathodeUse:
    """What of a cathode takes part.

    Attributes:
        volume: Analysed.
        phases: What was what.
        cam_fraction: Of the volume.
        cam_connected: Share of the active material connected to the collector through faces.
        electrolyte_connected: Share of the electrolyte connected to the separator.
        cam_active: Share of the active material in connected parts that share a face with connected
            electrolyte.
        active_area: Of connected active material with connected electrolyte, in m^2.
        active_faces: Number of voxel faces of it along each axis.
        coverage: Share of the active material's surface under connected electrolyte, under other
            electrolyte, under pores; None where it has no surface.
        within: Share of the active material within ``distance`` of the active interface, along
            paths inside connected active material.
        distance: In m.
        mean_distance: Of the active material reached to the active interface, in m; None where
            nothing is.
        particles_active: Share of the particles, by volume, with an active face; None if they were
            not told apart.
        density: Of the active material in kg/m^3.
        active: Where active material is active, shape of the volume.
    """

    volume: SegmentedVolume
    phases: CathodePhases
    cam_fraction: float
    cam_connected: float
    electrolyte_connected: float
    cam_active: float
    active_area: float
    active_faces: tuple[int, int, int]
    coverage: tuple[float, float, float] | None
    within: float
    distance: float
    mean_distance: float | None
    particles_active: float | None
    density: float
    active: Mask

    @property
    def active_area_per_mass(self) -> float:
        """In m^2 per kg of active material."""
        cam = self.cam_fraction * self.volume.labels.size * float(np.prod(self.volume.voxel_size))
        return self.active_area / (cam * self.density)

    @property
    def active_area_per_volume(self) -> float:
        """In 1/m of the whole volume."""
        whole = self.volume.labels.size * float(np.prod(self.volume.voxel_size))
        return self.active_area / whole


def cathode_use(
    volume: SegmentedVolume,
    phases: CathodePhases,
    *,
    density: float = NCM_DENSITY,
    distance: float = WITHIN,
    particles: npt.NDArray[np.integer] | None = None,
    begin: Callable[[str], None] = lambda text: None,
) -> CathodeUse:
    """Find what of the active material electrons and ions both reach; faces connect only.

    Areas are those of ``interface_areas``, ``S_ab`` of Minnmann 2024, eq. 1.

    Args:
        volume: Labels.
        phases: Which is what.
        density: Of the active material in kg/m^3.
        distance: To the active interface, in m.
        particles: Numbers of the particles of active material, 0 elsewhere, shape of the volume.
        begin: Told what is begun.

    Raises:
        InputError: A label does not occur or is said to be two things.
    """
    _require_phases(volume, phases)
    begin("what is connected")
    labels = volume.labels
    cam, electrolyte = np.isin(labels, phases.cam), np.isin(labels, phases.electrolyte)
    ends = (-1, 0) if phases.collector == "high" else (0, -1)
    cam_parts, reached_parts = _connected(cam, phases.axis, ends[0])
    electronic = reached_parts[cam_parts]
    ionic_parts, ionic_reached = _connected(electrolyte, phases.axis, ends[1])
    ionic = ionic_reached[ionic_parts]
    del ionic_parts
    begin("active interface")
    faces, beside, nearest = _active_faces(electronic, ionic, volume.voxel_size)
    has_face = np.zeros(len(reached_parts), dtype=bool)
    has_face[cam_parts[beside]] = True
    active = has_face[cam_parts]
    begin("areas")
    area, coverage = _areas(volume, phases, cam, electronic, electrolyte, ionic)
    begin("distances inside the active material")
    reach = geodesic_distance(electronic, nearest, volume.voxel_size)
    total = int(np.count_nonzero(cam))
    near = reach <= distance * (1 + 1e-9)
    found = np.isfinite(reach)
    share_of_particles = None
    if particles is not None:
        share_of_particles = _particles_with_face(particles, beside)
    return CathodeUse(
        volume, phases, total / labels.size,
        float(np.count_nonzero(electronic) / total),
        float(np.count_nonzero(ionic) / np.count_nonzero(electrolyte)),
        float(np.count_nonzero(active) / total),
        area, faces, coverage,
        float(np.count_nonzero(near) / total), distance,
        float(reach[found].mean()) if found.any() else None,
        share_of_particles, density, active,
    )  # fmt: skip


def _require_phases(volume: SegmentedVolume, phases: CathodePhases) -> None:
    taken: dict[int, str] = {}
    for name in ("cam", "electrolyte", "pore"):
        for label in getattr(phases, name):
            if label in taken:
                raise InputError(
                    "this label is said to be two things", file=volume.source, field=name,
                    found=label, expected=f"another than that of {taken[label]}",
                )  # fmt: skip
            taken[label] = name
            if label not in volume.phases:
                raise InputError(
                    "this label does not occur in the volume", file=volume.source, field=name,
                    found=label, expected=" or ".join(str(one) for one in volume.phases),
                )  # fmt: skip
    if not 0 <= phases.axis <= 2:
        raise InputError("no such axis", field="axis", found=phases.axis, expected="0, 1 or 2")
    if phases.collector not in ("low", "high"):
        raise InputError(
            "is not known", field="collector", found=f'"{phases.collector}"',
            expected="low or high",
        )  # fmt: skip


def _connected(
    phase: Mask, axis: int, end: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Parts by faces, and whether each touches the plane; entry 0 is what is no phase."""
    parts, count = ndimage.label(phase)
    reached = np.zeros(count + 1, dtype=bool)
    reached[parts.take(end, axis)] = True
    reached[0] = False
    return parts, reached


def _active_faces(
    electronic: Mask, ionic: Mask, edges: tuple[float, float, float]
) -> tuple[tuple[int, int, int], Mask, npt.NDArray[np.floating]]:
    """Faces along each axis, voxels of active material beside them, their distance to the face."""
    beside = np.zeros(electronic.shape, dtype=bool)
    nearest = np.full(electronic.shape, np.inf)
    counts = []
    for axis in range(3):
        lower = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
        upper = tuple(slice(1, None) if i == axis else slice(None) for i in range(3))
        count = 0
        for own, other in ((lower, upper), (upper, lower)):
            meets = electronic[own] & ionic[other]
            count += int(np.count_nonzero(meets))
            beside[own] |= meets
            nearest[own] = np.where(meets, np.minimum(nearest[own], edges[axis] / 2), nearest[own])
        counts.append(count)
    return (counts[0], counts[1], counts[2]), beside, nearest


def _areas(
    volume: SegmentedVolume,
    phases: CathodePhases,
    cam: Mask,
    electronic: Mask,
    electrolyte: Mask,
    ionic: Mask,
) -> tuple[float, tuple[float, float, float] | None]:
    kinds = np.full(volume.shape, _OTHER, np.uint8)
    kinds[cam] = _IDLE_CAM
    kinds[electronic] = _ACTIVE_CAM
    kinds[electrolyte] = _IDLE_ELECTROLYTE
    kinds[ionic] = _ACTIVE_ELECTROLYTE
    kinds[np.isin(volume.labels, phases.pore)] = _PORE
    present = [int(kind) for kind in np.unique(kinds)]
    if len(present) < 2:
        return 0.0, None
    areas = interface_areas(kinds, present, volume.voxel_size).interface

    def between(a: int, b: int) -> float:
        return areas.get((min(a, b), max(a, b)), 0.0)

    both = (_ACTIVE_CAM, _IDLE_CAM)
    under = [
        sum(between(own, other) for own in both)
        for other in (_ACTIVE_ELECTROLYTE, _IDLE_ELECTROLYTE, _PORE, _OTHER)
    ]
    surface = sum(under)
    coverage = None
    if surface > 0:
        coverage = (under[0] / surface, under[1] / surface, under[2] / surface)
    return between(_ACTIVE_CAM, _ACTIVE_ELECTROLYTE), coverage


def _particles_with_face(particles: npt.NDArray[np.integer], beside: Mask) -> float:
    voxels = np.bincount(particles.ravel())
    voxels[0] = 0
    touched = np.zeros(len(voxels), dtype=bool)
    touched[particles[beside]] = True
    return float(voxels[touched].sum() / voxels.sum())
