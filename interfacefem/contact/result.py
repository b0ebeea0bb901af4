# SPDX-License-Identifier: BSD-3-Clause
"""A stress run as JSON keys that others script against, in the units their names end with."""

from __future__ import annotations

from typing import Any

from interfacefem.contact.run import StressRun
from interfacefem.units import GPA, MPA, UM


def stress_result(run: StressRun) -> dict[str, Any]:
    """Contract of ``interfacefem stress --json`` (docs/results.md)."""
    metrics, places = run.metrics, run.metrics.places
    return {
        "stress_ratio": metrics.stress_ratio,
        "stress_depth_um": round(metrics.depth / UM, 9),
        "p_max_GPa": _in(GPA, metrics.p_max),
        "p_mean_MPa": metrics.p_mean / MPA,
        "contact_fraction": metrics.contact_fraction,
        "capped_fraction": metrics.capped_fraction,
        "peaks": len(places.peaks.weights),
        "valleys": len(places.valleys.weights),
        "load_left": metrics.load_left,
        "load_right": metrics.load_right,
        "von_mises_max_GPa": _in(GPA, metrics.von_mises_max),
        "complementarity_error": abs(run.solution.complementarity_error),
        "nodes": run.solution.pressure.size,
        "cpu_s": run.cpu_s,
        "notes": list(run.notes),
    }


def _in(unit: float, value: float | None) -> float | None:
    return None if value is None else value / unit
