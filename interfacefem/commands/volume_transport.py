# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume transport``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import naming_file
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parameters.transport import TransportQuestions
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.units import UM

if TYPE_CHECKING:
    from mpi4py import MPI

    from interfacefem.conduction.electrode_plane import PlaneCurrent
    from interfacefem.conduction.solver import Conduction, VolumeSlab
    from interfacefem.conduction.transport import AxisTransport
    from interfacefem.volumes.reading import VolumeFile


def volume_transport(
    file: FileName,
    *,
    reading: VolumeReading,
    asked: TransportQuestions,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Effective conductivity, tortuosity factor and current at the electrode's plane.

    Parameters
    ----------
    file:
        TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
    out:
        Folder for figures and fields (ParaView); default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    run(file, reading, asked, out, json, output)


def run(
    path: Path,
    reading: VolumeReading,
    asked: TransportQuestions,
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Solve transport through one volume on all ranks, print it, write figures; collective."""
    from mpi4py import MPI

    from interfacefem.commands.printing import print_json, print_line
    from interfacefem.conduction.result import transport_result
    from interfacefem.conduction.solver import SOLVER_BYTES, ConductionSettings, require_labels
    from interfacefem.conduction.transport import solve_transport
    from interfacefem.conduction.warm_up import compile_kernels
    from interfacefem.parallel import on_each_rank
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.reading import open_as, read_slab

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    axes, end = asked.axes, int(asked.plane == "high")
    critical, applied = asked.critical_current_density, asked.current_density
    conductivities, unit = asked.conductivities()
    settings = ConductionSettings(residual=asked.residual)

    def begin() -> VolumeFile:
        if out is not None:
            require_writable_folder(out)
        return open_as(path, reading)

    steps = 2 + len(axes) + (out is not None)
    with progress("transport", steps, quiet=output.quiet) as step:
        step(f"reading {path}")
        file = on_each_rank(comm, begin)
        volume = on_each_rank(comm, lambda: read_slab(file, comm, SOLVER_BYTES))
        with naming_file(path):
            require_labels(volume, conductivities)
        step("kernels (compiled at the first run of all)")
        compile_kernels(comm)
        started = time.process_time()
        with naming_file(path):
            found = solve_transport(
                volume, conductivities, axes=axes, end=end, settings=settings, progress=step
            )
        (cpu,) = volume.slabs.sum(time.process_time() - started)
        result = transport_result(
            volume,
            found,
            unit=unit,
            critical=critical,
            applied=applied,
            safe_share=asked.safe_share,
            cpu_s=cpu,
            notes=file.notes,
        )
        if out is not None:
            step("figures and fields")
            _write(found, volume, result, (critical, applied, end), out, comm)
    if json:
        print_json(result)
        return
    _print(path, file, result, axes)
    if out is not None:
        print_line(f"figures and fields: {out}")


def _print(path: Path, file: VolumeFile, result: dict[str, Any], axes: Sequence[int]) -> None:
    from interfacefem.commands.printing import print_line, print_table
    from interfacefem.volumes.reading import voxel_size_text

    n0, n1, n2 = file.shape
    title = f"{path}: {n0} x {n1} x {n2} voxels of {voxel_size_text(file.voxel_size)}"
    rows: list[tuple[object, ...]] = []
    for key, value in result.items():
        if key in {"axes", "shape", "voxel_nm", "notes", "budget"}:
            continue
        values = value if isinstance(value, list) else [value, *[""] * (len(axes) - 1)]
        rows.append((key, *values))
    print_table(title, ("quantity", *(f"axis {axis}" for axis in axes)), rows)
    print_table(
        "error of sigma_eff by source",
        ("axis", "source", "error", "relative", "dominates", "meaning"),
        [
            (row["axis"], row["source"], row["error"], row["relative"],
             "yes" if row["dominates"] else "", row["meaning"])
            for row in result["budget"]
        ],
    )  # fmt: skip
    for note in result["notes"]:
        print_line(f"  {note}")


def _write(
    found: Sequence[AxisTransport],
    volume: VolumeSlab,
    result: dict[str, Any],
    at_plane: tuple[float | None, float | None, int],
    out: Path,
    comm: MPI.Comm,
) -> None:
    from interfacefem.commands.printing import json_text
    from interfacefem.parallel import on_first_rank
    from interfacefem.report.volume_transport_figures import write_transport_figures
    from interfacefem.volumes.image_data import write_potential

    tables: dict[Path, str] = {}
    for one in found:
        conduction: Conduction = one.conduction
        if conduction.sigma_eff > 0:
            depths = write_transport_figures(one, volume, *at_plane, out)
            tables[out / f"current_depth_axis{conduction.axis}.csv"] = _depth_table(depths)
            write_potential(out / f"potential_axis{conduction.axis}.vti", conduction, volume)
    tables[out / "result.json"] = json_text(result) + "\n"

    def write() -> None:
        for path, text in tables.items():
            write_text_atomically(path, text)

    on_first_rank(comm, write)


def _depth_table(depths: Sequence[PlaneCurrent]) -> str:
    from interfacefem.commands.printing import csv_text

    return csv_text([
        {
            "depth_um": plane.depth / UM,
            "largest": plane.hot_spot_factor,
            "quantile_99": plane.quantile(0.99),
            "median": plane.quantile(0.5),
            "contact_share": plane.contact_share,
        }
        for plane in depths
    ])  # fmt: skip
