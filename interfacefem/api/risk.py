# SPDX-License-Identifier: BSD-3-Clause
"""Current and stress ratio of micrographs, groups of them, and what moves the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import cell_of, communicator, images_of, switch
from interfacefem.api.result import Result, number
from interfacefem.api.trace import Traced, trace
from interfacefem.assessment.assess import AssessedImage, assess_image
from interfacefem.assessment.groups import comparison_results, group_results
from interfacefem.assessment.made_with import all_made_with
from interfacefem.assessment.one_length import require_one_length_of
from interfacefem.errors import InputError, naming_fields
from interfacefem.images import Micrograph
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.progress import Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Image = Micrograph | str | Path


@dataclass(frozen=True, eq=False, repr=False)
class RiskResult(Result):
    """Current and contact stress of one micrograph, and what moves its number.

    Attributes:
        traced: The micrograph and its sections.
        assessed: Its sections solved, its value, its budget.
    """

    traced: Traced
    assessed: AssessedImage
    _cited = ("tran", "dolfinx", "becker", "judice")
    _holds_mesh = True

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the result."""
        return self.traced.comm

    @property
    def excess(self) -> float | None:
        """``i_max/i_min - 1`` over windows of the reference length, geometric mean."""
        value: float | None = self.assessed.found["excess"]
        return value

    @property
    def i_ratio(self) -> float | None:
        """1 + ``excess``."""
        value: float | None = self.assessed.found["i_ratio"]
        return value

    @property
    def stress_ratio(self) -> float | None:
        """Geometric mean over sections of the stress ratio."""
        value: float | None = self.assessed.found["stress_ratio"]
        return value

    @property
    def synthetic(self) -> bool:
        """Whether this program drew the image."""
        return self.traced.synthetic

    @property
    def name(self) -> str:
        """Name of the image without folder and suffix."""
        return Path(str(self.traced.micrograph.source)).stem

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem risk IMAGE --json`` prints; its keys are made in ``assessment/``."""
        return dict(self.assessed.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each section: roughness, current, stress."""
        return [
            {key: value for key, value in row.items() if key != "excess_by_length"}
            for row in self.assessed.found["sections"]
        ]

    def headline(self) -> list[tuple[str, str]]:
        """The ratios, the length they are read over, and what moves them most."""
        found = self.assessed.found
        return [
            ("image", self.name[:60]),
            ("excess", number(self.excess)),
            ("over", number(found["reference_length_um"], "um")),
            ("stress ratio", number(self.stress_ratio)),
            ("sections", str(len(found["sections"]))),
            ("moved most by", found["budget"][0]["source"] if found["budget"] else "not asked"),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import budget_figure, length_figure

        found = self.assessed.found
        length = found["reference_length_um"]
        if found["budget"]:
            title = f"{self.name}, windows of {length:.4g} µm"
            return budget_figure(found["budget"], self.excess, title)
        return length_figure([(self.name, found["excess_by_length"])], length)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.length_figure import draw_lengths

        found = self.assessed.found
        draw_lengths(axes, [(self.name, found["excess_by_length"])], found["reference_length_um"])


@dataclass(frozen=True, eq=False, repr=False)
class ImageRisks(Result):
    """Several micrographs, in groups.

    Attributes:
        images: In the order given.
        groups: Name of the group of each image.
    """

    images: tuple[RiskResult, ...]
    groups: tuple[str, ...]
    _cited = (*RiskResult._cited, "welch")
    _holds_mesh = True

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the results."""
        return self.images[0].comm

    @property
    def synthetic(self) -> bool:
        """Whether this program drew any of the images."""
        return any(one.synthetic for one in self.images)

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem risk IMAGES... --json`` prints."""
        return risks_result(
            [(g, one.assessed.found) for g, one in zip(self.groups, self.images, strict=True)]
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row for each image."""
        return [
            {
                "group": group,
                **{
                    key: value
                    for key, value in one.to_dict().items()
                    if key == "notes" or not isinstance(value, list | dict)
                },
            }
            for group, one in zip(self.groups, self.images, strict=True)
        ]

    def headline(self) -> list[tuple[str, str]]:
        """Number of images, and the excess of each group."""
        rows = self.to_dict()["groups"]
        return [
            ("images", str(len(self.images))),
            *((f"excess of {row['group'][:20]}", _interval(row)) for row in rows[:4]),
        ]

    @property
    def notes(self) -> tuple[str, ...]:
        """Choices made on the user's behalf, each with its image."""
        return tuple(f"{one.name}: {note}" for one in self.images for note in one.notes)

    def _by_group(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for group, one in zip(self.groups, self.images, strict=True):
            found.setdefault(group, []).append(one.assessed.found)
        return found

    def _figure(self) -> Figure:
        from interfacefem.report import groups_figure

        return groups_figure(self._by_group(), self.to_dict()["groups"])

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.groups_figure import draw_groups

        draw_groups(axes, self._by_group(), self.to_dict()["groups"], "excess")


def risk(
    images: Image | Sequence[Image] | Mapping[str, Sequence[Image]],
    cell: Cell | None = None,
    *,
    budget: bool = True,
    contact_limited: bool = False,
    comm: MPI.Comm | None = None,
    step: Step | None = None,
    **sampling: Any,
) -> RiskResult | ImageRisks:
    """Current and stress ratio of micrographs, intervals of groups, and what moves the numbers.

    Args:
        images: A micrograph or the name of its file; or a list of them, one group; or lists by
            group.
        cell: Electrolyte, kinetics, load and block; default: LPSCl.
        budget: Whether it is found out what moves each number besides the surface.
        contact_limited: Whether the current is also solved where only a stack pressure makes
            contact.
        comm: Ranks that share the work; default: this process alone.
        step: Called with a line as each part of the work begins.
        sampling: Keys of the section ``sampling`` of a case file, as of ``trace``.

    Returns:
        The result of one image, or those of several.

    Raises:
        InputError: An argument is not what it should be, or images were read over different
            lengths.
        ImageError: An image cannot be read or holds no such interface.
        ConvergenceError: A section could not be solved.

    Collective over ``comm``.
    """
    cell, comm = cell_of(cell), communicator(comm)
    say: Step = step or (lambda text: None)
    budget, limited = switch(budget, "budget"), switch(contact_limited, "contact_limited")

    def solve(traced: Traced) -> RiskResult:
        with naming_fields({"reference_length": "reference_length="}):
            assessed = assess_image(
                traced.taken,
                cell,
                comm=comm,
                step=say,
                with_budget=budget,
                contact_limited=limited,
            )
        return RiskResult(traced, assessed)

    if isinstance(images, Micrograph | str | Path):
        return solve(trace(images, comm=comm, **sampling))
    groups = images if isinstance(images, Mapping) else {"images": images}
    pairs = [(str(group), image) for group, some in groups.items() for image in images_of(some)]
    if not pairs:
        raise InputError("is empty", field="images=", expected="one image or more")
    traced = [trace(image, comm=comm, **sampling) for _, image in pairs]
    require_one_length_of([one.taken for one in traced], "reference_length=")
    solved = tuple(map(solve, traced))
    return ImageRisks(solved, tuple(group for group, _ in pairs))


def risks_result(images: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Contract of ``interfacefem risk IMAGES... --json`` (docs/results.md).

    Args:
        images: Group and object of each image.

    Raises:
        InputError: Images were read over different lengths.
    """
    by_group: dict[str, list[dict[str, Any]]] = {}
    for group, found in images:
        by_group.setdefault(group, []).append(found)
    return {
        **all_made_with([found for _, found in images]),
        "images": [{"group": group, **found} for group, found in images],
        "groups": group_results(by_group),
        "comparisons": comparison_results(by_group),
    }


def _interval(row: Mapping[str, Any]) -> str:
    text = number(row["excess"])
    if row["excess_low"] is not None:
        text += f" ({number(row['excess_low'])} to {number(row['excess_high'])} at 95 %)"
    return text
