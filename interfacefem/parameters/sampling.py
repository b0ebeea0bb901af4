# SPDX-License-Identifier: BSD-3-Clause
"""How interfaces are taken from micrographs, and how height maps are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from interfacefem.parameters.declaration import Number, Numbers, Quantity, Whole
from interfacefem.parameters.section import Section, default
from interfacefem.units import MICROMETRE, UM

Denoising = Literal["median", "bilateral", "nl-means", "none"]
Protocol = Literal["sections", "tran2025"]
TRAN2025: Protocol = "tran2025"
TRAN2025_WIDTH = 25 * UM  # of its model domains, as high as wide (section 4)
MIN_LINES = 5  # Tran et al. (2025), section 4: "at least five times across different parts"


class GuidedSampling(Section):
    """What the guide of an image may say as well as options do (images/guide.py)."""

    pixel_size: Annotated[float | None, Quantity(MICROMETRE, "55.8 nm", above=0)] = Field(
        default=None,
        description="physical size of a pixel; default: from the microscope's metadata",
    )
    crop: Annotated[
        tuple[int, int, int, int] | Literal["auto", "none"],
        Numbers(
            fewest=4, most=4, whole=True, at_least=0, words={"auto": "auto", "none": "none"},
            what="four whole numbers: first and last row, first and last column",
        ),
    ] = Field(
        default="auto",
        description="first and last row, first and last column to keep; auto: data bar off",
    )  # fmt: skip
    electrolyte: Literal["above", "below"] = Field(
        default="above", description="side of the electrolyte in the image"
    )
    threshold: Annotated[
        Literal["otsu", "multi-otsu", "local"] | tuple[float, ...],
        Numbers(
            at_least=0, at_most=1, what="grey values from 0 to 1, such as 0.3,0.7",
            words={name: name for name in ("otsu", "multi-otsu", "local")},
        ),
    ] = Field(
        default="otsu",
        description="between phases; grey values are those of the cleaned image, from 0 to 1",
    )  # fmt: skip
    phases: Annotated[
        tuple[int, ...] | None, Numbers(whole=True, what="whole numbers such as 1,2")
    ] = Field(
        default=None,
        description="phases that are electrolyte by grey order, 0 the darkest, -1 the brightest; "
        "default: for a contour found automatically, for sampling lines all but the darkest",
    )
    void_depth: Annotated[
        float | None, Quantity(MICROMETRE, "5 um", above=0, column="void_depth")
    ] = Field(
        default=None,
        description="voids are followed no deeper than this above a sampling line; default: a line "
        "whose void is open to the top of the image is refused",
    )


class Sampling(GuidedSampling):
    """How profiles are taken from a micrograph; the defaults suit a bright solid with dark voids.

    ``Sampling(lines=7, cutoff="0.5 um")`` in Python takes text with its unit or numbers in SI.
    """

    guide: Path | None = Field(
        default=None,
        description="guide of the image (docs/guide.md); default: NAME.EXT.guide.yaml beside it",
    )
    no_guide: bool = Field(default=False, description="ignore a guide that lies beside the image")
    line: Annotated[int, Whole(at_least=1)] = Field(
        default=1, description="which of the sections a single case takes"
    )
    method: Literal["auto", "sampling-line", "contour"] = Field(
        default="auto",
        description="contour: a phase boundary through the whole image; auto: contour where phases "
        "are given or a boundary is found, else sampling line",
    )
    classes: Annotated[int, Whole(at_least=2, at_most=5)] = Field(
        default=3, description="number of phases for multi-otsu"
    )
    lines: Annotated[int, Whole(at_least=MIN_LINES)] = Field(
        default=MIN_LINES,
        description="number of sampling lines, evenly spread; a contour takes no notice",
    )
    positions: Annotated[
        tuple[float, ...] | None,
        Numbers(
            fewest=MIN_LINES, above=0, below=1,
            what=f"at least {MIN_LINES} fractions of the image's height between 0 and 1, such as "
            "0.3,0.4,0.5,0.6,0.7",
        ),
    ] = Field(
        default=None,
        description="heights of the sampling lines as fractions of the image from its top; "
        "default: evenly spread; a contour takes no notice",
    )  # fmt: skip
    protocol: Protocol = Field(
        default="sections",
        description="sections: the interface across the whole frame, or along each sampling line; "
        "tran2025: five sampling lines, each a model of its own of 25 x 25 um, and the arithmetic "
        "mean of their ratios (Tran 2025, section 4)",
    )
    reference_length: Annotated[
        float, Quantity(MICROMETRE, "25 um", above=0, column="reference_length")
    ] = default(
        "25 um",
        description="length of the windows that extremes are read over, since they grow with it; "
        "default: the width of the model domain of Tran 2025, section 4",
    )
    margin: Annotated[int, Whole(at_least=0)] = Field(
        default=0, description="pixels left out along every side of the image"
    )
    denoise: Denoising = Field(default="median", description="filter against noise")
    flatten: bool | None = Field(
        default=None,
        description="take uneven illumination out; default: for sampling lines only, because the "
        "fit assumes one dark and one bright phase",
    )
    destripe: bool = Field(default=False, description="take curtaining out")
    smoothing: Annotated[float | None, Number(of="pixels", above=0, at_most=50)] = Field(
        default=None,
        description="Gaussian standard deviation in pixels before thresholding; default: 1, or "
        "what auto finds",
    )
    rotation: Annotated[
        float | Literal["auto"], Number(of="degrees", above=-90, below=90, words={"auto": "auto"})
    ] = Field(
        default="auto",
        description="angle in degrees by which the interface rises to the right in the image, "
        "taken out before sections are traced; auto: from the contour where it exceeds 2 degrees",
    )
    single_valued: bool = Field(
        default=False, description="hide overhangs, as seen from the metal side"
    )
    remove_tilt: bool = Field(
        default=False, description="rotate each profile until its least-squares line is level"
    )
    cutoff: Annotated[float | None, Quantity(MICROMETRE, "0.5 um", above=0, column="cutoff")] = (
        Field(default=None, description="low-pass cutoff wavelength; default: none")
    )
    accept_line: bool = Field(
        default=False,
        description="take a line that fails the check on its own image (docs/images.md); every "
        "result says so",
    )

    @pydantic.model_validator(mode="after")
    def _fit_together(self) -> Sampling:
        if self.protocol == TRAN2025 and self.method == "contour":
            raise ValueError(
                "protocol tran2025 takes sampling lines; found method: contour; expected another "
                "protocol or method"
            )
        if self.guide is not None and self.no_guide:
            raise ValueError(
                "a guide is given and ignored; found {guide} and {no_guide}; expected one of them"
            )
        return self


class MapReading(Section):
    """How a height map is read (docs/height_maps.md)."""

    pixel_size: Annotated[float | None, Quantity(MICROMETRE, "10 um", above=0)] = Field(
        default=None, description="distance of the samples; needed by CSV, NPY and TIFF grids"
    )
    solid: Literal["below", "above"] = Field(
        default="below", description="side of the solid in the file; below: flipped on import"
    )
    missing: Literal["refuse", "fill"] = Field(
        default="refuse", description="what is done with samples that are missing"
    )
    level: bool = Field(default=True, description="subtract the least-squares plane")
