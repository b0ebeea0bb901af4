# SPDX-License-Identifier: BSD-3-Clause
"""Figures a journal could print, and the report of a study as one HTML file.

In: results of the rooms that solve. Out: matplotlib figures and HTML; ``save_figure`` writes them.
Called by the front door and the commands; nothing here decides a number.
"""

from interfacefem.report.budget_figure import budget_figure
from interfacefem.report.contact_figures import pressure_figure, stress_field_figure
from interfacefem.report.convergence_figure import convergence_figure
from interfacefem.report.current_figures import current_figure, histogram_figure
from interfacefem.report.electrolyte_field import ElectrolyteField, gather_potential
from interfacefem.report.groups_figure import groups_figure
from interfacefem.report.length_figure import length_figure
from interfacefem.report.map_figure import map_figure
from interfacefem.report.overlay_figure import overlay_figure
from interfacefem.report.potential_figure import potential_figure
from interfacefem.report.pressure_map_figure import pressure_map_figure
from interfacefem.report.pressures_figure import contact_limited_figure, stress_ratio_figure
from interfacefem.report.style import save_figure
from interfacefem.report.sweep_figure import sweep_figure
from interfacefem.report.trace_figure import trace_figure

__all__ = [
    "ElectrolyteField",
    "budget_figure",
    "contact_limited_figure",
    "convergence_figure",
    "current_figure",
    "gather_potential",
    "groups_figure",
    "histogram_figure",
    "length_figure",
    "map_figure",
    "overlay_figure",
    "potential_figure",
    "pressure_figure",
    "pressure_map_figure",
    "save_figure",
    "stress_field_figure",
    "stress_ratio_figure",
    "sweep_figure",
    "trace_figure",
]
