# SPDX-License-Identifier: BSD-3-Clause
"""Fields that stand in for a segmented image: a person's own, or none that a drawn line needs."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.errors import ImageError
from interfacefem.images.interface_field import DEFAULT_SMOOTHING, InterfaceField, Recut
from interfacefem.images.micrograph import Micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.segmentation.thresholds import Segmentation, segment

Array: TypeAlias = npt.NDArray[np.floating]


def drawn_field(micrograph: Micrograph, settings: Sampling) -> InterfaceField:
    """What stands in where a drawn line needs no field: the phases, to be looked at."""
    gray = micrograph.gray.astype(np.float64)
    gray = gray[::-1] if settings.electrolyte == "below" else gray
    seen = segment(ndimage.gaussian_filter(gray, DEFAULT_SMOOTHING))
    return InterfaceField(
        seen.signed_field((1,)), seen, (1,), "hand, grey value", DEFAULT_SMOOTHING, False, "drawn",
        (), _independent_of_grey("a line that was drawn from side to side"),
    )  # fmt: skip


def given_field(micrograph: Micrograph, settings: Sampling, field: Array) -> InterfaceField:
    """A field of somebody's own, positive in the electrolyte, shape of the image or of its crop.

    Raises:
        ImageError: Another shape, no finite numbers, or one side only.
    """
    values = np.asarray(field, dtype=np.float64)
    if values.shape == micrograph.file_shape and values.shape != micrograph.gray.shape:
        row0, row1, column0, column1 = micrograph.crop
        values = values[row0:row1, column0:column1]
    if values.shape != micrograph.gray.shape:
        shape = micrograph.file_shape or micrograph.gray.shape
        raise ImageError(
            "does not have the size of the image", field="field",
            found=" x ".join(map(str, values.shape)), expected=" x ".join(map(str, shape)),
        )  # fmt: skip
    if not np.isfinite(values).all():
        raise ImageError("holds values that are not finite numbers", field="field")
    if not (values > 0).any() or (values > 0).all():
        raise ImageError(
            "has one side only", field="field",
            found="values that are all " + ("positive" if (values > 0).all() else "not positive"),
            expected="positive values in the electrolyte, negative ones elsewhere",
        )  # fmt: skip
    values = values[::-1] if settings.electrolyte == "below" else values
    labels = (values > 0).astype(np.uint8)
    return InterfaceField(
        values, Segmentation(labels, (0.0,), values[None]), (1,), "field that was given", 0.5,
        False, "contour", ("the field was given: grey values place nothing",),
        _independent_of_grey("a field that was given"),
    )  # fmt: skip


def _independent_of_grey(what: str) -> Recut:
    def again(smoothing: float, moved: float) -> Segmentation:
        raise ImageError(f"{what} does not follow grey values")

    return again
