# SPDX-License-Identifier: BSD-3-Clause
"""What the numbers of a volume are: labels, grey values, or probabilities.

Grey values taken for labels give numbers without a word: a phase is then one grey level. Labels are
few, or, as numbered grains are, each fills a place of its own; grey levels are many and next to
their like by chance alone. Probabilities are fractions between 0 and 1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import VolumeError
from interfacefem.sizes import shape_text

FEW = 12  # values that any segmentation may have, however its voxels lie
SHOWN_PLANES = 8  # that are looked at, spread over the volume
_ALIKE = 0.3  # share of neighbours with the same value: labels have more (0.5 to 0.95), greys less
_MOST = 0.5  # of the values that must be like labels
_CORNERS = 0.9  # of the voxels at two values: labels whose borders were smoothed


def require_segmented(values: npt.NDArray[np.generic], shape: tuple[int, ...], path: Path) -> None:
    """Refuse what is not labels, with the command that makes labels of it.

    Args:
        values: Planes of the volume, shape (planes, n1, n2).
        shape: Of the whole volume, to be named.
        path: The file.

    Raises:
        VolumeError: The planes hold grey values, probabilities or smoothed labels.
    """
    if values.dtype == bool or not (
        np.issubdtype(values.dtype, np.integer) or np.issubdtype(values.dtype, np.floating)
    ):
        return
    if np.issubdtype(values.dtype, np.floating):
        finite = values[np.isfinite(values)]
        if not np.any(finite != np.rint(finite)):
            values = np.rint(np.nan_to_num(values)).astype(np.int64)
        elif finite.min() >= 0 and finite.max() <= 1:
            raise _refusal(
                "holds probabilities (fractions between 0 and 1), not labels", values, shape, path,
                "--threshold 0.5",
            )  # fmt: skip
        else:
            raise _refusal(
                "holds fractions, which are grey values and no labels", values, shape, path,
                "--threshold otsu",
            )  # fmt: skip
    occur, counts, alike = _alike(values)
    if len(occur) <= FEW or np.mean(alike >= _ALIKE) >= _MOST:
        return
    if np.sort(counts)[-2:].sum() >= _CORNERS * counts.sum():
        raise _refusal(
            "holds labels whose borders were smoothed (most voxels have one of two values, the "
            "rest lie between)", values, shape, path, "--threshold otsu",
        )  # fmt: skip
    raise _refusal(
        "looks unsegmented: grey values, not labels", values, shape, path, "--threshold otsu"
    )


def _refusal(
    what: str, values: npt.NDArray[np.generic], shape: tuple[int, ...], path: Path, how: str
) -> VolumeError:
    return VolumeError(
        what,
        file=path,
        found=f"{len(np.unique(values))} different values in {len(values)} planes of "
        f"{shape_text(shape)} voxels",
        expected=f"labels, such as: interfacefem volume segment {path} {how} --out labels.tif",
    )


def _alike(
    values: npt.NDArray[np.generic],
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.integer], npt.NDArray[np.floating]]:
    """Values that occur, how often, and the share of their neighbours in the plane like them."""
    occur, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    places = places.reshape(values.shape)
    same = np.zeros(len(occur))
    pairs = np.zeros(len(occur))
    for axis in (1, 2):
        before = np.moveaxis(places, axis, 0)[:-1].ravel()
        after = np.moveaxis(places, axis, 0)[1:].ravel()
        same += np.bincount(before[before == after], minlength=len(occur))
        pairs += np.bincount(before, minlength=len(occur))
    return occur, counts, same / np.maximum(pairs, 1)
