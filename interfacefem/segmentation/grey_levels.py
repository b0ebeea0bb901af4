# SPDX-License-Identifier: BSD-3-Clause
"""Grey values of images taken at different contrast and brightness on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from interfacefem.errors import VolumeError

MAX_PEAKS = 5
_BINS = 256
_SMOOTHING = 4.0  # bins
_LEAST_PROMINENCE = 0.005  # of the highest peak
_QUANTILES = (0.02, 0.98)


@dataclass(frozen=True)
class GreyLevels:
    """Grey values that are put at 0, ..., 1 in equal steps, straight lines between and beyond.

    Attributes:
        anchors: At least two, ascending.
    """

    anchors: tuple[float, ...]

    def scaled(self, gray: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Grey values on the common scale, same shape."""
        values = gray.astype(np.float32)
        slopes = 1 / (np.diff(self.anchors) * (len(self.anchors) - 1))
        result = (values - np.float32(self.anchors[0])) * np.float32(slopes[0])
        for anchor, change in zip(self.anchors[1:-1], np.diff(slopes), strict=True):
            result += np.float32(change) * np.maximum(values - np.float32(anchor), 0)
        return result.astype(np.float32, copy=False)


def levels_of_range(sample: npt.NDArray[np.floating]) -> GreyLevels:
    """The 2 % and the 98 % quantile of grey values.

    Raises:
        VolumeError: They are equal.
    """
    low, high = (float(value) for value in np.quantile(sample, _QUANTILES))
    if not low < high:
        raise VolumeError("shows nothing", found=f"one grey value, {low:g}, almost everywhere")
    return GreyLevels((low, high))


def levels_of_peaks(sample: npt.NDArray[np.generic], count: int | None = None) -> GreyLevels:
    """The most frequent grey value of each phase: peaks of the histogram of denoised values.

    Landmarks of the histogram put images taken at different contrast on one scale (Nyul and Udupa,
    Magn. Reson. Med. 42 (1999) 1072).

    Args:
        sample: Grey values without their noise, any shape.
        count: How many peaks, the most prominent ones; default: all, at most five.

    Raises:
        VolumeError: There are fewer peaks, or fewer than two.
    """
    low, high = float(sample.min()), float(sample.max())
    if not low < high:
        raise VolumeError("shows nothing", found=f"the grey value {low:g} everywhere")
    counts, edges = np.histogram(sample, bins=_BINS, range=(low, high))
    # a peak may lie at either end
    margin = round(4 * _SMOOTHING)
    smooth = gaussian_filter1d(
        np.pad(counts.astype(np.float64), margin), _SMOOTHING, mode="constant"
    )
    found, shape = find_peaks(smooth, prominence=_LEAST_PROMINENCE * smooth.max())
    wanted = min(len(found), MAX_PEAKS) if count is None else count
    if wanted < 2 or len(found) < wanted:
        raise VolumeError(
            "the histogram does not have the peaks that grey values are scaled by",
            found=f"{len(found)}",
            expected=f"at least {max(2, wanted)}, or grey values as stored",
        )
    prominent = found[np.argsort(shape["prominences"])[::-1][:wanted]]
    centres = low + (np.sort(prominent) - margin + 0.5) * (edges[1] - edges[0])
    return GreyLevels(tuple(float(centre) for centre in centres))
