# SPDX-License-Identifier: BSD-3-Clause
"""Both physics of micrographs, and how uncertain they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from interfacefem.api.arguments import cell_of, communicator
from interfacefem.api.result import Result, number, share
from interfacefem.api.trace import Traced, trace
from interfacefem.assessment.image import LineRun, line_results, risk_result, solve_lines
from interfacefem.assessment.line_stress import (
    STACK_PRESSURES,
    LineStress,
    against_pressure,
    for_lines_of_micrographs,
    solve_contact_limited,
)
from interfacefem.assessment.sensitivity import solve_cutoffs
from interfacefem.errors import InputError
from interfacefem.images import Micrograph
from interfacefem.parallel import gathered
from interfacefem.parameters.cell import Cell
from interfacefem.progress import Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Image = Micrograph | str | Path


@dataclass(frozen=True, eq=False, repr=False)
class RiskResult(Result):
    """Current and contact stress of each line of one micrograph, mean and spread.

    Attributes:
        traced: The micrograph and its lines.
        cell: What each line was solved with.
        runs: Lines that this rank solved, by number from 1.
        stresses: Contact of every line, by number.
        found: What ``to_dict`` gives.
    """

    traced: Traced
    cell: Cell
    runs: Mapping[int, LineRun]
    stresses: Mapping[int, LineStress]
    found: Mapping[str, Any]
    _cited = ("tran", "dolfinx", "becker", "judice", "hesterberg")

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the result."""
        return self.traced.comm

    @property
    def i_ratio(self) -> float | None:
        """Mean over lines of largest over smallest current density."""
        return self._mean("i_ratio")

    @property
    def stress_ratio(self) -> float | None:
        """Mean over lines of the stress ratio."""
        return self._mean("stress_ratio")

    @property
    def name(self) -> str:
        """Name of the image without folder and suffix."""
        return Path(str(self.traced.micrograph.source)).stem

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem risk --json`` prints."""
        return dict(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each line: roughness, current, stress."""
        return list(self.found["lines"])

    def headline(self) -> list[tuple[str, str]]:
        """Mean ratios with their intervals, and what makes them uncertain."""
        uncertainty = self.found["uncertainty"]
        return [
            ("image", self.name[:60]),
            ("i_max/i_min", _interval(self.found["summary"]["i_ratio"])),
            ("stress ratio", _interval(self.found["summary"]["stress_ratio"])),
            ("lines", str(len(self.found["lines"]))),
            ("uncertainty by", _dominant(uncertainty)),
        ]

    def _mean(self, key: str) -> float | None:
        summary = self.found["summary"][key]
        return None if summary is None else summary["mean"]

    def _figure(self) -> Figure:
        from interfacefem.report import lines_figure

        lines = self.rows()
        return lines_figure(
            [str(line["line"]) for line in lines],
            [line["i_ratio"] for line in lines],
            [line["hot_spot_factor"] for line in lines],
        )

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_ratios

        draw_ratios(axes, [(self.name, [line["i_ratio"] for line in self.rows()])])


@dataclass(frozen=True, eq=False, repr=False)
class ImageRisks(Result):
    """Several micrographs, each with its lines.

    Attributes:
        images: In the order given.
        groups: Name of the group of each image; empty where there are none.
    """

    images: tuple[RiskResult, ...]
    groups: tuple[str, ...] = ()
    _cited = RiskResult._cited

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the results."""
        return self.images[0].comm

    def to_dict(self) -> dict[str, Any]:
        """``images``: what ``interfacefem risk --json`` prints, for each."""
        return {"images": [one.to_dict() for one in self.images], "notes": list(self.notes)}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each image: means over its lines."""
        rows = []
        for place, one in enumerate(self.images):
            group = {"group": self.groups[place]} if self.groups else {}
            means = {
                key: None if summary is None else summary["mean"]
                for key, summary in one.found["summary"].items()
            }
            rows.append({"image": one.name, **group, "lines": len(one.rows()), **means})
        return rows

    def headline(self) -> list[tuple[str, str]]:
        """Number of images, range of their means."""
        ratios = [one.i_ratio for one in self.images if one.i_ratio is not None]
        ends = (min(ratios), max(ratios)) if ratios else (None, None)
        return [
            ("images", str(len(self.images))),
            ("i_max/i_min from", number(ends[0])),
            ("to", number(ends[1])),
        ]

    @property
    def notes(self) -> tuple[str, ...]:
        """Choices made on the user's behalf, each with its image."""
        return tuple(f"{one.name}: {note}" for one in self.images for note in one.notes)

    def _figure(self) -> Figure:
        from interfacefem.report.panels import ratios_figure

        return ratios_figure(self._columns())

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_ratios

        draw_ratios(axes, self._columns())

    def _columns(self) -> list[tuple[str, list[float | None]]]:
        return [(one.name, [line["i_ratio"] for line in one.rows()]) for one in self.images]


