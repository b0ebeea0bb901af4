# SPDX-License-Identifier: BSD-3-Clause
"""How far the value of an image is from the truth, and how often intervals of groups hold it.

    nice ./ifem shell python3 benchmarks/coverage_of_intervals.py --jobs 2   # draws and solves
    nice ./ifem shell python3 benchmarks/coverage_of_intervals.py --as-it-is # the table of what is

60 synthetic micrographs of each of three conditions go the whole way from picture to number; the
truth is the geometric mean of 400 solved true sections of each. It takes some 50 minutes of CPU
time, can be stopped at any time, and goes on where it was (``results/coverage``). The micrographs
are of other sections than those on which the constant of the blur correction was chosen.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from coverage_numbers import numbers
from coverage_sections import CONDITIONS, FOLDER, IMAGED, TRUTHS, Condition, imagings
from scipy import stats

from interfacefem.images.edge_width import LARGEST_CHANGE, smoothing_correction
from interfacefem.statistics.comparisons import alike_p, permutation_p
from interfacefem.statistics.groups import degrees_of_freedom, group_value
from interfacefem.statistics.trend import trend

Array: TypeAlias = npt.NDArray[np.floating]

SIZES = (3, 5, 10)  # images a group
TRIALS = 4000
PERMUTED = {3: 4000, 5: 4000, 10: 1000}  # 20,000 arrangements each
FACTOR = 2.0  # between groups, for the power
SPREADS = {"equal": (1.0, 1.0, 1.0, 1.0), "unequal": (0.5, 1.0, 1.0, 2.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--as-it-is", action="store_true", help="draw and solve nothing")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--micrographs", type=int, default=len(IMAGED), help="of each condition")
    parser.add_argument("--sections", type=int, default=len(TRUTHS), help="true ones, likewise")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    seeds = [*IMAGED[: options.micrographs], *TRUTHS[: options.sections]]
    if not options.as_it_is:
        solve_missing(seeds, options.folder, options.jobs)
    found = {condition: sections_of(condition, seeds, options.folder) for condition in CONDITIONS}
    print_images(found)
    print_coverage(found)
    print_tests(found)


def solve_missing(seeds: Sequence[int], folder: Path, jobs: int) -> None:
    """Draw and solve what is not there; says what is left every ten sections."""
    left = [
        (condition, seed, folder)
        for seed in seeds
        for condition in CONDITIONS
        if not (folder / condition.name / f"{seed}.json").exists()
    ]
    print(f"{len(left)} sections are left", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for count, _ in enumerate(pool.map(_solve, left), start=1):
            if count % 10 == 0:
                print(f"{count} of {len(left)}", file=sys.stderr, flush=True)


def _solve(one: tuple[Condition, int, Path]) -> None:
    numbers(*one)


def sections_of(
    condition: Condition, seeds: Sequence[int], folder: Path
) -> dict[int, dict[str, Any]]:
    """By seed, what was solved of each section that a solid spans."""
    found = {}
    for seed in seeds:
        path = folder / condition.name / f"{seed}.json"
        solved = json.loads(path.read_text()) if path.exists() else None
        if solved is not None:
            found[seed] = solved
    return found


def log_of_image(found: dict[str, Any], *, corrected: bool) -> float | None:
    """Logarithm of an image's excess, as ``risk`` forms it; None where it was not traced."""
    usual = _mean(found, "1")
    if usual is None or not corrected or found["method"] != "contour":
        return usual
    half = _mean(found, "0.5")
    if half is None or found.get("edge_variance") is None:
        return usual
    change = smoothing_correction(half - usual, found["edge_variance"], found["smoothing"])
    return usual if change is None else usual + change


def is_flagged(found: dict[str, Any]) -> bool:
    """Whether a cavity opens or closes between half and twice the smoothing."""
    logs = [_mean(found, factor) for factor in ("0.5", "1", "2")]
    if None in logs:
        return True
    steps = np.abs(np.diff([log for log in logs if log is not None]))
    return bool(steps[0] > LARGEST_CHANGE or steps[1] > 2 * LARGEST_CHANGE)


