# SPDX-License-Identifier: BSD-3-Clause
"""A stress run as JSON keys that others script against, in the units their names end with."""

from __future__ import annotations

from typing import Any

from interfacefem.contact.run import StressRun
from interfacefem.units import UM

_GPA = 1e9
_MPA = 1e6


def stress_result(run: StressRun) -> dict[str, Any]:
    """Contract of ``interfacefem stress --json`` (docs/results.md); rank-local."""
    metrics = run.metrics
    return {
        "stress_ratio": metrics.stress_ratio,
        "stress_depth_um": metrics.depth / UM,
        "p_max_GPa": None if metrics.p_max is None else metrics.p_max / _GPA,
        "p_mean_MPa": metrics.p_mean / _MPA,
        "contact_fraction": metrics.contact_fraction,
        "capped_fraction": metrics.capped_fraction,
        "peaks": len(metrics.places.peaks),
        "valleys": len(metrics.places.valleys),
        "load_left": metrics.load_left,
        "load_right": metrics.load_right,
        "von_mises_max_GPa": metrics.von_mises_max / _GPA,
        "complementarity_error": run.solution.complementarity_error,
        "nodes": len(run.solution.pressure),
        "cpu_s": run.cpu_s,
        "notes": list(run.notes),
    }
