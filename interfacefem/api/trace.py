# SPDX-License-Identifier: BSD-3-Clause
"""The interface in a micrograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from interfacefem.api.arguments import communicator, require_path
from interfacefem.api.result import Result, number
from interfacefem.assessment.image import (
    ImageProfiles,
    guided_profiles,
    profile_result,
    take_profiles,
)
from interfacefem.errors import InputError
from interfacefem.images import ExtractedProfile, Micrograph
from interfacefem.images.drawn_files import read_drawn_field, read_drawn_line
from interfacefem.images.guide import Guidance, Guide, Piece, guidance_for
from interfacefem.images.line_check import LineQuality
from interfacefem.images.reading import read_grey_values
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.declaration import entries_of, shown
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
    def quality(self) -> tuple[LineQuality, ...]:
        """What the check of each section on its own image says, in their order."""
        return self.taken.extraction.qualities

    @property
    def synthetic(self) -> bool:
        """Whether this program drew the image."""
        return self.micrograph.is_synthetic

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
            ("check", ", ".join(dict.fromkeys(one.verdict for one in self.quality))),
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
    image: Micrograph | str | Path,
    *,
    guide: Guide | str | Path | None = None,
    field: Any = None,
    curve: Any = None,
    dropped: Sequence[tuple[float, float]] = (),
    comm: MPI.Comm | None = None,
    **sampling: Any,
) -> Traced:
    """Trace the interface in a micrograph, by itself or as a person says.

    Args:
        image: What ``read_micrograph`` returns, or the name of a file.
        guide: What was said of it, or the name of the file that holds it; default: the file
            ``NAME.EXT.guide.yaml`` beside the image, unless ``no_guide=True``.
        field: Decides the sides in place of grey values: an array that is positive in the
            electrolyte, shape of the image; or the name of a label mask or of ilastik's HDF5, of
            which ``phases`` are the labels that are electrolyte.
        curve: A line or a piece of it that was drawn: points ``(x, y)`` in pixels of the file (0
            the centre of the first), shape ``(n, 2)``; or the name of an ImageJ ROI or ZIP, a
            napari CSV, or a CSV with the columns ``x_px,y_px``.
        dropped: Columns, first and last in pixels of the file, whose windows are left out.
        comm: Ranks that get the result; the first one traces.
        sampling: Keys of the section ``sampling`` of a case file (``interfacefem schema``), such
            as ``method="contour"`` or ``lines=7``.

    Raises:
        InputError: There is no such key, a value is out of range, or the guide does not fit.
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
    if guide is not None and not isinstance(guide, Guide):
        sampling["guide"] = require_path(guide, "guide", "a Guide")
        guide = None
    if entries_of(dropped) is None:
        raise InputError(
            "is no list of ranges", field="dropped=", found=shown(dropped),
            expected="such as [(120, 180)], columns in pixels of the file",
        )  # fmt: skip
    asked = Sampling(**sampling)
    comm = communicator(comm)

    def take() -> ImageProfiles:
        source = image
        if not isinstance(source, Micrograph):
            source = require_path(source, "image", "what read_micrograph returns")
        said, settings = _said(source, asked, guide, field, curve, dropped)
        if said is None and not isinstance(source, Micrograph):
            return take_profiles(source, settings)
        return guided_profiles(source, settings, said)

    return Traced(from_first_rank(comm, take), comm)


def _said(
    image: Micrograph | Path,
    sampling: Sampling,
    guide: Guide | None,
    field: Any,
    curve: Any,
    dropped: Sequence[tuple[float, float]],
) -> tuple[Guidance | None, Sampling]:
    """All that a person said by file and by arguments, as one."""
    own = Path(str(image.source)) if isinstance(image, Micrograph) else image
    said = None if guide is None else Guidance(guide, sha256=guide.sha256)
    if said is None and own.is_file():
        said = guidance_for(own, sampling)
    values = None
    if isinstance(field, str | Path):
        values = read_drawn_field(Path(field), sampling.phases, _shape_of(image))
        # they were the labels of the mask
        sampling = sampling.model_copy(update={"phases": None})
    elif field is not None:
        values = _numbers(field, "field")
    pieces: list[Any] = []
    if isinstance(curve, str | Path):
        pieces = read_drawn_line(Path(curve), _shape_of(image))
    elif curve is not None:
        pieces = [_numbers(curve, "curve")]
    if values is None and not pieces and not len(dropped):
        return said, sampling
    before = Guide() if said is None else said.guide
    given = before.model_dump(exclude_unset=True, include=set(before.guided_keys))
    whole = Guide(
        **given,
        strokes=before.strokes,
        boundary=(*before.boundary, *(Piece(points=_points(one)) for one in pieces)),
        dropped=(*before.dropped, *dropped),
        snap=before.snap,
        classifier=before.classifier,
        who=before.who,
    )
    return Guidance(whole, None if said is None else said.file, whole.sha256, values), sampling


def _shape_of(image: Micrograph | Path) -> tuple[int, int]:
    """Rows and columns of the file."""
    if isinstance(image, Micrograph):
        rows, columns = image.file_shape or image.gray.shape
    else:
        rows, columns = read_grey_values(image).shape
    return rows, columns


def _numbers(given: object, field: str) -> npt.NDArray[np.float64]:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            "is no array of numbers", field=f"{field}=", found=shown(given),
            expected="an array, or the name of a file",
        ) from None  # fmt: skip


def _points(curve: Any) -> tuple[tuple[float, float], ...]:
    if curve.ndim != 2 or curve.shape[1] != 2:
        raise InputError(
            "is no list of points", field="curve=", found=f"shape {curve.shape}",
            expected="shape (n, 2): x and y of each point in pixels of the file",
        )  # fmt: skip
    return tuple((float(x), float(y)) for x, y in curve)


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
            return guided_profiles(image, sampling, None)
        return take_profiles(require_path(image, "image", "what read_micrograph returns"), sampling)

    return Traced(from_first_rank(comm, take), comm)