def risk(
    images: Image | Sequence[Image] | Mapping[str, Sequence[Image]],
    cell: Cell | None = None,
    *,
    contact_limited: bool = False,
    comm: MPI.Comm | None = None,
    step: Step | None = None,
    **sampling: Any,
) -> RiskResult | ImageRisks:
    """Current and contact stress of the lines of micrographs, mean, spread and uncertainty.

    Args:
        images: A micrograph or the name of its file; or a list of them; or lists by group.
        cell: Electrolyte, kinetics, load and block; default: LPSCl.
        contact_limited: Whether the current is also solved where only a stack pressure makes
            contact.
        comm: Ranks that share the lines; default: this process alone.
        step: Called with a line as each part of the work begins.
        sampling: Keys of the section ``sampling`` of a case file, as of ``trace``.

    Returns:
        The result of one image, or those of several.

    Raises:
        InputError: An argument is not what it should be.
        ImageError: An image cannot be read or holds no such interface.
        ConvergenceError: A line could not be solved.

    Collective over ``comm``.
    """
    cell, comm = cell_of(cell), communicator(comm)
    say: Step = step or (lambda text: None)

    def solve(image: Image) -> RiskResult:
        return solve_image(
            trace(image, comm=comm, **sampling), cell, contact_limited=contact_limited, step=say
        )

    if isinstance(images, Micrograph | str | Path):
        return solve(images)
    if isinstance(images, Mapping):
        pairs = [(str(group), image) for group, some in images.items() for image in some]
    else:
        pairs = [("", image) for image in images]
    if not pairs:
        raise InputError("is empty", field="images=", expected="one image or more")
    names = tuple(group for group, _ in pairs) if isinstance(images, Mapping) else ()
    return ImageRisks(tuple(solve(image) for _, image in pairs), names)


def solve_image(traced: Traced, cell: Cell, *, contact_limited: bool, step: Step) -> RiskResult:
    """Both physics of the lines of one micrograph that was traced.

    Args:
        traced: The same on all ranks.
        cell: Electrolyte, kinetics, load and block.
        contact_limited: Whether the current is also solved where a stack pressure makes contact.
        step: Called with a line as each part of the work begins.

    Raises:
        ConvergenceError: A line could not be solved.

    Collective.
    """
    comm, cell = traced.comm, for_lines_of_micrographs(cell)
    profiles = traced.taken.extraction.profiles
    runs = solve_lines(profiles, cell, comm, step)
    lines = line_results(profiles, runs, comm)
    cutoffs = solve_cutoffs(profiles, traced.micrograph.pixel_size, cell, comm, step)
    stresses = gathered({number: run.stress for number, run in runs.items()}, comm)
    limited = None
    if contact_limited:
        interfaces = {number: one.profile for number, one in enumerate(profiles, start=1)}
        loads = [load for load in STACK_PRESSURES if load < cell.electrolyte.hardness]
        limited = solve_contact_limited(interfaces, cell, loads, comm, step)
    found = risk_result(traced.taken, lines, cutoffs, against_pressure(stresses), limited)
    return RiskResult(traced, cell, runs, stresses, found)


def _interval(summary: Mapping[str, Any] | None) -> str:
    if summary is None:
        return number(None)
    text = number(summary["mean"])
    if summary["ci95_low"] is not None:
        text += f" ({number(summary['ci95_low'])} to {number(summary['ci95_high'])} at 95 %)"
    return text


def _dominant(uncertainty: Mapping[str, Any]) -> str:
    name = uncertainty["dominant"]
    return "unknown" if name is None else f"{name}, {share(uncertainty[name])}"
