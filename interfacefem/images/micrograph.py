# SPDX-License-Identifier: BSD-3-Clause
"""A micrograph: grey values, the size of a pixel, and where both come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError, PixelSizeError
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.plausible import pixel_mistake

MIN_SIDE = 32  # pixels; less holds no section to speak of

DRAWN_BY = "interfacefem synthetic"  # in the files of micrographs that this program drew


@dataclass(frozen=True, eq=False)
class Micrograph:
    """The part of an image that shows the specimen.

    Attributes:
        gray: Grey values in [0, 1], shape ``(rows, columns)``, float32; row 0 is the top.
        pixel_size: Side of one square pixel in m.
        source: File (or name) the image comes from.
        pixel_size_source: Where the pixel size comes from, such as ``"Zeiss tag 34118"``.
        crop: ``(row0, row1, column0, column1)`` of ``gray`` in the original image, ends excluded.
        metadata: Further facts about the file, as text.
        file_shape: Rows and columns of the original image; None where nobody said.

    Raises:
        ImageError: The image is too small, constant, not finite or not two-dimensional.
        PixelSizeError: The pixel size is out of range.
    """

    __repr__ = short_repr

    gray: npt.NDArray[np.float32]
    pixel_size: float
    source: Path | str
    pixel_size_source: str
    crop: tuple[int, int, int, int]
    metadata: Mapping[str, str] = field(default_factory=dict)
    file_shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        gray = np.array(self.gray, dtype=np.float32)
        _require_usable(gray, self.source)
        mistake = pixel_mistake(self.pixel_size)
        if mistake is not None:
            raise PixelSizeError(
                "the pixel size is that of no micrograph",
                file=self.source,
                found=f"{self.pixel_size:g} m ({self.pixel_size_source})",
                expected=f"0.1 nm to 100 um ({mistake})",
            )
        gray.flags.writeable = False
        object.__setattr__(self, "gray", gray)
        object.__setattr__(self, "metadata", dict(self.metadata))

    @property
    def is_synthetic(self) -> bool:
        """Whether this program drew it: its files say so."""
        return "synthetic" in self.metadata

    @property
    def height(self) -> float:
        """Height of the part shown in m."""
        return self.gray.shape[0] * self.pixel_size

    @property
    def width(self) -> float:
        """Width of the part shown in m."""
        return self.gray.shape[1] * self.pixel_size


def _require_usable(gray: npt.NDArray[np.float32], source: object) -> None:
    if gray.ndim != 2:
        raise ImageError("is not one two-dimensional image", file=source, found=gray.shape)
    if min(gray.shape) < MIN_SIDE:
        raise ImageError(
            "is too small",
            file=source,
            found=f"{gray.shape[0]} rows x {gray.shape[1]} columns",
            expected=f"at least {MIN_SIDE} x {MIN_SIDE} pixels of specimen",
        )
    bad = int(np.count_nonzero(~np.isfinite(gray)))
    if bad:
        raise ImageError(
            "holds pixels that are not finite numbers", file=source, found=f"{bad} of {gray.size}"
        )
    if np.ptp(gray) == 0:
        raise ImageError("all pixels are of one grey value: nothing to see in it", file=source)
