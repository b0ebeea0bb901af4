# SPDX-License-Identifier: BSD-3-Clause
"""What moves the excess of an image besides the surface: each source from a whole re-trace and
re-solve, as factors on the excess, the largest first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from interfacefem.assessment.image import ImageProfiles
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.current.heights import default_height
from interfacefem.current.problem import current_problem
from interfacefem.current.run import mesh_domain, windows_of
from interfacefem.current.windows import read_windows
from interfacefem.errors import ImageError, MeshError, ProfileError
from interfacefem.images import Extraction
from interfacefem.images.edge_width import edge_variance, smoothing_correction
from interfacefem.images.guided import extract_guided
from interfacefem.images.interface_field import cut_again
from interfacefem.images.section_check import refusal
from interfacefem.mpi import MPI
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import TRAN2025
from interfacefem.progress import Step
from interfacefem.statistics.groups import SMALLEST, GroupValue
from interfacefem.surfaces import Profile
from interfacefem.surfaces.filters import gaussian_lowpass

THRESHOLD_MOVED = 0.1  # of the contrast between the phases
# the true error is about three times the change on halving the smoothing:
# benchmarks/coverage_of_intervals.py
SMOOTHING_SHARE = 3.0
CUTOFF_IN_PIXELS = 8.0  # half of what a detector's blur and the smoothing leave
RUN_OUT = 0.5  # of the section's width, flat, on either side
_TOLERANCE = 0.05  # of the excess of a variation: an order below what is looked for

SOURCES = {
    "mesh": "mesh: its error estimate",
    "threshold": "threshold +-10 % of the contrast",
    "smoothing": "smoothing: its correction, its doubling",
    "cutoff": "low-pass cutoff of 8 pixels",
    "overhangs": "overhangs: the other choice",
    "method": "method: the other one",
    "ends": "ends: flat run-outs, not mirrors",
    "images": "between images: 95 % interval",
}


@dataclass(frozen=True)
class BudgetEntry:
    """One source of uncertainty.

    Attributes:
        source: A key of ``SOURCES``.
        factor_low: Smallest factor on the excess, at most 1; None where nothing could be varied.
        factor_high: Largest factor on it, at least 1.
        reason: Why there is none, or what was left out.
    """

    source: str
    factor_low: float | None
    factor_high: float | None
    reason: str | None = None

    @property
    def size(self) -> float:
        """Largest change of the logarithm of the excess; zero where it is not known."""
        if self.factor_low is None or self.factor_high is None:
            return 0.0
        return max(-math.log(self.factor_low), math.log(self.factor_high))


@dataclass(frozen=True)
class _Variation:
    """One way to trace and solve the image otherwise."""

    source: str
    sections: Callable[[], Sequence[Profile]]
    power: float = 1.0  # of its factor
    run_out: bool = False


@dataclass(frozen=True)
class Varied:
    """An image traced and solved otherwise.

    Attributes:
        ways: What was varied.
        logs: Mean logarithm of the excess of each, or why there is none.
        edge_variance: Of the blurred edges, in square pixels; None where it was not sought.
    """

    ways: tuple[_Variation, ...]
    logs: tuple[float | str, ...]
    edge_variance: float | None

    def correction(self, taken: ImageProfiles, excess: float | None) -> float | None:
        """What the logarithm of the excess lacks by blur and smoothing; None where not known."""
        if not self.ways or not excess or self.edge_variance is None:
            return None
        half = self.logs[0]
        if isinstance(half, str):
            return None
        change = half - math.log(max(excess, SMALLEST))
        return smoothing_correction(change, self.edge_variance, taken.extraction.smoothing)


def variations(taken: ImageProfiles, *, with_budget: bool) -> int:
    """How many re-solutions an image takes, for a progress bar."""
    return len(_variations(taken, with_budget=with_budget))


def vary(
    taken: ImageProfiles,
    cell: Cell,
    reference_length: float,
    comm: MPI.Comm,
    step: Step,
    *,
    with_budget: bool,
) -> Varied:
    """Trace and solve an image otherwise, each way whole.

    Args:
        taken: The image as it was traced.
        cell: What its sections were solved with.
        reference_length: Of the windows in m.
        comm: Ranks that share the variations.
        step: Called as each variation begins.
        with_budget: Whether all are wanted, or halving the smoothing alone, which corrects a
            contour for its blur.

    Returns:
        On every rank.

    Raises:
        ConvergenceError: A solver did not converge.

    Collective.
    """
    ways = _variations(taken, with_budget=with_budget)

    def solve_own() -> dict[int, float | str]:
        found: dict[int, float | str] = {}
        for index in range(comm.rank, len(ways), comm.size):
            step(f"what moves the number: {ways[index].source}")
            try:
                found[index] = _log_excess(ways[index], cell, reference_length)
            except (ImageError, ProfileError, MeshError) as error:
                found[index] = str(error)
        return found

    own = on_each_rank(comm, solve_own)
    logs = {index: found for part in comm.allgather(own) for index, found in part.items()}
    variance = None
    if is_corrected(taken):
        settings = taken.sampling
        known = taken.field(settings)
        variance = edge_variance(taken.micrograph, settings, known, taken.extraction.profiles)
    return Varied(tuple(ways), tuple(logs[index] for index in range(len(ways))), variance)


def is_corrected(taken: ImageProfiles) -> bool:
    """Whether blur and smoothing are extrapolated away: for contours as they are.

    On sampling lines necks open and close with the smoothing, and where overhangs are hidden or
    short waves cut off these rule.
    """
    sampling = taken.sampling
    return (
        taken.extraction.method == "contour"
        and not sampling.single_valued
        and sampling.cutoff is None
    )


def budget(
    varied: Varied, value: dict[str, Any], excess_as_traced: float | None
) -> list[BudgetEntry]:
    """The sources of uncertainty of an image's excess, the largest first.

    Args:
        varied: Of all ways.
        value: Of ``image_value``.
        excess_as_traced: Before blur and smoothing were extrapolated away.

    Returns:
        Without the images, which one image cannot tell.
    """
    entries = [_mesh_entry(value)]
    for source in dict.fromkeys(way.source for way in varied.ways):
        chosen = [
            (way, found)
            for way, found in zip(varied.ways, varied.logs, strict=True)
            if way.source == source
        ]
        entries.append(_entry(source, chosen, value, excess_as_traced))
    return by_size(entries)


def by_size(entries: Sequence[BudgetEntry]) -> list[BudgetEntry]:
    """The largest first."""
    return sorted(entries, key=lambda entry: -entry.size)


def group_budget(
    images: Sequence[Sequence[Mapping[str, Any]]], excess: GroupValue | None
) -> list[dict[str, Any]]:
    """What moves the value of a group: the images it is made of, and each source.

    A group's value is a geometric mean, so that a source moves it by the geometric mean of the
    factors on its images.

    Args:
        images: Rows of ``budget_result`` for each image, empty where none was asked for.
        excess: Of the group.

    Returns:
        Rows as of ``budget_result``, the largest first; empty where no image has a budget.
    """
    if not any(images) or excess is None:
        return []
    sources = dict.fromkeys(row["source"] for rows in images for row in rows)
    entries = [_of_images(excess)]
    for source in sources:
        rows = [row for own in images for row in own if row["source"] == source]
        known = [row for row in rows if row["factor_low"] is not None]
        missing = dict.fromkeys(str(row["reason"]) for row in rows if row["factor_low"] is None)
        reason = None
        if len(known) < len(images):
            reason = "; ".join((f"formed of {len(known)} of {len(images)} images", *missing))
        if not known:
            entries.append(BudgetEntry(source, None, None, reason))
            continue
        low, high = (
            math.exp(float(np.mean([math.log(row[key]) for row in known])))
            for key in ("factor_low", "factor_high")
        )
        entries.append(BudgetEntry(source, low, high, reason))
    return budget_result(by_size(entries))


def _of_images(excess: GroupValue) -> BudgetEntry:
    """The images themselves: their interval over their mean."""
    if excess.low is None or excess.high is None:
        return BudgetEntry("images", None, None, "one image does not tell how images differ")
    return BudgetEntry("images", excess.low / excess.mean, excess.high / excess.mean)


def budget_result(entries: Sequence[BudgetEntry]) -> list[dict[str, Any]]:
    """For JSON: each source with its meaning and factors."""
    return [{**asdict(entry), "meaning": SOURCES[entry.source]} for entry in entries]


def _variations(taken: ImageProfiles, *, with_budget: bool) -> list[_Variation]:
    micrograph, sampling = taken.micrograph, taken.sampling
    extraction = taken.extraction
    profiles = [one.profile for one in extraction.profiles]
    if sampling.protocol == TRAN2025:
        return []

    def again(*, smoothing: float | None = None, moved: float = 0.0) -> Sequence[Profile]:
        settings = sampling
        known = taken.field(settings)
        own = None if smoothing is None else smoothing * known.smoothing
        field = cut_again(micrograph, settings, known, smoothing=own, threshold_moved=moved)
        return _profiles(taken.traced(settings, field))

    def otherwise(**changes: Any) -> Sequence[Profile]:
        settings = sampling.model_copy(update=changes)
        return _profiles(taken.traced(settings, taken.field(settings)))

    def by_other_method() -> Sequence[Profile]:
        found = otherwise(method=other)
        # a line of the other method that follows no boundary says nothing of this one's
        settings = sampling.model_copy(update={"method": other})
        checked = extract_guided(micrograph, settings, taken.guidance, keep_refused=True)
        reason = None if sampling.accept_line else refusal(checked.qualities)
        if reason is not None:
            raise ImageError(reason)
        return found

    def filtered() -> Sequence[Profile]:
        cutoff = CUTOFF_IN_PIXELS * micrograph.pixel_size
        return [gaussian_lowpass(profile, cutoff) for profile in profiles]

    halved = _Variation("smoothing", lambda: again(smoothing=0.5), SMOOTHING_SHARE)
    if not with_budget:
        return [halved] if is_corrected(taken) else []
    other = "contour" if extraction.method == "sampling-line" else "sampling-line"
    return [
        halved,
        _Variation("smoothing", lambda: again(smoothing=2.0)),
        _Variation("threshold", lambda: again(moved=THRESHOLD_MOVED)),
        _Variation("threshold", lambda: again(moved=-THRESHOLD_MOVED)),
        _Variation("cutoff", filtered),
        _Variation("overhangs", lambda: otherwise(single_valued=not sampling.single_valued)),
        _Variation("method", by_other_method),
        _Variation("ends", lambda: profiles, run_out=True),
    ]


def _profiles(extraction: Extraction) -> list[Profile]:
    return [one.profile for one in extraction.profiles]


def _log_excess(way: _Variation, cell: Cell, reference_length: float) -> float:
    """Mean logarithm of the excess over the sections of a variation."""
    logs = []
    for profile in way.sections():
        places = windows_of(profile, reference_length)
        height = cell.domain.height or default_height(profile)
        domain = cell.domain.model_copy(update={"height": height})
        solved = with_run_outs(profile) if way.run_out else profile
        mesh = mesh_domain(solved, cell.model_copy(update={"domain": domain}), MPI.COMM_SELF)
        problem = current_problem(cell)
        tolerance = max(cell.tolerance, _TOLERANCE)
        found = solve_to_tolerance(mesh, problem, tolerance, MPI.COMM_SELF)
        read = read_windows(found.solution.samples, places, applied_current_density=1.0)
        if read.excess is None:
            raise ProfileError("the excess is not formed")
        if read.excess <= SMALLEST:
            raise ProfileError("a line is flat: it meets no interface")
        logs.append(math.log(max(read.excess, SMALLEST)))
    return float(np.mean(logs))


def with_run_outs(profile: Profile) -> Profile:
    """The profile with flat pieces on either side, in place of its mirror images."""
    run = RUN_OUT * profile.width
    x = np.concatenate([[profile.x[0] - run], profile.x, [profile.x[-1] + run]])
    z = np.concatenate([profile.z[:1], profile.z, profile.z[-1:]])
    return Profile(x, z, dict(profile.metadata))


def _mesh_entry(value: dict[str, Any]) -> BudgetEntry:
    error = value["excess_error"]
    if error is None:
        return BudgetEntry("mesh", None, None, "no error is estimated")
    return BudgetEntry("mesh", 1 / (1 + error), 1 + error)


def _entry(
    source: str,
    chosen: Sequence[tuple[_Variation, float | str]],
    value: dict[str, Any],
    excess_as_traced: float | None,
) -> BudgetEntry:
    if not excess_as_traced:
        return BudgetEntry(source, None, None, "the excess itself is not formed")
    reasons = [found for _, found in chosen if isinstance(found, str)]
    usual = math.log(max(excess_as_traced, SMALLEST))
    changes = [way.power * (found - usual) for way, found in chosen if not isinstance(found, str)]
    if source == "smoothing" and value["smoothing_correction"] is not None:
        # what was corrected for is known to about half of itself; all of it is said
        whole = math.log(value["smoothing_correction"])
        changes = [-whole, whole, *changes[1:]]
    reason = "; ".join(dict.fromkeys(reasons)) or None
    if not changes:
        return BudgetEntry(source, None, None, reason)
    low, high = min(0.0, *changes), max(0.0, *changes)
    return BudgetEntry(source, math.exp(low), math.exp(high), reason)
