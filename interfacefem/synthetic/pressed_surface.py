# SPDX-License-Identifier: BSD-3-Clause
"""The pressed surface of a synthetic tape and the irregularity of its grains."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from interfacefem.synthetic.grains import Array
from interfacefem.synthetic.powder import Powder
from interfacefem.synthetic.tape import SMOOTHING_PRESSURE, TapeSection
from interfacefem.units import UM

GREEN_WAVINESS = 0.2  # rms, in area-weighted mean grain diameters; assumed
LARGEST_WAVINESS = 1.5 * UM  # rms: the doctor blade levels the slurry; assumed
FLATTENED = 0.9  # part of the peaks' height that is lost at high pressure; assumed
_DISTORTION_MODES = 32
_COLUMNS = 256
_LOWEST = 0.02  # quantile that stands for the lowest peaks


def waviness(x: Array, section: TapeSection, rng: np.random.Generator) -> Array:
    """Height of the tape's surface over its mean, in m, at the places ``x`` in m."""
    powder = section.powder
    relative_spread = powder.diameter_spread / powder.mean_diameter
    area_weighted = powder.mean_diameter * (1 + relative_spread**2) ** 2
    rms = min(GREEN_WAVINESS * area_weighted, LARGEST_WAVINESS)
    rms /= 1 + section.pressure / SMOOTHING_PRESSURE
    shortest = min(3 * area_weighted, section.width / 2)
    q = rng.uniform(math.pi / section.width, 2 * math.pi / shortest, 12)
    phase = rng.uniform(0, 2 * math.pi, 12)
    return rms * math.sqrt(2 / 12) * np.cos(np.outer(x, q) + phase).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Distortion:
    """A smooth random displacement field that makes straight cell walls irregular."""

    wave_vectors: Array
    phases: Array
    amplitudes: Array

    @classmethod
    def drawn(cls, powder: Powder, rng: np.random.Generator) -> Distortion:
        octaves = rng.uniform(math.log(0.4), math.log(4.0), _DISTORTION_MODES)
        wavelength = powder.mean_diameter * np.exp(octaves)
        angle = rng.uniform(0, 2 * math.pi, _DISTORTION_MODES)
        q = 2 * math.pi / wavelength
        direction = rng.uniform(0, 2 * math.pi, _DISTORTION_MODES)
        size = powder.irregularity * math.sqrt(2 / _DISTORTION_MODES) / q
        return cls(
            np.stack([q * np.cos(angle), q * np.sin(angle)]),
            rng.uniform(0, 2 * math.pi, _DISTORTION_MODES),
            np.stack([size * np.cos(direction), size * np.sin(direction)], axis=1),
        )

    def apply(self, geometry: Any) -> Any:
        if isinstance(geometry, np.ndarray) and geometry.dtype == np.float64:
            return self._displace(geometry)
        return shapely.transform(geometry, self._displace)

    def _displace(self, xz: Array) -> Array:
        moved = xz + np.cos(xz @ self.wave_vectors + self.phases) @ self.amplitudes
        # to the picometre: equal points must stay equal whatever their place in the array
        return np.round(moved, 12)


@dataclass(frozen=True, eq=False)
class PressFace:
    """The face that flattens the surface, nearly plane."""

    wave_numbers: Array
    phases: Array
    rms: float

    @classmethod
    def drawn(cls, section: TapeSection, rng: np.random.Generator) -> PressFace:
        # a tenth of a grain over tens of micrometres: the waviness of foil and die, assumed
        return cls(
            2 * math.pi / (section.width * rng.uniform(0.15, 1.0, 6)),
            rng.uniform(0, 2 * math.pi, 6),
            0.1 * min(section.powder.mean_diameter, UM),
        )

    def heights(self, x: Array) -> Array:
        waves = np.cos(np.outer(x, self.wave_numbers) + self.phases).sum(axis=1)
        return self.rms * math.sqrt(2 / len(self.phases)) * waves


def press_flat(
    solid: BaseGeometry, section: TapeSection, press: PressFace, distortion: Distortion
) -> BaseGeometry:
    """Cut off the peaks that a nearly flat face would have flattened."""
    pressed = section.pressed_fraction
    if pressed == 0:
        return solid
    lowest = float(np.quantile(_lower_envelope(solid, section), _LOWEST))
    level = lowest + FLATTENED * pressed * (section.surface_height - lowest)
    x = np.linspace(-0.5 * section.width, 1.5 * section.width, 801)
    # distorted like the grains that were pressed against it
    face = distortion.apply(np.column_stack([x, level + press.heights(x)]))
    top = 2 * section.height
    above = shapely.Polygon([*face, (x[-1], top), (x[0], top)])
    return shapely.intersection(solid, shapely.make_valid(above))


def _lower_envelope(solid: BaseGeometry, section: TapeSection) -> Array:
    """Lowest solid in each of many columns of the frame, in m."""
    points = shapely.get_coordinates(solid)
    column = np.floor(points[:, 0] / section.width * _COLUMNS).astype(np.intp)
    inside = (column >= 0) & (column < _COLUMNS)
    lowest = np.full(_COLUMNS, np.inf)
    np.minimum.at(lowest, column[inside], points[inside, 1])
    return lowest[np.isfinite(lowest)]
