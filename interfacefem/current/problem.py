# SPDX-License-Identifier: BSD-3-Clause
"""What is asked of the current solver."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from interfacefem.current.constants import THERMAL_VOLTAGE
from interfacefem.current.kinetics import (
    ChargeTransfer,
    InSeriesWithFilm,
    charge_transfer_law,
    kinetic_law,
)
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.errors import InputError
from interfacefem.parameters.cell import Cell


@dataclass(frozen=True)
class CurrentProblem:
    """Ohmic conduction in the electrolyte with a charge-transfer law at the interface.

    ``div(k grad phi) = 0``; ``i_app`` enters through the top; the sides are insulated; at the
    interface the electrolyte touches metal at potential zero (Tran 2025, eqs 1 to 5).

    Attributes:
        conductivity: k in S/m.
        applied_current_density: i_app in A/m^2 of projected area, positive (plating).
        kinetics: The law at the interface; None for the primary current distribution, where the
            potential at the interface is zero. Any object with ``current_density(overpotential)``
            is a law, see :class:`OwnKinetics`.

    Raises:
        InputError: A value is not positive and finite, or the kinetics are no law.
    """

    conductivity: float
    applied_current_density: float
    kinetics: ChargeTransfer | InSeriesWithFilm | None

    def __post_init__(self) -> None:
        for name in ("conductivity", "applied_current_density"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError("out of range", field=name, found=value, expected="a value > 0")
        if self.kinetics is not None and not isinstance(self.kinetics, InSeriesWithFilm):
            object.__setattr__(self, "kinetics", charge_transfer_law(self.kinetics))

    def start_potential(self, roughness_factor: float) -> float:
        """Potential in V at which Newton's method starts, everywhere.

        That of a flat interface of the rough one's true length, but in the exponential range of the
        law that of a tenth of its current: rises of the potential take few steps (they follow the
        law's logarithm), falls take one for each factor e. From 1e-3 to 1e6 times the exchange
        current density this needed at most 9 steps on self-affine profiles where the flat start
        needed up to 11.
        """
        law = self.charge_transfer
        if law is None or self.kinetics is None:
            return 0.0
        mean = self.applied_current_density / roughness_factor
        bends = (
            float(law.slope(np.zeros(1))[0]) * THERMAL_VOLTAGE
            if isinstance(law, OwnKinetics)
            else law.exchange_current_density
        )
        start = min(mean, max(bends, 0.1 * mean))
        return float(self.kinetics.overpotential(np.array(start)))

    @property
    def charge_transfer(self) -> ChargeTransfer | None:
        """The law without a film in series with it."""
        if isinstance(self.kinetics, InSeriesWithFilm):
            return self.kinetics.kinetics
        return self.kinetics


def current_problem(cell: Cell) -> CurrentProblem:
    """The current problem of a cell."""
    return CurrentProblem(
        cell.electrolyte.conductivity, cell.load.current_density, kinetic_law(cell.kinetics)
    )
