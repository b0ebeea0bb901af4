# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic micrographs of tape cross sections whose true interface is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.files import written_atomically
from interfacefem.images.micrograph import DRAWN_BY
from interfacefem.surfaces.profile import Profile
from interfacefem.synthetic.powder import MPA
from interfacefem.synthetic.section import (
    SectionGeometry,
    build_section,
    true_profile,
)
from interfacefem.synthetic.sem import SemImaging, image_of
from interfacefem.synthetic.tape import TapeSection
from interfacefem.units import UM

DATA_BAR_ROWS = 48
SOFTWARE = DRAWN_BY
_FEI_TAG = 34682
_SCALE_BAR = 10 * UM


@dataclass(frozen=True, eq=False)
class SyntheticMicrograph:
    """An image, what it shows, and the truth.

    Attributes:
        image: Grey values with the data bar, if any, below the frame; shape ``(rows, columns)``.
        geometry: The section as polygons.
        imaging: How it was imaged.
        truth: The true interface, x and z in m from the lower left corner of the frame.
    """

    image: npt.NDArray[np.uint8]
    geometry: SectionGeometry
    imaging: SemImaging
    truth: Profile

    @property
    def frame_rows(self) -> int:
        """Rows of the image above the data bar."""
        return round(self.geometry.section.height / self.imaging.pixel_size)

    def rows_and_columns(
        self, profile: Profile
    ) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
        """Where the points of a true profile lie in the image.

        Returns:
            Rows and columns in pixels, 0 at the centre of the first, each of shape ``(n,)``.
        """
        pixel = self.imaging.pixel_size
        rows = self.frame_rows - profile.z / pixel - 0.5
        if self.imaging.surface == "up":
            rows = self.frame_rows - 1 - rows
        return rows, profile.x / pixel - 0.5

    def height_of_row(self, row: float) -> float:
        """Height in m over the bottom of the frame (tape side up) of a row of the image."""
        if self.imaging.surface == "up":
            row = self.frame_rows - 1 - row
        return (self.frame_rows - row - 0.5) * self.imaging.pixel_size


def synthetic_micrograph(
    section: TapeSection, imaging: SemImaging | None = None, *, data_bar: bool = True
) -> SyntheticMicrograph:
    """Make a micrograph of a tape's cross section; the same input gives the same image.

    Args:
        section: What is cut.
        imaging: How it is imaged.
        data_bar: Whether a bar with the scale is added below the frame.

    Raises:
        InputError: No connected solid spans the section.
    """
    imaging = imaging or SemImaging()
    geometry = build_section(section)
    image = image_of(geometry, imaging)
    if data_bar:
        image = np.vstack([image, _data_bar(section, image.shape[1], imaging.pixel_size)])
    return SyntheticMicrograph(image, geometry, imaging, true_profile(geometry))


def write_micrograph(micrograph: SyntheticMicrograph, path: str | Path) -> None:
    """Write an 8-bit TIFF (deflate) whose pixel size is in the tag of FEI's microscopes.

    The tag's text and the Software tag say that the image is synthetic.

    Raises:
        InputError: The folder cannot be written to.
    """
    import tifffile

    section = micrograph.geometry.section
    rows, columns = micrograph.image.shape
    pixel = micrograph.imaging.pixel_size
    bar_rows = rows - micrograph.frame_rows
    lines = [
        "[User]",
        f"UserText={SOFTWARE}",
        "[System]",
        f"Type={SOFTWARE}",
        "[Scan]",
        f"PixelWidth={pixel:.6e}",
        f"PixelHeight={pixel:.6e}",
        f"HorFieldsize={columns * pixel:.6e}",
        "[Image]",
        f"ResolutionX={columns}",
        f"ResolutionY={micrograph.frame_rows}",
        "[PrivateFei]",
        f"DatabarHeight={bar_rows}",
        "",
    ]
    description = (
        f"{SOFTWARE}: LPSCl tape, {section.powder.name}, {section.pressure / MPA:g} MPa, "
        f"seed {section.seed}; not a real specimen"
    )
    with written_atomically(path) as temporary:
        tifffile.imwrite(
            temporary,
            micrograph.image,
            photometric="minisblack",
            compression="zlib",
            rowsperstrip=64,
            description=description,
            software=SOFTWARE,
            metadata=None,
            extratags=[(_FEI_TAG, "s", 0, "\r\n".join(lines), True)],
        )


def _data_bar(section: TapeSection, columns: int, pixel: float) -> npt.NDArray[np.uint8]:
    from PIL import Image, ImageDraw, ImageFont

    bar = Image.new("L", (columns, DATA_BAR_ROWS), 0)
    draw = ImageDraw.Draw(bar)
    draw.line([(0, 0), (columns, 0)], fill=255, width=2)
    font = ImageFont.load_default(size=20)
    text = (
        f"{SOFTWARE}   LPSCl {section.powder.name}   {section.pressure / MPA:g} MPa   "
        f"HFW {columns * pixel / UM:.1f} um"
    )
    draw.text((16, 12), text, fill=255, font=font)
    length = round(_SCALE_BAR / pixel)
    right = columns - 16
    draw.line([(right - length, 36), (right, 36)], fill=255, width=3)
    label = f"{_SCALE_BAR / UM:g} um"
    draw.text((right - length / 2, 30), label, fill=255, font=font, anchor="mb")
    return np.asarray(bar)
