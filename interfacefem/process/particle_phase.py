# SPDX-License-Identifier: BSD-3-Clause
"""Where particles are in a micrograph, or which they are in a label image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.errors import ImageError, naming_file
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.reading import read_grey_values
from interfacefem.parameters.particles import ParticleSettings
from interfacefem.segmentation.classifier_file import read_classifier
from interfacefem.segmentation.pixel_classifier import prepared
from interfacefem.segmentation.thresholds import segment

_SHARE = (0.005, 0.95)  # of the image that particles may take


def particle_mask(micrograph: Micrograph, settings: ParticleSettings) -> npt.NDArray[np.bool_]:
    """Pixels of the particles, small holes filled, shape of ``micrograph.gray``.

    Raises:
        ImageError: No such phase, or particles take nearly all or nearly nothing of the image.
    """
    if settings.classifier is not None:
        mask = _classified(micrograph, settings)
    else:
        gray = ndimage.gaussian_filter(micrograph.gray.astype(np.float64), settings.smoothing)
        phases = segment(gray, settings.threshold, settings.classes)
        mask = phases.signed_field(settings.phases or (-1,)) > 0
    mask = _without_small_holes(
        mask, settings.smallest if settings.holes is None else settings.holes
    )
    require_share(mask)
    return mask


def require_share(mask: npt.NDArray[np.bool_]) -> None:
    """Refuse a phase that is nearly everything or nearly nothing.

    Raises:
        ImageError: It is.
    """
    share = float(mask.mean())
    if not _SHARE[0] <= share <= _SHARE[1]:
        raise ImageError(
            "the phase of the particles takes nearly all or nearly nothing of the image",
            field="phases",
            found=f"{100 * share:.3g} %",
            expected=f"{100 * _SHARE[0]:g} to {100 * _SHARE[1]:g} % (see --threshold, --phases)",
        )


def read_particle_labels(path: str | Path, micrograph: Micrograph) -> npt.NDArray[np.int32]:
    """Labels of particles told apart elsewhere, 0 outside, shape of ``micrograph.gray``.

    Args:
        path: The label image.
        micrograph: The same file, for its pixel size and crop.

    Raises:
        ImageError: Pixels are no whole numbers from 0 up, or all of one particle.
    """
    row0, row1, column0, column1 = micrograph.crop
    values = read_grey_values(path)[row0:row1, column0:column1]
    with naming_file(path):
        rounded = np.rint(values)
        if np.abs(values - rounded).max() > 1e-6 or rounded.min() < 0:
            raise ImageError(
                "is no label image", found="pixels that are no whole numbers from 0 up",
                expected="one number for each particle, 0 outside",
            )  # fmt: skip
        return numbered(rounded.astype(np.int64))


def numbered(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    """The same particles under the numbers 1, 2, ...

    Raises:
        ImageError: There is one label only.
    """
    names, places = np.unique(labels, return_inverse=True)
    own = names[names != 0]
    if len(own) < 2:
        raise ImageError(
            "is no label image",
            found="one label: particles are not told apart" if len(own) else "no label but 0",
            expected="one number for each particle, 0 outside (without --labels they are split)",
        )
    number = np.zeros(len(names), np.int32)
    number[names != 0] = np.arange(1, len(own) + 1)
    return number[places.reshape(labels.shape)]


def _classified(micrograph: Micrograph, settings: ParticleSettings) -> npt.NDArray[np.bool_]:
    assert settings.classifier is not None
    classifier = read_classifier(settings.classifier)
    row0, row1, column0, column1 = micrograph.crop
    # trained on grey values as they are stored
    stored = read_grey_values(micrograph.source)[row0:row1, column0:column1]
    plane = prepared(stored, classifier.settings)
    levels = classifier.levels_for([plane])
    labels = classifier.labelled(classifier.probabilities(levels.scaled(plane)))
    phases = settings.phases or (classifier.labels[-1],)
    unknown = [phase for phase in phases if phase not in classifier.labels]
    if unknown:
        raise ImageError(
            "the classifier knows no such label", field="phases", found=unknown[0],
            expected=" or ".join(str(label) for label in classifier.labels),
        )  # fmt: skip
    return np.isin(labels, phases)


def _without_small_holes(mask: npt.NDArray[np.bool_], smallest: int) -> npt.NDArray[np.bool_]:
    holes, count = ndimage.label(~mask)
    if count == 0:
        return mask
    small = np.bincount(holes.ravel()) < smallest
    small[0] = False
    return mask | small[holes]
