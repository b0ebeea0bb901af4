# SPDX-License-Identifier: BSD-3-Clause
"""Looking for an interface that runs through the whole image, where the user names no phases."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.errors import ImageError
from interfacefem.images.boundary import NoBoundaryError, separated, spanning_curve
from interfacefem.parameters.sampling import Sampling
from interfacefem.segmentation.thresholds import Segmentation, segment

Array: TypeAlias = npt.NDArray[np.floating]

GRAY_SCALES = (1.0, 2.0, 4.0)  # pixels of Gaussian smoothing
TEXTURE_SCALES = (3.0, 5.0, 8.0)
MIN_AGREEMENT = 0.75  # kappa of phases and sides near the curve
MIN_TEXTURE_AGREEMENT = 0.9  # local contrast also rises at every edge, so it must part more clearly
MIN_SHARPNESS = 0.5  # of the difference between the sides happens at the curve: shading does not
_MIN_SIDE_SHARE = 0.05
_BAND_SHARE = 0.1  # of the rows on either side of the curve


@dataclass(frozen=True, eq=False)
class SpanningBoundary:
    """A boundary between two phases from the left to the right side of the image.

    Attributes:
        segmentation: What was cut by threshold: the smoothed grey value, or the local contrast.
        phases: The phases of ``segmentation`` taken as electrolyte.
        field: Positive in the electrolyte, shape ``(rows, columns)``.
        agreement: Cohen's kappa between phase and side of the curve, in a band around it.
        feature: What tells the sides apart, for messages.
        smoothing: Gaussian standard deviation of the feature in pixels.
        is_texture: Whether the feature is the local contrast.
    """

    segmentation: Segmentation
    phases: tuple[int, ...]
    field: Array
    agreement: float
    feature: str
    smoothing: float
    is_texture: bool = False


def find_spanning_boundary(gray: Array, settings: Sampling) -> SpanningBoundary | None:
    """Try grey values, then local contrast, from fine to coarse, until one parts the image.

    Args:
        gray: Clean grey values, shape ``(rows, columns)``, the electrolyte on top.
        settings: Its ``smoothing``, if given, is the only one tried; grey values are cut by its
            ``threshold``, local contrast by Otsu's.

    Returns:
        The first boundary that is convincing, or None.

    Raises:
        ImageError: A contour is asked for, and the threshold fits no smoothing.
    """
    unfit: list[ImageError] = []
    own = None if settings.smoothing is None else (settings.smoothing,)
    for sigma in own or GRAY_SCALES:
        feature = ndimage.gaussian_filter(gray, sigma)
        try:
            phases = segment(feature, settings.threshold, settings.classes)
        except ImageError as error:
            # what smoothing leaves may not reach a threshold that suits the image
            unfit.append(error)
            continue
        found = _boundary_of(feature, phases, sigma, f"grey value smoothed over {sigma:g} px")
        if found and found.agreement >= MIN_AGREEMENT:
            return found
    for sigma in own or TEXTURE_SCALES:
        feature = local_contrast(gray, sigma)
        found = _boundary_of(feature, segment(feature), sigma, f"local contrast over {sigma:g} px")
        if found and found.agreement >= MIN_TEXTURE_AGREEMENT:
            return replace(found, is_texture=True)
    if settings.method == "contour" and len(unfit) == len(own or GRAY_SCALES):
        raise unfit[0]
    return None


def local_contrast(gray: Array, sigma: float) -> Array:
    """Standard deviation of the grey value under a Gaussian of ``sigma`` pixels, same shape."""
    mean = ndimage.gaussian_filter(gray, sigma)
    variance = ndimage.gaussian_filter(gray * gray, sigma) - mean * mean
    return np.sqrt(np.maximum(variance, 0.0))


def _boundary_of(
    feature: Array, segmentation: Segmentation, sigma: float, name: str
) -> SpanningBoundary | None:
    candidates = []
    for phases in _splits(segmentation.phases):
        field = segmentation.signed_field(phases)
        try:
            clean = separated(field)
            spanning_curve(field)
        except NoBoundaryError:
            continue
        distance = _distance(clean)
        agreement = _agreement(field, clean, distance)
        share = float(np.mean(clean > 0))
        if (
            _MIN_SIDE_SHARE <= share <= 1 - _MIN_SIDE_SHARE
            and _sharpness(feature, clean, distance, sigma) >= MIN_SHARPNESS
        ):
            candidates.append(SpanningBoundary(segmentation, phases, field, agreement, name, sigma))
    if not candidates:
        return None
    return max(candidates, key=lambda found: found.agreement)


def _splits(count: int) -> list[tuple[int, ...]]:
    """The brighter phases as electrolyte, or the darker ones, for each threshold."""
    bright = [tuple(range(first, count)) for first in range(1, count)]
    return bright + [tuple(range(first)) for first in range(1, count)]


def _agreement(field: Array, clean: Array, distance: Array) -> float:
    band = distance <= max(4.0, _BAND_SHARE * field.shape[0])
    phase, side = field[band] > 0, clean[band] > 0
    observed = float(np.mean(phase == side))
    p, s = float(phase.mean()), float(side.mean())
    by_chance = p * s + (1 - p) * (1 - s)
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0


def _sharpness(feature: Array, clean: Array, distance: Array, sigma: float) -> float:
    """Step of the feature at the curve over its difference between the two sides."""
    above = clean > 0
    near = (distance > 2 * sigma + 1) & (distance <= 4 * sigma + 4)
    whole = feature[above].mean() - feature[~above].mean()
    if not (near & above).any() or not (near & ~above).any() or math.isclose(whole, 0.0):
        return 0.0
    step = feature[near & above].mean() - feature[near & ~above].mean()
    return float(step / whole)


def _distance(clean: Array) -> Array:
    """Steps to the other side, in pixels."""
    above = clean > 0
    inside = ndimage.distance_transform_cdt(above, "chessboard")
    outside = ndimage.distance_transform_cdt(~above, "chessboard")
    return np.where(above, inside, outside).astype(np.float64)
