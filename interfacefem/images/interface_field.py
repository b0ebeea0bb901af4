# SPDX-License-Identifier: BSD-3-Clause
"""The field whose zero line is the interface: which grey values are electrolyte, which are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.images.attempt import NoLineError
from interfacefem.images.choosing import find_spanning_boundary, local_contrast
from interfacefem.images.micrograph import Micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.segmentation.cleaning import denoised, destriped, flattened
from interfacefem.segmentation.thresholds import Segmentation, segment

DEFAULT_SMOOTHING = 1.0  # pixels

Recut: TypeAlias = Callable[[float, float], Segmentation]
Method: TypeAlias = Literal["sampling-line", "contour", "drawn"]


@dataclass(frozen=True, eq=False)
class InterfaceField:
    """What profiles are cut from, turned so that the electrolyte is on top.

    Attributes:
        values: Positive in the electrolyte, shape of the micrograph.
        segmentation: The phases.
        phases: Those that are electrolyte.
        feature: The quantity cut by threshold.
        smoothing: Gaussian standard deviation in pixels with which it was formed.
        is_texture: Whether it is the local contrast, not the grey value.
        method: ``"sampling-line"``, ``"contour"`` or ``"drawn"``.
        notes: Choices made on the user's behalf.
        again: Forms a field that is not grey value against thresholds alone with another smoothing
            in pixels and thresholds moved by a share of the contrast; it raises an ImageError where
            grey values do not enter.
    """

    values: npt.NDArray[np.floating]
    segmentation: Segmentation
    phases: tuple[int, ...]
    feature: str
    smoothing: float
    is_texture: bool
    method: Method
    notes: tuple[str, ...]
    again: Recut | None = None


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
                found.smoothing,
                found.is_texture,
                "contour",
                tuple(notes),
            )
        if settings.method == "contour":
            raise NoLineError("no phase boundary spans the image", field="method", found="contour")
        notes.append("sampling lines chosen: no phase boundary spans the image")
    is_contour = settings.phases is not None and settings.method != "sampling-line"
    flatten = _flattens(settings, is_contour)
    sigma = settings.smoothing or DEFAULT_SMOOTHING
    smooth = ndimage.gaussian_filter(_clean(gray, settings, flatten), sigma)
    segmentation = segment(smooth, settings.threshold, settings.classes)
    phases = settings.phases or tuple(range(1, segmentation.phases))
    return InterfaceField(
        segmentation.signed_field(phases),
        segmentation,
        phases,
        f"grey value smoothed over {sigma:g} px",
        sigma,
        False,
        "contour" if is_contour else "sampling-line",
        tuple(notes),
    )


def cut_again(
    micrograph: Micrograph,
    settings: Sampling,
    known: InterfaceField,
    *,
    smoothing: float | None = None,
    threshold_moved: float = 0.0,
) -> InterfaceField:
    """The same feature and phases with another smoothing, or with the threshold moved.

    Args:
        micrograph: The image.
        settings: With which ``known`` was found.
        known: What is varied.
        smoothing: Gaussian standard deviation in pixels; None keeps it, and with it the thresholds.
        threshold_moved: By how much the thresholds rise, as a share of the difference between the
            mean feature inside and outside the electrolyte.

    Raises:
        ImageError: A threshold leaves a phase without pixels.
    """
    segmentation, feature = known.segmentation, known.feature
    if known.again is not None:
        width = known.smoothing if smoothing is None else smoothing
        segmentation = known.again(width, threshold_moved)
        values = segmentation.signed_field(known.phases)
        return replace(known, values=values, segmentation=segmentation, smoothing=width)
    if smoothing is not None:
        gray = cleaned(micrograph, settings, known)
        if known.is_texture:
            segmentation = segment(local_contrast(gray, smoothing))
        else:
            smooth = ndimage.gaussian_filter(gray, smoothing)
            segmentation = segment(smooth, settings.threshold, settings.classes)
        feature = feature.replace(f"{known.smoothing:g} px", f"{smoothing:g} px")
    if threshold_moved:
        inside = known.values > 0
        values = segmentation.field[0] + segmentation.thresholds[0]
        contrast = abs(float(values[inside].mean() - values[~inside].mean()))
        segmentation = segmentation.moved(threshold_moved * contrast)
    return replace(
        known,
        values=segmentation.signed_field(known.phases),
        segmentation=segmentation,
        feature=feature,
        smoothing=known.smoothing if smoothing is None else smoothing,
    )


def cleaned(
    micrograph: Micrograph, settings: Sampling, known: InterfaceField
) -> npt.NDArray[np.floating]:
    """The grey values that a field was formed of, the electrolyte on top."""
    gray = micrograph.gray.astype(np.float64)
    gray = gray[::-1] if settings.electrolyte == "below" else gray
    is_contour = known.method == "contour"
    # a boundary that was looked for was looked for in the image as it is
    was_found = is_contour and settings.phases is None
    flatten = bool(settings.flatten) if was_found else _flattens(settings, is_contour)
    return _clean(gray, settings, flatten)


def _flattens(settings: Sampling, is_contour: bool) -> bool:
    return not is_contour if settings.flatten is None else settings.flatten


def _clean(
    gray: npt.NDArray[np.floating], settings: Sampling, flatten: bool
) -> npt.NDArray[np.floating]:
    if flatten:
        gray = flattened(gray)
    if settings.destripe:
        gray = destriped(gray)
    return denoised(gray, settings.denoise)
