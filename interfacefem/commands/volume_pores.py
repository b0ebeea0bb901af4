# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume pores``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parameters.volume_questions import PoreQuestions
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.units import UM

if TYPE_CHECKING:
    import numpy.typing as npt

    from interfacefem.volumes.pore_analysis import PoreAnalysis


def volume_pores(
    file: FileName,
    *,
    asked: PoreQuestions,
    reading: VolumeReading,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Connected pores, paths through them from the top, their sizes, porosity per slice.

    Parameters
    ----------
    file:
        Segmented volume; see docs/volumes.md.
    out:
        Folder for figures and tables; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    run(file, reading, asked, out, json, output)


def run(
    file: Path,
    reading: VolumeReading,
    asked: PoreQuestions,
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Analyse the pores of a volume on rank 0; collective."""
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.conduction.segmented_volume import SegmentedVolume
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.process.packing import ANDERSEN_NOTE, andersen_density
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.pore_analysis import (
        PORE_BYTES,
        PORE_STEPS,
        analyse_pores,
        pore_result,
    )
    from interfacefem.volumes.reading import open_as

    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def analyse() -> dict[str, Any]:
        density = None if asked.particle_sizes is None else andersen_density(*asked.particle_sizes)
        if out is not None:
            require_writable_folder(out)
        steps = 1 + len(PORE_STEPS) + (out is not None)
        with progress("pores", steps, quiet=output.quiet) as step:
            step(f"reading {file}")
            opened = open_as(file, reading)
            segmented = SegmentedVolume(
                opened.labels(work_bytes=PORE_BYTES), opened.voxel_size, file
            )
            analysis = analyse_pores(
                segmented,
                tuple(dict.fromkeys(asked.phase)),
                axis=asked.axis,
                interface_depth=asked.interface_depth,
                begin=step,
            )
            result = pore_result(analysis)
            if density is not None:
                result["andersen_density"] = density
                result["andersen_porosity"] = 1 - density
                result["notes"].append(ANDERSEN_NOTE)
            if out is not None:
                step("figures and tables")
                write_pores(analysis, result, out)
        return result

    result = on_first_rank(MPI.COMM_WORLD, analyse)
    if result is None:
        return
    if json:
        print_json(result)
        return
    print_table(str(file), ("quantity", "value"), table_rows(result))
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figures and tables: {out}")


def write_pores(analysis: PoreAnalysis, result: dict[str, Any], out: Path) -> None:
    """Write ``result.json``, tables, figures, and fields for ParaView."""
    import numpy as np

    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.report import save_figure
    from interfacefem.report.volume_pore_figures import pore_profile_figure, pore_section_figure
    from interfacefem.volumes.image_data import write_image_data

    save_figure(pore_section_figure(analysis), out / "pores.png")
    save_figure(pore_profile_figure(analysis), out / "pore_profiles.png")
    pores, sizes = analysis.pores, analysis.sizes
    columns = (
        sizes.volume, sizes.equivalent_diameter, sizes.feret_diameter,
        pores.open_to_first, pores.open_to_last,
    )  # fmt: skip
    by_size = sizes.volume.argsort()[::-1]
    write_text_atomically(
        out / "pore_sizes.csv",
        csv_text([
            {
                "pore": int(index) + 1,
                "volume_um3": float(columns[0][index] / UM**3),
                "equivalent_diameter_um": float(columns[1][index] / UM),
                "feret_diameter_um": float(columns[2][index] / UM),
                "open_to_first": bool(columns[3][index]),
                "open_to_last": bool(columns[4][index]),
            }
            for index in by_size
        ]),
    )  # fmt: skip
    tortuosity = analysis.paths.slice_tortuosity
    for axis, porosity in enumerate(analysis.porosity_per_slice):
        step = analysis.volume.voxel_size[axis] / UM
        rows = [
            {"position_um": (index + 0.5) * step, "porosity": float(value)}
            for index, value in enumerate(porosity)
        ]
        if axis == pores.axis:
            for row, value in zip(rows, tortuosity, strict=True):
                row["tortuosity"] = float(value)
        write_text_atomically(out / f"slices_axis{axis}.csv", csv_text(rows))
    fields: dict[str, npt.NDArray[np.generic]] = {
        "pore": pores.labels,
        "percolates": pores.mask(pores.percolates).view(np.uint8),
        "path_length_um": np.moveaxis(
            (analysis.paths.distance / UM).astype(np.float32), 0, pores.axis
        ),
    }
    write_image_data(out / "pores.vti", fields, analysis.volume.voxel_size)
    write_text_atomically(out / "result.json", json_text(result) + "\n")


def table_rows(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Quantities as lines of a table, lists as one line each."""
    rows: list[tuple[str, object]] = []
    for key, value in result.items():
        if isinstance(value, list):
            if key != "notes":
                numbers = ("–" if part is None else f"{part:.4g}" for part in value)
                rows.append((key, ", ".join(numbers)))
        else:
            rows.append((key, value))
    return rows
