# SPDX-License-Identifier: BSD-3-Clause
"""A current run as JSON keys that others script against, in the units their names end with."""

from __future__ import annotations

from typing import Any

from interfacefem.current.map_run import CurrentMapRun
from interfacefem.current.metrics import CurrentMetrics
from interfacefem.current.run import CurrentRun
from interfacefem.current.sweep import CurrentSweep
from interfacefem.current.windows import WindowReadings
from interfacefem.parameters.series import SWEEP_PARAMETERS
from interfacefem.units import MA_PER_CM2, OHM_CM2, UM


def current_result(run: CurrentRun | CurrentMapRun) -> dict[str, Any]:
    """Contract of ``interfacefem current --json`` (docs/results.md)."""
    quality = run.solution.interface_mesh.quality
    return {
        **metrics_result(run.metrics),
        "i_ratio_error": run.i_ratio_error,
        **_of_windows(run),
        **_of_maps(run),
        "cells": quality.cells,
        "cpu_s": run.cpu_s,
        "newton_steps": run.solution.newton_steps,
        "smallest_angle_deg": quality.smallest_angle,
        "notes": list(run.notes),
    }


def _of_windows(run: CurrentRun | CurrentMapRun) -> dict[str, Any]:
    """The excess over windows, where the interface is as wide as one."""
    windows = run.metrics.windows
    if windows is None or windows.places.is_whole:
        return {"excess": None, "excess_error": None, "reference_length_um": None}
    return {
        "excess": windows.excess,
        "excess_error": run.excess_error,
        "reference_length_um": windows.places.length / UM,
    }


def window_columns(windows: WindowReadings) -> dict[str, float | None]:
    """Means over windows of what else grows with the length it is read over."""
    return {
        "window_hot_spot_factor": windows.hot_spot_factor,
        "window_p99_p1_excess": windows.p99_p1_excess,
        "window_area_above_ccd": windows.area_above_ccd,
        "window_safe_current_density_mA_cm2": _scaled(windows.safe_current_density, 1 / MA_PER_CM2),
    }


def _of_maps(run: CurrentRun | CurrentMapRun) -> dict[str, Any]:
    if isinstance(run, CurrentRun):
        return {}
    return {"i_ratio_change_at_half_resolution": run.change_at_half_resolution}


def metrics_result(metrics: CurrentMetrics) -> dict[str, Any]:
    """The metrics of one solution by key."""
    return {
        "i_ratio": metrics.i_ratio,
        "i_max_mA_cm2": metrics.i_max / MA_PER_CM2,
        "i_min_mA_cm2": metrics.i_min / MA_PER_CM2,
        "hot_spot_factor": metrics.hot_spot_factor,
        "i_p99_p1": metrics.i_p99_p1,
        "roughness_factor": metrics.roughness_factor,
        "area_above_ccd": metrics.area_above_ccd,
        "safe_current_density_mA_cm2": _scaled(metrics.safe_current_density, 1 / MA_PER_CM2),
        "wagner_number": metrics.wagner_number,
        "mean_overpotential_V": metrics.mean_overpotential,
        "area_specific_resistance_ohm_cm2": metrics.area_specific_resistance / OHM_CM2,
        "charge_balance_error": metrics.charge_balance_error,
        "contact_fraction": metrics.contact_fraction,
        "notes": list(metrics.notes),
    }


def sweep_result(swept: CurrentSweep) -> dict[str, Any]:
    """Contract of ``interfacefem current --sweep --json`` (docs/results.md)."""
    columns = [SWEEP_PARAMETERS[name].column for name in swept.axes]
    return {
        "sweep": {
            column: values.tolist()
            for column, values in zip(columns, swept.axes.values(), strict=True)
        },
        "rows": [
            {
                **dict(zip(columns, point, strict=True)),
                **metrics_result(metrics),
                "i_ratio_error": error,
            }
            for point, metrics, error in zip(swept.points, swept.metrics, swept.errors, strict=True)
        ],
        "i_ratio_error": swept.i_ratio_error,
        "cells": swept.cells,
        "mesh_cpu_s": swept.mesh_cpu_s,
        "cpu_s": swept.cpu_s,
    }


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
