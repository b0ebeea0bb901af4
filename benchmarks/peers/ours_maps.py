# SPDX-License-Identifier: BSD-3-Clause
"""Our half of benchmarks/contact_maps.py: makes the maps, solves them, judges both programs.

Run as ``python3 ours_maps.py solve|judge PARAMETERS`` with JSON; prints one JSON object.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.polonsky_keer import IterationSettings, iterate
from interfacefem.contact.problem import ContactProblem, contact_problem
from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]

SAMPLES = 256
RMS = 0.01  # of the period
LONGEST, SHORTEST = 4, 48  # waves in the period


def self_affine() -> Array:
    """Random periodic heights, Hurst exponent 0.8."""
    rng = np.random.default_rng(1)
    q = np.hypot(np.fft.fftfreq(SAMPLES)[:, None], np.fft.rfftfreq(SAMPLES)) * SAMPLES
    kept = (q >= LONGEST) & (q <= SHORTEST)
    amplitude = np.where(kept, np.where(kept, q, 1.0) ** -1.8, 0.0)
    waves = amplitude * np.fft.rfft2(rng.standard_normal((SAMPLES, SAMPLES)))
    heights = np.fft.irfft2(waves, s=(SAMPLES, SAMPLES))
    return heights * RMS / heights.std()


def spikes() -> Array:
    """The same with twelve isolated spikes of one node, up to five rms heights tall."""
    rng = np.random.default_rng(2)
    heights = self_affine()
    rows, columns = rng.integers(0, SAMPLES, (2, 12))
    heights[rows, columns] += RMS * rng.uniform(1.0, 5.0, 12)
    return heights


MAPS: dict[str, Callable[[], Array]] = {"self-affine": self_affine, "spikes": spikes}


def problem(name: str, hardness: float) -> ContactProblem:
    """E* = 1, period 1; heights point toward the plane that presses."""
    surface = RoughSurface(-MAPS[name](), (1 / SAMPLES,) * 2, "periodic")
    return contact_problem(surface, ElasticBody(1.0, 0.0), hardness=hardness)


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """Median over repetitions, each from no solution."""
    hardness = math.inf
    if task["kind"] == "capped":
        elastic = iterate(problem(task["map"], math.inf), task["load"])
        hardness = 0.3 * float(elastic.pressure.max()) + 0.7 * task["load"]
    settings = IterationSettings(tolerance=task["tolerance"])
    set_up, times = [], []
    # one more: the first run of a process plans the transforms
    for _ in range(task["repeat"] + 1):
        started = time.process_time()
        posed = problem(task["map"], hardness)
        set_up.append(time.process_time() - started)
        started = time.process_time()
        found = iterate(posed, task["load"], settings=settings)
        times.append(time.process_time() - started)
    np.save(Path(task["folder"]) / "map.npy", MAPS[task["map"]]())
    return {
        "hardness": None if math.isinf(hardness) else hardness,
        "cpu_s": times[1:],
        "set_up_s": statistics.median(set_up[1:]),
        "iterations": found.steps,
        **numbers(posed, found.pressure),
    }


def judge(task: dict[str, Any]) -> dict[str, Any]:
    """The same numbers of the pressure that Tamaas wrote."""
    posed = problem(task["map"], task["hardness"] or math.inf)
    return numbers(posed, np.load(Path(task["folder"]) / "pressure.npy"))


def numbers(posed: ContactProblem, pressure: Array) -> dict[str, Any]:
    """Complementarity error as the solver defines it, contact fraction, largest pressure."""
    largest = posed.hardness * (1 - 1e-12)
    displacement = posed.compliance.apply(pressure)
    distance = displacement + posed.undeformed_gap
    between = (pressure > 0) & (pressure < largest)
    gap = distance - distance[between].mean()
    wrong = np.abs(gap)
    wrong[(pressure <= 0) & (gap > 0)] = 0.0
    wrong[(pressure >= largest) & (gap < 0)] = 0.0
    scale = max(np.ptp(posed.undeformed_gap), np.ptp(displacement))
    return {
        "error": float(wrong.max() / scale),
        "contact": float((pressure > 0).mean()),
        "p_max": float(pressure.max()),
    }


if __name__ == "__main__":
    print(json.dumps({"solve": solve, "judge": judge}[sys.argv[1]](json.loads(sys.argv[2]))))
