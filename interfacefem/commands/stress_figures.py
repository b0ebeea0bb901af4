# SPDX-License-Identifier: BSD-3-Clause
"""Figures of a contact solution, as ``stress`` and ``risk`` write them."""

from __future__ import annotations

from pathlib import Path

from interfacefem.contact.run import StressRun
from interfacefem.report import pressure_figure, save_figure, stress_field_figure


def write_stress_figures(run: StressRun, out: Path, ending: str = "") -> None:
    """Write ``pressure.png`` and ``stress_field.png``, ``ending`` before the dot; rank-local."""
    save_figure(pressure_figure(run.solution, run.metrics), out / f"pressure{ending}.png")
    save_figure(stress_field_figure(run.solution, run.metrics), out / f"stress_field{ending}.png")
