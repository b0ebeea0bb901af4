# SPDX-License-Identifier: BSD-3-Clause
"""The field whose zero line is the interface: which grey values are electrolyte, which are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.errors import ImageError
from interfacefem.images.choosing import find_spanning_boundary
from interfacefem.images.micrograph import Micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.segmentation.cleaning import denoised, destriped, flattened
from interfacefem.segmentation.thresholds import Segmentation, segment

DEFAULT_SMOOTHING = 1.0  # pixels


@dataclass(frozen=True, eq=False)
class InterfaceField:
    """What profiles are cut from, turned so that the electrolyte is on top.

    Attributes:
        values: Positive in the electrolyte, shape of the micrograph.
        segmentation: The phases.
        phases: Those that are electrolyte.
        feature: The quantity cut by threshold.
        method: ``"sampling-line"`` or ``"contour"``.
        notes: Choices made on the user's behalf.
    """

    values: npt.NDArray[np.floating]
    segmentation: Segmentation
    phases: tuple[int, ...]
    feature: str
    method: Literal["sampling-line", "contour"]
    notes: tuple[str, ...]


def find_interface_field(micrograph: Micrograph, settings: Sampling) -> InterfaceField:
    """Clean the grey values, cut them into phases and choose the method.

    Raises:
        ImageError: Phases or thresholds do not fit the image, or no boundary spans it.
    """
    notes = []
    gray = micrograph.gray.astype(np.float64)
    if settings.electrolyte == "below":
        gray = gray[::-1]
        notes.append("turned upside down: the electrolyte is below in the image")
    if settings.phases is None and settings.method != "sampling-line":
        found = find_spanning_boundary(_clean(gray, settings, bool(settings.flatten)), settings)
        if found:
            notes.append(f"contour chosen: a boundary of the {found.feature} spans the image")
            return InterfaceField(
                found.field,
                found.segmentation,
                found.phases,
                found.feature,
                "contour",
                tuple(notes),
            )
        if settings.method == "contour":
            raise ImageError(
                "no phase boundary spans the image",
                field="phases",
                found="none given",
                expected="the phases that are electrolyte, such as -1 for the brightest",
            )
        notes.append("sampling lines chosen: no phase boundary spans the image")
    is_contour = settings.phases is not None and settings.method != "sampling-line"
    flatten = not is_contour if settings.flatten is None else settings.flatten
    sigma = settings.smoothing or DEFAULT_SMOOTHING
    smooth = ndimage.gaussian_filter(_clean(gray, settings, flatten), sigma)
    segmentation = segment(smooth, settings.threshold, settings.classes)
    phases = settings.phases or tuple(range(1, segmentation.phases))
    return InterfaceField(
        segmentation.signed_field(phases),
        segmentation,
        phases,
        f"grey value smoothed over {sigma:g} px",
        "contour" if is_contour else "sampling-line",
        tuple(notes),
    )


def _clean(
    gray: npt.NDArray[np.floating], settings: Sampling, flatten: bool
) -> npt.NDArray[np.floating]:
    if flatten:
        gray = flattened(gray)
    if settings.destripe:
        gray = destriped(gray)
    return denoised(gray, settings.denoise)
