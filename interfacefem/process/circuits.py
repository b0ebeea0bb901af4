# SPDX-License-Identifier: BSD-3-Clause
"""Impedance of circuits: elements, pellets, symmetric cells, transmission lines of a cathode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from interfacefem.process.spectrum import Array, Complex

Values = Mapping[str, float]


def constant_phase(angular: Array, q: float, exponent: float) -> Complex:
    """``1/(Q (jw)^a)`` with Q in F s^(a-1)."""
    impedance: Complex = 1 / (q * (1j * angular) ** exponent)
    return impedance


def arc(angular: Array, resistance: float, q: float, exponent: float) -> Complex:
    """A resistance parallel to a constant-phase element."""
    impedance: Complex = 1 / (1 / resistance + q * (1j * angular) ** exponent)
    return impedance


def capacitance_of_arc(resistance: float, q: float, exponent: float) -> float:
    """``C = Q^(1/a) R^((1-a)/a)`` in F, of a resistance parallel to a constant-phase element.

    Source: C. H. Hsu, F. Mansfeld, Corrosion 57, 747 (2001), as Perrenot 2024, eq. 1. Brug's
    formula with a series resistance is another one.
    """
    return float(q ** (1 / exponent) * resistance ** ((1 - exponent) / exponent))


def ion_blocking_line(angular: Array, ionic: float, electronic: float, surface: Complex) -> Complex:
    """A mixed conductor between electrodes that pass electrons only (cell T).

    ``R_i R_e/(R_i + R_e) + R_e^2/(R_i + R_e) tanh(nu/2)/(nu/2)``, ``nu = sqrt((R_i + R_e)/Z_s)``.

    Args:
        angular: In 1/s; for the shape only.
        ionic: Resistance R_i of the ionic rail in ohm.
        electronic: Resistance R_e of the electronic rail in ohm.
        surface: Impedance Z_s of the whole interface between the rails in ohm, of that shape.

    Source: the names are Minnmann's (2024), after Siroma; derived here and compared with a ladder
    in the tests.
    """
    total = ionic + electronic
    half = np.sqrt(total / surface) / 2
    # without overflow for long lines and without cancellation for short ones
    tanh = -np.expm1(-2 * half) / (1 + np.exp(-2 * half))
    impedance: Complex = ionic * electronic / total + electronic**2 / total * tanh / half
    return impedance


def full_blocking_line(
    angular: Array, ionic: float, electronic: float, surface: Complex
) -> Complex:
    """A mixed conductor between a current collector and a separator (one electrode of cell Z).

    ``R_i R_e/(R_i + R_e) + [2 R_i R_e/sinh nu + (R_i^2 + R_e^2) coth nu]/((R_i + R_e) nu)``; the
    arguments are those of ``ion_blocking_line``.
    """
    total = ionic + electronic
    nu = np.sqrt(total / surface)
    inverse_sinh = -2 * np.exp(-nu) / np.expm1(-2 * nu)
    coth = -(1 + np.exp(-2 * nu)) / np.expm1(-2 * nu)
    impedance: Complex = ionic * electronic / total + (
        2 * ionic * electronic * inverse_sinh + (ionic**2 + electronic**2) * coth
    ) / (total * nu)
    return impedance


@dataclass(frozen=True)
class Circuit:
    """A circuit whose parameters can be fitted.

    Attributes:
        name: For people.
        parameters: Names; those that begin with ``a_`` are exponents between 0.3 and 1, all others
            positive.
        impedance: Angular frequencies in 1/s and values by name to ohm.
        resistances: Parameters whose sum is the resistance asked for.
    """

    name: str
    parameters: tuple[str, ...]
    impedance: Callable[[Array, Values], Complex]
    resistances: tuple[str, ...]


def _blocking(w: Array, v: Values) -> Complex:
    return 1j * w * v["L_H"] + v["R_ohm"] + constant_phase(w, v["Q_blocking"], v["a_blocking"])


def _blocking_arc(w: Array, v: Values) -> Complex:
    return (
        1j * w * v["L_H"] + v["R_series_ohm"] + arc(w, v["R_ohm"], v["Q"], v["a_arc"])
        + constant_phase(w, v["Q_blocking"], v["a_blocking"])
    )  # fmt: skip


def _symmetric(w: Array, v: Values) -> Complex:
    return 1j * w * v["L_H"] + v["R_series_ohm"] + arc(w, v["R_ohm"], v["Q"], v["a_arc"])


def _symmetric_two(w: Array, v: Values) -> Complex:
    return _symmetric(w, v) + arc(w, v["R_second_ohm"], v["Q_second"], v["a_second"])


def _ion_blocking(w: Array, v: Values) -> Complex:
    surface = constant_phase(w, v["Q_surface"], v["a_surface"])
    return ion_blocking_line(w, v["R_ion_ohm"], v["R_el_ohm"], surface)


def _full_blocking(w: Array, v: Values) -> Complex:
    surface = constant_phase(w, v["Q_surface"], v["a_surface"])
    line = full_blocking_line(w, v["R_ion_ohm"], v["R_el_ohm"], surface)
    return 2 * line + v["R_separator_ohm"] + 1j * w * v["L_H"]


_ARC = ("L_H", "R_series_ohm", "R_ohm", "Q", "a_arc")

BLOCKING = Circuit(
    "L + R + CPE", ("L_H", "R_ohm", "Q_blocking", "a_blocking"), _blocking, ("R_ohm",)
)
BLOCKING_ARC = Circuit(
    "L + R_s + (R || CPE) + CPE",
    (*_ARC, "Q_blocking", "a_blocking"),
    _blocking_arc,
    ("R_series_ohm", "R_ohm"),
)
SYMMETRIC = Circuit("L + R_s + (R || CPE)", _ARC, _symmetric, ("R_ohm",))
SYMMETRIC_TWO = Circuit(
    "L + R_s + (R || CPE) + (R || CPE)",
    (*_ARC, "R_second_ohm", "Q_second", "a_second"),
    _symmetric_two,
    ("R_ohm", "R_second_ohm"),
)
ION_BLOCKING = Circuit(
    "transmission line, electrodes that pass electrons (T)",
    ("R_ion_ohm", "R_el_ohm", "Q_surface", "a_surface"),
    _ion_blocking,
    ("R_el_ohm",),
)
FULL_BLOCKING = Circuit(
    "transmission lines, cathode | separator | cathode (Z)",
    ("R_ion_ohm", "R_el_ohm", "Q_surface", "a_surface", "R_separator_ohm", "L_H"),
    _full_blocking,
    ("R_ion_ohm",),
)

# what is tried for each kind of cell, the plainer first
CIRCUITS: dict[str, tuple[Circuit, ...]] = {
    "blocking": (BLOCKING, BLOCKING_ARC),
    "symmetric": (SYMMETRIC, SYMMETRIC_TWO),
    "ion-blocking": (ION_BLOCKING,),
    "full-blocking": (FULL_BLOCKING,),
}
