# SPDX-License-Identifier: BSD-3-Clause
"""The rough surface as heights at even nodes, as the pressing block sees it: a line or a map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from interfacefem.errors import InputError
from interfacefem.surfaces import HeightMap, Profile
from interfacefem.surfaces.roughness import lowest_heights
from interfacefem.units import UM

Array = npt.NDArray[np.floating]
Boundary = Literal["periodic", "mirror", "finite"]

LEAST_NODES = 64
MOST_NODES = 8192  # the dense compliance takes 8 n^2 bytes
_ENOUGH_NODES = 512
_FEWEST_OWN_INTERVALS = 256  # a profile with more even ones keeps its points as nodes
_MOST_CHOSEN_NODES = 2048
_EVEN = 1e-6  # of the mean spacing
_OPEN_ENDS = 1e-2  # of the peak-to-valley height
_STEEPEST_SPLINE = 1.0  # steeper polylines are steps, beside which a spline would overshoot
_MOST_UNEVEN_SPLINE = 3.0


@dataclass(frozen=True, eq=False)
class RoughSurface:
    """Heights at even nodes of a line or a grid; the electrolyte is above, peaks are minima of z.

    Attributes:
        z: Heights in m, shape ``(n,)`` of a line, ``(ny, nx)`` of a map.
        spacing: Distance of the nodes along each axis in m.
        boundary: What lies beyond the sides: copies, mirror images, or a surface without load.
        nodes_on_sides: Whether the outermost nodes lie on the sides, as the samples of a map do, or
            half a spacing inside them, as the middles of a line's strips.
        first: Place of the first node along each axis in m.

    Raises:
        InputError: The heights are no finite numbers on a line or a grid.
    """

    z: Array
    spacing: tuple[float, ...]
    boundary: Boundary
    nodes_on_sides: bool = False
    first: tuple[float, ...] = (0.0, 0.0)

    def __post_init__(self) -> None:
        z = np.array(self.z, dtype=np.float64)
        if z.ndim not in (1, 2) or z.ndim != len(self.spacing) or not np.isfinite(z).all():
            raise InputError(
                "is no surface of heights",
                found=f"shape {z.shape}, {np.count_nonzero(~np.isfinite(z))} not finite",
                expected=f"finite numbers in {len(self.spacing)} dimensions",
            )
        z.flags.writeable = False
        object.__setattr__(self, "z", z)

    @classmethod
    def of_line(cls, x: Array, z: Array, boundary: Boundary) -> RoughSurface:
        """Heights at the middles of equal strips along x, both of shape ``(n,)`` in m."""
        spacing = float(x[-1] - x[0]) / (len(x) - 1)
        return cls(z, (spacing,), boundary, first=(float(x[0]),))

    @property
    def shape(self) -> tuple[int, ...]:
        """Nodes along each axis."""
        return self.z.shape

    @property
    def widths(self) -> tuple[float, ...]:
        """Extent along each axis in m."""
        steps = (n - self.nodes_on_sides for n in self.shape)
        return tuple(step * size for step, size in zip(steps, self.spacing, strict=True))

    @property
    def width(self) -> float:
        """Extent along x in m."""
        return self.widths[-1]

    @property
    def x(self) -> Array:
        """Places of the nodes along x in m, shape ``(nx,)``."""
        return self.first[-1] + np.arange(self.shape[-1]) * self.spacing[-1]

    @property
    def levers(self) -> tuple[Array, ...]:
        """Distances from the middle along each axis in m."""
        return tuple(
            (np.arange(n) - (n - 1) / 2) * size
            for n, size in zip(self.shape, self.spacing, strict=True)
        )

    @property
    def lever(self) -> Array:
        """Distance from the middle along x in m, shape ``(nx,)``."""
        return self.levers[-1]

    @property
    def rises(self) -> tuple[float, ...]:
        """Rise of the least-squares line or plane over the extent along each axis in m."""
        rises = []
        for axis, (lever, width) in enumerate(zip(self.levers, self.widths, strict=True)):
            others = tuple(other for other in range(self.z.ndim) if other != axis)
            # on even nodes the slopes are independent of each other
            slope = lever @ self.z.mean(axis=others) / (lever @ lever)
            rises.append(float(slope) * width)
        return tuple(rises)

    def levelled(self) -> Array:
        """Heights above the least-squares line or plane in m, in the shape of ``z``."""
        z = self.z - self.z.mean()
        grids = np.meshgrid(*self.levers, indexing="ij")
        for lever, rise, width in zip(grids, self.rises, self.widths, strict=True):
            z -= rise * lever / width
        return z

    @property
    def weights(self) -> Array:
        """Share of the surface that belongs to each node, in the shape of ``z``; sums to one."""
        weights: Array = np.ones(())
        for n in self.shape:
            along = np.ones(n)
            if self.nodes_on_sides and self.boundary == "mirror":
                along[[0, -1]] /= 2
            weights = weights[..., None] * (along / along.sum())
        return weights

    def mean(self, values: npt.NDArray[Any]) -> float:
        """Average over the surface of nodal values."""
        return float(np.average(values, weights=self.weights))

    def beyond(self, values: npt.NDArray[Any], nodes: int) -> npt.NDArray[Any]:
        """Nodal values with what lies up to some nodes beyond each side; zeros where nothing."""
        if self.boundary == "finite":
            return np.pad(values, nodes)
        if self.boundary == "periodic":
            return np.pad(values, nodes, "wrap")
        return np.pad(values, nodes, "reflect" if self.nodes_on_sides else "symmetric")


def sample_surface(profile: Profile, boundary: Boundary, nodes: int | None = None) -> RoughSurface:
    """Heights of a profile at evenly spaced nodes.

    The block sees the lowest z at each x. A single-valued profile of moderate slope is
    interpolated by a cubic spline: straight pieces would put a corner, under which the pressure
    has no limit, at every point of the profile.

    Args:
        profile: The surface.
        boundary: ``"periodic"``, ``"mirror"`` or ``"finite"``.
        nodes: Number of nodes; None takes the profile's own points where they are even and many,
            else at least 512, or a multiple of the points.

    Raises:
        InputError: Open ends with ``boundary="periodic"``, or a number of nodes out of range.
    """
    height = float(np.ptp(profile.z))
    if boundary == "periodic" and abs(profile.z[-1] - profile.z[0]) > _OPEN_ENDS * height:
        raise InputError(
            "the ends of the profile do not meet",
            field="stress.boundary",
            found=f"periodic and ends at z = {profile.z[0] / UM:.4g} and "
            f"{profile.z[-1] / UM:.4g} um",
            expected="mirror, finite, or a profile that ends at the height it begins with",
        )
    count = _number_of_nodes(profile, boundary) if nodes is None else nodes
    if not LEAST_NODES <= count <= MOST_NODES:
        raise InputError(
            "is out of range",
            field="stress.nodes",
            found=count,
            expected=f"{LEAST_NODES} to {MOST_NODES}",
        )
    spacing = profile.width / count
    # copies share their ends, so that a point at the seam is one node
    offset = 0.0 if boundary == "periodic" else 0.5
    x = profile.x[0] + (np.arange(count) + offset) * spacing
    return RoughSurface(_heights(profile, x, boundary), (spacing,), boundary, first=(float(x[0]),))


def surface_of_map(height_map: HeightMap, boundary: Boundary) -> RoughSurface:
    """The samples of a height map as nodes.

    Args:
        height_map: The surface.
        boundary: Of a ``"periodic"`` map the row and the column that repeat are left out.

    Raises:
        InputError: Opposite sides that do not meet with ``boundary="periodic"``.
    """
    heights = height_map.heights
    spacing = (height_map.pixel_size_y, height_map.pixel_size_x)
    if boundary != "periodic":
        return RoughSurface(heights, spacing, boundary, nodes_on_sides=True)
    opening = max(
        float(np.abs(heights[0] - heights[-1]).max()),
        float(np.abs(heights[:, 0] - heights[:, -1]).max()),
    )
    if opening > _OPEN_ENDS * float(np.ptp(heights)):
        raise InputError(
            "the sides of the map do not meet",
            field="stress.boundary",
            found=f"periodic and opposite sides that differ by up to {opening / UM:.3g} um",
            expected="mirror, finite, or a map whose last row and column repeat the first",
        )
    return RoughSurface(heights[:-1, :-1], spacing, boundary)


def _number_of_nodes(profile: Profile, boundary: Boundary) -> int:
    spacing = np.diff(profile.x)
    intervals = len(spacing)
    if np.ptp(spacing) <= _EVEN * spacing.mean():
        if intervals >= _FEWEST_OWN_INTERVALS:
            return min(intervals, MOST_NODES)
        return intervals * math.ceil(_ENOUGH_NODES / intervals)
    finest = float(np.median(np.abs(spacing[spacing != 0])))
    wanted = min(max(profile.width / finest, _ENOUGH_NODES), _MOST_CHOSEN_NODES)
    return 2 ** math.ceil(math.log2(wanted))


def _heights(profile: Profile, x: Array, boundary: Boundary) -> Array:
    spacing = np.diff(profile.x)
    smooth = (
        len(spacing) >= 3
        and spacing.min() > 0
        and spacing.max() <= _MOST_UNEVEN_SPLINE * spacing.min()
        and float(np.abs(np.diff(profile.z) / spacing).max()) <= _STEEPEST_SPLINE
    )
    if not smooth:
        return lowest_heights(profile, x)
    z = np.array(profile.z)
    if boundary == "periodic":
        z[-1] = z[0]
        return np.asarray(CubicSpline(profile.x, z, bc_type="periodic")(x))
    return np.asarray(CubicSpline(profile.x, z)(x))
