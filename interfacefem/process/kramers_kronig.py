# SPDX-License-Identifier: BSD-3-Clause
"""Whether a spectrum is that of one linear cell that did not change while it was measured."""

from __future__ import annotations

import numpy as np

from interfacefem.process.spectrum import Complex, Spectrum

MOST_RESIDUAL = 0.01  # above it the spectrum is doubted (assumed)


def kramers_kronig_residual(spectrum: Spectrum) -> tuple[float, Complex]:
    """Largest relative residual of a chain of R, L, C and RC elements, and all of them.

    Every such chain obeys the Kramers-Kronig relations, and every spectrum that does is one: half
    as many RC elements as points, time constants even on a logarithmic axis from 0.3/w_max to
    3/w_min, resistances of either sign by linear least squares with weights 1/|Z|. A drift that is
    slow over the whole sweep leaves little (5 % leave 0.4 %): a small residual does not prove that
    nothing drifted.

    Source: B. A. Boukamp, J. Electrochem. Soc. 142, 1885 (1995).
    """
    w, z = spectrum.angular, spectrum.impedance
    count = len(w) // 2
    tau = np.geomspace(0.3 / w.max(), 3 / w.min(), count)
    jw = 1j * w[:, None]
    columns = (
        np.concatenate((np.ones((len(w), 1)), jw, 1 / jw, 1 / (1 + jw * tau[None])), axis=1)
        / np.abs(z)[:, None]
    )
    target = z / np.abs(z)
    # columns differ by many decades: scaled to one length
    matrix = np.concatenate((columns.real, columns.imag))
    scale = np.linalg.norm(matrix, axis=0)
    right = np.concatenate((target.real, target.imag))
    found = np.linalg.lstsq(matrix / scale, right, rcond=1e-12)[0]
    residual = target - columns @ (found / scale)
    return float(np.abs(residual).max()), residual
