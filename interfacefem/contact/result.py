# SPDX-License-Identifier: BSD-3-Clause
"""A stress run as JSON keys that others script against, in the units their names end with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacefem.contact.run import StressRun
from interfacefem.units import GPA, MPA, UM

if TYPE_CHECKING:
    from interfacefem.contact.map_metrics import MapStressMetrics
    from interfacefem.contact.map_run import StressMapRun
    from interfacefem.contact.metrics import StressMetrics


def stress_result(run: StressRun) -> dict[str, Any]:
    """Contract of ``interfacefem stress --json`` (docs/results.md) for a profile."""
    places = run.metrics.places
    return _result(
        run, run.metrics, len(places.peaks), len(places.valleys), run.metrics.von_mises_max
    )


def stress_map_result(run: StressMapRun) -> dict[str, Any]:
    """The same keys for a height map, of which no von Mises stress is formed."""
    places = run.metrics.places
    return _result(run, run.metrics, places.peaks.count, places.valleys.count, None)


def _result(
    run: StressRun | StressMapRun,
    metrics: StressMetrics | MapStressMetrics,
    peaks: int,
    valleys: int,
    von_mises_max: float | None,
) -> dict[str, Any]:
    return {
        "stress_ratio": metrics.stress_ratio,
        "stress_depth_um": round(metrics.depth / UM, 9),
        "p_max_GPa": None if metrics.p_max is None else metrics.p_max / GPA,
        "p_mean_MPa": metrics.p_mean / MPA,
        "contact_fraction": metrics.contact_fraction,
        "capped_fraction": metrics.capped_fraction,
        "peaks": peaks,
        "valleys": valleys,
        "load_left": metrics.load_left,
        "load_right": metrics.load_right,
        "von_mises_max_GPa": None if von_mises_max is None else von_mises_max / GPA,
        "complementarity_error": abs(run.solution.complementarity_error),
        "nodes": run.solution.pressure.size,
        "cpu_s": run.cpu_s,
        "notes": list(run.notes),
    }
