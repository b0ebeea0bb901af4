# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume surface``."""

from __future__ import annotations

from pathlib import Path

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.files import require_writable_folder
from interfacefem.parameters.volume_questions import OuterFace
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.progress import configure_logging, progress
from interfacefem.units import UM


def volume_surface(
    file: FileName,
    *,
    asked: OuterFace,
    reading: VolumeReading,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Outer face of a solid as profiles and height map, with case files for the current solver.

    Parameters
    ----------
    file:
        TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
    out:
        Folder for profiles, height map and case files; default: results/FILE_surface.
    json:
        Print one JSON object instead of a table.
    """
    run(file, reading, asked, out or Path("results") / f"{file.stem}_surface", json, output)


def run(
    path: Path,
    reading: VolumeReading,
    asked: OuterFace,
    out: Path,
    json: bool,
    output: Output,
) -> None:
    """Take the outer face of a phase, write profiles, map and case files."""
    import numpy as np

    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.conduction.segmented_volume import SegmentedVolume
    from interfacefem.surfaces.result import roughness_result
    from interfacefem.volumes.outer_surface import outer_surface
    from interfacefem.volumes.reading import open_as
    from interfacefem.volumes.surface_files import write_outer_surface

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    require_writable_folder(out)
    with progress("surface", 3, quiet=output.quiet) as step:
        step(f"reading {path}")
        file = open_as(path, reading)
        volume = SegmentedVolume(file.labels(), file.voxel_size, path)
        step("outer face")
        surface = outer_surface(
            volume,
            list(asked.phase),
            axis=asked.axis,
            end=int(asked.end == "high"),
            across=asked.across,
            smoothing=asked.smoothing,
        )
        step("writing")
        files = write_outer_surface(surface, out)
    roughness = roughness_result(surface.height_map)
    result = {
        "profiles": len(surface.profiles),
        "slices": list(surface.slices),
        "filled_columns": surface.missing,
        "mean_height_um": surface.height_map.mean_height / UM,
        "overhanging_profiles": int(np.sum([one.has_overhangs for one in surface.profiles])),
        **{key: roughness[key] for key in ("Sa_um", "Sq_um", "Sz_um")},
        "case_profile": str(files[0]),
        "case_map": str(files[1]),
    }
    if json:
        print_json(result)
        return
    rows = [(key, value) for key, value in result.items() if key != "slices"]
    print_table(f"{path}: outer face along axis {surface.axis}", ("quantity", "value"), rows)
    print_line(f"next: interfacefem current {files[1]}")
