# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume describe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parameters.volume_questions import DescriptorQuestions
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.units import UM

if TYPE_CHECKING:
    from interfacefem.volumes.description import VolumeDescription


def volume_describe(
    file: FileName,
    *,
    asked: DescriptorQuestions,
    flux: Annotated[bool, cyclopts.Parameter(negative="--no-flux")] = True,
    reading: VolumeReading,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Interface areas, chords, local thickness, representative volume, tortuosity of each phase.

    Parameters
    ----------
    file:
        Segmented volume; see docs/volumes.md.
    flux:
        Tortuosity factors by conduction beside those of random walks; most of the time goes there.
    out:
        Folder for the figure and tables; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    run(file, reading, asked, flux, out, json, output)


def run(
    file: Path,
    reading: VolumeReading,
    asked: DescriptorQuestions,
    flux: bool,
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Describe the phases of a volume on rank 0; collective."""
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.commands.volume_pores import table_rows
    from interfacefem.conduction.segmented_volume import SegmentedVolume
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.description import (
        DESCRIPTION_BYTES,
        describe_volume,
        description_result,
        description_steps,
        flux_tortuosity_factors,
    )
    from interfacefem.volumes.reading import open_as

    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def describe() -> dict[str, Any]:
        filled = tuple(dict.fromkeys(asked.fill or ()))
        if out is not None:
            require_writable_folder(out)
        with progress("describe", 1, quiet=output.quiet) as step:
            step(f"reading {file}")
            opened = open_as(file, reading)
            segmented = SegmentedVolume(
                opened.labels(work_bytes=DESCRIPTION_BYTES), opened.voxel_size, file
            )
            described = tuple(dict.fromkeys(asked.phase or segmented.phases))
        steps = description_steps(described, filled, flux=flux) + (out is not None)
        with progress("describe", steps, quiet=output.quiet) as step:
            description = describe_volume(
                segmented,
                described,
                filled=filled,
                flux_tortuosity=flux_tortuosity_factors if flux else None,
                begin=step,
            )
            result = description_result(description)
            if out is not None:
                step("figure and tables")
                write_description(description, result, out)
        return result

    result = on_first_rank(MPI.COMM_WORLD, describe)
    if result is None:
        return
    if json:
        print_json(result)
        return
    for label, one in result["phases"].items():
        print_table(f"{file}, phase {label}", ("quantity", "value"), table_rows(one))
    areas = [
        (key, phases, value)
        for key in ("specific_surface_per_um", "specific_interface_per_um")
        for phases, value in result[key].items()
    ]
    print_table("areas per volume", ("quantity", "phases", "value"), areas)
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figure and tables: {out}")


def write_description(description: VolumeDescription, result: dict[str, Any], out: Path) -> None:
    """Write ``result.json``, tables of chords and thickness, and the figure."""
    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.report import save_figure
    from interfacefem.report.volume_descriptor_figures import descriptor_figure

    save_figure(descriptor_figure(description), out / "descriptors.png")
    chords = [
        {
            "phase": chord.phase,
            "axis": chord.axis,
            "length_um": float(length / UM),
            "chords": int(number),
        }
        for one in description.phases.values()
        for chord in one.chords
        for length, number in zip(chord.lengths, chord.counts, strict=True)
        if number
    ]
    if chords:
        write_text_atomically(out / "chords.csv", csv_text(chords))
    thickness = [
        {
            "phase": label,
            "from_um": float(begin / UM),
            "to_um": float(end / UM),
            "share": float(share),
        }
        for label, one in description.phases.items()
        for begin, end, share in zip(
            one.thickness.edges[:-1], one.thickness.edges[1:], one.thickness.share, strict=True
        )
    ]
    write_text_atomically(out / "local_thickness.csv", csv_text(thickness))
    write_text_atomically(out / "result.json", json_text(result) + "\n")
