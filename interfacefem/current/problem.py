# SPDX-License-Identifier: BSD-3-Clause
"""What is asked of the current solver."""

from __future__ import annotations

import math
from dataclasses import dataclass

from interfacefem.current.kinetics import ChargeTransfer, InSeriesWithFilm
from interfacefem.errors import InputError


@dataclass(frozen=True)
class CurrentProblem:
    """Ohmic conduction in the electrolyte with a charge-transfer law at the interface.

    ``div(k grad phi) = 0``; ``i_app`` enters through the top; the sides are insulated; at the
    interface the electrolyte touches metal at potential zero (Tran 2025, eqs 1 to 5).

    Attributes:
        conductivity: k in S/m.
        applied_current_density: i_app in A/m^2 of projected area, positive (plating).
        kinetics: The law at the interface; None for the primary current distribution, where the
            potential at the interface is zero.

    Raises:
        InputError: A value is not positive and finite.
    """

    conductivity: float
    applied_current_density: float
    kinetics: ChargeTransfer | InSeriesWithFilm | None

    def __post_init__(self) -> None:
        for name in ("conductivity", "applied_current_density"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError("out of range", field=name, found=value, expected="a value > 0")

    def flat_potential(self, roughness_factor: float) -> float:
        """Potential in V at a flat interface of the rough one's true length."""
        if self.kinetics is None:
            return 0.0
        return self.kinetics.overpotential(self.applied_current_density / roughness_factor)

    @property
    def charge_transfer(self) -> ChargeTransfer | None:
        """The law without a film in series with it."""
        if isinstance(self.kinetics, InSeriesWithFilm):
            return self.kinetics.kinetics
        return self.kinetics
