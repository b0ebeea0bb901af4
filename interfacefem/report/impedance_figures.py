# SPDX-License-Identifier: BSD-3-Clause
"""Spectra with the circuit that was fitted, and how well they are met."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.process.impedance_analysis import SpectrumAnalysis
from interfacefem.process.kramers_kronig import MOST_RESIDUAL
from interfacefem.report.style import (
    DOUBLE_COLUMN,
    GREY,
    line_colour,
    new_figure,
    panel_letter,
    styled,
)


@styled
def impedance_figure(spectra: Sequence[SpectrumAnalysis]) -> Figure:
    """Nyquist plot and residuals; rank-local: call on one rank."""
    figure = new_figure(DOUBLE_COLUMN, 72.0)
    nyquist, residuals = figure.subplots(1, 2)
    draw_nyquist(nyquist, spectra)
    for index, one in enumerate(spectra):
        frequency, z = one.spectrum.frequency, one.spectrum.impedance
        colour = line_colour(index)
        apart = 100 * np.abs(one.fit.impedance - z) / np.abs(z)
        residuals.loglog(frequency, apart, ".", ms=3, color=colour)
        residuals.loglog(frequency, 100 * np.abs(one.residuals), color=colour, lw=0.8)
    residuals.axhline(100 * MOST_RESIDUAL, color=GREY, lw=0.7, ls=":")
    residuals.set(xlabel="frequency (Hz)", ylabel="residual of |Z| (%)")
    residuals.plot([], [], ".", ms=3, color="black", label="circuit")
    residuals.plot([], [], color="black", lw=0.8, label="Kramers-Kronig")
    residuals.plot([], [], color=GREY, lw=0.7, ls=":", label="doubted above")
    residuals.legend(loc="center left")
    panel_letter(nyquist, "a")
    panel_letter(residuals, "b")
    return figure


def draw_nyquist(axes: Axes, spectra: Sequence[SpectrumAnalysis]) -> None:
    """The spectra in axes that are given."""
    widest = 0.0
    for index, one in enumerate(spectra):
        z, fit = one.spectrum.impedance, one.fit.impedance
        name = "spectrum" if one.spectrum.source is None else one.spectrum.source.stem
        if one.cell.temperature is not None:
            name += f", {one.cell.temperature - 273.15:.0f} °C"
        axes.plot(z.real, -z.imag, ".", ms=3.5, color=line_colour(index), label=name)
        axes.plot(fit.real, -fit.imag, color=line_colour(index), lw=0.9)
        widest = max(widest, float(one.fit.resistance or z.real.max()), float(z.real.min()))
    axes.set_aspect("equal", adjustable="box")
    axes.set(xlim=(0, 1.35 * widest), ylim=(-0.1 * widest, 1.1 * widest))
    axes.set(xlabel="Re Z (Ω)", ylabel="−Im Z (Ω)")
    # beside the axes: spikes of blocking electrodes fill them from bottom to top
    axes.legend(title="lines: circuit fitted", loc="upper left", bbox_to_anchor=(1.0, 1.0))
