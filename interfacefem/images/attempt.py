# SPDX-License-Identifier: BSD-3-Clause
"""What was found in an image in which no line passes: enough to draw why."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from skimage.measure import find_contours

from interfacefem.errors import ImageError
from interfacefem.images.boundary import NoBoundaryError, separated
from interfacefem.images.micrograph import Micrograph
from interfacefem.short_repr import short_repr

Array: TypeAlias = npt.NDArray[np.floating]

_MOST_PIECES = 40
_SHORTEST_PIECE = 0.05  # of the image's shorter side


@dataclass(frozen=True, eq=False)
class Attempt:
    """An image with what was taken for phases and for a boundary.

    Attributes:
        micrograph: The image.
        electrolyte: Pixels that were taken for electrolyte, shape of ``micrograph.gray``.
        lines: Lines, or pieces of a boundary that is none: columns and rows in the file, each
            shape ``(n, 2)``.
        stops: Where pieces end at a side of the image, shape ``(m, 2)``.
        doubtful: Stretches of lines without an edge, like ``lines``.
        how: Method and feature, for a caption.
    """

    __repr__ = short_repr

    micrograph: Micrograph
    electrolyte: npt.NDArray[np.bool_]
    lines: tuple[Array, ...]
    stops: Array
    doubtful: tuple[Array, ...]
    how: str


class NoLineError(ImageError):
    """An image in which the lines asked for are not found, or follow no boundary.

    Attributes:
        attempt: What was found instead.
        picture: The file in which it was drawn.
    """

    attempt: Attempt | None = None
    picture: Path | None = None

    def expecting(self, hint: str, attempt: Attempt | None) -> NoLineError:
        """The same error with what to do about it and what was found."""
        self._expected = hint
        self.attempt = attempt
        return self

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.picture is None else f"{text}; drawn in {self.picture}"


def pieces_of_boundary(micrograph: Micrograph, field: Array, how: str, *, flipped: bool) -> Attempt:
    """The pieces of the boundary between two phases where no line runs through the image.

    Args:
        micrograph: The image.
        field: Positive in the electrolyte, which is on top, shape of ``micrograph.gray``.
        how: Method and feature.
        flipped: Whether the electrolyte is below in the file.
    """
    electrolyte = field > 0
    # one phase alone has no two sides: its own outlines are shown
    with contextlib.suppress(NoBoundaryError):
        field = separated(field)
    shortest = _SHORTEST_PIECE * min(field.shape)
    found = sorted(find_contours(field, 0.0), key=len, reverse=True)[:_MOST_PIECES]
    pieces = [one for one in found if len(one) >= shortest]
    if flipped:
        electrolyte = electrolyte[::-1]
        pieces = [one * (-1, 1) + (field.shape[0] - 1, 0) for one in pieces]
    corner = np.array([micrograph.crop[2], micrograph.crop[0]])
    lines = tuple(one[:, ::-1] + corner for one in pieces)
    return Attempt(micrograph, electrolyte, lines, _open_ends(lines), (), how)


def _open_ends(lines: Sequence[Array]) -> Array:
    ends = [one[index] for one in lines for index in (0, -1) if not np.array_equal(one[0], one[-1])]
    return np.array(ends) if ends else np.empty((0, 2))
