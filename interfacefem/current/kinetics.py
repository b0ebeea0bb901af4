# SPDX-License-Identifier: BSD-3-Clause
"""Charge-transfer laws at the interface between electrolyte and metal.

Sign convention, used everywhere: the overpotential ``eta`` is the potential of the electrolyte
at the interface over that of the metal, less the drop over a film; the current density ``i > 0``
plates metal and leaves the electrolyte along its outward normal. (Tran 2025 counts
``eta = phi_s - phi_e``, which is ``-eta`` here, and the anodic direction as positive.)
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.current.kinetics_table import KineticsTable
from interfacefem.current.own_kinetics import OwnKinetics, increasing_root
from interfacefem.errors import ConvergenceError
from interfacefem.parameters.cell import KineticsSection
from interfacefem.parameters.kinetics_points import KineticsPoints

Array = npt.NDArray[np.floating]

_MAX_ITERATIONS = 100
_RELATIVE_TOLERANCE = 1e-13
_SMALL_VOLTAGE = 1e-3  # V, where phi and eta both vanish


class Kinetics(Protocol):
    """A law ``i(eta)`` at the interface, increasing in eta."""

    def current_density(self, eta: Array) -> Array:
        """Plating current density in A/m^2 at the overpotentials ``eta`` in V."""
        ...

    def slope(self, eta: Array) -> Array:
        """Derivative di/deta in A/(m^2 V)."""
        ...

    def overpotential(self, current_density: Array) -> Array:
        """Overpotential in V that drives each current density in A/m^2."""
        ...


@dataclass(frozen=True)
class ButlerVolmer:
    """``i = i0 [exp(alpha_c F eta/RT) - exp(-alpha_a F eta/RT)]`` (Tran 2025, eq. 2).

    Attributes:
        exchange_current_density: i0 in A/m^2.
        alpha_a: Anodic charge-transfer coefficient (stripping).
        alpha_c: Cathodic charge-transfer coefficient (plating).
        temperature: T in K.
    """

    exchange_current_density: float
    alpha_a: float
    alpha_c: float
    temperature: float

    @property
    def thermal_voltage(self) -> float:
        """RT/F in V."""
        return GAS_CONSTANT * self.temperature / FARADAY

    def current_density(self, eta: Array) -> Array:
        """Plating current density in A/m^2."""
        u = eta / self.thermal_voltage
        # expm1 keeps small overpotentials exact
        return self.exchange_current_density * (
            np.expm1(self.alpha_c * u) - np.expm1(-self.alpha_a * u)
        )

    def slope(self, eta: Array) -> Array:
        """di/deta in A/(m^2 V)."""
        u = eta / self.thermal_voltage
        return (self.exchange_current_density / self.thermal_voltage) * (
            self.alpha_c * np.exp(self.alpha_c * u) + self.alpha_a * np.exp(-self.alpha_a * u)
        )

    def overpotential(self, current_density: Array) -> Array:
        """Overpotential in V for each current density in A/m^2.

        Raises:
            ConvergenceError: Newton's method, needed for unequal coefficients, failed.
        """
        alpha = np.where(np.asarray(current_density) > 0, self.alpha_c, self.alpha_a)
        ratio = current_density / (2 * self.exchange_current_density)
        eta: Array = self.thermal_voltage / alpha * np.arcsinh(ratio)
        if self.alpha_a == self.alpha_c:
            return eta
        for _ in range(_MAX_ITERATIONS):
            step = (self.current_density(eta) - current_density) / self.slope(eta)
            eta = eta - step
            if np.all(np.abs(step) <= _RELATIVE_TOLERANCE * (np.abs(eta) + self.thermal_voltage)):
                return eta
        # coefficients so unequal that the law bends sharply: slower, and certain
        missing = ConvergenceError(
            "no overpotential was found for a current density; check kinetics"
        )
        return increasing_root(
            lambda eta: self.current_density(eta) - current_density,
            self.slope,
            np.asarray(current_density, dtype=float),
            lambda missed: missing,
        )


@dataclass(frozen=True)
class LinearKinetics:
    """``i = i0 (alpha_a + alpha_c) F eta/RT``, the limit of Butler-Volmer for ``i << i0``.

    Attributes as in :class:`ButlerVolmer`.
    """

    exchange_current_density: float
    alpha_a: float
    alpha_c: float
    temperature: float

    @property
    def conductance(self) -> float:
        """di/deta in A/(m^2 V)."""
        thermal_voltage = GAS_CONSTANT * self.temperature / FARADAY
        return self.exchange_current_density * (self.alpha_a + self.alpha_c) / thermal_voltage

    def current_density(self, eta: Array) -> Array:
        """Plating current density in A/m^2."""
        return self.conductance * eta

    def slope(self, eta: Array) -> Array:
        """di/deta in A/(m^2 V)."""
        return np.full_like(eta, self.conductance)

    def overpotential(self, current_density: Array) -> Array:
        """Overpotential in V for each current density in A/m^2."""
        return current_density / self.conductance


@dataclass(frozen=True)
class TafelKinetics:
    """``i = i0 exp(alpha_c F eta/RT)``, the limit of Butler-Volmer for plating at ``i >> i0``.

    Attributes:
        exchange_current_density: i0 in A/m^2.
        alpha_c: Cathodic charge-transfer coefficient.
        temperature: T in K.
    """

    exchange_current_density: float
    alpha_c: float
    temperature: float

    @property
    def tafel_voltage(self) -> float:
        """RT/(alpha_c F) in V: the overpotential that multiplies the current by e."""
        return GAS_CONSTANT * self.temperature / (FARADAY * self.alpha_c)

    def current_density(self, eta: Array) -> Array:
        """Plating current density in A/m^2."""
        return self.exchange_current_density * np.exp(eta / self.tafel_voltage)

    def slope(self, eta: Array) -> Array:
        """di/deta in A/(m^2 V)."""
        return self.current_density(eta) / self.tafel_voltage

    def overpotential(self, current_density: Array) -> Array:
        """Overpotential in V for each current density in A/m^2, positive."""
        return self.tafel_voltage * np.log(current_density / self.exchange_current_density)


# laws with an exchange current density
ReferenceLaw = ButlerVolmer | LinearKinetics | TafelKinetics
ChargeTransfer = ReferenceLaw | OwnKinetics


def charge_transfer_law(law: Any) -> ChargeTransfer:
    """A law that solvers know, or a user's own made into one.

    Raises:
        InputError: It is no law; see :class:`OwnKinetics`.
    """
    return law if isinstance(law, ChargeTransfer) else OwnKinetics(law)


@dataclass(frozen=True)
class InSeriesWithFilm:
    """A charge-transfer law behind a film: ``phi = eta(i) + R i``.

    As a :class:`Kinetics` its argument is the potential over both, ``phi``.

    Attributes:
        kinetics: The law behind the film; a user's own is made into an :class:`OwnKinetics`.
        film_resistance: R in ohm m^2.
    """

    kinetics: ChargeTransfer
    film_resistance: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinetics", charge_transfer_law(self.kinetics))

    def charge_transfer_overpotential(self, phi: Array) -> Array:
        """The part eta of the potential phi in V that drives the charge transfer.

        Raises:
            ConvergenceError: Newton's method did not converge.
        """
        resistance = self.film_resistance
        if isinstance(self.kinetics, LinearKinetics):
            return phi / (1 + resistance * self.kinetics.conductance)
        if isinstance(self.kinetics, OwnKinetics):
            return self.kinetics.behind_film(phi, resistance)
        eta = self._bound_from_above(phi)
        for _ in range(_MAX_ITERATIONS):
            excess = eta + resistance * self.kinetics.current_density(eta) - phi
            step = excess / (1 + resistance * self.kinetics.slope(eta))
            eta = eta - step
            scale = np.abs(phi) + np.abs(eta) + _SMALL_VOLTAGE
            if np.all(np.abs(step) <= _RELATIVE_TOLERANCE * scale):
                return eta
        raise ConvergenceError(
            "the drop over the film was not found; check film_resistance and its unit"
        )

    def current_density(self, phi: Array) -> Array:
        """Plating current density in A/m^2."""
        return self.kinetics.current_density(self.charge_transfer_overpotential(phi))

    def slope(self, phi: Array) -> Array:
        """di/dphi in A/(m^2 V)."""
        slope = self.kinetics.slope(self.charge_transfer_overpotential(phi))
        return slope / (1 + self.film_resistance * slope)

    def overpotential(self, current_density: Array) -> Array:
        """Potential in V over law and film for each current density in A/m^2."""
        return self.kinetics.overpotential(current_density) + self.film_resistance * current_density

    def _bound_from_above(self, phi: Array) -> Array:
        """A start from which Newton's method falls monotonically: both terms take all of phi."""
        # where the film would take all of it, the charge transfer needs no more than this
        magnitude = np.abs(phi) / self.film_resistance
        if isinstance(self.kinetics, TafelKinetics):
            tiny = np.finfo(float).tiny
            ratio = np.maximum(magnitude / self.kinetics.exchange_current_density, tiny)
            bound = self.kinetics.tafel_voltage * np.log(ratio)
            return np.where(phi > 0, np.minimum(phi, bound), phi)
        law = self.kinetics
        assert isinstance(law, ButlerVolmer)
        # the opposite reaction carries at most the exchange current
        alpha = np.where(phi > 0, law.alpha_c, law.alpha_a)
        bound = law.thermal_voltage / alpha * np.log1p(magnitude / law.exchange_current_density)
        return np.sign(phi) * np.minimum(np.abs(phi), bound)


def kinetic_law(kinetics: KineticsSection) -> ChargeTransfer | InSeriesWithFilm | None:
    """The law at the interface of a cell; None for the primary current distribution.

    Raises:
        CaseError: A table was not read before, and cannot be read now.
        InputError: An object given is no law; see :class:`OwnKinetics`.
    """
    i0, temperature = kinetics.exchange_current_density, kinetics.temperature
    law: ChargeTransfer
    match kinetics.model:
        case "own":
            law = OwnKinetics(kinetics.law)
        case "table":
            law = _law_of_table(kinetics.points_read())
        case "primary":
            return None
        case "butler-volmer":
            law = ButlerVolmer(i0, kinetics.alpha_a, kinetics.alpha_c, temperature)
        case "linear":
            law = LinearKinetics(i0, kinetics.alpha_a, kinetics.alpha_c, temperature)
        case "tafel":
            law = TafelKinetics(i0, kinetics.alpha_c, temperature)
    return InSeriesWithFilm(law, kinetics.film_resistance) if kinetics.film_resistance > 0 else law


@functools.lru_cache(maxsize=64)
def _law_of_table(points: KineticsPoints) -> OwnKinetics:
    """Cached: a sweep asks for each of its points."""
    return OwnKinetics(KineticsTable(points))
