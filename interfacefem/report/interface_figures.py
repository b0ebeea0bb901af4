# SPDX-License-Identifier: BSD-3-Clause
"""Resistance of a pressed interface against pressure; its impedance after Nyquist and Bode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.report.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    PURPLE,
    VERMILLION,
    new_figure,
    panel_letter,
    plain_log_ticks,
    styled,
)

_PARTS = (
    ("asr_bulk_ohm_cm2", "bulk", GREY),
    ("asr_constriction_ohm_cm2", "constriction", BLUE),
    ("asr_charge_transfer_ohm_cm2", "charge transfer", VERMILLION),
    ("asr_film_ohm_cm2", "film", GREEN),
    ("barber_constriction_ohm_cm2", "primary, by stiffness", PURPLE),
)
_BAND = 0.25
_NEGLIGIBLE = 1e-9  # of the total: not drawn


@styled
def interface_figure(result: dict[str, Any]) -> Figure:
    """Resistance in its parts, contact fraction and hot spot against pressure.

    Args:
        result: What ``interfacefem interface --json`` prints.
    """
    figure = new_figure(DOUBLE_COLUMN, 60.0)
    resistance, contact, spot = figure.subplots(1, 3)
    draw_resistance(resistance, result["rows"])
    rows = sorted(result["rows"], key=lambda row: float(row["stack_pressure_MPa"]))
    pressures = [row["stack_pressure_MPa"] for row in rows]
    contact.plot(pressures, [row["contact_fraction"] for row in rows], "o-", ms=2, color=BLACK)
    contact.set(yscale="log", ylabel="contact fraction")
    length = f"{rows[0]['hot_spot_length_um']:.3g}"
    for key, label, style, colour in (
        ("hot_spot_factor", "largest", "o-", VERMILLION),
        ("hot_spot_mean_factor", f"mean over {length} µm", "s--", BLUE),
    ):
        values = np.array([np.nan if row[key] is None else row[key] for row in rows], dtype=float)
        if np.isfinite(values).any():  # no line across pressures at which it is not known
            spot.plot(pressures, values, style, ms=2, color=colour, label=label)
    spot.set(yscale="log", ylabel="current density over applied")
    spot.legend()
    for axes, letter in ((resistance, "a"), (contact, "b"), (spot, "c")):
        axes.set(xscale="log", xlabel="pressure (MPa)")
        plain_log_ticks(axes.xaxis)
        plain_log_ticks(axes.yaxis)
        panel_letter(axes, letter)
    return figure


def draw_resistance(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Area-specific resistance with its error and its parts against pressure."""
    rows = sorted(rows, key=lambda row: float(row["stack_pressure_MPa"]))
    pressures = np.array([row["stack_pressure_MPa"] for row in rows])
    total = np.array([row["area_specific_resistance_ohm_cm2"] for row in rows])
    axes.plot(pressures, total, "o-", ms=2, color=BLACK, label="all")
    errors = [row["asr_error_ohm_cm2"] for row in rows]
    if all(error is not None for error in errors):
        spread = np.array(errors)
        low = np.maximum(total - spread, 1e-3 * total)
        axes.fill_between(pressures, low, total + spread, color=BLACK, alpha=_BAND, lw=0)
    for key, label, colour in _PARTS:
        values = np.array([np.nan if row[key] is None else row[key] for row in rows], dtype=float)
        if np.any(values > _NEGLIGIBLE * total):
            style = "x" if key.startswith("barber") else "-"
            axes.plot(pressures, values, style, ms=3, color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="pressure (MPa)", ylabel="resistance (Ω cm²)")
    axes.legend()


@styled
def impedance_figure(result: dict[str, Any]) -> Figure:
    """Nyquist and Bode.

    Args:
        result: What ``interfacefem impedance --json`` prints.
    """
    figure = new_figure(DOUBLE_COLUMN, 60.0)
    nyquist, modulus, phase = figure.subplots(1, 3)
    rows = sorted(result["rows"], key=lambda row: float(row["frequency_Hz"]))
    draw_nyquist(nyquist, rows)
    frequency = np.array([row["frequency_Hz"] for row in rows])
    whole = _complex(rows, "z")
    own = _complex(rows, "z_interface")
    for values, label, colour in ((whole, "all", BLACK), (own, "interface", BLUE)):
        modulus.plot(frequency, np.abs(values), color=colour, label=label)
        phase.plot(frequency, -np.degrees(np.angle(values)), color=colour, label=label)
    modulus.set(xscale="log", yscale="log", ylabel="|Z| (Ω cm²)")
    plain_log_ticks(modulus.yaxis)
    phase.set(xscale="log", ylabel="−phase (°)", ylim=(-2, 92))
    modulus.legend()
    for axes in (modulus, phase):
        axes.set_xlabel("frequency (Hz)")
    for axes, letter in ((nyquist, "a"), (modulus, "b"), (phase, "c")):
        panel_letter(axes, letter)
    return figure


def draw_nyquist(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Minus imaginary against real part of interface and bulk, at one scale."""
    rows = sorted(rows, key=lambda row: float(row["frequency_Hz"]))
    z = _complex(rows, "z")
    axes.plot(z.real, -z.imag, "o-", ms=2, color=BLACK)
    axes.set_aspect("equal", adjustable="box")
    axes.set_ylim(bottom=-0.03 * float(np.ptp(z.real)))
    axes.set(xlabel="Re Z (Ω cm²)", ylabel="−Im Z (Ω cm²)")
    decades = np.log10([row["frequency_Hz"] for row in rows])
    for decade in np.unique(np.round(decades)):
        place = int(np.argmin(np.abs(decades - decade)))
        apart = -z.imag[place] > 0.08 * np.ptp(z.real)
        if abs(decades[place] - decade) < 0.2 and apart:
            across = _outward(z, place)
            axes.annotate(
                _hertz(10**decade), (z.real[place], -z.imag[place]),
                xytext=(6 * across.real, 6 * across.imag), textcoords="offset points",
                ha=("right", "center", "left")[round(1.4 * across.real) + 1],
                va="bottom" if across.imag > 0.5 else "center", fontsize="small",
            )  # fmt: skip
    axes.margins(x=0.15, y=0.2)  # room for the names of frequencies


def _outward(z: np.ndarray, place: int) -> complex:
    """Direction away from below the curve, as the figure shows it."""
    shown = z.conj()
    along = shown[min(place + 1, len(z) - 1)] - shown[max(place - 1, 0)]
    across = 1j * along / abs(along)
    if place == len(z) - 1:  # the curve begins here, beside the axis: below it is room
        return complex(across if across.imag < 0 else -across)
    return complex(across if across.imag > 0 else -across)


def _hertz(frequency: float) -> str:
    for factor, prefix in ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m")):
        if frequency >= factor * 0.999:
            return f"{frequency / factor:g} {prefix}Hz"
    return f"{frequency:g} Hz"


def _complex(rows: Sequence[dict[str, Any]], name: str) -> np.ndarray:
    return np.array(
        [row[f"{name}_real_ohm_cm2"] + 1j * row[f"{name}_imag_ohm_cm2"] for row in rows]
    )
