# SPDX-License-Identifier: BSD-3-Clause
"""Figures of contact solutions, as ``stress`` and ``risk`` write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interfacefem.contact.run import StressRun
from interfacefem.report import (
    pressure_figure,
    pressure_map_figure,
    save_figure,
    stress_field_figure,
    stress_ratio_figure,
)
from interfacefem.surfaces import Profile


def write_stress_figures(run: StressRun, out: Path, ending: str = "") -> None:
    """Write ``pressure.png`` and ``stress_field.png``, ``ending`` before the dot."""
    synthetic = run.surface.is_synthetic if isinstance(run.surface, Profile) else False
    pressure = pressure_figure(run.solution, run.metrics)
    save_figure(pressure, out / f"pressure{ending}.png", synthetic=synthetic)
    field = stress_field_figure(run.solution, run.metrics)
    save_figure(field, out / f"stress_field{ending}.png", synthetic=synthetic)


def write_map_figure(run: StressRun, out: Path) -> None:
    """Write ``pressure_map.png``."""
    save_figure(pressure_map_figure(run), out / "pressure_map.png")


def write_pressures_figure(rows: Sequence[dict[str, Any]], out: Path) -> None:
    """Write ``stress_ratio.png`` of the JSON objects of one surface."""
    save_figure(stress_ratio_figure(rows, rows[0]["stress_depth_um"]), out / "stress_ratio.png")
