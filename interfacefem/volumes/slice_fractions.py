# SPDX-License-Identifier: BSD-3-Clause
"""Share of a phase in each slice, and near the interfaces against the interior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError

NEAR_SHARE = 0.1  # of the thickness counts as near a face; assumed


@dataclass(frozen=True)
class NearFaces:
    """Share of a phase near the two faces and between them, mean and deviation over slices.

    Attributes:
        depth: What counts as near, in m.
        first: Mean over the slices near the first face.
        first_sd: Their standard deviation.
        last: The same near the last face.
        last_sd: Their standard deviation.
        interior: The same between both.
        interior_sd: Their standard deviation.
    """

    depth: float
    first: float
    first_sd: float
    last: float
    last_sd: float
    interior: float
    interior_sd: float

    @property
    def ratio(self) -> float:
        """Share near both faces over that of the interior; nan where the interior has none."""
        return (self.first + self.last) / 2 / self.interior if self.interior else float("nan")


def slice_fractions(inside: npt.NDArray[np.bool_], axis: int) -> npt.NDArray[np.floating]:
    """Share of each slice across ``axis``, shape (n,)."""
    others = tuple(other for other in range(3) if other != axis)
    counts = np.count_nonzero(inside, axis=others)
    return np.asarray(counts * (inside.shape[axis] / inside.size))


def near_faces(
    fractions: npt.NDArray[np.floating], step: float, depth: float | None = None
) -> NearFaces:
    """Compare slices near both faces with those between.

    Args:
        fractions: Share in each slice, shape (n,).
        step: Distance of two slices in m.
        depth: What is near in m; a tenth of the thickness by default, one slice at least.

    Raises:
        InputError: The depth is below half a slice or leaves no interior.
    """
    thickness = len(fractions) * step
    depth = max(NEAR_SHARE * thickness, step) if depth is None else depth
    count = round(depth / step)
    if not 0 < count < len(fractions) / 2:
        raise InputError(
            "leaves no slice near the faces or none between them",
            field="interface_depth",
            found=f"{depth * 1e6:.4g} um in a volume {thickness * 1e6:.4g} um thick",
            expected="one slice at least, less than half the thickness",
        )
    parts = fractions[:count], fractions[-count:], fractions[count:-count]
    first, last, interior = ((float(part.mean()), float(part.std())) for part in parts)
    return NearFaces(count * step, *first, *last, *interior)
