# SPDX-License-Identifier: BSD-3-Clause
"""Layers of different materials on a rigid base under a wave of pressure.

In each layer displacement and traction, ``(u_x, u_z, sigma_xz, sigma_zz)`` at depth z, obey a
linear differential equation with constant coefficients (W. T. Thomson, J. Appl. Phys. 21, 89
(1950), in its static limit); these four are just what is continuous between layers. Nothing moves
at the base: two solutions are left, and the load at the top fixes them. The digits of a float tell
growing from fading waves while ``k`` times the whole thickness stays below about 20.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from interfacefem.contact.elastic_body import ElasticBody

Array = npt.NDArray[np.floating]


def wave_compliance(wavenumber: float, body: ElasticBody) -> float:
    """Displacement of the top over the amplitude of a pressure ``p cos(k x)``, in m/Pa.

    Args:
        wavenumber: k in 1/m, above zero.
        body: Layers of finite thickness.
    """
    # displacements times k and a modulus, so that all four are stresses
    modulus = body.youngs_modulus
    state = np.vstack([np.zeros((2, 2)), np.eye(2)])
    for layer in reversed(body.layers):
        state = expm(-wavenumber * layer.thickness * _slope(layer, modulus)) @ state
    at_base = np.linalg.solve(state[2:], [0.0, -1.0])
    return float(state[1] @ at_base) / (wavenumber * modulus)


def _slope(layer: ElasticBody, modulus: float) -> Array:
    """Derivative of the four stresses with respect to k z."""
    nu = layer.poisson_ratio
    shear = layer.youngs_modulus / (2 * (1 + nu)) / modulus
    lame = 2 * shear * nu / (1 - 2 * nu)
    uniaxial = lame + 2 * shear
    return np.array(
        [
            [0, 1, 1 / shear, 0],
            [-lame / uniaxial, 0, 0, 1 / uniaxial],
            [uniaxial - lame**2 / uniaxial, 0, 0, lame / uniaxial],
            [0, 0, -1, 0],
        ]
    )
