# SPDX-License-Identifier: BSD-3-Clause
"""How blurred an image is, and how far its smoothed contour lies from the sharp one.

Smoothing rounds a line by an amount in proportion to the variance of all that blurs the edge:
beam, detector, pixel and the smoothing before the threshold. That variance is read from the image
itself, and the change on halving the smoothing, whose share of it is known, is extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from interfacefem.images.interface_field import InterfaceField, cleaned
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.traced import ExtractedProfile
from interfacefem.parameters.sampling import Sampling

_WIDER = 1.5  # factor on the smoothing, to see how much the gradient falls
_LOST_BY_HALVING = 0.75  # of the smoothing's variance
# what a straight edge shows is not quite what a curved wall loses: 24 sections of three tapes,
# sharp, blurred and coarse, would take 1.3, rounded grooves 0.6 to 0.9; with this all come within
# 3 % (benchmarks/coverage_of_intervals.py checks it on other sections)
ROUNDING = 1.15
LARGEST_CHANGE = 0.1  # of ln excess on halving: beyond it a cavity has opened or closed


def edge_variance(
    micrograph: Micrograph,
    settings: Sampling,
    known: InterfaceField,
    sections: Sequence[ExtractedProfile],
) -> float | None:
    """Variance in square pixels of the Gaussian that the edges along a line are blurred by.

    The gradient of a blurred step at its middle falls with the standard deviation of all blurs
    together. Smoothing more by a known amount tells it without knowing the step.

    Args:
        micrograph: The image.
        settings: With which ``known`` was found.
        known: The field that was cut, of grey values.
        sections: Traced along it.

    Returns:
        With the smoothing's own; None for local contrast, or where no edge is seen.
    """
    if known.is_texture:
        return None
    gray = cleaned(micrograph, settings, known)
    rows = np.concatenate([one.pixel_rows for one in sections]) - micrograph.crop[0]
    columns = np.concatenate([one.pixel_columns for one in sections]) - micrograph.crop[2]
    if settings.electrolyte == "below":
        rows = gray.shape[0] - 1 - rows
    sharp, wide = (
        ndimage.map_coordinates(
            ndimage.gaussian_gradient_magnitude(gray, factor * known.smoothing),
            [rows, columns],
            order=1,
            mode="nearest",
        )
        for factor in (1.0, _WIDER)
    )
    steep = wide > 0
    if not steep.any():
        return None
    fall = float(np.median(sharp[steep] / wide[steep]))
    if not fall > 1:
        return None
    return known.smoothing**2 * (_WIDER**2 - 1) / (fall**2 - 1)


def smoothing_correction(change: float, variance: float, smoothing: float) -> float | None:
    """What the logarithm of the excess lacks by all blurs, from its change on halving one.

    Args:
        change: Of the logarithm on halving the smoothing.
        variance: Of :func:`edge_variance`.
        smoothing: Standard deviation in pixels.

    Returns:
        None where the change is so large that a cavity opened or closed.
    """
    if not abs(change) <= LARGEST_CHANGE or not math.isfinite(variance):
        return None
    return ROUNDING * variance / (_LOST_BY_HALVING * smoothing**2) * change
