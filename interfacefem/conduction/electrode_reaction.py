# SPDX-License-Identifier: BSD-3-Clause
"""What happens at an electrode that reacts, and the current that results."""

from __future__ import annotations

from dataclasses import dataclass

from interfacefem.conduction.electrode_plane import PlaneCurrent
from interfacefem.current.kinetics import ChargeTransfer, InSeriesWithFilm, kinetic_law
from interfacefem.parameters.cell import KineticsSection


@dataclass(frozen=True)
class Reaction:
    """What happens at the electrode, and what is applied; one of the last two.

    Attributes:
        law: Charge transfer.
        film_resistance: Of a film in series, in ohm m^2.
        current_density: Mean over the whole plane in A/m^2.
        potential: Of the counter electrode over the metal in V.
    """

    law: ChargeTransfer
    film_resistance: float = 0.0
    current_density: float | None = None
    potential: float | None = None


@dataclass(frozen=True, eq=False)
class ReactingCurrent(PlaneCurrent):
    """Current density at the plane of a reacting electrode.

    Attributes:
        current_density: Mean over the whole plane, in A/m^2.
        potential: Of the counter electrode over the metal, in V.
        bulk: Resistance of the volume between two plates, length over ``sigma_eff``, in ohm m^2.
        constriction: What the plane adds to it since it is no equipotential; not negative, by
            Thomson's principle.
        charge_transfer: Dissipation of the charge transfer over the square of the mean current
            density.
        film: The same of the film.
        iterations: Of the conjugate gradients.
        steps: Of Newton's method.
    """

    current_density: float
    potential: float
    bulk: float
    constriction: float
    charge_transfer: float
    film: float
    iterations: int
    steps: int

    @property
    def resistance(self) -> float:
        """Area-specific resistance of all, in ohm m^2."""
        return self.potential / self.current_density


def reaction_of(kinetics: KineticsSection, current_density: float) -> Reaction | None:
    """What happens at the electrode of a cell; None for the primary current distribution.

    Args:
        kinetics: Of the cell.
        current_density: Mean over the whole plane in A/m^2.

    Raises:
        InputError: A table cannot be read, or an object given is no law.
    """
    law = kinetic_law(kinetics)
    if law is None:
        return None
    if isinstance(law, InSeriesWithFilm):
        return Reaction(law.kinetics, law.film_resistance, current_density)
    return Reaction(law, 0.0, current_density)