def print_images(found: dict[Condition, dict[int, dict[str, Any]]]) -> None:
    """Bias and scatter of single images about their truth."""
    print("ln excess of an image less that of its true section, 25 um\n")
    print(
        "| condition | imaging | images | as traced: median, mean | corrected: median, mean | "
        "scatter, all | flagged | scatter, others |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for condition, sections in found.items():
        for name in imagings(condition.powder):
            rows = [
                (solved["truth"]["ln_excess"], solved["images"][name])
                for seed, solved in sections.items()
                if seed in IMAGED and name in solved["images"]
            ]
            traced = [
                (log - truth, own - truth, is_flagged(image))
                for truth, image in rows
                if (log := log_of_image(image, corrected=False)) is not None
                and (own := log_of_image(image, corrected=True)) is not None
            ]
            if traced:
                raw, best, flagged = (np.array(column) for column in zip(*traced, strict=True))
                kept = best[~flagged.astype(bool)]
                print(
                    f"| {condition.name} | {name} | {len(raw)} | {np.median(raw):+.3f}, "
                    f"{raw.mean():+.3f} | {np.median(best):+.3f}, {best.mean():+.3f} | "
                    f"{best.std():.3f} | {int(flagged.sum())} | {kept.std():.3f} |"
                )


def print_coverage(found: dict[Condition, dict[int, dict[str, Any]]]) -> None:
    """How often intervals of groups hold the mean of the true sections."""
    print("\nCoverage of 95 % intervals in %, groups of images drawn from the solved ones\n")
    print(
        "| condition | metric | true sections | images | true mean | sd ln | "
        + " | ".join(f"{size} images" for size in SIZES)
        + " |"
    )
    print("|---|---|---:|---:|---:|---:|" + "---:|" * len(SIZES))
    for condition, sections in found.items():
        for metric in ("excess", "stress ratio"):
            truths = np.array([_truth(solved, metric) for solved in sections.values()])
            truths = truths[np.isfinite(truths)]
            errors = [
                own - _truth(solved, metric)
                for seed, solved in sections.items()
                if seed in IMAGED
                and "usual" in solved["images"]
                and (own := _of_image(solved["images"]["usual"], metric)) is not None
            ]
            known = np.array([error for error in errors if np.isfinite(error)])
            if len(known) == 0:
                continue
            shares = [100 * coverage(truths, known, size) for size in SIZES]
            print(
                f"| {condition.name} | {metric} | {len(truths)} | {len(known)} | "
                f"{math.exp(truths.mean()):.4g} | {truths.std(ddof=1):.2f} | "
                + " | ".join(f"{share:.1f}" for share in shares)
                + " |"
            )


def coverage(truths: Array, errors: Array, size: int) -> float:
    """Share of groups whose interval holds the mean: true sections with images' errors on them."""
    rng = np.random.default_rng(size)
    hits = 0
    for _ in range(TRIALS):
        logs = rng.choice(truths, size, replace=False) + rng.choice(errors, size)
        found = group_value(np.exp(logs).tolist())
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= math.exp(truths.mean()) <= found.high
    return hits / TRIALS


def print_tests(found: dict[Condition, dict[int, dict[str, Any]]]) -> None:
    """False positives and power of the tests, on the solved sections scaled to spreads."""
    shapes = np.concatenate(
        [
            _standardized(np.array([_truth(solved, "excess") for solved in sections.values()]))
            for sections in found.values()
        ]
    )
    print("\nFalse positives in % at 5 %, on logarithms drawn from all true sections\n")
    print("| images a group | spread | Welch t | permutation | all 4 groups | trend |")
    print("|---:|---|---:|---:|---:|---:|")
    for size in SIZES:
        for name, spread in SPREADS.items():
            shares = 100 * rejections(shapes, size, spread, 0.0)
            print(f"| {size} | {name} | " + " | ".join(f"{share:.1f}" for share in shares) + " |")
    print(f"\nPower in % at a factor {FACTOR:g} between two groups\n")
    print("| condition | sd ln | " + " | ".join(f"{size} images" for size in SIZES) + " |")
    print("|---|---:|" + "---:|" * len(SIZES))
    for condition, sections in found.items():
        logs = np.array([_truth(solved, "excess") for solved in sections.values()])
        powers = [
            100
            * rejections(_standardized(logs), size, (1.0, 1.0), math.log(FACTOR) / logs.std())[0]
            for size in SIZES
        ]
        print(
            f"| {condition.name} | {logs.std(ddof=1):.2f} | "
            + " | ".join(f"{power:.0f}" for power in powers)
            + " |"
        )


def rejections(shapes: Array, size: int, spread: tuple[float, ...], shift: float) -> Array:
    """Shares of trials that each test calls different at 5 %: t, permutation, all groups, trend."""
    rng = np.random.default_rng([size, len(spread), round(1000 * shift)])
    counts, trials = np.zeros(4), np.zeros(4)
    levels = np.repeat(np.arange(len(spread)), size).astype(float)
    for trial in range(TRIALS):
        groups = [scale * rng.choice(shapes, size) for scale in spread]
        groups[-1] = groups[-1] + shift
        ends = groups[0], groups[-1]
        counts[0] += _welch_p(*ends) < 0.05
        trials[0] += 1
        if shift:
            continue
        if trial < PERMUTED[size]:
            counts[1] += permutation_p(*ends)[0] <= 0.05
            trials[1] += 1
        alike = alike_p(groups)
        counts[2] += alike is not None and alike < 0.05
        line = trend(np.exp(np.concatenate(groups)).tolist(), levels.tolist(), ["a"] * len(levels))
        counts[3] += line is not None and line.p_any is not None and line.p_any < 0.05
        trials[2:] += 1
    return counts / np.maximum(trials, 1)


def _welch_p(first: Array, second: Array) -> float:
    """As ``compare_groups`` forms it."""
    parts = [(float(own.var(ddof=1)) / len(own), len(own) - 1) for own in (first, second)]
    t = abs(float(first.mean() - second.mean())) / math.sqrt(sum(part for part, _ in parts))
    return float(2 * stats.t.sf(t, degrees_of_freedom(parts)))


def _standardized(logs: Array) -> Array:
    return (logs - logs.mean()) / logs.std(ddof=1)


def _truth(solved: dict[str, Any], metric: str) -> float:
    if metric == "excess":
        return float(solved["truth"]["ln_excess"])
    ratio = solved["truth"]["stress_ratio"]
    return math.nan if ratio is None else math.log(ratio)


def _of_image(image: dict[str, Any], metric: str) -> float | None:
    if metric == "excess":
        return log_of_image(image, corrected=True)
    sections = image.get("1")
    if not isinstance(sections, list):
        return None
    ratios = [row["stress_ratio"] for row in sections]
    return None if None in ratios or not ratios else float(np.mean(np.log(ratios)))


def _mean(image: dict[str, Any], factor: str) -> float | None:
    sections = image.get(factor)
    if not isinstance(sections, list) or not sections:
        return None
    logs = [row["ln_excess"] for row in sections]
    return None if None in logs else float(np.mean(logs))


if __name__ == "__main__":
    main()
