# SPDX-License-Identifier: BSD-3-Clause
"""A scanning electron microscope's view of a synthetic section: grey levels, blur and noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import gaussian_filter

from interfacefem.errors import InputError
from interfacefem.synthetic.grains import Array
from interfacefem.synthetic.powder import MPA
from interfacefem.synthetic.section import SectionGeometry
from interfacefem.units import NM

# contacts fuse on the way to 350 MPa (Tran et al. 2025, abstract); the scale is assumed
FUSING_PRESSURE = 150 * MPA
_ENCLOSURE = 1.5e-6  # m, distance over which walls are seen; assumed
_SUBROWS = 4  # scan lines a pixel; along a line the coverage is exact
_STREAM = 1  # keeps the noise apart from the random numbers of the section


@dataclass(frozen=True)
class SemImaging:
    """How the section is imaged. Every default is assumed, chosen to look like FIB-SEM sections.

    Attributes:
        pixel_size: Side of a pixel in m.
        surface: Where the outer surface faces in the image; ``"down"`` needs no turning.
        solid_grey: Mean grey value of the grains, of 255.
        void_grey: Mean grey value of pores and of the space outside.
        grain_contrast: Standard deviation of the grains' grey values.
        edge_brightening: Additional grey value of solid at its edges.
        edge_range: Depth of the bright edge in m.
        boundary_contrast: Loss of grey value at a grain boundary that no pressure has fused; it
            falls with pressure as contacts fuse.
        void_texture: Standard deviation of the grey value in voids, from walls behind the section.
        blur: Standard deviation of the Gaussian beam and detector blur in m.
        counts_per_grey: Electrons counted for one grey value; the shot noise is Poisson.
        readout_noise: Standard deviation of the Gaussian noise in grey values.
        noise: Factor on the standard deviation of all noise.
        shading: Relative change of brightness across the image.
        curtaining: Relative standard deviation of the vertical stripes of ion milling.

    Raises:
        InputError: A value is out of range.
    """

    pixel_size: float = 56 * NM
    surface: Literal["down", "up"] = "down"
    solid_grey: float = 150.0
    void_grey: float = 42.0
    grain_contrast: float = 6.0
    edge_brightening: float = 26.0
    edge_range: float = 110 * NM
    boundary_contrast: float = 30.0
    void_texture: float = 9.0
    blur: float = 45 * NM
    counts_per_grey: float = 2.5
    readout_noise: float = 2.0
    noise: float = 1.0
    shading: float = 0.10
    curtaining: float = 0.02

    def __post_init__(self) -> None:
        positive = ("pixel_size", "edge_range", "counts_per_grey")
        for name in (*positive, "blur", "noise", "readout_noise", "shading", "curtaining"):
            value = getattr(self, name)
            if not (0 <= value < math.inf) or (value == 0 and name in positive):
                raise InputError("is out of range", field=name, found=value, expected="a positive")
        if self.surface not in ("down", "up"):
            raise InputError(
                "is unknown", field="surface", found=f'"{self.surface}"', expected='"down" or "up"'
            )


def image_of(geometry: SectionGeometry, imaging: SemImaging) -> npt.NDArray[np.uint8]:
    """The image of the section, without a data bar.

    Returns:
        Grey values, shape ``(rows, columns)``, row 0 at the top.
    """
    section = geometry.section
    rng = np.random.default_rng([section.seed, _STREAM])
    pixel = imaging.pixel_size
    shape = (round(section.height / pixel), round(section.width / pixel))
    solid = np.clip(coverage(shapely.get_parts(geometry.solid), pixel, shape), 0, 1)
    # walls behind the section show in pores, hardly in the space outside
    enclosed = 0.25 + gaussian_filter(solid, _ENCLOSURE / pixel, mode="nearest")
    void = imaging.void_grey + imaging.void_texture * enclosed * (
        0.6 * _cloud(shape, 25, rng) + 0.8 * _cloud(shape, 5, rng)
    )
    grains = _grain_texture(geometry, imaging, shape, rng)
    depth = gaussian_filter(solid, imaging.edge_range / pixel, mode="nearest")
    grains += imaging.edge_brightening * np.clip(2 * (1 - depth), 0, 1)
    scene = solid * grains + (1 - solid) * void
    scene *= _curtains(shape, imaging, rng) * _shading(shape, imaging, rng)
    scene = gaussian_filter(scene, imaging.blur / pixel, mode="nearest")
    if imaging.noise > 0:
        dose = imaging.counts_per_grey / imaging.noise**2
        scene = rng.poisson(np.maximum(scene, 0) * dose) / dose
        scene += imaging.noise * imaging.readout_noise * rng.standard_normal(shape)
    image = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
    return image if imaging.surface == "down" else image[::-1]


def coverage(
    polygons: npt.NDArray[np.object_],
    pixel: float,
    shape: tuple[int, int],
    values: Array | None = None,
) -> Array:
    """Sum over polygons of their value times the part of each pixel that they cover.

    Args:
        polygons: Polygons in m from the lower left corner of the frame, z upward, shape ``(n,)``.
        pixel: Side of a pixel in m.
        shape: Rows and columns.
        values: Value of each polygon, shape ``(n,)``; default one.

    Returns:
        Shape ``shape``, row 0 at the top.
    """
    rows, columns = shape
    rings, polygon_of_ring = shapely.get_rings(shapely.orient_polygons(polygons), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    weight = np.ones(len(polygons)) if values is None else values
    x = points[:, 0] / pixel
    y = (rows - points[:, 1] / pixel) * _SUBROWS - 0.5
    same = ring[1:] == ring[:-1]
    x0, x1, y0, y1 = x[:-1][same], x[1:][same], y[:-1][same], y[1:][same]
    edge_weight = weight[polygon_of_ring[ring[1:][same]]] * np.sign(y1 - y0)
    first = np.clip(np.ceil(np.minimum(y0, y1)), 0, rows * _SUBROWS).astype(np.intp)
    last = np.clip(np.ceil(np.maximum(y0, y1)), 0, rows * _SUBROWS).astype(np.intp)
    count = last - first
    edge = np.repeat(np.arange(len(count)), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    crossing = x0[edge] + (line - y0[edge]) / (y1 - y0)[edge] * (x1 - x0)[edge]
    crossing = np.clip(crossing, 0, columns)
    column = np.floor(crossing).astype(np.intp)
    part = crossing - column
    # each crossing changes everything to its right; the pixel it lies in, in part
    place = line // _SUBROWS * (columns + 2) + column
    size = rows * (columns + 2)
    change = np.bincount(place, edge_weight[edge] * (1 - part), size)
    change += np.bincount(place + 1, edge_weight[edge] * part, size)
    return np.cumsum(change.reshape(rows, columns + 2), axis=1)[:, :columns] / _SUBROWS


def _grain_texture(
    geometry: SectionGeometry,
    imaging: SemImaging,
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> Array:
    pixel = imaging.pixel_size
    contrast = imaging.grain_contrast * rng.standard_normal(len(geometry.grains))
    texture = imaging.solid_grey + coverage(geometry.grains, pixel, shape, contrast)
    unfused = math.exp(-geometry.section.pressure / FUSING_PRESSURE)
    inside = shapely.get_parts(shapely.buffer(geometry.grains, -0.5 * pixel, quad_segs=1))
    boundaries = coverage(geometry.grains, pixel, shape) - coverage(inside, pixel, shape)
    boundaries = np.clip(boundaries, 0, 1)
    texture -= imaging.boundary_contrast * (0.15 + 0.85 * unfused) * boundaries
    return np.asarray(texture + 2.0 * _cloud(shape, 1.5, rng))


def _cloud(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Array:
    """Smooth noise of unit standard deviation, ``size`` pixels coarse."""
    step = max(1, math.floor(size / 2))
    coarse = (shape[0] // step + 2, shape[1] // step + 2)
    smooth = gaussian_filter(rng.standard_normal(coarse), size / step, mode="wrap")
    smooth /= smooth.std()
    for axis, length in enumerate(shape):
        place = np.arange(length) / step
        lower = place.astype(np.intp)
        part = np.expand_dims(place - lower, 1 - axis)
        smooth = smooth.take(lower, axis) * (1 - part) + smooth.take(lower + 1, axis) * part
    return np.asarray(smooth)


def _curtains(shape: tuple[int, int], imaging: SemImaging, rng: np.random.Generator) -> Array:
    narrow = gaussian_filter(rng.standard_normal(shape[1]), 1.2, mode="wrap")
    broad = gaussian_filter(rng.standard_normal(shape[1]), 12, mode="wrap")
    stripes = 0.7 * narrow / narrow.std() + 0.7 * broad / broad.std()
    fading = np.clip(1 + 0.5 * _cloud(shape, 80, rng), 0, 2)
    return np.asarray(1 + imaging.curtaining * stripes * fading)


def _shading(shape: tuple[int, int], imaging: SemImaging, rng: np.random.Generator) -> Array:
    v, u = np.meshgrid(
        np.linspace(-0.5, 0.5, shape[0]), np.linspace(-0.5, 0.5, shape[1]), indexing="ij"
    )
    angle = rng.uniform(0, 2 * math.pi)
    bowl = rng.uniform(-1, 1)
    slope = u * math.cos(angle) + v * math.sin(angle)
    return np.asarray(1 + imaging.shading * (slope + bowl * (u**2 + v**2 - 0.25)))
