# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume transport``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import VolumeError
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parameters.transport import TransportQuestions
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.sizes import shape_text
from interfacefem.units import UM

if TYPE_CHECKING:
    from interfacefem.conduction.electrode_plane import PlaneCurrent
    from interfacefem.conduction.solver import Conduction, VolumeSlab
    from interfacefem.conduction.transport import AxisTransport
    from interfacefem.mpi import MPI
    from interfacefem.volumes.reading import VolumeFile


def volume_transport(
    file: FileName,
    *,
    reading: VolumeReading,
    asked: TransportQuestions,
    cell: FileName | None = None,
    grey: FileName | None = None,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Effective conductivity, tortuosity factor and current at the electrode's plane.

    Parameters
    ----------
    file:
        TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
    cell:
        YAML file with the cell whose kinetics act at the electrode's plane; default: none act.
    grey:
        Grey values that the labels were cut from: says what the thresholds do.
    out:
        Folder for figures and fields (ParaView); default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    run(file, reading, asked, (cell, grey), out, json, output)


def run(
    path: Path,
    reading: VolumeReading,
    asked: TransportQuestions,
    beside: tuple[Path | None, Path | None],
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Solve transport through one volume on all ranks, print it, write figures; collective."""
    from interfacefem.api.transport import Asked, part_of_file, solve_volume
    from interfacefem.commands.printing import print_json, print_line
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_each_rank
    from interfacefem.parameters.case_file import read_cell
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.reading import open_as

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    cell, grey = beside
    question = Asked(
        asked, asked.critical_current_density, asked.current_density, asked.residual,
        None if cell is None else read_cell(cell),
    )  # fmt: skip
    axes = asked.axes
    question.what.conductivities()
    question.electrode()

    def begin() -> tuple[VolumeFile, VolumeFile | None]:
        if out is not None:
            require_writable_folder(out)
        opened = open_as(path, reading)
        if grey is None:
            return opened, None
        greys = open_as(grey, reading)
        if greys.shape != opened.shape:
            raise VolumeError(
                "has not the shape of the labels", file=grey, found=shape_text(greys.shape),
                expected=shape_text(opened.shape),
            )  # fmt: skip
        return opened, greys

    steps = 2 + len(axes) + (3 if asked.sides != "insulated" else 0) + (out is not None)
    with progress("transport", steps, quiet=output.quiet) as step:
        step(f"reading {path}")
        file, grey_file = on_each_rank(comm, begin)
        volume = part_of_file(file, comm, question, keep_fields=out is not None)
        greys = None
        if grey_file is not None:
            planes = volume.slabs.start, volume.slabs.stop
            greys = on_each_rank(comm, lambda: grey_file.values(*planes))
        found = solve_volume(
            volume, question, file=path, notes=file.notes, greys=greys,
            keep_fields=out is not None, step=step,
        )  # fmt: skip
        result = found.to_dict()
        if out is not None:
            step("figures and fields")
            at_plane = asked.critical_current_density, question.applied, int(asked.plane == "high")
            _write(found.axes, volume, result, at_plane, out, comm)
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
        if key in {"axes", "shape", "voxel_nm", "notes", "budget", "tensor"}:
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
    if "tensor" in result:
        _print_tensor(result["tensor"])
    for note in result["notes"]:
        print_line(f"  {note}")


def _print_tensor(tensor: dict[str, Any]) -> None:
    from interfacefem.commands.printing import print_line, print_table

    print_table(
        f"tensor, {tensor['sides']} sides",
        ("axis", "0", "1", "2", "principal value", "along 0", "1", "2"),
        [
            (axis, *tensor["sigma_eff"][axis], tensor["principal"][axis],
             *tensor["directions"][axis])
            for axis in range(3)
        ],
    )  # fmt: skip
    said = {True: "isotropic to its error", False: "not isotropic", None: "error not known"}
    error = tensor["relative_error"]
    print_line(
        f"  anisotropy {tensor['anisotropy']:.3g}, relative error by the voxels "
        f"{'not known' if error is None else format(error, '.2g')}: {said[tensor['isotropic']]}"
    )


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
