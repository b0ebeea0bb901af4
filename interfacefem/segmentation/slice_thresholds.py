# SPDX-License-Identifier: BSD-3-Clause
"""Phases of slices by thresholds on the grey value, the same for all slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError, VolumeError
from interfacefem.segmentation.pixel_classifier import sample_of
from interfacefem.segmentation.thresholds import segment


def find_thresholds(
    planes: Sequence[npt.NDArray[np.floating]], threshold: str | tuple[float, ...], classes: int = 3
) -> tuple[float, ...]:
    """Grey values between phases, from eight slices spread over the volume.

    Args:
        planes: Prepared slices, each shape ``(rows, columns)``.
        threshold: ``"otsu"``, ``"multi-otsu"`` or grey values as stored.
        classes: Number of phases for multi-Otsu.

    Raises:
        VolumeError: A phase would be empty.
    """
    sample = sample_of(planes)
    if sample.min() == sample.max():
        raise VolumeError("shows nothing", found=f"the grey value {sample[0]:g} everywhere")
    try:
        return segment(sample, threshold, classes).thresholds  # type: ignore[arg-type]
    except ImageError as error:
        raise VolumeError(str(error)) from None


def labels_by_threshold(
    plane: npt.NDArray[np.floating], thresholds: Sequence[float]
) -> npt.NDArray[np.uint8]:
    """Phase of each pixel by grey order, 0 the darkest, same shape."""
    return np.digitize(plane, thresholds, right=True).astype(np.uint8)
