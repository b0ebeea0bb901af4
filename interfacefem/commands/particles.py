# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem particles`` and ``interfacefem volume particles``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.commands.results import find_and_print, print_rows
from interfacefem.errors import InputError, naming_file
from interfacefem.files import csv_text, write_text_atomically
from interfacefem.parameters.particles import ParticleCounting, ParticleSettings
from interfacefem.parameters.volume_questions import PhaseQuestion
from interfacefem.parameters.volume_reading import VolumeReading

if TYPE_CHECKING:
    from interfacefem.api.particles import ParticleResult
    from interfacefem.progress import Step


def particles(
    *images: FileName,
    settings: ParticleSettings,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Particle sizes of one powder: d10, d50, d90 by number, area and volume (docs/particles.md).

    Parameters
    ----------
    images:
        TIFF, PNG or JPEG of one powder; or one table of laser diffraction (CSV).
    out:
        Folder for particles.csv, overlays and curves; default: results/IMAGE_particles.
    json:
        Print one JSON object instead of a table.
    """
    if not images:
        raise InputError("is missing", field="images", expected="one image or more")
    if images[0].suffix.lower() == ".csv":
        _laser(images, json)
        return

    def find(step: Step) -> ParticleResult:
        from interfacefem.api.particles import sizes_of_images

        return sizes_of_images(images, settings, step)

    names = ", ".join(image.name for image in images)
    folder = out or Path("results") / f"{images[0].stem}_particles"
    find_and_print(
        "particles", len(images), find, lambda result: _print(names, result), _write, folder,
        json, output,
    )  # fmt: skip


def volume_particles(
    file: FileName,
    *,
    asked: PhaseQuestion,
    counting: ParticleCounting,
    reading: VolumeReading,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Particle sizes of a phase: d10, d50, d90 by number, area and volume (docs/particles.md).

    Parameters
    ----------
    file:
        Segmented volume; see docs/volumes.md.
    out:
        Folder for particles.csv, overlay and curves; default: none are written.
    json:
        Print one JSON object instead of a table.
    """

    def find(step: Step) -> ParticleResult:
        from interfacefem.api.particles import sizes_of_volume
        from interfacefem.conduction.segmented_volume import SegmentedVolume
        from interfacefem.volumes.reading import open_as

        with naming_file(file):
            step(f"reading {file}")
            opened = open_as(file, reading)
            volume = SegmentedVolume(opened.labels(), opened.voxel_size, file)
            return sizes_of_volume(volume, asked.phase, counting, step)

    find_and_print(
        "particles", 3, find, lambda result: _print(file.name, result), _write, out, json, output
    )


def _print(names: str, result: dict[str, Any]) -> None:
    rows = [{"weight and basis": name, **one} for name, one in result["sizes"].items()]
    low, high = ("d50_um_low", "d50_um_high")
    if all(row.get(low) is None for row in rows):
        low, high = ("d50_um_resampled_low", "d50_um_resampled_high")
    title = f"{names}: {result['count']} particles" if "count" in result else names
    print_rows(
        title,
        rows,
        ("weight and basis", "d10_um", "d50_um", "d90_um", "mean_um", "span", low, high),
    )


def _write(found: ParticleResult, out: Path) -> None:
    from interfacefem.report import save_figure
    from interfacefem.report.particle_figures import particle_overlay_figure, size_figure

    several = len(found.found.fields) > 1
    for number, field in enumerate(found.found.fields, start=1):
        name = f"overlay_{number}.png" if several else "overlay.png"
        save_figure(particle_overlay_figure(field), out / name)
    save_figure(size_figure(found.found), out / "sizes.png")
    write_text_atomically(out / "particles.csv", csv_text(found.rows()))


def _laser(tables: tuple[Path, ...], json: bool) -> None:
    from interfacefem.commands.printing import print_json
    from interfacefem.process.laser_diffraction import read_laser_diffraction
    from interfacefem.process.particle_result import distribution_result

    if len(tables) > 1:
        raise InputError(
            "is one table of one powder", field="images", found=f"{len(tables)} files",
            expected="one CSV file",
        )  # fmt: skip
    result = distribution_result(read_laser_diffraction(tables[0]), "laser_diffraction")
    if json:
        print_json(result)
    else:
        _print(tables[0].name, result)
