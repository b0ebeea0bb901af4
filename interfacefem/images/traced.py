# SPDX-License-Identifier: BSD-3-Clause
"""What is traced in a micrograph: sections, each with its place and its check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.images.attempt import Attempt
from interfacefem.images.interface_field import Method
from interfacefem.images.line_check import LineQuality
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.section_check import said_of
from interfacefem.parameters.sampling import Sampling
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.profile import LINE_CHECK, Profile

Array: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class ExtractedProfile:
    """One section of the interface and where it was taken.

    Attributes:
        profile: The profile; its metadata name image, pixel size, line, place and treatment.
        pixel_rows: Its points in the file, in pixels from the top (0 is the centre of the first
            row), shape ``(n,)``.
        pixel_columns: The same from the left.
        window: ``(row0, row1, column0, column1)`` of the box in the file that holds the curve, ends
            excluded.
        quality: What the check of the line on its own image says; None for a variation, which is
            not checked.
        doubtful: Stretches that follow no edge: columns and rows in the file, each ``(m, 2)``.
    """

    __repr__ = short_repr

    profile: Profile
    pixel_rows: Array
    pixel_columns: Array
    window: tuple[int, int, int, int]
    quality: LineQuality | None = None
    doubtful: tuple[Array, ...] = ()

    @property
    def in_pixels(self) -> Array:
        """Columns and rows of its points in the file, shape ``(n, 2)``."""
        return np.column_stack([self.pixel_columns, self.pixel_rows])

    def checked(
        self, quality: LineQuality, doubtful: tuple[Array, ...], *, accepted: bool
    ) -> ExtractedProfile:
        """The same with what its check says, which its profile carries on to every result."""
        profile = self.profile
        said = {LINE_CHECK: said_of(quality, accepted=accepted)}
        profile = profile.with_points(profile.x, profile.z, **said)
        return replace(self, profile=profile, quality=quality, doubtful=doubtful)


@dataclass(frozen=True, eq=False)
class Extraction:
    """What was taken from a micrograph, and how.

    Attributes:
        profiles: The distinct sections, across the whole frame: one for a contour, one for each
            sampling line, from top to bottom; under ``protocol: tran2025`` one for each model.
        labels: Phases, shape of ``Micrograph.gray``; of the local contrast if ``feature`` says so.
        thresholds: What separates the phases, in the values of ``feature``.
        feature: The quantity that was cut by threshold.
        smoothing: Gaussian standard deviation in pixels with which it was formed.
        phases: Phases taken as electrolyte.
        method: ``"sampling-line"``, ``"contour"`` or ``"drawn"``.
        tilt_degrees: Overall tilt rotated out before sections were traced, positive where the
            interface rises to the right in the file; what ``remove_tilt`` took from a single
            section is in its metadata.
        settings: What was asked for.
        notes: Choices made on the user's behalf, one sentence each.
    """

    __repr__ = short_repr

    profiles: tuple[ExtractedProfile, ...]
    labels: npt.NDArray[np.uint8]
    thresholds: tuple[float, ...]
    feature: str
    smoothing: float
    phases: tuple[int, ...]
    method: Method
    tilt_degrees: float
    settings: Sampling
    notes: tuple[str, ...]

    @property
    def qualities(self) -> tuple[LineQuality, ...]:
        """What the check says of each section, in their order."""
        return tuple(one.quality for one in self.profiles if one.quality is not None)


def attempt_of(micrograph: Micrograph, extraction: Extraction) -> Attempt:
    """What was traced, for a picture of it."""
    count = len(extraction.thresholds) + 1
    return Attempt(
        micrograph,
        np.isin(extraction.labels, [phase % count for phase in extraction.phases]),
        tuple(one.in_pixels for one in extraction.profiles),
        np.empty((0, 2)),
        tuple(piece for one in extraction.profiles for piece in one.doubtful),
        f"{extraction.method} by {extraction.feature}",
    )
