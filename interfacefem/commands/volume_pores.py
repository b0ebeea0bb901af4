# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume pores``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from interfacefem.commands.printing import (
    csv_text,
    json_text,
    print_json,
    print_line,
    print_table,
)
from interfacefem.commands.volume_input import open_from_options
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parallel import on_first_rank
from interfacefem.process.packing import andersen_density
from interfacefem.progress import configure_logging, progress
from interfacefem.report import save_figure
from interfacefem.units import UM, parse_quantity
from interfacefem.volumes.image_data import write_image_data
from interfacefem.volumes.pore_analysis import (
    PORE_STEPS,
    PoreAnalysis,
    analyse_pores,
    pore_result,
)

if TYPE_CHECKING:
    from interfacefem.cli import Output, VolumeOptions


@dataclass(frozen=True)
class PoreOptions:
    """What the command line says of the pores.

    Attributes:
        phases: Labels that are pore, "0" or "0,170".
        axis: Direction of transport.
        interface_depth: What is near the faces, with its unit; None for a tenth of the thickness.
        particle_sizes: Mean, smallest and largest particle size, with units; None for none.
    """

    phases: str
    axis: int
    interface_depth: str | None
    particle_sizes: str | None


def run(
    file: Path,
    volume: VolumeOptions,
    options: PoreOptions,
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Analyse the pores of a volume on rank 0; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def analyse() -> dict[str, Any]:
        phases = parse_phases(options.phases, "--phase")
        depth = None
        if options.interface_depth is not None:
            depth = parse_quantity(
                options.interface_depth, unit="m", example="1 um", field="--interface-depth"
            )
        density = _packing_density(options.particle_sizes)
        if out is not None:
            require_writable_folder(out)
        steps = 1 + len(PORE_STEPS) + (out is not None)
        with progress("pores", steps, quiet=output.quiet) as step:
            step(f"reading {file}")
            opened = open_from_options(file, volume)
            segmented = SegmentedVolume(opened.labels(), opened.voxel_size, file)
            analysis = analyse_pores(
                segmented, phases, axis=options.axis, interface_depth=depth, begin=step
            )
            result = pore_result(analysis)
            if density is not None:
                result["andersen_density"] = density
                result["andersen_porosity"] = 1 - density
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
    from interfacefem.report.volume_pore_figures import pore_profile_figure, pore_section_figure

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


def parse_phases(text: str, field: str) -> tuple[int, ...]:
    """Labels out of ``"0"`` or ``"0,170"``.

    Raises:
        InputError: No whole numbers.
    """
    try:
        return tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise InputError(
            "cannot be read", field=field, found=f'"{text}"',
            expected="labels such as 0 or 0,170",
        ) from None  # fmt: skip


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


def _packing_density(text: str | None) -> float | None:
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) != 3:
        raise InputError(
            "cannot be read", field="--particle-sizes", found=f'"{text}"',
            expected='mean, smallest and largest size such as "1.2 um, 0.3 um, 2.5 um"',
        )  # fmt: skip
    mean, smallest, largest = (
        parse_quantity(part.strip(), unit="m", example="1.2 um", field="--particle-sizes")
        for part in parts
    )
    return andersen_density(mean, smallest, largest)
