# SPDX-License-Identifier: BSD-3-Clause
"""Labels on voxels of another size: each new voxel takes the label that fills most of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Labels = npt.NDArray[np.integer]


def overlaps(
    count: int, size: float, new_size: float, start: int, stop: int
) -> tuple[sparse.csr_array, int, int]:
    """Lengths that new voxels ``start`` to ``stop`` share with the old ones along one axis.

    Args:
        count: Number of old voxels.
        size: Edge of an old voxel in m.
        new_size: Edge of a new voxel in m.
        start: First new voxel.
        stop: One past the last new voxel.

    Returns:
        Shares of the part of each new voxel that lies within the old ones, shape
        (stop - start, last - first), and the range ``first``, ``last`` of old voxels needed.
    """
    ratio = new_size / size
    low = np.arange(start, stop) * ratio
    high = np.minimum(low + ratio, count)
    first, last = int(low[0] + 1e-9), min(count, int(np.ceil(high[-1] - 1e-9)))
    rows, columns, shares = [], [], []
    for row, (begin, end) in enumerate(zip(low, high, strict=True)):
        # at least one, also where a voxel's edges meet up to rounding
        cells = np.arange(int(begin + 1e-9), max(int(np.ceil(end - 1e-9)), int(begin + 1e-9) + 1))
        length = np.minimum(cells + 1, end) - np.maximum(cells, begin)
        rows.append(np.full(len(cells), row))
        columns.append(cells - first)
        shares.append(length / length.sum())
    matrix = sparse.csr_array(
        (np.concatenate(shares), (np.concatenate(rows), np.concatenate(columns))),
        shape=(stop - start, last - first),
        dtype=np.float32,
    )
    return matrix, first, last


def majority(labels: Labels, shares: Sequence[sparse.csr_array], first: Sequence[int]) -> Labels:
    """The label with the largest share of each new voxel.

    Where two are equal, one new voxel takes the smaller label and its neighbours the larger one,
    in turn: edges twice as long would else give the smaller label several percent of the volume.

    Args:
        labels: Old labels, shape (n0, n1, n2).
        shares: One matrix of ``overlaps`` for each axis.
        first: Place of the first new voxel in the whole volume along each axis.

    Returns:
        New labels of the same type, shape (m0, m1, m2).
    """
    new_shape = tuple(matrix.shape[0] for matrix in shares)
    result = np.zeros(new_shape, dtype=labels.dtype)
    best = np.zeros(new_shape, dtype=np.float32)
    k, j, i = (start + np.arange(count) for start, count in zip(first, new_shape, strict=True))
    takes_larger = (k[:, None, None] + j[:, None] + i) % 2 == 1
    for label in np.unique(labels):
        share = (labels == label).astype(np.float32)
        for axis, matrix in enumerate(shares):
            rest = np.moveaxis(share, axis, 0)
            shape = (matrix.shape[0], *rest.shape[1:])
            share = np.moveaxis((matrix @ rest.reshape(len(rest), -1)).reshape(shape), 0, axis)
        # rounding must not decide between equal shares
        larger = share > best + np.where(takes_larger, -1e-5, 1e-5)
        result[larger] = label
        best[larger] = share[larger]
    return result
