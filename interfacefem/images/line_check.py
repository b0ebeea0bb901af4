# SPDX-License-Identifier: BSD-3-Clause
"""Whether a traced line follows a boundary in its own image, before it becomes a number.

Five measures on the finished line: how much of it runs where nothing changes, how far its two sides
differ, whether that difference lasts beyond the line (texture), whether it is the edge of a data
bar, how far it moves with the threshold. Their limits refused every wrong line and no right one on
237 settings (docs/images.md; ``benchmarks/line_check.py`` makes such settings again).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage, spatial

from interfacefem.images.bar_edge import BarEdge, bar_along
from interfacefem.images.frame import Frame

Array: TypeAlias = npt.NDArray[np.floating]
Verdict = Literal["pass", "warn", "refuse"]

FEWEST_POINTS = 30  # of wall, in pixels: fewer say nothing
MOST_EDGE_FREE, DOUBTFUL_EDGE_FREE = 0.50, 0.12
LEAST_SEPARATION = 1.8  # pooled standard deviations; rims reached 1.56, right lines at least 2.19
LEAST_LASTING = 0.5
MOST_MOVED = 0.2  # of the line, by more than MOVED_PIXELS
MOVED_PIXELS = 3.0
# halving the smoothing shows about 1/2.55 of what smoothing does (110 lines of known truth)
MOVED_BY_HALVING = MOVED_PIXELS / 2.55
THRESHOLD_STEP = 0.1  # of the contrast between the phases, for the line that is compared
FINEST_GREY, FINEST_TEXTURE = 1.0, 3.0  # pixels: what the automatic choice tries first
MOST_ON_DEPTH_LIMIT, LEAST_MATRIX = 0.10, 0.30

_NEAR_CUT = 0.75  # pixels from the sampling line or the depth limit: no wall there
_SIDE = np.arange(2.0, 7.0)  # pixels from the line at which its sides are looked at


@dataclass(frozen=True, eq=False)
class TracedLine:
    """A line and what it was cut from.

    Attributes:
        u: Along the interface in pixels of ``frame``, shape ``(n,)``, before overhangs are hidden
            and short waves are filtered.
        v: Down, away from the electrolyte, the same.
        frame: Where u and v lie in the image.
        gray: Grey values in [0, 1], the electrolyte on top, shape ``frame.shape``.
        feature: The quantity that was cut by threshold, same shape.
        smoothing: Gaussian standard deviation in pixels with which the feature was formed.
        is_texture: Whether the feature is the local contrast.
        line: ``v`` of the sampling line, None for a contour.
        depth_limit: ``v`` of the deepest place that voids are followed to, None without limit.
    """

    u: Array
    v: Array
    frame: Frame
    gray: Array
    feature: Array
    smoothing: float
    is_texture: bool
    line: float | None = None
    depth_limit: float | None = None


@dataclass(frozen=True, eq=False)
class LineQuality:
    """What the measures say of a line.

    Attributes:
        verdict: ``"pass"``, ``"warn"`` or ``"refuse"``.
        edge_free: Share of the wall along which the feature changes no faster than elsewhere in the
            image (at most twice the median gradient); None on fewer than 30 px of wall.
        separation: Difference of the two sides, 2 to 6 px away, over their standard deviation.
        lasting: Of a contour: the feature's step far from the line over that near to it.
        data_bar: Whether the line is the edge of a data bar, or nothing but one is there.
        on_depth_limit: Share of the line where voids are cut off by ``void_depth``.
        matrix_share: Share of the image that is electrolyte.
        moved: Share of the line that moves by more than 3 px when the threshold moves by a tenth
            of the contrast; None where it was not cut again.
        smoothed: Share that moves by more than 1.2 px when a coarse smoothing is halved, which
            shows that smoothing moves it by about 3 px; None where it is fine.
        elsewhere: Share that is more than 3 px from another boundary that spans the image and
            passes as well; None where there is no other.
        messages: Why it is refused or warned about, one sentence each, the gravest first.
        doubtful: Points of ``u``, ``v`` on stretches without an edge, shape ``(n,)``.
        rows_without_bar: First and last row (excluded) in the file of what is no data bar, where
            the line runs along the straight edge of a strip.
    """

    verdict: Verdict
    edge_free: float | None
    separation: float | None
    lasting: float | None
    data_bar: bool
    on_depth_limit: float
    matrix_share: float | None
    moved: float | None
    smoothed: float | None
    elsewhere: float | None
    messages: tuple[str, ...]
    doubtful: npt.NDArray[np.bool_]
    rows_without_bar: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON: everything but the points."""
        return {
            "verdict": self.verdict,
            "edge_free": self.edge_free,
            "separation": _finite(self.separation),
            "lasting": self.lasting,
            "data_bar": self.data_bar,
            "on_depth_limit": self.on_depth_limit,
            "matrix_share": self.matrix_share,
            "moved": self.moved,
            "smoothed": self.smoothed,
            "elsewhere": self.elsewhere,
            "messages": list(self.messages),
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def check_line(
    traced: TracedLine,
    *,
    recut: tuple[tuple[Array, Array], ...] = (),
    finer: tuple[Array, Array] | None = None,
    elsewhere: float | None = None,
    matrix_share: float | None = None,
    by_hand: bool = False,
) -> LineQuality:
    """Measure a line on its own image.

    Args:
        traced: The line.
        recut: Columns ``u`` and rows ``v`` of the lines that the threshold moved by
            ``THRESHOLD_STEP`` either way gives; a line that is not found then counts as empty
            arrays.
        finer: The same of the line with half the smoothing, where that is coarse.
        elsewhere: Of ``other_boundary``.
        matrix_share: Share of the image taken for electrolyte, where sampling lines are used.
        by_hand: Whether a person drew it: then it is warned about, never refused.
    """
    u, v = _one_pixel_apart(traced.u, traced.v)
    row, column = traced.frame.to_image(u, v)
    wall = _is_wall(traced, v, row, column)
    quiet = _steepness_at(traced.feature, row, column) <= 2 * _usual_steepness(traced.feature)
    enough = int(wall.sum()) >= FEWEST_POINTS
    edge_free = float(quiet[wall].mean()) if enough else None
    separation = lasting = None
    if enough:
        sides = _Sides(traced.frame, u, v, wall)
        separation = max(sides.separation(traced.gray), sides.separation(traced.feature))
        if traced.line is None:  # behind the wall of a pore the matrix begins again
            lasting = sides.lasting(traced.feature, traced.smoothing)
    bar = bar_along(traced.gray, row[wall], column[wall])
    on_limit = (
        0.0
        if traced.depth_limit is None
        else float(np.mean(np.abs(v - traced.depth_limit) <= _NEAR_CUT))
    )
    moved = max((share_moved((u, v), other, MOVED_PIXELS) for other in recut), default=None)
    smoothed = None if finer is None else share_moved((u, v), finer, MOVED_BY_HALVING)
    follows_noise = _follows_noise(traced, edge_free)
    refusals = _refusals(traced, edge_free, separation, lasting, bar)
    gap = not traced.is_texture and lasting is not None and lasting < LEAST_LASTING
    warnings = _warnings(
        edge_free,
        on_limit,
        matrix_share,
        moved,
        smoothed,
        elsewhere,
        bar,
        gap=gap,
        follows_noise=follows_noise,
    )
    verdict: Verdict = "pass"
    if refusals or warnings:
        verdict = "refuse" if refusals and not by_hand else "warn"
    nearest = spatial.cKDTree(np.column_stack([u, v])).query(np.column_stack([traced.u, traced.v]))
    doubtful = (quiet & wall)[nearest[1]]
    return LineQuality(
        verdict,
        edge_free,
        separation,
        lasting,
        bar is not None and bar.is_bar,
        on_limit,
        matrix_share,
        moved,
        smoothed,
        elsewhere,
        (*refusals, *warnings),
        doubtful,
        None if bar is None else _in_file(traced.frame, bar.rows),
    )


def _follows_noise(traced: TracedLine, edge_free: float | None) -> bool:
    finest = FINEST_TEXTURE if traced.is_texture else FINEST_GREY
    most = DOUBTFUL_EDGE_FREE if traced.smoothing > finest else MOST_EDGE_FREE
    return edge_free is not None and edge_free > most


def _refusals(
    traced: TracedLine,
    edge_free: float | None,
    separation: float | None,
    lasting: float | None,
    bar: BarEdge | None,
) -> list[str]:
    found = [bar.reason] if bar and bar.is_bar else []
    if edge_free is not None and _follows_noise(traced, edge_free):
        found.append(
            f"{100 * edge_free:.0f} % of the line runs where the grey value changes no faster than "
            "elsewhere: it follows noise"
        )
    if separation is not None and separation < LEAST_SEPARATION:
        found.append(
            "both sides of the line have the same grey values: rims or texture taken for a phase "
            f"(they differ by {separation:.1f} standard deviations; at least {LEAST_SEPARATION:g})"
        )
    if traced.is_texture and lasting is not None and lasting < LEAST_LASTING:
        found.append("contrast rises at a thin line only (a crack)")
    return found


def _warnings(
    edge_free: float | None,
    on_limit: float,
    matrix_share: float | None,
    moved: float | None,
    smoothed: float | None,
    elsewhere: float | None,
    bar: BarEdge | None,
    *,
    gap: bool,
    follows_noise: bool,
) -> list[str]:
    found = [bar.reason] if bar and not bar.is_bar else []
    if gap:
        found.append(
            "the grey value is the same again a few pixels beyond the line: a gap or a crack, not "
            "the edge of a body"
        )
    if edge_free is not None and edge_free > DOUBTFUL_EDGE_FREE and not follows_noise:
        found.append(
            f"{100 * edge_free:.0f} % of the line runs where the grey value changes no faster than "
            "elsewhere: it may follow noise there"
        )
    if moved is not None and moved > MOST_MOVED:
        found.append(
            f"{100 * moved:.0f} % of the line moves by more than {MOVED_PIXELS:g} px when the "
            "threshold moves by a tenth of the contrast: it may follow another body's edge"
        )
    if smoothed is not None and smoothed > MOST_MOVED:
        found.append(
            f"{100 * smoothed:.0f} % of the line is moved by more than about {MOVED_PIXELS:g} px "
            "by the smoothing"
        )
    if elsewhere is not None:
        found.append(
            f"another boundary spans the image as well, {100 * elsewhere:.0f} % of the line lies "
            "elsewhere: say which by the threshold multi-otsu and the phases, or draw it"
        )
    if on_limit > MOST_ON_DEPTH_LIMIT:
        found.append(f"{100 * on_limit:.0f} % of the line lies on the depth limit of the voids")
    if matrix_share is not None and matrix_share < LEAST_MATRIX:
        found.append(f"{100 * (1 - matrix_share):.0f} % of the image is taken for void")
    return found


def _in_file(frame: Frame, rows: tuple[int, int]) -> tuple[int, int]:
    first, end = rows
    if frame.flipped:
        first, end = frame.shape[0] - end, frame.shape[0] - first
    return first + frame.first_row, end + frame.first_row


def _one_pixel_apart(u: Array, v: Array) -> tuple[Array, Array]:
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(u), np.diff(v)))])
    places = np.linspace(0.0, arc[-1], max(2, round(arc[-1]) + 1))
    return np.interp(places, arc, u), np.interp(places, arc, v)


