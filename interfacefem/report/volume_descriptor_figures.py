# SPDX-License-Identifier: BSD-3-Clause
"""Chords, local thickness, representative volume and random walks of a volume's phases."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import (
    DOUBLE_COLUMN,
    line_colour,
    new_figure,
    panel_letter,
    plain_log_ticks,
    styled,
)
from interfacefem.units import UM
from interfacefem.volumes.description import VolumeDescription

_AXIS_STYLES = ("-", "--", ":")


@styled
def descriptor_figure(description: VolumeDescription) -> Figure:
    """Four panels, one colour for each phase; rank-local: call on one rank."""
    figure = new_figure(DOUBLE_COLUMN, 118.0)
    panels = figure.subplots(2, 2)
    draw = (_chords, _thickness, _representative, _walks)
    for axes, function, letter in zip(panels.ravel(), draw, "abcd", strict=True):
        function(axes, description)
        panel_letter(axes, letter)
    handles, labels = panels[0, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=6)
    return figure


def _chords(axes: Axes, description: VolumeDescription) -> None:
    longest = 0.0
    for index, phase in enumerate(description.phases.values()):
        for chord in phase.chords:
            total = float(chord.counts @ chord.lengths)
            if total == 0:
                continue
            share = 1 - np.cumsum(chord.counts * chord.lengths) / total
            axes.plot(
                chord.lengths / UM, 100 * share, color=line_colour(index),
                ls=_AXIS_STYLES[chord.axis], lw=0.8,
            )  # fmt: skip
            longest = max(longest, float(chord.lengths[np.flatnonzero(share > 1e-3)[-1]]) / UM)
    for axis, style in enumerate(_AXIS_STYLES):
        axes.plot([], [], color="black", ls=style, lw=0.8, label=f"axis {axis}")
    axes.set(xlabel="chord length (µm)", ylabel="of the length of all chords, longer (%)")
    axes.set(xlim=(0, longest or 1.0), ylim=(0, 102))
    axes.legend(loc="upper right")


def _thickness(axes: Axes, description: VolumeDescription) -> None:
    for index, (label, phase) in enumerate(description.phases.items()):
        thickness = phase.thickness
        thicker = np.append(1 - np.cumsum(thickness.share) + thickness.share, 0.0)
        axes.step(
            thickness.edges / UM, 100 * thicker, where="pre", color=line_colour(index),
            label=f"phase {label}, {100 * phase.fraction:.3g} % by volume",
        )  # fmt: skip
        axes.axvline(thickness.mean / UM, color=line_colour(index), lw=0.6, ls="--")
    axes.set(xlabel="local thickness (µm), mean dashed", ylabel="of the phase, thicker (%)")
    axes.set_xlim(left=0)
    axes.set_ylim(0, 102)


def _representative(axes: Axes, description: VolumeDescription) -> None:
    for index, phase in enumerate(description.phases.values()):
        curve = phase.representative
        if curve is None:
            continue
        colour = line_colour(index)
        axes.fill_between(
            curve.edge / UM, 100 * curve.low, 100 * curve.high, color=colour, alpha=0.2, lw=0
        )
        axes.plot(curve.edge / UM, 100 * curve.mean, "o-", ms=2.0, color=colour)
    axes.set_xscale("log")
    plain_log_ticks(axes.xaxis)
    axes.set(xlabel="edge of the cube (µm)", ylabel="volume share (%), band of 95 % of cubes")
    axes.set_ylim(bottom=0)


def _walks(axes: Axes, description: VolumeDescription) -> None:
    names = list(description.phases)
    described = list(description.phases.values())
    shown = next((i for i, one in enumerate(described) if one.filled_walk is not None), -1)
    for index, phase in enumerate(described):
        colour = line_colour(index)
        walk, shift = phase.walk, np.array([-0.2, 0.0, 0.2]) + index
        axes.errorbar(
            shift, walk.tortuosity_factor, 2 * np.nan_to_num(walk.standard_error), fmt="o",
            ms=3.0, color=colour, elinewidth=0.8, capsize=2.0,
            label="random walk, ± 2 s.e." if index == 0 else None,
        )  # fmt: skip
        flux = [np.nan if value is None else value for value in phase.flux_tortuosity]
        if flux:
            axes.plot(
                shift, flux, "_", ms=9.0, mew=1.2, color="black",
                label="conduction" if index == 0 else None,
            )  # fmt: skip
        if phase.filled_walk is not None:
            axes.plot(
                shift, phase.filled_walk.tortuosity_factor, "s", ms=3.0, mfc="none", color=colour,
                label="random walk, filled" if index == shown else None,
            )  # fmt: skip
    axes.set_xticks(range(len(names)), [f"phase {name}\naxis 0, 1, 2" for name in names])
    axes.set(ylabel="tortuosity factor", xlim=(-0.5, len(names) - 0.5))
    finite = [v for one in description.phases.values() for v in one.walk.tortuosity_factor]
    largest = max((value for value in finite if np.isfinite(value)), default=1.0)
    axes.set_ylim(0, 1.6 * largest)
    axes.legend(loc="lower center", bbox_to_anchor=(0.54, 1.0), ncols=3)
