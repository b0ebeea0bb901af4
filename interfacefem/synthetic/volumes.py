# SPDX-License-Identifier: BSD-3-Clause
"""Smooth bodies in a unit cube, sampled at any number of voxels: what finer voxels would show.

A body says of every point whether it is inside. Its voxels take the value at their centres, as
those of a well-focused image do, so that the same body can be had at h, h/2, h/4 and its effective
conductivity without voxels be extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.floating]

_CENTRES = {
    "simple": [(0.0, 0.0, 0.0)],
    "body-centred": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)],
    "face-centred": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5)],
}


@dataclass(frozen=True, eq=False)
class Body:
    """A body in the unit cube.

    Attributes:
        name: What it is, with its numbers.
        sample: Gives labels, 1 inside and 0 outside, at ``n`` voxels along each edge.
    """

    name: str
    sample: Callable[[int], Labels]


def sphere_array(
    lattice: str, fraction: float, *, cells: int = 1, shift: Sequence[float] = (0.5, 0.5, 0.5)
) -> Body:
    """Spheres on a cubic lattice; those that touch overlap.

    Args:
        lattice: ``simple``, ``body-centred`` or ``face-centred``.
        fraction: Of the volume, that spheres without overlap fill.
        cells: Cells of the lattice along an edge of the cube.
        shift: Of the first centre, in cells.
    """
    base = np.array(_CENTRES[lattice])
    radius = (3 * fraction / (4 * math.pi * len(base))) ** (1 / 3) / cells
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    centres = ((corners[:, None] + base[None] + np.array(shift)) / cells).reshape(-1, 3) % 1.0
    return Body(f"{lattice} spheres {fraction:g}", lambda n: _spheres(n, centres, radius))


def overlapping_spheres(fraction: float, radius: float, seed: int) -> Body:
    """Spheres of one radius at random places, periodic; ``fraction`` of the volume on average."""
    rng = np.random.default_rng(seed)
    number = rng.poisson(-math.log(1 - fraction) / (4 / 3 * math.pi * radius**3))
    centres = rng.random((number, 3))
    return Body(f"overlapping spheres {fraction:g}", lambda n: _spheres(n, centres, radius))


def fibres(number: int, radius: float, seed: int) -> Body:
    """Straight fibres through random points of the cube in random directions."""
    rng = np.random.default_rng(seed)
    points = rng.random((number, 3))
    directions = rng.standard_normal((number, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]

    def sample(n: int) -> Labels:
        inside = np.zeros((n, n, n), bool)
        line = (np.arange(n) + 0.5) / n
        for number in range(len(points)):
            direction = directions[number]
            apart = [line - points[number, axis] for axis in range(3)]
            along = (
                direction[0] * apart[0][:, None, None]
                + direction[1] * apart[1][None, :, None]
                + direction[2] * apart[2][None, None, :]
            )
            squares = _squares(apart) - along**2
            inside |= squares <= radius**2
        return inside.view(np.uint8)

    return Body(f"{number} fibres", sample)


def gaussian_field(fraction: float, wavelength: float, seed: int) -> Body:
    """Where a periodic Gaussian field of mean wavelength ``wavelength`` lies below its quantile."""
    largest = math.ceil(1.5 / wavelength)
    rng = np.random.default_rng(seed)
    shape = (2 * largest + 1,) * 3
    wave = np.fft.fftfreq(2 * largest + 1, 1 / (2 * largest + 1))
    length = np.sqrt(_squares([wave, wave, wave]))
    weight = np.exp(-(((length - 1 / wavelength) * wavelength / 0.3) ** 2))
    waves = weight * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))

    def field(n: int) -> Doubles:
        if n <= 2 * largest:
            raise ValueError(f"{n} voxels do not show a field of {largest} waves")
        padded = np.zeros((n, n, n), np.complex128)
        places = wave.astype(int) % n
        half = np.exp(1j * math.pi * wave / n)  # from corners to centres of voxels
        padded[np.ix_(places, places, places)] = waves * (
            half[:, None, None] * half[None, :, None] * half[None, None, :]
        )
        return np.fft.ifftn(padded).real * n**3

    threshold = float(np.quantile(field(4 * largest), fraction))
    return Body(f"Gaussian field {fraction:g}", lambda n: (field(n) < threshold).astype(np.uint8))


def laminate(normal: Sequence[float], periods: float, fraction: float) -> Body:
    """Layers normal to a direction, ``periods`` of them to the edge of the cube."""
    unit = np.array(normal) / np.linalg.norm(normal)

    def sample(n: int) -> Labels:
        line = (np.arange(n) + 0.5) / n
        place = (
            unit[0] * line[:, None, None]
            + unit[1] * line[None, :, None]
            + unit[2] * line[None, None, :]
        )
        return ((place * periods) % 1.0 < fraction).astype(np.uint8)

    return Body(f"laminate {fraction:g}", sample)


def _squares(along: Sequence[Doubles]) -> Doubles:
    a, b, c = (values**2 for values in along)
    return a[:, None, None] + b[None, :, None] + c[None, None, :]


def _spheres(n: int, centres: Doubles, radius: float) -> Labels:
    """Voxels within ``radius`` of a centre, the cube repeated periodically."""
    inside = np.zeros((n, n, n), bool)
    reach = math.ceil(radius * n) + 1
    for centre in centres:
        places = [np.arange(-reach, reach + 1) + math.floor(place * n) for place in centre]
        apart = [(place + 0.5) / n - middle for place, middle in zip(places, centre, strict=True)]
        hit = np.argwhere(_squares(apart) <= radius**2)
        first = np.array([place[0] for place in places])
        at = (hit + first) % n
        inside[at[:, 0], at[:, 1], at[:, 2]] = True
    return inside.view(np.uint8)
