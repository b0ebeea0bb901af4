# SPDX-License-Identifier: BSD-3-Clause
"""Compliance condensed onto the surface: displacement at each node for pressure at each node."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.linalg import circulant, toeplitz
from scipy.special import sici

from interfacefem.contact.depth_compliance import ElasticBody, wave_compliance
from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]


def compliance_matrix(
    surface: RoughSurface, body: ElasticBody, block: ElasticBody | None = None
) -> Array:
    """Displacement at each node over the pressure at each node, in m/Pa, shape ``(n, n)``.

    Symmetric and positive definite. Beyond the ends of a surface the pressure repeats (periodic),
    is mirrored (mirror), or is zero (finite). The displacement is known up to a rigid motion along
    z, which belongs to the approach of the block.

    Args:
        surface: Gives nodes and boundary.
        body: The electrolyte.
        block: The block that presses, as a half-space; None for a rigid one.

    Rank-local.
    """
    if surface.boundary == "finite":
        return _on_half_planes(surface, [body] if block is None else [body, block])
    period = len(surface.extended(surface.x))
    modes = np.arange(1, period // 2 + 1)
    wavenumbers = 2 * math.pi * modes / (period * surface.spacing)
    symbol = wave_compliance(body, wavenumbers)
    if block is not None:
        symbol = symbol + wave_compliance(block, wavenumbers)
    # the mean displacement is the block's approach; any positive number keeps the matrix definite
    column = np.fft.irfft(np.concatenate([symbol[:1], symbol]), period)
    if surface.boundary == "periodic":
        return np.asarray(circulant(column))
    # the pressure of node j acts at its place and at its mirror image, node 2 n - 1 - j
    n = len(surface.x)
    sums = np.arange(n)[:, None] + np.arange(n) + 1
    return np.asarray(toeplitz(column[:n]) + column[sums])


def _on_half_planes(surface: RoughSurface, bodies: list[ElasticBody]) -> Array:
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
    modulus = 1 / sum(1 / body.plane_strain_modulus for body in bodies)
    column = 2 * surface.spacing / (math.pi * modulus) * (constant - entire)
    return np.asarray(toeplitz(column))
