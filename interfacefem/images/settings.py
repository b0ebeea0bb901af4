# SPDX-License-Identifier: BSD-3-Clause
"""How profiles are taken from a micrograph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from interfacefem.errors import ImageError
from interfacefem.segmentation.cleaning import Denoising
from interfacefem.segmentation.thresholds import Threshold

Method = Literal["auto", "sampling-line", "contour"]
Side = Literal["above", "below"]

MIN_LINES = 5  # Tran et al. (2025), section 4: "at least five times across different parts"


@dataclass(frozen=True)
class ExtractionSettings:
    """How profiles are taken from a micrograph; the defaults suit a bright solid with dark voids.

    Attributes:
        method: ``"sampling-line"``, ``"contour"`` (a phase boundary through the whole image), or
            ``"auto"``: contour where phases are given or a boundary is found, else sampling line.
        electrolyte: The side on which the electrolyte lies in the image.
        threshold: ``"otsu"``, ``"multi-otsu"``, ``"local"``, or grey values in [0, 1] (of the
            cleaned image).
        classes: Number of phases for ``"multi-otsu"``.
        phases: Phases that are electrolyte, 0 the darkest, -1 the brightest; None: for a contour
            found automatically, for sampling lines all but the darkest.
        lines: Number of profiles, at least 5.
        positions: Heights of the sampling lines as fractions of the image from its top; None
            spreads them evenly.
        window_width: Width of each profile in m; None: the whole width for sampling lines, an
            equal share of it for a contour.
        margin: Pixels left out along every side of the image.
        void_depth: Voids are followed no deeper than this above a sampling line, in m; None: a
            line whose void is open to the top of the image is refused.
        denoise: ``"median"``, ``"bilateral"``, ``"nl-means"`` or ``"none"``.
        flatten: Whether uneven illumination is taken out; None: for sampling lines only, because
            the fit assumes one dark and one bright phase.
        destripe: Whether curtaining is taken out.
        smoothing: Gaussian standard deviation in pixels before thresholding; None: 1, or what
            ``"auto"`` finds.
        rotation: Angle in degrees by which the interface rises to the right in the image, taken
            out before windows are cut; ``"auto"``: from the contour where it exceeds 2 degrees.
        single_valued: Whether overhangs are hidden as seen from the metal side.
        remove_tilt: Whether each profile is rotated until its least-squares line is level.
        cutoff: Low-pass cutoff wavelength in m, or None.

    Raises:
        ImageError: A value is out of range; the message names the field.
    """

    method: Method = "auto"
    electrolyte: Side = "above"
    threshold: Threshold = "otsu"
    classes: int = 3
    phases: tuple[int, ...] | None = None
    lines: int = MIN_LINES
    positions: tuple[float, ...] | None = None
    window_width: float | None = None
    margin: int = 0
    void_depth: float | None = None
    denoise: Denoising = "median"
    flatten: bool | None = None
    destripe: bool = False
    smoothing: float | None = None
    rotation: float | Literal["auto"] = "auto"
    single_valued: bool = False
    remove_tilt: bool = False
    cutoff: float | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("method", Method), ("electrolyte", Side), ("denoise", Denoising)):
            names = get_args(allowed)
            _require(getattr(self, name) in names, name, self, " or ".join(names))
        _require(self.lines >= MIN_LINES, "lines", self, f"at least {MIN_LINES}")
        _require(self.margin >= 0, "margin", self, "0 or more pixels")
        for name in ("window_width", "void_depth", "cutoff", "smoothing"):
            value = getattr(self, name)
            _require(value is None or 0 < value < math.inf, name, self, "a positive number")
        if self.positions is not None:
            _require(
                all(0 < place < 1 for place in self.positions) and len(self.positions) >= MIN_LINES,
                "positions",
                self,
                f"at least {MIN_LINES} fractions between 0 and 1",
            )
        angle = self.rotation
        _require(angle == "auto" or abs(float(angle)) < 90, "rotation", self, "below 90 degrees")


def _require(condition: bool, name: str, settings: Any, expected: str) -> None:
    if not condition:
        raise ImageError(
            "is out of range",
            field=name,
            found=getattr(settings, name),
            expected=expected,
        )
