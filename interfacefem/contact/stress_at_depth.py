# SPDX-License-Identifier: BSD-3-Clause
"""Stress inside a pressed body, read below its surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.contact.plane_strain_body import PlaneStrainBody
from interfacefem.errors import InputError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_NEAR_SIDE = 0.05  # of the width: points mirrored at the sides, so that nothing is extrapolated


def vertical_compression_at_depth(body: PlaneStrainBody, x: Array, depth: float) -> Array:
    """``T_d = -sigma_zz`` in Pa at a depth below the lower side of a body with mirrors as sides.

    Linear between the quadrature points.

    Args:
        body: A body whose lower side is flat.
        x: Where, in m, shape ``(n,)``.
        depth: In m above the lower side, inside the body.

    Returns:
        Shape ``(n,)``, the same on all ranks.

    Raises:
        InputError: The depth lies outside of the body, or above its first row of points.

    Collective.
    """
    from scipy.interpolate import LinearNDInterpolator

    own = body.owned_points
    parts = body.comm.allgather(np.column_stack([body.points[:own], -body.stress[:own, 1]]))
    table = np.concatenate(parts)
    nodes = body.mesh.comm.allgather(body.mesh.geometry.x[:, :2])
    corners = np.concatenate(nodes)
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    first = table[:, 1].min() - bottom
    if not 2 * first < depth < top - bottom:
        raise InputError(
            "lies outside of the body or so near its surface that no stress is known there",
            field="depth",
            found=f"{depth / UM:g} um",
            expected=f"more than {2 * first / UM:.3g} um, less than {(top - bottom) / UM:g} um",
        )
    near = np.abs(table[:, 1] - bottom - depth) < max(0.5 * depth, 0.05 * (right - left))
    table = table[near]
    edge = _NEAR_SIDE * (right - left)
    for side in (left, right):
        mirrored = table[np.abs(table[:, 0] - side) < edge] * [-1, 1, 1] + [2 * side, 0, 0]
        table = np.concatenate([table, mirrored])
    at = np.column_stack([x, np.full(len(x), bottom + depth)])
    return np.asarray(LinearNDInterpolator(table[:, :2], table[:, 2])(at))
