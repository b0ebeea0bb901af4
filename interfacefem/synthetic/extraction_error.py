# SPDX-License-Identifier: BSD-3-Clause
"""How far extracted profiles lie from the truth of a synthetic micrograph."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from interfacefem.images.extraction import ExtractedProfile, Extraction
from interfacefem.surfaces.profile import Profile
from interfacefem.synthetic.micrograph import SyntheticMicrograph
from interfacefem.synthetic.section import true_profile, true_profile_along_line

Array = npt.NDArray[np.floating]

_SPACING = 0.1  # pixels between the points at which distances are taken


@dataclass(frozen=True, eq=False)
class ExtractionError:
    """Distances between extracted and true curves, both ways, all profiles of an image together.

    Attributes:
        distances: In pixels, at even steps along the extracted curves and along the true ones.
        length_ratio: Extracted over true length.
    """

    distances: Array
    length_ratio: float

    @property
    def rms(self) -> float:
        """Root mean square distance in pixels."""
        return math.sqrt(float(np.mean(self.distances**2)))

    @property
    def median(self) -> float:
        """Median distance in pixels."""
        return float(np.median(self.distances))

    @property
    def percentile_95(self) -> float:
        """Distance in pixels that 95 % of the curves keep below."""
        return float(np.percentile(self.distances, 95))


def extraction_error(extraction: Extraction, micrograph: SyntheticMicrograph) -> ExtractionError:
    """Compare each extracted profile with the truth of its window or of its sampling line.

    Raises:
        InputError: There is no true profile where one was extracted.
    """
    distances = []
    extracted_length = true_length = 0.0
    for extracted in extraction.profiles:
        truth = truth_of(extracted, extraction.method, micrograph)
        true_rows, true_columns = micrograph.rows_and_columns(truth)
        found = np.column_stack([extracted.pixel_columns, extracted.pixel_rows])
        wanted = np.column_stack([true_columns, true_rows])
        distances.append(curve_distances(found, wanted))
        extracted_length += shapely.LineString(found).length
        true_length += shapely.LineString(wanted).length
    return ExtractionError(np.concatenate(distances), extracted_length / true_length)


def truth_of(extracted: ExtractedProfile, method: str, micrograph: SyntheticMicrograph) -> Profile:
    """The true profile of the window or sampling line that a profile was extracted from.

    Raises:
        InputError: There is none.
    """
    columns = extracted.pixel_columns
    pixel = micrograph.imaging.pixel_size
    left, right = (float(columns.min()) + 0.5) * pixel, (float(columns.max()) + 0.5) * pixel
    if method == "contour":
        return true_profile(micrograph.geometry, left, right)
    row = float(extracted.profile.metadata["sampling_line_row"])
    height = micrograph.height_of_row(row)
    return true_profile_along_line(micrograph.geometry, height, left, right)


def curve_distances(first: Array, second: Array) -> Array:
    """Distances from points along one curve to the other, and the other way round.

    Args:
        first: Points of a polyline, shape ``(n, 2)``.
        second: Points of another, shape ``(m, 2)``.

    Returns:
        Distances in the unit of the points, at steps of 0.1 along both.
    """
    along = [_even_points(points) for points in (first, second)]
    there, _ = cKDTree(along[1]).query(along[0])
    back, _ = cKDTree(along[0]).query(along[1])
    return np.concatenate([there, back])


def _even_points(points: Array) -> Array:
    return shapely.get_coordinates(shapely.segmentize(shapely.LineString(points), _SPACING))
