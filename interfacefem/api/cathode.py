# SPDX-License-Identifier: BSD-3-Clause
"""What of a segmented cathode's active material takes part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import labels
from interfacefem.api.reading import volume_of
from interfacefem.api.result import Result, share
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import naming_fields, naming_file
from interfacefem.mpi import MPI
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.volume_questions import CathodeQuestions
from interfacefem.process.splitting import split_particles
from interfacefem.progress import Step
from interfacefem.volumes.cathode import CathodePhases, CathodeUse, cathode_use
from interfacefem.volumes.cathode_result import cathode_result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class CathodeResult(Result):
    """Connected and active material of one cathode.

    Attributes:
        found: Every number in SI.
    """

    found: CathodeUse
    _cited = ("minnmann",)

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem volume cathode --json`` prints."""
        return cathode_result(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row."""
        return [self.to_dict()]

    def headline(self) -> list[tuple[str, str]]:
        """Shares that take part."""
        found = self.found
        return [
            ("active material connected", share(found.cam_connected)),
            ("active", share(found.cam_active)),
            ("near the active interface", share(found.within)),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report.cathode_figure import cathode_figure

        return cathode_figure(self.found)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.cathode_figure import draw_cathode

        draw_cathode(axes, self.found)


def cathode(volume: SegmentedVolume | str | Path, **questions: Any) -> CathodeResult:
    """Connected and active material, coverage and distances (docs/cathode.md).

    Args:
        volume: What ``read_volume`` returns, or the name of a file.
        **questions: Parameters of ``CathodeQuestions``: ``cam=2``, ``electrolyte=1``, ``pore=0``,
            ``axis=0``, ``collector="high"``, ``density``, ``within``, ``split``.

    Raises:
        InputError: An argument is not what it should be, or a label does not occur.
    """
    segmented = volume_of(volume, None, MPI.COMM_SELF)
    names = ("cam", "electrolyte", "pore")
    given: dict[str, Any] = {
        name: labels(value, name, may_be_empty=name == "pore") if name in names else value
        for name, value in questions.items()
    }
    asked = CathodeQuestions(**given)
    with naming_fields(names_at(Door.ARGUMENT, CathodeQuestions)):
        return use_of_cathode(segmented, asked)


def use_of_cathode(
    volume: SegmentedVolume, asked: CathodeQuestions, begin: Step = lambda text: None
) -> CathodeResult:
    """The same with parameters that are checked."""
    import numpy as np

    # a volume without pores is no mistake while nobody named them
    pore = asked.pore
    if "pore" not in asked.model_fields_set:
        pore = tuple(label for label in pore if label in volume.phases)
    phases = CathodePhases(asked.cam, asked.electrolyte, pore, asked.axis, asked.collector)
    with naming_file(volume.source):
        particles = None
        if asked.split:
            begin("particles of active material")
            cam = np.isin(volume.labels, asked.cam)
            particles = split_particles(cam, spacing=volume.voxel_size)
        return CathodeResult(
            cathode_use(
                volume, phases, density=asked.density, distance=asked.within,
                particles=particles, begin=begin,
            )
        )  # fmt: skip
