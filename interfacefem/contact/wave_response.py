# SPDX-License-Identifier: BSD-3-Clause
"""How an elastic body answers a wave of pressure, by finite elements through its depth.

A body that is uniform along the surface answers ``p cos(k x)`` with a displacement of the same
wave, in two dimensions and in three. DOLFINx assembles what is left, elasticity through the depth,
once; each wavenumber is then one sparse solve, and no wave is misjudged because it is short against
a mesh along x. A half-space of one material needs no elements: its answer is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.errors import InputError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_WAVENUMBERS_PER_DECADE = 40
_DEEP = 40.0  # k h where a layer answers as if infinitely thick


@dataclass(frozen=True, eq=False)
class DepthResponse:
    """Answer of a body to pressure ``p cos(k x)`` on its surface.

    Attributes:
        compliance: Displacement of the surface along the pressure over p, in m/Pa.
        transmission: Normal stress at the reference depth over p (no unit).
    """

    compliance: Array
    transmission: Array


def half_space_response(modulus: float, depth: float, wavenumbers: Array) -> DepthResponse:
    """``2/(E* k)`` and ``(1 + k d) exp(-k d)`` (K. L. Johnson, Contact Mechanics, 1985, 13.2).

    Args:
        modulus: Plane strain modulus E* in Pa.
        depth: d in m.
        wavenumbers: k in 1/m, any shape; the displacement at k = 0, unbounded, is given as 0.
    """
    k = np.asarray(wavenumbers, dtype=float)
    positive = np.where(k > 0, k, 1.0)
    compliance = np.where(k > 0, 2 / (modulus * positive), 0.0)
    return DepthResponse(compliance, (1 + k * depth) * np.exp(-k * depth))


def depth_response(body: ElasticBody, depth: float, wavenumbers: Array) -> DepthResponse:
    """Response of a body, half-space or layers that stick to each other.

    Args:
        body: What is pressed.
        depth: Where the stress is read, in m below the loaded surface.
        wavenumbers: In 1/m, any shape, >= 0.

    Returns:
        Compliance and transmission in the shape of ``wavenumbers``. The displacement at k = 0 is
        that of uniform pressure, 0 above a half-space, where it is unbounded.

    Raises:
        InputError: The depth lies outside the body, or its layers differ by more than the digits
            of a float can carry.
    """
    require_depth(body, depth)
    k = np.asarray(wavenumbers, dtype=float)
    if body.is_half_space:
        return half_space_response(body.plane_strain_modulus, depth, k)
    tables = _tables(body, depth, k)
    positive = np.where(k > 0, k, 1.0)
    place = np.log(positive)
    compliance = 2 / (body.plane_strain_modulus * positive) * tables[0](place)
    uniform = 0.0 if math.isinf(body.total_thickness) else body.uniform_compliance
    transmission = np.exp(-positive * depth) * (1 + positive * depth) * tables[1](place)
    return DepthResponse(np.where(k > 0, compliance, uniform), np.where(k > 0, transmission, 1.0))


def require_depth(body: ElasticBody, depth: float) -> None:
    """Refuse a depth in m outside a body.

    Raises:
        InputError: It is not between zero and the body's thickness.
    """
    total = body.total_thickness
    if not 0 < depth < total:
        raise InputError(
            "lies outside the body",
            field="stress.depth",
            found=f"{depth / UM:g} um",
            expected=f"more than 0 and less than the thickness, {total / UM:g} um",
        )


def wave_compliance(body: ElasticBody, wavenumbers: Array) -> Array:
    """Displacement of the surface, along the pressure, over the amplitude of the pressure.

    Args:
        body: What is pressed.
        wavenumbers: In 1/m, shape ``(n,)``, all above zero.

    Returns:
        Compliance in m/Pa, shape ``(n,)``; ``2/(E* k)`` for a half-space.

    Raises:
        InputError: The layers differ by more than the digits of a float can carry.
    """
    depth = min(body.thickness / 2, 1 / float(wavenumbers.max()))
    return depth_response(body, depth, wavenumbers).compliance


def _tables(body: ElasticBody, depth: float, wavenumbers: Array) -> tuple[CubicSpline, CubicSpline]:
    """Response over that of a half-space of the top layer, as functions of ln k."""
    positive = wavenumbers[wavenumbers > 0]
    lowest, highest = float(positive.min()), float(positive.max())
    decades = math.log10(highest / lowest)
    count = max(8, math.ceil(decades * _WAVENUMBERS_PER_DECADE) + 1)
    k = np.geomspace(lowest * (1 - 1e-9), highest * (1 + 1e-9), count)
    modulus = body.plane_strain_modulus
    exact = half_space_response(modulus, depth, k)
    ratios = np.ones((2, count))
    # where no wave reaches the second layer the half-space's answer is exact
    felt = k * body.thickness < _DEEP
    if felt.any():
        # layers alone need DOLFINx
        from interfacefem.contact.depth_elements import DepthElements

        solve = DepthElements(body.layers, depth, float(k[felt].max()), float(k[felt].min()))
        found = np.array([solve(wavenumber) for wavenumber in k[felt]]).T
        ratios[0, felt] = found[0] / exact.compliance[felt]
        ratios[1, felt] = found[1] / exact.transmission[felt]
    # beyond that depth of penetration both numbers of the quotient are rounding errors
    faded = k * depth > _DEEP / 2
    ratios[1, faded] = ratios[1, ~faded][-1] if (~faded).any() else 1.0
    return CubicSpline(np.log(k), ratios[0]), CubicSpline(np.log(k), ratios[1])
