# SPDX-License-Identifier: BSD-3-Clause
"""Phases by threshold, numbered by grey order with 0 the darkest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from skimage.filters import threshold_local, threshold_multiotsu, threshold_otsu

from interfacefem.errors import ImageError

Threshold = Literal["otsu", "multi-otsu", "local"] | float | tuple[float, ...]

MAX_CLASSES = 5  # multi-Otsu tries every combination of grey levels
_LOCAL_SHARE = 8  # the neighbourhood of a local threshold is this fraction of the shorter side


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Grey values cut into phases.

    Attributes:
        labels: Phase of each pixel, shape ``(rows, columns)``, uint8; 0 is the darkest.
        thresholds: Grey values between neighbouring phases, in grey order; the mean where the
            threshold is local.
        field: For each threshold, the grey value minus the threshold, shape
            ``(thresholds, rows, columns)``: its zero lines are the sub-pixel phase boundaries.
    """

    labels: npt.NDArray[np.uint8]
    thresholds: tuple[float, ...]
    field: npt.NDArray[np.floating]

    @property
    def phases(self) -> int:
        """Number of phases."""
        return len(self.thresholds) + 1

    def signed_field(self, phases: Sequence[int]) -> npt.NDArray[np.floating]:
        """A continuous field, positive inside the given phases and negative in the others.

        Args:
            phases: Numbers from 0 (darkest); negative ones count from the brightest, -1.

        Returns:
            Distance in grey value to the nearest boundary of the set, shape ``(rows, columns)``.

        Raises:
            ImageError: A phase does not exist, or the set is empty or holds every phase.
        """
        chosen = self._chosen(phases)
        result = np.full(self.labels.shape, -np.inf)
        for start, end in _runs(chosen):
            inside = np.full(self.labels.shape, np.inf)
            if start > 0:
                inside = np.minimum(inside, self.field[start - 1])
            if end < self.phases - 1:
                inside = np.minimum(inside, -self.field[end])
            result = np.maximum(result, inside)
        return result

    def moved(self, rise: float) -> Segmentation:
        """The same grey values with all thresholds higher by ``rise``."""
        field = self.field - rise
        labels = (field > 0).sum(axis=0).astype(np.uint8)
        return Segmentation(labels, tuple(level + rise for level in self.thresholds), field)

    def _chosen(self, phases: Sequence[int]) -> list[int]:
        expected = f"some but not all of 0 (darkest) to {self.phases - 1} (brightest)"
        if any(not -self.phases <= phase < self.phases for phase in phases):
            raise ImageError(
                "no such phase", field="phases", found=tuple(phases), expected=expected
            )
        chosen = sorted({phase % self.phases for phase in phases})
        if not 0 < len(chosen) < self.phases:
            raise ImageError(
                "leaves no boundary", field="phases", found=tuple(phases), expected=expected
            )
        return chosen


def segment(
    gray: npt.NDArray[np.floating], threshold: Threshold = "otsu", classes: int = 3
) -> Segmentation:
    """Cut grey values into phases.

    Args:
        gray: Grey values, shape ``(rows, columns)``.
        threshold: ``"otsu"`` (two phases), ``"multi-otsu"`` (``classes`` phases), ``"local"`` (two
            phases; the threshold is the local mean over an eighth of the shorter side), or grey
            values of your own.
        classes: Number of phases for ``"multi-otsu"``.

    Raises:
        ImageError: The method is unknown, or a threshold leaves a phase empty.
    """
    values = np.asarray(gray, dtype=np.float64)
    levels = _levels(values, threshold, classes)
    field = np.stack([values - level for level in levels])
    labels = (field > 0).sum(axis=0).astype(np.uint8)
    thresholds = tuple(float(np.mean(level)) for level in levels)
    empty = sorted(set(range(len(levels) + 1)) - set(np.unique(labels).tolist()))
    if empty:
        raise ImageError(
            "leaves a phase without pixels",
            field="threshold",
            found=", ".join(f"{value:.3g}" for value in thresholds),
            expected=f"grey values between {values.min():.3g} and {values.max():.3g}",
        )
    return Segmentation(labels, thresholds, field)


def _levels(
    values: npt.NDArray[np.floating], threshold: Threshold, classes: int
) -> list[float | npt.NDArray[np.floating]]:
    if threshold == "otsu":
        return [float(threshold_otsu(values))]
    if threshold == "multi-otsu":
        if not 2 <= classes <= MAX_CLASSES:
            raise ImageError(
                "cannot be told apart by multi-Otsu",
                field="classes",
                found=classes,
                expected=f"2 to {MAX_CLASSES}",
            )
        try:
            return [float(level) for level in threshold_multiotsu(values, classes=classes)]
        except ValueError as error:
            raise ImageError(f"multi-Otsu failed ({error})", field="classes") from None
    if threshold == "local":
        block = max(min(values.shape) // _LOCAL_SHARE, 3) | 1  # must be odd
        return [threshold_local(values, block_size=block)]
    if isinstance(threshold, str):
        raise ImageError(
            "is no threshold",
            field="threshold",
            found=f'"{threshold}"',
            expected="otsu, multi-otsu, local, or grey values between 0 and 1",
        )
    grays = threshold if isinstance(threshold, tuple) else (threshold,)
    return [float(value) for value in sorted(grays)]


def _runs(chosen: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each stretch of consecutive numbers."""
    groups = np.split(np.asarray(chosen), np.flatnonzero(np.diff(chosen) > 1) + 1)
    return [(int(group[0]), int(group[-1])) for group in groups]
