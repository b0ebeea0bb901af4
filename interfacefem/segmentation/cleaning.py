# SPDX-License-Identifier: BSD-3-Clause
"""Taking noise, uneven illumination and curtaining out of grey values before thresholding."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.restoration import denoise_bilateral, denoise_nl_means

from interfacefem.errors import ImageError
from interfacefem.parameters.sampling import Denoising

_SECOND_DIFFERENCES = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])  # variance 36 on white noise
_NORMAL_MEDIAN = 0.6745  # of the absolute value of a normal variable
_SHADING_STEPS = 3
_SHADING_SAMPLES = 40_000
_MIN_SHADING = 0.2  # of the mean illumination: what is darker is not shading
_STRIPE_SCALE = 12.0  # pixels; stripes are narrower than this
_STRIPE_BANDS = 4  # a curtain may start at a pore and fade, so each band has its own


def denoised(
    gray: npt.NDArray[np.floating], method: Denoising = "median"
) -> npt.NDArray[np.floating]:
    """Take out noise.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.
        method: ``"median"`` (3 x 3, fast, removes single bright or dark pixels), ``"bilateral"``
            or ``"nl-means"`` (slower, for strong noise), ``"none"``.

    Returns:
        Grey values, same shape.

    Raises:
        ImageError: The method has another name.
    """
    values = np.asarray(gray, dtype=np.float64)
    if method == "none":
        return values
    if method == "median":
        return ndimage.median_filter(values, size=3, mode="reflect")
    sigma = noise_level(values)
    if method == "bilateral":
        return denoise_bilateral(values, sigma_color=max(3 * sigma, 1e-3), sigma_spatial=1.5)
    if method == "nl-means":
        return denoise_nl_means(
            values, patch_size=5, patch_distance=6, h=0.8 * sigma, sigma=sigma, fast_mode=True
        )
    raise ImageError(
        "is no denoising method",
        field="denoise",
        found=f'"{method}"',
        expected=", ".join(get_args(Denoising)),
    )


def noise_level(gray: npt.NDArray[np.floating]) -> float:
    """Standard deviation of white noise, from what a plane through 3 x 3 pixels leaves over.

    Source: Immerkaer, Comput. Vis. Image Underst. 64 (1996) 300, eq. 3, with the median absolute
    value in place of the mean, so that edges do not count.
    """
    rest = ndimage.convolve(np.asarray(gray, dtype=np.float64), _SECOND_DIFFERENCES)
    return float(np.median(np.abs(rest))) / (_NORMAL_MEDIAN * math.sqrt(36))


def flattened(gray: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Divide by the illumination, a quadratic surface fitted together with the phases.

    The logarithm of the grey value is taken as one constant per phase (dark or bright, by Otsu's
    threshold) plus a quadratic polynomial in the position, so that the difference between phases
    is not mistaken for shading. Fitted with weights that fade for dark pixels.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.

    Returns:
        Grey values with the same mean, same shape.
    """
    values = np.asarray(gray, dtype=np.float64)
    rows, columns = values.shape
    v, u = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    terms = (u, v, u * u, u * v, v * v)
    step = max(1, round(np.sqrt(values.size / _SHADING_SAMPLES)))
    sample = (slice(None, None, step), slice(None, None, step))
    basis = np.stack([term[sample].ravel() for term in terms], axis=1)
    dark = np.maximum(values[sample].ravel(), 1e-3)
    shading = np.ones(len(dark))
    for _ in range(_SHADING_STEPS):
        level = dark / shading
        is_bright = level > threshold_otsu(level)
        matrix = np.column_stack([is_bright, ~is_bright, basis])
        weight = dark * shading
        solution = np.linalg.lstsq(matrix * weight[:, None], np.log(dark) * weight, rcond=None)[0]
        shading = np.exp(basis @ solution[2:])
    surface = np.exp(sum(c * term for c, term in zip(solution[2:], terms, strict=True)))
    surface = np.maximum(surface / surface.mean(), _MIN_SHADING)
    flat = values / surface
    return flat * (values.mean() / flat.mean())


def destriped(gray: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Take out curtaining: vertical stripes narrower than about a dozen pixels.

    Each column is divided by the median, over its bright pixels, of its grey value relative to
    the grey value smoothed along the row. Columns are cut into bands, blended from one to the
    next, because curtains fade downward.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.

    Returns:
        Grey values, same shape.
    """
    values = np.asarray(gray, dtype=np.float64)
    bright = values > threshold_otsu(values)
    weight = ndimage.gaussian_filter1d(bright.astype(np.float64), _STRIPE_SCALE, axis=1)
    smooth = ndimage.gaussian_filter1d(np.where(bright, values, 0.0), _STRIPE_SCALE, axis=1)
    relative = np.where(bright, values * weight / np.maximum(smooth, 1e-6), np.nan)
    rows = values.shape[0]
    bands = np.array_split(np.arange(rows), _STRIPE_BANDS)
    gains = np.stack([_column_gain(relative[band]) for band in bands])
    centres = np.array([band.mean() for band in bands])
    place = np.interp(np.arange(rows), centres, np.arange(_STRIPE_BANDS))
    lower = np.minimum(place.astype(int), _STRIPE_BANDS - 2)
    share = (place - lower)[:, None]
    return values / ((1 - share) * gains[lower] + share * gains[lower + 1])


def _column_gain(relative: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    filled = np.isfinite(relative).sum(axis=0) >= max(8, relative.shape[0] // 8)
    gain = np.ones(relative.shape[1])
    gain[filled] = np.nanmedian(relative[:, filled], axis=0)
    return gain
