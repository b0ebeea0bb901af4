# SPDX-License-Identifier: BSD-3-Clause
"""The interface as a curve: one polyline from the left side to the right side."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ProfileError, naming_file
from interfacefem.files import read_text_file, write_text_atomically
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.plausible import (
    LARGEST_WIDTH,
    SMALLEST_WIDTH,
    require_plausible_width,
)
from interfacefem.units import UM

_log = logging.getLogger(__name__)

MIN_WIDTH_IN_PIXELS = 10
SYNTHETIC = "synthetic"  # in the metadata of what this program drew
LINE_CHECK = "line_check"  # in the metadata: what the check of a line on its image says
PASSED = "pass"
MAX_POINTS = 50_000  # each becomes a node; more take minutes and gigabytes


@dataclass(frozen=True, eq=False)
class Profile:
    """A polyline from the left side to the right side with the electrolyte above it.

    The surface of the electrolyte faces down: its peaks, the points that reach toward the metal,
    are minima of ``z``. The curve may overhang; it never crosses itself and never leaves the strip
    between its two ends.

    Attributes:
        x: Horizontal coordinates in m, shape ``(n,)``.
        z: Vertical coordinates in m, shape ``(n,)``, upward into the electrolyte.
        metadata: Where the profile comes from (image, pixel size, line number), as text.

    Raises:
        ProfileError: The points are not such a curve.
    """

    __repr__ = short_repr

    x: npt.NDArray[np.floating]
    z: npt.NDArray[np.floating]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        x = np.array(self.x, dtype=np.float64)
        z = np.array(self.z, dtype=np.float64)
        _require_curve(x, z)
        x.flags.writeable = z.flags.writeable = False
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "metadata", dict(self.metadata))

    @property
    def width(self) -> float:
        """Distance between the two ends along x, in m."""
        return float(self.x[-1] - self.x[0])

    @property
    def segment_lengths(self) -> npt.NDArray[np.floating]:
        """Length of each straight piece in m, shape ``(n - 1,)``."""
        return np.hypot(np.diff(self.x), np.diff(self.z))

    @property
    def length(self) -> float:
        """True length of the curve in m."""
        return float(self.segment_lengths.sum())

    @property
    def arc_length(self) -> npt.NDArray[np.floating]:
        """Distance of each point from the left end along the curve in m, shape ``(n,)``."""
        return np.concatenate([[0.0], np.cumsum(self.segment_lengths)])

    @property
    def mean_height(self) -> float:
        """Height in m of the flat line that bounds the same electrolyte area."""
        return float(np.sum(np.diff(self.x) * (self.z[1:] + self.z[:-1]) / 2) / self.width)

    @property
    def is_synthetic(self) -> bool:
        """Whether this program drew the picture that it is from: its metadata say so."""
        return SYNTHETIC in self.metadata

    @property
    def notes(self) -> tuple[str, ...]:
        """What every result says that comes from it: a line whose check it did not pass."""
        said = self.metadata.get(LINE_CHECK, PASSED)
        return () if said == PASSED else (f"the traced line: {said}",)

    @property
    def has_overhangs(self) -> bool:
        """Whether some x carries more than one height."""
        return bool(np.any(np.diff(self.x) <= 0))

    def with_points(
        self, x: npt.NDArray[np.floating], z: npt.NDArray[np.floating], **metadata: str
    ) -> Profile:
        """The same profile with other points and further metadata."""
        return Profile(x, z, {**self.metadata, **metadata})


def profile_from_points(
    x: npt.NDArray[np.floating],
    z: npt.NDArray[np.floating],
    metadata: Mapping[str, str] | None = None,
    *,
    source: object | None = None,
) -> Profile:
    """Make a profile, repairing what has one obvious repair and saying so in the log.

    A curve given from right to left is reversed; points that repeat their predecessor, and vertical
    pieces that run along a side, are dropped.

    Args:
        x: Horizontal coordinates in m, shape ``(n,)``.
        z: Vertical coordinates in m, shape ``(n,)``.
        metadata: Kept with the profile; ``pixel_size_um`` makes the width checked against it.
        source: File named in messages.

    Raises:
        ProfileError: The points are not a curve that can be used or repaired.
    """
    x, z = np.asarray(x, dtype=float), np.asarray(z, dtype=float)
    metadata = dict(metadata or {})
    name = source or "profile"
    with naming_file(source):
        _require_finite_columns(x, z)
        if x[0] > x[-1]:
            _log.warning("%s: the profile runs from right to left and was reversed", name)
            x, z = x[::-1], z[::-1]
        repeated = np.concatenate([[False], (np.diff(x) == 0) & (np.diff(z) == 0)])
        if repeated.any():
            _log.warning("%s: %d repeated points were dropped", name, repeated.sum())
            x, z = x[~repeated], z[~repeated]
        # what runs along a side belongs to the insulated side
        first, last = 0, len(x)
        if x[0] < x[-1]:
            first = int(np.argmax(x != x[0])) - 1
            last = len(x) - int(np.argmax(x[::-1] != x[-1])) + 1
        if (first, last) != (0, len(x)):
            _log.warning("%s: pieces that run along the sides were cut off", name)
            x, z = x[first:last], z[first:last]
        profile = Profile(x, z, metadata)
        _require_enough_pixels(profile)
        require_plausible_width(profile.width)
    return profile


def read_profile_csv(path: str | Path) -> Profile:
    """Read a profile from a CSV file with the header ``x_um,z_um``.

    Lines that start with ``#`` carry metadata as ``# key: value``.

    Raises:
        ProfileError: The file is missing, empty, malformed, or not a usable curve.
    """
    path = Path(path)
    lines = read_text_file(path, ProfileError, "CSV in UTF-8").splitlines()
    metadata: dict[str, str] = {}
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("#"):
            key, separator, value = text[1:].partition(":")
            if separator:
                metadata[key.strip()] = value.strip()
        elif text:
            rows.append((number, text))
    if not rows:
        raise ProfileError("is empty", file=path, expected='a header "x_um,z_um" and points')
    header = [name.strip() for name in rows[0][1].split(",")]
    if header != ["x_um", "z_um"]:
        raise ProfileError(
            "wrong header",
            file=path,
            found=f'"{rows[0][1][:60]}"',
            expected='"x_um,z_um" (commas between columns, points as decimal marks)',
        )
    if len(rows) - 1 > MAX_POINTS:
        raise ProfileError(
            "has too many points",
            file=path,
            found=len(rows) - 1,
            expected=f"at most {MAX_POINTS}; average or thin it first",
        )
    points = np.array([_parse_row(path, number, text) for number, text in rows[1:]])
    if len(points) == 0:
        raise ProfileError("has a header but no points", file=path)
    with np.errstate(over="ignore"):
        width, height = np.ptp(points, axis=0)
    if len(points) > 1 and width < SMALLEST_WIDTH / UM:
        raise ProfileError(
            "is narrower than any microscope sees",
            file=path,
            found=f"a width of {width:g} um",
            expected="numbers in micrometres, 0.01 or wider (are these metres?)",
        )
    if max(width, height) > LARGEST_WIDTH / UM:
        raise ProfileError(
            "is wider or higher than any microscope sees",
            file=path,
            found=f"a width of {width:g} um and a height of {height:g} um",
            expected="numbers in micrometres, up to 1e+05 (are these nanometres?)",
        )
    return profile_from_points(points[:, 0] * UM, points[:, 1] * UM, metadata, source=path)


def write_profile_csv(profile: Profile, path: str | Path) -> None:
    """Write a profile as CSV (``x_um,z_um``), metadata first."""
    lines = [f"# {key}: {value}" for key, value in profile.metadata.items()]
    lines.append("x_um,z_um")
    lines += [f"{x:.9g},{z:.9g}" for x, z in zip(profile.x / UM, profile.z / UM, strict=True)]
    write_text_atomically(path, "\n".join(lines) + "\n")


def _parse_row(path: Path, number: int, text: str) -> tuple[float, float]:
    cells = text.split(",")
    if len(cells) != 2:
        raise ProfileError(
            "wrong number of columns",
            file=path,
            field=f"line {number}",
            found=f'"{text}"',
            expected='two numbers, "x_um,z_um"',
        )
    try:
        x, z = float(cells[0]), float(cells[1])
    except ValueError:
        x = z = math.nan
    if not (math.isfinite(x) and math.isfinite(z)):
        raise ProfileError(
            "not a number",
            file=path,
            field=f"line {number}",
            found=f'"{text}"',
            expected="two finite numbers",
        )
    return x, z


def _require_finite_columns(x: npt.NDArray[np.floating], z: npt.NDArray[np.floating]) -> None:
    if x.ndim != 1 or x.shape != z.shape:
        raise ProfileError("x and z must be one-dimensional and of equal length")
    if len(x) < 2:
        raise ProfileError("has too few points", found=len(x), expected="at least 2")
    if not (np.isfinite(x).all() and np.isfinite(z).all()):
        raise ProfileError("holds values that are not finite numbers")


def _require_curve(x: npt.NDArray[np.floating], z: npt.NDArray[np.floating]) -> None:
    _require_finite_columns(x, z)
    if x[0] >= x[-1]:
        raise ProfileError(
            "does not run from left to right",
            found=f"ends at x = {x[0] / UM:g} and {x[-1] / UM:g} um",
        )
    if np.any((np.diff(x) == 0) & (np.diff(z) == 0)):
        raise ProfileError("has a point that repeats its predecessor")
    if len(x) > 2 and (x[1:-1].min() <= x[0] or x[1:-1].max() >= x[-1]):
        raise ProfileError(
            "touches or leaves the sides of the strip between its two ends",
            found=f"x from {x.min() / UM:g} to {x.max() / UM:g} um",
            expected=f"x between {x[0] / UM:g} and {x[-1] / UM:g} um, points in order",
        )
    if np.all(np.diff(x) > 0):
        return
    import shapely

    if not shapely.LineString(np.column_stack([x, z])).is_simple:
        crossing_x, crossing_z = _first_crossing(x, z)
        raise ProfileError(
            "the profile crosses or touches itself",
            found=f"a crossing near x = {crossing_x / UM:.4g} um, z = {crossing_z / UM:.4g} um",
            expected="one simple curve",
        )


def _first_crossing(
    x: npt.NDArray[np.floating], z: npt.NDArray[np.floating]
) -> tuple[float, float]:
    import shapely

    points = np.column_stack([x, z])
    segments = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    first, second = shapely.STRtree(segments).query(segments, predicate="intersects")
    apart = second > first + 1
    if not apart.any():
        # two consecutive segments that fold back onto each other
        folded = shapely.length(shapely.intersection(segments[:-1], segments[1:])) > 0
        index = int(np.argmax(folded)) + 1
        return float(x[index]), float(z[index])
    crossings = shapely.intersection(segments[first[apart]], segments[second[apart]])
    place = shapely.centroid(crossings[np.argmin(first[apart])])
    return float(place.x), float(place.y)


def _require_enough_pixels(profile: Profile) -> None:
    text = profile.metadata.get("pixel_size_um")
    if text is None:
        return
    try:
        pixel = float(text) * UM
    except ValueError:
        raise ProfileError("metadata pixel_size_um is not a number", found=f'"{text}"') from None
    if profile.width < MIN_WIDTH_IN_PIXELS * pixel:
        raise ProfileError(
            "the profile is too short for its image",
            found=f"{profile.width / pixel:.1f} pixels wide",
            expected=f"at least {MIN_WIDTH_IN_PIXELS} pixels",
        )
