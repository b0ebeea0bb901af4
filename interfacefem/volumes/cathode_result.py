# SPDX-License-Identifier: BSD-3-Clause
"""What takes part of a cathode, as scripts read it."""

from __future__ import annotations

from typing import Any

from interfacefem.units import UM
from interfacefem.volumes.cathode import CathodeUse


def cathode_result(found: CathodeUse) -> dict[str, Any]:
    """Contract of ``interfacefem volume cathode --json`` (docs/cathode.md)."""
    electrolyte, idle, pore = found.coverage or (None, None, None)
    notes = []
    if found.cam_connected == 0:
        notes.append("no active material is connected to the collector's plane")
    if found.electrolyte_connected == 0:
        notes.append("no electrolyte is connected to the separator's plane")
    notes.append(
        "voxels know no contacts, cracks or pores below their size: active is an upper bound"
    )
    return {
        "shape": list(found.volume.shape),
        "voxel_nm": [edge * 1e9 for edge in found.volume.voxel_size],
        "axis": found.phases.axis,
        "collector": found.phases.collector,
        "cam_fraction": found.cam_fraction,
        "cam_connected": found.cam_connected,
        "electrolyte_connected": found.electrolyte_connected,
        "cam_active": found.cam_active,
        "cam_particles_active": found.particles_active,
        "active_area_m2_per_g": found.active_area_per_mass / 1e3,
        "active_area_per_um": found.active_area_per_volume * UM,
        "active_faces": list(found.active_faces),
        "cam_coverage_electrolyte_active": electrolyte,
        "cam_coverage_electrolyte_idle": idle,
        "cam_coverage_pore": pore,
        "cam_within_um": found.within,
        "within_um": found.distance / UM,
        "mean_distance_um": None if found.mean_distance is None else found.mean_distance / UM,
        "notes": notes,
    }
