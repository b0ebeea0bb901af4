# SPDX-License-Identifier: BSD-3-Clause
"""From the discs in a section to the spheres they were cut from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from interfacefem.process.size_distribution import SizeDistribution

BINS = 20
_PIECES = 20  # into which a class is spread, so that quantiles do not jump by a class


def unfolded(sections: SizeDistribution, bins: int = BINS) -> SizeDistribution:
    """Sizes of spheres whose sections have the sizes given (Schwartz-Saltykov).

    Sections in ``bins`` classes of equal width d come from spheres of diameters ``j d``:
    ``N_A(i) = sum_j N_V(j) d [sqrt(j^2 - (i-1)^2) - sqrt(j^2 - i^2)]``, solved with ``N_V >= 0``.
    Spheres of a class are as likely somewhat smaller than its upper end, which the equation puts
    them at: the class is spread evenly from a quarter above its upper end to three quarters below,
    so that its middle is the mean of upper end and middle.

    Args:
        sections: Sizes of the discs.
        bins: Number of classes.

    Source: S. A. Saltykov, Stereometric Metallography (1958); E. E. Underwood, Quantitative
    Stereology (1970), chapter 5.
    """
    width = float(sections.diameter.max()) / bins
    found = np.minimum((sections.diameter / width).astype(int), bins - 1)
    per_area = np.bincount(found, weights=sections.count, minlength=bins)
    spheres, _ = nnls(saltykov_matrix(bins) * width, per_area)
    at = (np.arange(_PIECES) + 0.5) / _PIECES - 0.75
    diameter = width * (np.arange(1, bins + 1)[:, None] + at[None])
    count = np.repeat(spheres / _PIECES, _PIECES)
    held = count > 0
    return SizeDistribution(diameter.ravel()[held], count[held])


def saltykov_matrix(bins: int) -> npt.NDArray[np.floating]:
    """Sections of class i (row) per unit area from one sphere of class j (column), over d."""
    i = np.arange(1, bins + 1)[:, None]
    j = np.arange(1, bins + 1)[None]
    outer = np.sqrt(np.maximum(j**2 - (i - 1) ** 2, 0))
    return outer - np.sqrt(np.maximum(j**2 - i**2, 0))
