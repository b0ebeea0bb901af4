# SPDX-License-Identifier: BSD-3-Clause
"""A semi-elliptic bump of metal that reaches into the electrolyte, in the primary limit.

``Z = A w + B/w`` with ``A = (a + b)/2``, ``B = (a - b)/2`` takes ``|w| > 1`` to the outside of an
ellipse with half axes a along the interface and b into the electrolyte; ``E A Im(w + 1/w)`` is zero
on it and on the plane beside it (Lamb, Hydrodynamics, 6th ed., 1932, art. 71, the ellipse in a
stream). The current density is largest at the tip, ``1 + b/a``, and zero where the bump meets the
plane.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def semi_ellipse_profile(
    half_width: float, bump_height: float, width: float, *, points: int = 401
) -> tuple[Array, Array]:
    """A bump in the middle of a plane.

    Args:
        half_width: a in m.
        bump_height: b in m.
        width: Width of the plane in m, more than 2 a.
        points: Number of points n on the bump, evenly spaced in its parameter.

    Returns:
        x and z in m, shape ``(n + 2,)`` each.
    """
    theta = np.linspace(math.pi, 0.0, points)
    x = width / 2 + half_width * np.cos(theta)
    # the sine of pi in floating point is not zero
    z = bump_height * np.concatenate([[0.0], np.sin(theta[1:-1]), [0.0]])
    return np.concatenate([[0.0], x, [width]]), np.concatenate([[0.0], z, [0.0]])


def on_bump(theta: Array, half_width: float, bump_height: float) -> Array:
    """i/i_app on a single bump at ``x = a cos(theta)``, ``z = b sin(theta)`` (no unit)."""
    a, b = half_width, bump_height
    return (a + b) * np.sin(theta) / np.hypot(a * np.sin(theta), b * np.cos(theta))


def tip_factor(half_width: float, bump_height: float, width: float = math.inf) -> float:
    """i/i_app at the tip, ``(1 + b/a)/(1 + pi^2 m/(3 W^2))`` with ``m = b (a + b)/2``.

    Insulated sides mirror the bump into a row of them. Each acts on the others as a line dipole of
    moment m, and the row of dipoles lowers the field at a bump by ``m sum_n 2/(n W)^2`` of it; the
    relative error is of fourth order in a/W and b/W.

    Args:
        half_width: a in m.
        bump_height: b in m.
        width: W in m; infinite for a single bump.
    """
    moment = bump_height * (half_width + bump_height) / 2
    return (1 + bump_height / half_width) / (1 + math.pi**2 * moment / (3 * width**2))
