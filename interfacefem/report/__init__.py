# SPDX-License-Identifier: BSD-3-Clause
"""Figures a journal could print. Functions return the figure; ``save_figure`` writes it."""

from interfacefem.report.current_figures import current_figure, histogram_figure
from interfacefem.report.electrolyte_field import ElectrolyteField, gather_potential
from interfacefem.report.lines_figure import lines_figure
from interfacefem.report.overlay_figure import overlay_figure
from interfacefem.report.potential_figure import potential_figure
from interfacefem.report.style import save_figure

__all__ = [
    "ElectrolyteField",
    "current_figure",
    "gather_potential",
    "histogram_figure",
    "lines_figure",
    "overlay_figure",
    "potential_figure",
    "save_figure",
]
