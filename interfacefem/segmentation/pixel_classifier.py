# SPDX-License-Identifier: BSD-3-Clause
"""A pixel classifier that learns from painted labels: multi-scale features and a random forest."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage.feature import multiscale_basic_features

from interfacefem.errors import VolumeError
from interfacefem.parameters.segmentation import ClassifierSettings
from interfacefem.segmentation.cleaning import denoised, destriped, flattened
from interfacefem.segmentation.forest import Forest
from interfacefem.segmentation.grey_levels import (
    GreyLevels,
    levels_of_peaks,
    levels_of_range,
)

Array = npt.NDArray[np.floating]

MIN_SIDE = 16
_SLICES_FOR_LEVELS = 8
_PIXELS_AT_ONCE = 1 << 18
# scikit-image 0.26 gave the argument another name
_ONE_WORKER = {
    name: 1
    for name in ("num_workers", "workers")
    if name in inspect.signature(multiscale_basic_features).parameters
}


@dataclass(frozen=True, eq=False)
class PixelClassifier:
    """A forest, the labels it gives, and how images are prepared for it.

    Attributes:
        forest: The trees.
        labels: Label of each class, ascending, shape (classes,).
        class_levels: Median grey value of each class on the scale of ``levels``.
        levels: The grey scale of the training images.
        settings: As they were in training.
    """

    forest: Forest
    labels: tuple[int, ...]
    class_levels: tuple[float, ...]
    levels: GreyLevels
    settings: ClassifierSettings

    def levels_for(self, images: Sequence[npt.NDArray[np.floating]]) -> GreyLevels:
        """The grey scale of a new set of images: that of training, or by peaks of its histogram.

        Args:
            images: Prepared slices (``prepared``) of one session, each shape ``(rows, columns)``.

        Raises:
            VolumeError: The histogram does not have as many peaks as in training.
        """
        if self.settings.grey_scale == "stored":
            return self.levels
        return levels_of_peaks(sample_of(images), len(self.levels.anchors))

    def probabilities(self, scaled: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probability of each class for each pixel.

        Args:
            scaled: Prepared grey values on the common scale, shape ``(rows, columns)``.

        Returns:
            Shape ``(classes, rows, columns)``, in the order of ``labels``.
        """
        pixels = features(scaled, self.settings).reshape(scaled.size, -1)
        result = np.empty((scaled.size, len(self.labels)), np.float32)
        for start in range(0, scaled.size, _PIXELS_AT_ONCE):
            part = slice(start, start + _PIXELS_AT_ONCE)
            result[part] = self.forest.probabilities(pixels[part])
        return np.moveaxis(result.reshape(*scaled.shape, -1), -1, 0)

    def labelled(self, probabilities: Array) -> npt.NDArray[np.integer]:
        """The most probable label of each pixel, shape ``(rows, columns)``."""
        labels = np.array(self.labels, dtype=np.min_scalar_type(self.labels[-1]))
        return labels[np.argmax(probabilities, axis=0)]

    def level_of(self, labels: Sequence[int]) -> float:
        """Mean over some labels of their median grey value on the common scale."""
        levels = dict(zip(self.labels, self.class_levels, strict=True))
        return float(np.mean([levels[label] for label in labels]))

    def probability_of(self, labels: Iterable[int], probabilities: Array) -> Array:
        """Probability that a pixel has one of some labels, shape ``(rows, columns)``.

        Raises:
            VolumeError: A label was not learnt, or they are all.
        """
        chosen = set(labels)
        if not chosen or not chosen < set(self.labels):
            raise VolumeError(
                "are not some of the labels learnt",
                field="labels above the edge",
                found=", ".join(str(label) for label in sorted(chosen)) or "none",
                expected="some but not all of " + ", ".join(str(label) for label in self.labels),
            )
        return np.asarray(sum(probabilities[self.labels.index(label)] for label in sorted(chosen)))


def prepared(
    gray: npt.NDArray[np.generic], settings: ClassifierSettings
) -> npt.NDArray[np.float32]:
    """Take noise and, if the settings say so, shading and curtaining out of one slice.

    Args:
        gray: Grey values as stored, shape ``(rows, columns)``.
        settings: What is to be done.

    Raises:
        VolumeError: The slice is too small, or holds values that are not finite numbers.
    """
    if gray.ndim != 2 or min(gray.shape) < MIN_SIDE:
        raise VolumeError(
            "is too small to be segmented by features", found=f"shape {gray.shape}",
            expected=f"slices of at least {MIN_SIDE} x {MIN_SIDE} pixels",
        )  # fmt: skip
    values: Array = gray.astype(np.float64)
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise VolumeError(
            "holds grey values that are not finite numbers", found=f"{bad} of {gray.size} pixels"
        )
    if settings.flatten or settings.destripe:
        low, high = float(values.min()), float(values.max())
        if low < 0 or not low < high:
            raise VolumeError(
                "shading and curtaining cannot be divided out",
                found=f"grey values from {low:g} to {high:g}", expected="values from 0 up",
            )  # fmt: skip
        if settings.flatten:
            values = flattened(values / high) * high
        if settings.destripe:
            values = destriped(values)
    return denoised(values, settings.denoise).astype(np.float32)


def features(
    scaled: npt.NDArray[np.float32], settings: ClassifierSettings
) -> npt.NDArray[np.float32]:
    """Grey value, gradient and curvatures at each scale, shape ``(rows, columns, features)``.

    No feature says where in the image a pixel lies.
    """
    found = multiscale_basic_features(
        scaled, sigma_min=settings.sigma_min, sigma_max=settings.sigma_max, **_ONE_WORKER
    )
    return np.asarray(found, dtype=np.float32)


def training_levels(
    images: Sequence[npt.NDArray[np.floating]], settings: ClassifierSettings
) -> GreyLevels:
    """The grey scale that training images are put on."""
    sample = sample_of(images)
    return levels_of_peaks(sample) if settings.grey_scale == "peaks" else levels_of_range(sample)


def sample_of(images: Sequence[npt.NDArray[np.floating]]) -> npt.NDArray[np.floating]:
    """Pixels of a few slices spread evenly over all, shape (n,)."""
    chosen = np.unique(np.linspace(0, len(images) - 1, _SLICES_FOR_LEVELS).round().astype(int))
    return np.concatenate([images[index].ravel() for index in chosen])
