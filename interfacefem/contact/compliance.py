# SPDX-License-Identifier: BSD-3-Clause
"""Compliance condensed onto the surface: displacement at each node for pressure at each node."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.fft import next_fast_len
from scipy.special import sici

from interfacefem.contact.convolution import Convolution
from interfacefem.contact.depth_compliance import wave_compliance
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.surface import RoughSurface
from interfacefem.errors import InputError

Array = npt.NDArray[np.floating]

_ROOM_IN_THICKNESSES = 16


def surface_compliance(
    surface: RoughSurface, body: ElasticBody, block: ElasticBody | None = None
) -> Convolution:
    """Displacement at each node over the pressure at each node, in m/Pa.

    Symmetric and positive definite. Beyond the ends of a surface the pressure repeats (periodic),
    is mirrored (mirror), or is zero (finite): there the body goes on without load. The
    displacement is known up to a rigid motion along z, which belongs to the approach of the block.

    Args:
        surface: Gives nodes and boundary.
        body: The electrolyte.
        block: The block that presses, as a half-space; None for a rigid one.
    """
    if surface.boundary == "finite":
        bodies = [body] if block is None else [body, block]
        parts = [
            (_on_half_plane if one.is_half_space else _on_layer)(surface, one) for one in bodies
        ]
        column = np.sum(parts, axis=0)
    else:
        symbol = _wave_symbol(surface, body, block)
        column = np.fft.irfft(symbol, len(surface.extended(surface.x)))
    return Convolution(np.asarray(column), surface.boundary)


def _wave_symbol(surface: RoughSurface, body: ElasticBody, block: ElasticBody | None) -> Array:
    """Compliance to each wave that fits the period, from the mean on."""
    period = len(surface.extended(surface.x))
    wavenumbers = 2 * math.pi * np.arange(1, period // 2 + 1) / (period * surface.spacing)
    symbol = wave_compliance(body, wavenumbers)
    if block is not None:
        symbol = symbol + wave_compliance(block, wavenumbers)
    # the mean displacement is the block's approach; any positive number keeps the matrix definite
    return np.concatenate([symbol[:1], symbol])


def _on_half_plane(surface: RoughSurface, body: ElasticBody) -> Array:
    """Flamant's solution for the band-limited pressure between nodes (K. L. Johnson, section 2.2).

    A node's pressure is the sinc function of the spacing, as in the periodic case, so that the
    compliance ``2/(E* k)`` of each wave becomes an integral cosine.
    """
    n = len(surface.x)
    distance = math.pi * np.arange(n, dtype=float)
    entire = np.zeros(n)
    _, cosine = sici(distance[1:])
    entire[1:] = np.euler_gamma + np.log(distance[1:]) - cosine
    # the potential of a line load is known up to a constant, chosen to keep the matrix definite
    constant = np.euler_gamma + math.log(2 * math.pi * n)
    column = 2 * surface.spacing / (math.pi * body.plane_strain_modulus) * (constant - entire)
    return column


def _on_layer(surface: RoughSurface, body: ElasticBody) -> Array:
    """A layer that goes on beyond the ends; what a load does there dies out within thicknesses."""
    if math.isinf(body.total_thickness):
        raise InputError(
            "layers on a half-space are solved between mirrors or copies alone",
            field="stress.layers",
            found="an infinitely thick one, with stress.boundary: finite",
            expected="finite thickness, or boundary: mirror or periodic",
        )
    n = len(surface.x)
    room = math.ceil(_ROOM_IN_THICKNESSES * body.total_thickness / surface.spacing)
    period = next_fast_len(n + room, real=True)
    wavenumbers = 2 * math.pi * np.arange(1, period // 2 + 1) / (period * surface.spacing)
    symbol = np.append(body.uniform_compliance, wave_compliance(body, wavenumbers))
    column = np.fft.irfft(symbol, period)
    return np.asarray(column[:n])
