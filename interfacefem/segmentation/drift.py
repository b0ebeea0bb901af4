# SPDX-License-Identifier: BSD-3-Clause
"""Drift of the image from slice to slice: measured by correlation, and shifted back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, shift
from skimage.registration import phase_cross_correlation

from interfacefem.errors import VolumeError

Array = npt.NDArray[np.floating]

_PARTS_OF_A_PIXEL = 10
_NOISE_WIDTH = 1.0  # pixels
_BACKGROUND_WIDTH = 20.0  # pixels: shading must not hold the slices together


def measure_drift(slices: Iterable[npt.NDArray[np.generic]]) -> Array:
    """Where each slice lies relative to the first, by phase correlation with the one before.

    Stripes and shading stay where they are while the sample drifts: both are filtered out before.
    Structures that are tilted against the slices move as drift does, and are taken for it.

    Args:
        slices: Grey values, each of the same shape ``(rows, columns)``.

    Returns:
        Rows and columns by which the sample has moved, shape ``(slices, 2)``, the first 0.
    """
    positions = [np.zeros(2)]
    before = None
    for values in slices:
        image = _band_passed(values)
        if before is not None:
            moved, _, _ = phase_cross_correlation(
                image, before, upsample_factor=_PARTS_OF_A_PIXEL, normalization=None
            )
            positions.append(positions[-1] + moved)
        before = image
    return np.array(positions)


def common_part(drift: Array, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns that every slice shows once it is shifted back.

    Args:
        drift: From ``measure_drift``.
        shape: Rows and columns of a slice.

    Raises:
        VolumeError: Nothing is left.
    """
    first = np.ceil(np.maximum(-drift, 0).max(axis=0)).astype(int)
    last = np.array(shape) - np.ceil(np.maximum(drift, 0).max(axis=0)).astype(int)
    if np.any(last - first < 1):
        raise VolumeError(
            "the slices drift out of the image",
            found=f"{np.ptp(drift, axis=0).round(1)} pixels", expected=f"less than {shape}",
        )  # fmt: skip
    return slice(int(first[0]), int(last[0])), slice(int(first[1]), int(last[1]))


def shifted_back(
    values: npt.NDArray[np.generic], position: Array, part: tuple[slice, slice]
) -> npt.NDArray[np.float32]:
    """One slice without its drift, cut to what all slices show; linear between pixels."""
    moved = shift(values.astype(np.float32), -position, order=1, mode="nearest")
    return np.asarray(moved[part])


def _band_passed(values: npt.NDArray[np.generic]) -> Array:
    image = values.astype(np.float64)
    band = gaussian_filter(image, _NOISE_WIDTH) - gaussian_filter(image, _BACKGROUND_WIDTH)
    # a window, as the correlation is periodic
    for axis, length in enumerate(band.shape):
        window = np.hanning(length + 2)[1:-1]
        band = band * np.expand_dims(window, 1 - axis)
    return np.asarray(band)
