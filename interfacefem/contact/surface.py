# SPDX-License-Identifier: BSD-3-Clause
"""The rough surface as heights at evenly spaced nodes, as the pressing block sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from interfacefem.errors import InputError
from interfacefem.surfaces import Profile
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
    """Heights at the middles of equal strips; the electrolyte is above, peaks are minima of z.

    Attributes:
        x: Places of the nodes in m, shape ``(n,)``, each the middle of a strip.
        z: Heights in m, shape ``(n,)``.
        spacing: Width of a strip in m.
        boundary: What lies beyond the ends: copies, mirror images, or a surface without load.
    """

    x: Array
    z: Array
    spacing: float
    boundary: Boundary

    @property
    def width(self) -> float:
        """Width of the surface in m."""
        return self.spacing * len(self.x)

    @property
    def lever(self) -> Array:
        """Distance from the middle of the surface in m, shape ``(n,)``."""
        return self.x - self.x.mean()

    @property
    def rise(self) -> float:
        """Rise of the least-squares line over the width in m."""
        lever = self.lever
        return float(lever @ self.z / (lever @ lever)) * self.width

    def extended(self, values: Array) -> Array:
        """Values over one period: mirrored ones come twice."""
        return np.concatenate([values, values[::-1]]) if self.boundary == "mirror" else values


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
    return RoughSurface(x, _heights(profile, x, boundary), spacing, boundary)


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
