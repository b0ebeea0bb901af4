# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume cathode``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.commands.results import find_and_print
from interfacefem.errors import naming_file
from interfacefem.parameters.volume_questions import CathodeQuestions
from interfacefem.parameters.volume_reading import VolumeReading

if TYPE_CHECKING:
    from interfacefem.api.cathode import CathodeResult
    from interfacefem.progress import Step


def volume_cathode(
    file: FileName,
    *,
    asked: CathodeQuestions,
    reading: VolumeReading,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Connected and active material, its coverage, distance to the active interface.

    Parameters
    ----------
    file:
        Segmented cathode; see docs/cathode.md.
    out:
        Folder for the figure; default: none is written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.volumes.cathode import CATHODE_STEPS

    def find(step: Step) -> CathodeResult:
        from interfacefem.api.cathode import use_of_cathode
        from interfacefem.conduction.segmented_volume import SegmentedVolume
        from interfacefem.volumes.reading import open_as

        with naming_file(file):
            step(f"reading {file}")
            opened = open_as(file, reading)
            volume = SegmentedVolume(opened.labels(), opened.voxel_size, file)
            return use_of_cathode(volume, asked, step)

    def show(result: dict[str, object]) -> None:
        from interfacefem.commands.printing import print_table

        rows = [
            (key, value)
            for key, value in result.items()
            if key != "notes" and not isinstance(value, list)
        ]
        print_table(file.name, ("quantity", "value"), rows)

    steps = 1 + CATHODE_STEPS + asked.split
    find_and_print("cathode", steps, find, show, _write, out, json, output)


def _write(found: CathodeResult, out: Path) -> None:
    found.write(out / "cathode.png")
