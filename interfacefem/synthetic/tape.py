# SPDX-License-Identifier: BSD-3-Clause
"""A pressed powder tape that is cut: what is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from interfacefem.errors import InputError
from interfacefem.synthetic.powder import MPA, POWDERS, Powder
from interfacefem.units import UM

# "considerable impact [...] up to 200 MPa", little beyond: Tran et al., Adv. Mater. 2025, 2501592,
# section 2.2.3; that waviness, flattening and corners follow this scale is assumed
SMOOTHING_PRESSURE = 200 * MPA
SURFACE_LAYER = 2.0  # depth that is more porous, in number mean grain diameters; assumed
SURFACE_PLACE = 0.38  # mean height of the surface over the height of the frame


@dataclass(frozen=True)
class TapeSection:
    """What is cut: a tape of one powder, densified at one pressure, its outer surface facing down.

    Attributes:
        powder: Grain sizes and compaction.
        pressure: Densification pressure in Pa.
        width: Width of the frame in m.
        height: Height of the frame in m; the tape fills about its upper three fifths.
        seed: Seed of everything random in the section; the same seed gives the same section.
        porosity: Porosity inside the tape; default what the powder has at this pressure.
        smallest_feature: Pores and necks narrower than this are closed and cut, in m, so that the
            true interface holds nothing that no image of the default pixel size can show (assumed).

    Raises:
        InputError: A value is out of range.
    """

    powder: Powder = POWDERS["4h"]
    pressure: float = 400 * MPA
    width: float = 57.344 * UM
    height: float = 40.32 * UM
    seed: int = 1
    porosity: float | None = None
    smallest_feature: float = 0.25 * UM

    def __post_init__(self) -> None:
        if not 0 <= self.pressure < math.inf:
            raise InputError(
                "is out of range",
                field="pressure",
                found=f"{self.pressure / MPA:g} MPa",
                expected="zero or a positive pressure",
            )
        if not 0 < self.target_porosity < 0.5:
            raise InputError(
                "is out of range",
                field="porosity",
                found=f"{self.target_porosity:g}",
                expected="a fraction between 0 and 0.5 (the solid must span the frame)",
            )
        if min(self.width, self.height) < 4 * self.powder.mean_diameter:
            raise InputError(
                "the frame is too small for the grains",
                field="width and height",
                found=f"{self.width / UM:g} x {self.height / UM:g} um",
                expected=f"at least {4 * self.powder.mean_diameter / UM:g} um",
            )

    @property
    def target_porosity(self) -> float:
        """Porosity asked for inside the tape."""
        if self.porosity is not None:
            return self.porosity
        return self.powder.porosity(self.pressure)

    @property
    def surface_height(self) -> float:
        """Mean height of the green surface over the bottom of the frame, in m."""
        return SURFACE_PLACE * self.height

    @property
    def bulk_bottom(self) -> float:
        """Height in m above which the tape has the porosity of its inside."""
        return self.surface_height + SURFACE_LAYER * self.powder.mean_diameter

    @property
    def frame(self) -> BaseGeometry:
        """The frame as a rectangle, its lower left corner at the origin."""
        return shapely.box(0, 0, self.width, self.height)

    @property
    def pressed_fraction(self) -> float:
        """How far the surface has given way: 0 for a green tape, towards 1 at high pressure."""
        return -math.expm1(-self.pressure / SMOOTHING_PRESSURE)
