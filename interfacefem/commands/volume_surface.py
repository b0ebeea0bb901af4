# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume surface``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from interfacefem.commands.printing import print_json, print_line, print_table
from interfacefem.commands.volume_input import open_from_options
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import VolumeError
from interfacefem.files import require_writable_folder
from interfacefem.progress import configure_logging, progress
from interfacefem.surfaces.map_roughness import areal_roughness
from interfacefem.units import UM
from interfacefem.volumes.outer_surface import outer_surface
from interfacefem.volumes.surface_files import write_outer_surface

if TYPE_CHECKING:
    from interfacefem.cli import Output, SurfaceOptions, VolumeOptions


def run(
    path: Path,
    reading: VolumeOptions,
    options: SurfaceOptions,
    out: Path,
    json: bool,
    output: Output,
) -> None:
    """Take the outer face of a phase, write profiles, map and case files."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    if options.end not in {"low", "high"}:
        raise VolumeError(
            "is not known", field="--end", found=f'"{options.end}"', expected="low or high"
        )
    try:
        phases = [int(part) for part in options.phase.split(",")]
    except ValueError:
        raise VolumeError(
            "cannot be read", field="--phase", found=f'"{options.phase}"', expected="such as 1"
        ) from None
    require_writable_folder(out)
    with progress("surface", 3, quiet=output.quiet) as step:
        step(f"reading {path}")
        file = open_from_options(path, reading)
        volume = SegmentedVolume(file.labels(), file.voxel_size, path)
        step("outer face")
        surface = outer_surface(
            volume,
            phases,
            axis=options.axis,
            end=int(options.end == "high"),
            across=options.across,
            smoothing=options.smoothing,
        )
        step("writing")
        files = write_outer_surface(surface, out)
    roughness = areal_roughness(surface.height_map)
    result = {
        "profiles": len(surface.profiles),
        "slices": list(surface.slices),
        "filled_columns": surface.missing,
        "mean_height_um": surface.height_map.mean_height / UM,
        "overhanging_profiles": int(np.sum([one.has_overhangs for one in surface.profiles])),
        "Sa_um": roughness.sa / UM,
        "Sq_um": roughness.sq / UM,
        "Sz_um": roughness.sz / UM,
        "case_profile": str(files[0]),
        "case_map": str(files[1]),
    }
    if json:
        print_json(result)
        return
    rows = [(key, value) for key, value in result.items() if key != "slices"]
    print_table(f"{path}: outer face along axis {surface.axis}", ("quantity", "value"), rows)
    print_line(f"next: interfacefem current {files[1]}")
