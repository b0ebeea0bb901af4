# SPDX-License-Identifier: BSD-3-Clause
"""What a spot of contact asks in potential for its current: charge transfer and film.

The current is the unknown: ``d eta/di`` is bounded by its value near equilibrium, where
``di/deta`` has exponentials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.current.kinetics import (
    ChargeTransfer,
    InSeriesWithFilm,
    Kinetics,
    LinearKinetics,
    TafelKinetics,
    charge_transfer_law,
)

Array = npt.NDArray[np.floating]

_TAFEL_FLOOR = 1e-9  # of the mean current: below it Tafel's law is continued


@dataclass(frozen=True, eq=False)
class SpotLaw:
    """``g(i) = eta(i) + R_f i`` at the samples in contact.

    Attributes:
        kinetics: Charge transfer without film, anything with ``overpotential(i)`` and
            ``slope(eta)`` that is increasing; None: none (primary distribution).
        film_resistance: R_f in ohm m^2, one number or one for each sample of the grid.
        smallest_current: In A/m^2. Tafel's law has no potential at or below zero current; below
            about this it is continued by ``asinh``, which differs from it by
            ``(smallest/i)^2`` above.
    """

    kinetics: Kinetics | None
    film_resistance: float | Array
    smallest_current: float

    @property
    def linear(self) -> bool:
        """Whether the resistance does not depend on the current."""
        return self.kinetics is None or isinstance(self.kinetics, LinearKinetics)

    def overpotential(self, current: Array) -> tuple[Array, Array]:
        """Charge-transfer overpotential eta in V and ``d eta/di`` in ohm m^2."""
        law = self.kinetics
        if law is None:
            return np.zeros_like(current), np.zeros_like(current)
        if isinstance(law, TafelKinetics):
            volt, least = law.tafel_voltage, self.smallest_current
            eta = volt * (
                np.arcsinh(current / (2 * least)) + np.log(least / law.exchange_current_density)
            )
            return eta, volt / np.hypot(current, 2 * least)
        eta = law.overpotential(current)
        return eta, 1 / law.slope(eta)

    def restricted(self, where: npt.NDArray[np.bool_]) -> SpotLaw:
        """The law at some samples of the grid alone."""
        film = self.film_resistance
        if np.ndim(film):
            film = np.broadcast_to(film, where.shape)[where]
        return SpotLaw(self.kinetics, film, self.smallest_current)


def spot_law(
    kinetics: ChargeTransfer | InSeriesWithFilm | None,
    applied_current_density: float,
    film_resistance: float | Array = 0.0,
) -> SpotLaw:
    """The law of a cell; a film in the kinetics and one given beside it add up.

    Args:
        kinetics: As in :class:`~interfacefem.current.problem.CurrentProblem`: any object with
            ``current_density(overpotential)`` is a law.
        applied_current_density: In A/m^2.
        film_resistance: In ohm m^2, one number or one for each sample.

    Raises:
        InputError: The kinetics are no law.
    """
    if isinstance(kinetics, InSeriesWithFilm):
        film_resistance = film_resistance + kinetics.film_resistance
        kinetics = kinetics.kinetics
    if kinetics is not None:
        kinetics = charge_transfer_law(kinetics)
    return SpotLaw(kinetics, film_resistance, _TAFEL_FLOOR * applied_current_density)
