# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes in a study: what is asked of them, and solving one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from interfacefem.conduction.result import transport_result
from interfacefem.conduction.solver import solver_bytes
from interfacefem.conduction.transport import solve_transport
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.errors import naming_fields
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Load
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.transport import Transport
from interfacefem.volumes.reading import open_as, read_slab


def solve_volume(path: Path, asked: Transport, load: Load, comm: MPI.Comm) -> dict[str, Any]:
    """Transport through a volume as a row of a table: what differs by axis has its number.

    Args:
        path: The volume.
        asked: What conducts.
        load: Current densities, applied and critical.
        comm: Communicator that does the work.

    Raises:
        VolumeError: It cannot be read, or what conducts is not in it.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    conductivities, unit = asked.conductivities()
    compile_kernels(comm, len(conductivities))
    started = time.process_time()
    with naming_fields(names_at(Door.FILE, Transport, "cell.transport.")):
        file = open_as(path, asked)
        volume = read_slab(file, comm, solver_bytes(len(conductivities)))
        found = solve_transport(
            volume,
            conductivities,
            axes=asked.axes,
            end=int(asked.plane == "high"),
            keep_fields=False,
        )
    result = transport_result(
        volume,
        found,
        unit=unit,
        critical=load.critical_current_density,
        applied=load.current_density,
        safe_share=asked.safe_share,
        cpu_s=comm.allreduce(time.process_time() - started, op=MPI.SUM),
        notes=file.notes,
    )
    notes, axes = result.pop("notes"), result.pop("axes")
    for entry in result.pop("budget"):
        if entry["source"] in ("volume", "solver"):  # that of the voxels has its name already
            result.setdefault(f"sigma_eff_error_{entry['source']}", []).append(entry["error"])
    row: dict[str, Any] = {}
    for name, value in result.items():
        if not isinstance(value, list):
            row[name] = value
            continue
        of_volume = name in ("shape", "voxel_nm")
        for axis, entry in zip((0, 1, 2) if of_volume else axes, value, strict=True):
            row[f"{name}_axis{axis}"] = entry
    return {**row, "notes": notes}