def _is_wall(traced: TracedLine, v: Array, row: Array, column: Array) -> npt.NDArray[np.bool_]:
    rows, columns = traced.gray.shape
    wall = (row >= 1) & (row <= rows - 2) & (column >= 1) & (column <= columns - 2)
    for cut in (traced.line, traced.depth_limit):
        if cut is not None:
            wall &= np.abs(v - cut) > _NEAR_CUT
    return np.asarray(wall)


def _usual_steepness(feature: Array) -> float:
    """Median gradient of the image, by central differences at every third row and column."""
    down = (feature[2::3, 1:-1:3] - feature[:-2:3, 1:-1:3]) / 2
    right = (feature[1:-1:3, 2::3] - feature[1:-1:3, :-2:3]) / 2
    return float(np.median(np.hypot(down, right)))


def _steepness_at(feature: Array, row: Array, column: Array) -> Array:
    down = _sample(feature, row + 1, column) - _sample(feature, row - 1, column)
    right = _sample(feature, row, column + 1) - _sample(feature, row, column - 1)
    return np.asarray(np.hypot(down, right) / 2)


def _sample(values: Array, row: Array, column: Array) -> Array:
    return np.asarray(
        ndimage.map_coordinates(
            values.astype(np.float64, copy=False), [row, column], order=1, mode="nearest"
        )
    )


