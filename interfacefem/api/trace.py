# SPDX-License-Identifier: BSD-3-Clause
"""The interface in a micrograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from interfacefem.api.arguments import communicator, require_path
from interfacefem.api.result import Result, number
from interfacefem.assessment.image import ImageProfiles, profile_result, take_profiles
from interfacefem.errors import InputError
from interfacefem.images import ExtractedProfile, Micrograph, extract_profiles
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.sampling import Sampling
from interfacefem.units import UM

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Traced(Result):
    """What was taken from a micrograph; ``plot`` draws it over the image: look at it first.

    Attributes:
        taken: The micrograph and what was extracted.
        ranks: Those that have the result.
    """

    taken: ImageProfiles
    ranks: MPI.Comm
    _cited = ("tran",)

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that have the result."""
        return self.ranks

    @property
    def micrograph(self) -> Micrograph:
        """The image."""
        return self.taken.micrograph

    @property
    def sections(self) -> Sequence[ExtractedProfile]:
        """The curves, each with its place in the image; ``section.profile`` is the curve."""
        return self.taken.extraction.profiles

    @property
    def notes(self) -> tuple[str, ...]:
        """Choices made on the user's behalf."""
        return self.taken.extraction.notes

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem profile --json`` prints."""
        return profile_result(self.taken)

    def rows(self) -> list[dict[str, Any]]:
        """One row of roughness for each section."""
        return list(self.to_dict()["lines"])

    def headline(self) -> list[tuple[str, str]]:
        """How many sections, how they were found, how wide they are."""
        widths = [section.profile.width / UM for section in self.sections]
        return [
            ("sections", str(len(widths))),
            ("method", self.taken.extraction.method),
            ("pixel", number(self.micrograph.pixel_size * 1e9, "nm")),
            ("widest", number(max(widths), "um")),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import overlay_figure

        return overlay_figure(self.micrograph, self.taken.extraction)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_overlay

        draw_overlay(axes, self.micrograph, self.taken.extraction)


def trace(
    image: Micrograph | str | Path, *, comm: MPI.Comm | None = None, **sampling: Any
) -> Traced:
    """Trace the interface in a micrograph.

    Args:
        image: What ``read_micrograph`` returns, or the name of a file.
        comm: Ranks that get the result; the first one traces.
        sampling: Keys of the section ``sampling`` of a case file (``interfacefem schema``), such
            as ``method="contour"`` or ``lines=7``.

    Raises:
        InputError: There is no such key, or a value is out of range.
        ImageError: The image cannot be read or holds no such interface.

    Collective over ``comm``.
    """
    unused = sorted({"pixel_size", "crop"} & sampling.keys())
    if isinstance(image, Micrograph) and unused:
        raise InputError(
            "belongs to reading an image",
            field=f"{unused[0]}=",
            found="an image that was read",
            expected=f"read_micrograph(path, {unused[0]}=...)",
        )
    return trace_as(image, Sampling(**sampling), comm)


def trace_as(
    image: Micrograph | str | Path, sampling: Sampling, comm: MPI.Comm | None = None
) -> Traced:
    """:func:`trace` as a section of a case file says.

    Raises:
        ImageError: The image cannot be read or holds no such interface.

    Collective over ``comm``.
    """
    comm = communicator(comm)

    def take() -> ImageProfiles:
        if isinstance(image, Micrograph):
            return ImageProfiles(image, sampling, extract_profiles(image, sampling))
        return take_profiles(require_path(image, "image", "what read_micrograph returns"), sampling)

    return Traced(from_first_rank(comm, take), comm)
