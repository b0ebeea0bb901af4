# SPDX-License-Identifier: BSD-3-Clause
"""Stress energies of a mill, laws over the milling energy, densification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.process.energy_fits import EnergyFit, best_fit
from interfacefem.process.milling import StressDistribution
from interfacefem.process.powder_analysis import PowderAnalysis
from interfacefem.process.powder_table import column_against_energy
from interfacefem.report.column_text import label_of
from interfacefem.report.style import (
    BLACK,
    BLUE,
    SINGLE_COLUMN,
    VERMILLION,
    line_colour,
    new_figure,
    plain_log_ticks,
    styled,
)
from interfacefem.units import MPA

_POINTS = 200


@styled
def powder_figure(found: PowderAnalysis) -> Figure:
    """A panel for each column fitted, for the porosities, for each stress distribution.

    Rank-local: call on one rank.
    """
    panels = _panels(found)
    figure = new_figure(SINGLE_COLUMN, 58.0 * len(panels))
    for axes, draw in zip(np.atleast_1d(figure.subplots(len(panels), 1)), panels, strict=True):
        draw(axes)
    return figure


def draw_first(axes: Axes, found: PowderAnalysis) -> None:
    """The first panel in axes that are given."""
    _panels(found)[0](axes)


def _panels(found: PowderAnalysis) -> list[Callable[[Axes], None]]:
    panels: list[Callable[[Axes], None]] = [
        lambda axes, name=name: _fits(axes, found, name)  # type: ignore[misc]
        for name in found.fits
    ]
    if found.compaction:
        panels.append(lambda axes: _compaction(axes, found))
    distributions = [
        (row.powder, row.distribution) for row in found.rows if row.distribution is not None
    ]
    if distributions:
        panels.append(lambda axes: _stress(axes, distributions))
    return panels or [lambda axes: _energies(axes, found)]


def _fits(axes: Axes, found: PowderAnalysis, name: str) -> None:
    energy, y = column_against_energy(found.rows, name, found.path)
    axes.plot(energy, y, "o", ms=3.5, color=BLACK, label="measured", zorder=3)
    if len(energy):
        grid = np.geomspace(energy.min(), energy.max(), _POINTS)
        best = best_fit(list(found.fits[name]))
        for index, fit in enumerate(found.fits[name]):
            chosen = best is not None and fit.law == best.law
            axes.plot(
                grid, law_values(fit, grid), color=line_colour(index), lw=1.3 if chosen else 0.7,
                ls="-" if chosen else "--", label=fit.law + (" (smallest AICc)" if chosen else ""),
            )  # fmt: skip
    axes.set_xscale("log")
    plain_log_ticks(axes.xaxis)
    axes.set(xlabel="milling energy (J/g)", ylabel=label_of(name))
    axes.legend()


def law_values(fit: EnergyFit, energy: np.ndarray) -> np.ndarray:
    """The law of a fit at energies in J/g."""
    v = fit.values
    if fit.law == "exponential":
        fitted = v["limit"] + (v["first"] - v["limit"]) * np.exp(-energy / v["scale"])
    elif fit.law == "power":
        fitted = v["factor"] * energy ** -v["exponent"]
    else:
        fitted = v["height"] + v["curvature"] * np.log(energy / v["vertex"]) ** 2
    return np.asarray(fitted)


def _compaction(axes: Axes, found: PowderAnalysis) -> None:
    for index, (powder, one) in enumerate(found.compaction.items()):
        points = [
            (row.pressure / MPA, getattr(row, one.porosity))
            for row in found.rows
            if row.powder == powder and row.pressure and getattr(row, one.porosity) is not None
        ]
        pressure, porosity = np.array(sorted(points)).T
        axes.plot(pressure, 100 * porosity, "o", ms=3.5, color=line_colour(index), label=powder)
        grid = np.linspace(pressure.min(), pressure.max(), _POINTS)
        axes.plot(grid, 100 * one.heckel.porosity(grid * MPA), color=line_colour(index))
    axes.set_yscale("log")
    plain_log_ticks(axes.yaxis)
    axes.set(xlabel="pressure (MPa)", ylabel="porosity (%)")
    axes.legend(title="lines: Heckel's law")


def _stress(axes: Axes, found: list[tuple[str, StressDistribution]]) -> None:
    for index, (powder, distribution) in enumerate(found):
        ends, counts = distribution.binned()
        axes.stairs(counts, ends, color=line_colour(index), label=powder, baseline=None)
        axes.axvline(distribution.mean_energy, color=line_colour(index), lw=0.7, ls=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set(xlabel="stress energy (J)", ylabel="collisions (1/s), ten classes a decade")
    axes.legend(title="dotted: mean")


def _energies(axes: Axes, found: PowderAnalysis) -> None:
    known = [
        (row.powder, row.milling.energy / 1e3)
        for row in found.rows
        if row.milling is not None and row.milling.energy
    ]
    for place, (_, energy) in enumerate(known):
        axes.plot([0, energy], [place, place], color=BLUE, lw=0.8)
        axes.plot(energy, place, "o", ms=3.5, color=VERMILLION)
    axes.set_yticks(range(len(known)), [powder for powder, _ in known])
    axes.set(xlabel="milling energy (J/g)")
