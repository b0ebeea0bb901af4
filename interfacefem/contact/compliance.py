# SPDX-License-Identifier: BSD-3-Clause
"""Compliance condensed onto the surface: displacement at each node for pressure at each node."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.fft import next_fast_len, rfft, rfft2
from scipy.special import sici

from interfacefem.contact.convolution import Convolution, LineConvolution
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.wave_response import wave_compliance
from interfacefem.contact.waves import Transform
from interfacefem.errors import InputError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_ROOM_IN_THICKNESSES = 16


def surface_compliance(
    surface: RoughSurface, body: ElasticBody, block: ElasticBody | None = None
) -> Convolution:
    """Displacement at each node over the pressure at each node, in m/Pa.

    Symmetric and positive definite. Beyond the sides of a surface the pressure repeats (periodic),
    is mirrored (mirror), or is zero (finite): there the body goes on without load. The
    displacement is known up to a rigid motion along z, which belongs to the approach of the block.

    Args:
        surface: Gives nodes and boundary, a line or a map.
        body: The electrolyte.
        block: The block that presses, as a half-space; None for a rigid one.

    Returns:
        Of a line a :class:`LineConvolution`.

    Raises:
        InputError: A surface that ends on layers it cannot be solved on.
    """
    bodies = [body] if block is None else [body, block]
    line = surface.z.ndim == 1
    if surface.boundary == "finite":
        return _finite_line(surface, bodies) if line else _finite_map(surface, bodies)
    transform = Transform.of(surface)
    if not line:
        compliance = _of_waves(transform, bodies)
        return Convolution(transform, compliance, 1 / compliance)
    # to a mirrored line's period its images belong: one wave more
    period = len(surface.z) * (2 if surface.boundary == "mirror" else 1)
    compliance = _of_waves(Transform((period,), surface.spacing, (period,), "none"), bodies)
    column = np.fft.irfft(compliance, period)
    compliance = compliance[: len(transform.wavenumbers())]
    return LineConvolution(transform, compliance, 1 / compliance, column)


def _of_waves(transform: Transform, bodies: list[ElasticBody]) -> Array:
    """Compliance to each wave in m/Pa."""
    wavenumbers = transform.wavenumbers()
    # many waves of a map share one length
    lengths, place = np.unique(wavenumbers, return_inverse=True)
    compliance: Array = np.sum([wave_compliance(body, lengths[1:]) for body in bodies], axis=0)
    # the mean displacement is the block's approach; any positive number keeps the matrix definite
    return np.append(compliance[:1], compliance)[place.reshape(wavenumbers.shape)]


def _finite_line(surface: RoughSurface, bodies: list[ElasticBody]) -> LineConvolution:
    parts = [(_on_half_plane if one.is_half_space else _on_layer)(surface, one) for one in bodies]
    column: Array = np.sum(parts, axis=0)
    # an even continuation without a jump, whose spectrum stays positive
    beyond = 2 * column[-1] - column[-2]
    compliance = rfft(np.concatenate([column, [beyond], column[:0:-1]])).real
    least = compliance.max() / (8 * len(compliance))
    transform = Transform.of(surface, (2 * len(column),))
    return LineConvolution(transform, compliance, 1 / np.maximum(compliance, least), column)


def _finite_map(surface: RoughSurface, bodies: list[ElasticBody]) -> Convolution:
    if any(math.isfinite(body.thickness) for body in bodies):
        raise InputError(
            "a map that ends is solved on a half-space alone",
            field="stress.body",
            found=f"{bodies[0].thickness / UM:g} um, with stress.boundary: finite",
            expected="body: half-space, or boundary: mirror or periodic",
        )
    transform = Transform.of(surface, tuple(next_fast_len(2 * n, True) for n in surface.shape))
    y, x = (
        np.fft.fftfreq(n, 1 / n) * size
        for n, size in zip(transform.period, surface.spacing, strict=True)
    )
    modulus = 1 / sum(1 / body.plane_strain_modulus for body in bodies)
    kernel = rectangle_displacement(x[None, :], y[:, None], surface.spacing, modulus)
    # the spectrum of the kernel cut off at the map's size may be negative
    return Convolution(transform, rfft2(kernel).real, 1 / _of_waves(transform, bodies))


def rectangle_displacement(x: Array, y: Array, sides: tuple[float, ...], modulus: float) -> Array:
    """Displacement in m/Pa of a half-space's surface under unit pressure on one rectangle.

    Love's solution (A. E. H. Love, Phil. Trans. R. Soc. A 228 (1929) 377; K. L. Johnson, Contact
    Mechanics, 1985, eq. 3.25).

    Args:
        x: Distance from the middle of the rectangle along x in m.
        y: The same along y.
        sides: Of the rectangle along y and x in m.
        modulus: E* in Pa.
    """
    upper_y, lower_y = y + sides[0] / 2, y - sides[0] / 2
    upper_x, lower_x = x + sides[1] / 2, x - sides[1] / 2

    def corner(along: Array, across: Array) -> Array:
        # asinh keeps the digits that the logarithm of a small difference would lose
        return along * np.arcsinh(across / np.abs(along)) + across * np.arcsinh(
            along / np.abs(across)
        )

    total = corner(upper_x, upper_y) + corner(lower_x, lower_y)
    total -= corner(upper_x, lower_y) + corner(lower_x, upper_y)
    return total / (np.pi * modulus)


def _on_half_plane(surface: RoughSurface, body: ElasticBody) -> Array:
    """Flamant's solution for the band-limited pressure between nodes (K. L. Johnson, section 2.2).

    A node's pressure is the sinc function of the spacing, as in the periodic case, so that the
    compliance ``2/(E* k)`` of each wave becomes an integral cosine.
    """
    n = len(surface.z)
    distance = math.pi * np.arange(n, dtype=float)
    entire = np.zeros(n)
    _, cosine = sici(distance[1:])
    entire[1:] = np.euler_gamma + np.log(distance[1:]) - cosine
    # the potential of a line load is known up to a constant, chosen to keep the matrix definite
    constant = np.euler_gamma + math.log(2 * math.pi * n)
    return 2 * surface.spacing[0] / (math.pi * body.plane_strain_modulus) * (constant - entire)


def _on_layer(surface: RoughSurface, body: ElasticBody) -> Array:
    """A layer that goes on beyond the ends; what a load does there dies out within thicknesses."""
    if math.isinf(body.total_thickness):
        raise InputError(
            "layers on a half-space are solved between mirrors or copies alone",
            field="stress.layers",
            found="an infinitely thick one, with stress.boundary: finite",
            expected="finite thickness, or boundary: mirror or periodic",
        )
    n, spacing = len(surface.z), surface.spacing[0]
    room = math.ceil(_ROOM_IN_THICKNESSES * body.total_thickness / spacing)
    period = next_fast_len(n + room, real=True)
    wavenumbers = 2 * math.pi * np.arange(1, period // 2 + 1) / (period * spacing)
    symbol = np.append(body.uniform_compliance, wave_compliance(body, wavenumbers))
    column = np.fft.irfft(symbol, period)
    return np.asarray(column[:n])
