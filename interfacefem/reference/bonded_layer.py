# SPDX-License-Identifier: BSD-3-Clause
"""An elastic layer that sticks to a rigid base, under a wave of pressure, plane strain.

Johnson 1985 gives the layer on a base without friction (section 5.8); with ``u_x = u_z = 0`` on the
base, the same Papkovich-Neuber potentials give the closed form below.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def wave_compliance(
    wavenumbers: Array, thickness: float, youngs_modulus: float, poisson_ratio: float
) -> Array:
    """Displacement of the surface over the amplitude of the pressure, in m/Pa.

    ``(2/(E* k)) (2 c sinh 2m - 4 m)/(2 c cosh 2m + 1 + c^2 + 4 m^2)`` with ``m = k t`` and
    ``c = 3 - 4 nu``, divided by ``exp(2m)`` above and below.
    """
    modulus = youngs_modulus / (1 - poisson_ratio**2)
    c = 3 - 4 * poisson_ratio
    m = wavenumbers * thickness
    decay = np.exp(-2 * m)
    above = c * (1 - decay**2) - 4 * m * decay
    below = c * (1 + decay**2) + (1 + c**2 + 4 * m**2) * decay
    return np.asarray(2 / (modulus * wavenumbers) * above / below)
