# SPDX-License-Identifier: BSD-3-Clause
"""Particle sizes of a powder from its images or a segmented volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import images_of, labels
from interfacefem.api.result import Result, number
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError, naming_fields
from interfacefem.images import Micrograph
from interfacefem.images.reading import read_micrograph
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.particles import ParticleCounting, ParticleSettings
from interfacefem.process.particle_result import particle_result, particle_rows
from interfacefem.process.particles import ParticleSizes, particle_sizes, particle_sizes_of_volume
from interfacefem.progress import Step
from interfacefem.units import UM

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class ParticleResult(Result):
    """Sizes of one powder.

    Attributes:
        found: Every number in SI, and the particles.
    """

    found: ParticleSizes
    _cited = ("lantuejoul", "saltykov", "vincent")

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem particles --json`` prints."""
        return particle_result(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each particle."""
        return particle_rows(self.found)

    def headline(self) -> list[tuple[str, str]]:
        """Number of particles, d50 by number and by volume."""
        summaries = self.found.summaries
        return [
            ("particles", str(len(self.found.sizes.diameter))),
            ("basis", self.found.basis),
            ("d50 by number", number(summaries[0].quantiles["d50"].value / UM, "µm")),
            ("d50 by volume", number(summaries[3].quantiles["d50"].value / UM, "µm")),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report.particle_figures import size_figure

        return size_figure(self.found)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.particle_figures import draw_sizes

        draw_sizes(axes, self.found)


def particles(
    images: str | Path | Micrograph | SegmentedVolume | Sequence[str | Path | Micrograph],
    *,
    phase: int | Sequence[int] | None = None,
    **settings: Any,
) -> ParticleResult:
    """Particle sizes by number, area and volume (docs/particles.md).

    Args:
        images: One or more images of one powder, or what ``read_volume`` returns.
        phase: Labels that are particles, of a volume.
        **settings: Parameters of ``ParticleSettings``, such as ``split=0.1`` or
            ``pixel_size="55.8 nm"``.

    Raises:
        InputError: An argument or an image is not what it should be, or holds no particles that can
            be counted.
    """
    if isinstance(images, SegmentedVolume):
        counting = ParticleCounting(**settings)
        phases = () if phase is None else labels(phase, "phase")
        if not phases and not counting.labels:
            raise InputError(
                "says which voxels are particles", field="phase=", found="nothing",
                expected="labels such as 2, or labels=True",
            )  # fmt: skip
        with naming_fields(names_at(Door.ARGUMENT, ParticleCounting)):
            return sizes_of_volume(images, phases, counting)
    asked = ParticleSettings(**settings)
    if phase is not None:
        raise InputError(
            "belongs to volumes", field="phase=", found="images",
            expected="what read_volume returns",
        )  # fmt: skip
    given = images_of(images)
    with naming_fields(names_at(Door.ARGUMENT, ParticleSettings)):
        return sizes_of_images(given, asked)


def sizes_of_images(
    images: Sequence[str | Path | Micrograph],
    asked: ParticleSettings,
    begin: Step = lambda text: None,
) -> ParticleResult:
    """The same with parameters that are checked."""
    crop = "none" if asked.labels and asked.crop == "auto" else asked.crop
    box = None if crop == "auto" else crop
    read = [
        image
        if isinstance(image, Micrograph)
        else read_micrograph(image, pixel_size=asked.pixel_size, crop=box)
        for image in images
    ]
    return ParticleResult(particle_sizes(read, asked, begin=begin))


def sizes_of_volume(
    volume: SegmentedVolume,
    phases: tuple[int, ...],
    asked: ParticleCounting,
    begin: Step = lambda text: None,
) -> ParticleResult:
    """The same of a volume."""
    return ParticleResult(particle_sizes_of_volume(volume, phases, asked, begin=begin))
