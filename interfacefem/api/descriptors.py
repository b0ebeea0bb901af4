# SPDX-License-Identifier: BSD-3-Clause
"""Pores of a segmented volume, and descriptors of its phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacefem.api.arguments import Amount, communicator, labels, switch
from interfacefem.api.reading import volume_of
from interfacefem.api.result import Result, number, share
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import naming_file
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.volume_questions import PoreQuestions
from interfacefem.units import UM
from interfacefem.volumes.description import (
    VolumeDescription,
    describe_volume,
    description_result,
    flux_tortuosity_factors,
)
from interfacefem.volumes.pore_analysis import PoreAnalysis, analyse_pores, pore_result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class DescriptionResult(Result):
    """Descriptors of the phases of a volume.

    Attributes:
        description: All of them.
    """

    description: VolumeDescription

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem volume describe --json`` prints."""
        return description_result(self.description)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each phase; what differs by axis has its number."""
        rows = []
        for label, one in self.to_dict()["phases"].items():
            row: dict[str, Any] = {"phase": int(label)}
            for key, value in one.items():
                if isinstance(value, list):
                    row |= {f"{key}_axis{axis}": entry for axis, entry in enumerate(value)}
                else:
                    row[key] = value
            rows.append(row)
        return rows

    def headline(self) -> list[tuple[str, str]]:
        """Share and thickness of each phase."""
        entries = [("voxels", " x ".join(map(str, self.description.volume.shape)))]
        for label, one in self.to_dict()["phases"].items():
            entries.append((f"phase {label}", share(one["volume_fraction"])))
            entries.append(("local thickness", f"{number(one['local_thickness_um'])} um"))
        return entries

    def _figure(self) -> Figure:
        from interfacefem.report.volume_descriptor_figures import descriptor_figure

        return descriptor_figure(self.description)

    def _draw(self, axes: Axes) -> None:
        for label, one in self.description.phases.items():
            edges = one.thickness.edges / UM
            axes.stairs(one.thickness.share / np.diff(edges), edges, label=f"phase {label}")
        axes.set_xlabel("local thickness (µm)")
        axes.set_ylabel("share of the phase (1/µm)")
        axes.legend()


@dataclass(frozen=True, eq=False, repr=False)
class PoreResult(Result):
    """Pores of a volume, paths through them, their sizes.

    Attributes:
        analysis: All of it.
    """

    analysis: PoreAnalysis

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem volume pores --json`` prints."""
        return pore_result(self.analysis)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each pore, the largest first."""
        pores, sizes = self.analysis.pores, self.analysis.sizes
        return [
            {
                "pore": int(index) + 1,
                "volume_um3": float(sizes.volume[index] / UM**3),
                "equivalent_diameter_um": float(sizes.equivalent_diameter[index] / UM),
                "feret_diameter_um": float(sizes.feret_diameter[index] / UM),
                "open_to_first": bool(pores.open_to_first[index]),
                "open_to_last": bool(pores.open_to_last[index]),
            }
            for index in np.argsort(sizes.volume)[::-1]
        ]

    def headline(self) -> list[tuple[str, str]]:
        """The plain numbers."""
        plain = {key: value for key, value in self.to_dict().items() if isinstance(value, float)}
        return [(key, number(value)) for key, value in list(plain.items())[:6]]

    def _figure(self) -> Figure:
        from interfacefem.report.volume_pore_figures import pore_section_figure

        return pore_section_figure(self.analysis)

    def _draw(self, axes: Axes) -> None:
        axis = self.analysis.pores.axis
        porosity = self.analysis.porosity_per_slice[axis]
        step = self.analysis.volume.voxel_size[axis] / UM
        axes.plot((np.arange(len(porosity)) + 0.5) * step, porosity)
        axes.set_xlabel(f"position along axis {axis} (µm)")
        axes.set_ylabel("porosity of the slice")


def describe(
    volume: SegmentedVolume | str | Path,
    *,
    phase: int | Sequence[int] | None = None,
    fill: int | Sequence[int] = (),
    flux: bool = True,
    voxel: Amount | Sequence[Amount] | None = None,
    comm: MPI.Comm | None = None,
) -> DescriptionResult:
    """Interface areas, chords, thickness, representative volume, tortuosity of each phase.

    Args:
        volume: What ``read_volume`` returns, or the name of a file.
        phase: Label or labels to describe; default: all.
        fill: Labels, such as the pores', that conduct as the phase does in a variant.
        flux: Tortuosity factors by conduction beside those of random walks, and the walks' bias.
        voxel: Of a file that says none, such as "25 nm".
        comm: Ranks that get the result; the first works.

    Raises:
        InputError: A label does not occur, or the file cannot be read.

    Collective over ``comm``.
    """
    ranks = communicator(comm)
    segmented = volume_of(volume, voxel, ranks)
    phases = None if phase is None else labels(phase, "phase")
    filled, with_flux = labels(fill, "fill", may_be_empty=True), switch(flux, "flux")

    def work() -> VolumeDescription:
        with naming_file(segmented.source):
            return describe_volume(
                segmented, phases, filled=filled,
                flux_tortuosity=flux_tortuosity_factors if with_flux else None,
            )  # fmt: skip

    return DescriptionResult(from_first_rank(ranks, work))


def pores(
    volume: SegmentedVolume | str | Path,
    *,
    phase: int | Sequence[int] = 0,
    axis: int = 0,
    interface_depth: Amount | None = None,
    voxel: Amount | Sequence[Amount] | None = None,
    comm: MPI.Comm | None = None,
) -> PoreResult:
    """Connected pores, paths through them, their sizes, porosity of each slice.

    Args:
        volume: What ``read_volume`` returns, or the name of a file.
        phase: Label or labels that are pore.
        axis: Direction of transport.
        interface_depth: What counts as near the faces, such as "1 um"; default: a tenth.
        voxel: Of a file that says none, such as "25 nm".
        comm: Ranks that get the result; the first works.

    Raises:
        InputError: A label does not occur, or the file cannot be read.

    Collective over ``comm``.
    """
    ranks = communicator(comm)
    segmented = volume_of(volume, voxel, ranks)
    asked = PoreQuestions(axis=axis, interface_depth=interface_depth)
    phases = labels(phase, "phase")

    def work() -> PoreAnalysis:
        with naming_file(segmented.source):
            return analyse_pores(
                segmented, phases, axis=asked.axis, interface_depth=asked.interface_depth
            )

    return PoreResult(from_first_rank(ranks, work))