class _Sides:
    """Values on either side of the wall of a line, the electrolyte's first."""

    def __init__(self, frame: Frame, u: Array, v: Array, wall: npt.NDArray[np.bool_]) -> None:
        along_u, along_v = np.gradient(u), np.gradient(v)
        length = np.hypot(along_u, along_v)
        length[length == 0] = 1.0
        self._frame = frame
        self._u, self._v = u[wall], v[wall]
        # from left to right the electrolyte is on the left hand, where v is smaller
        self._normal_u = (along_v / length)[wall]
        self._normal_v = (-along_u / length)[wall]

    def at(self, values: Array, distances: Array) -> Array:
        """Values at signed distances from the line, positive in the electrolyte, NaN outside."""
        u = self._u + distances[:, None] * self._normal_u
        v = self._v + distances[:, None] * self._normal_v
        row, column = self._frame.to_image(u, v)
        rows, columns = values.shape
        inside = (row >= 0) & (row <= rows - 1) & (column >= 0) & (column <= columns - 1)
        return np.where(inside, _sample(values, row, column), np.nan)

    def separation(self, values: Array) -> float:
        """Difference of the means of the two sides over their pooled standard deviation."""
        up, down = (self.at(values, sign * _SIDE) for sign in (1, -1))
        up, down = up[np.isfinite(up)], down[np.isfinite(down)]
        if min(len(up), len(down)) < FEWEST_POINTS:
            return np.inf  # a line along the frame has one side only
        spread = np.sqrt((up.var() + down.var()) / 2)
        step = abs(float(up.mean() - down.mean()))
        return step / float(spread) if spread > 0 else np.inf

    def lasting(self, values: Array, scale: float) -> float | None:
        """The step far from the line over that near to it."""
        far = self._step(values, 3 * scale + 4, 5 * scale + 8)
        near = self._step(values, max(2.0, scale), max(6.0, 2 * scale))
        return far / near if near else None

    def _step(self, values: Array, first: float, last: float) -> float:
        distances = np.arange(first, last + 0.5)
        with np.errstate(invalid="ignore"):
            steps = self.at(values, distances) - self.at(values, -distances)
        return float(np.nanmedian(steps)) if np.isfinite(steps).any() else 0.0


def share_moved(line: tuple[Array, Array], other: tuple[Array, Array], pixels: float) -> float:
    """Share of a line that is farther than some pixels from another; 1 where that is none."""
    if len(other[0]) < 2:
        return 1.0
    tree = spatial.cKDTree(np.column_stack(_one_pixel_apart(*other)))
    distance, _ = tree.query(np.column_stack(_one_pixel_apart(*line)))
    return float(np.mean(distance > pixels))
