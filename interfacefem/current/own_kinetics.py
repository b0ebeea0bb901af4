# SPDX-License-Identifier: BSD-3-Clause
"""A user's own charge-transfer law: any object with ``current_density(overpotential)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.current.constants import THERMAL_VOLTAGE
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.units import MA_PER_CM2

Array = npt.NDArray[np.floating]
Function = Callable[[Array], Array]

_FIELD = "kinetics"
_DERIVATIVES = ("derivative", "slope")  # names under which a law may bring its derivative
# of central differences: the cube root of the rounding error, where both errors are least
_STEP = float(np.cbrt(np.finfo(float).eps))
_TOLERANCE = 1e-3  # of a derivative against differences
_FIRST_BRACKET, _FARTHEST = 0.05, 1e6  # V
_MAX_STEPS = 200
_ROUNDING = 4 * float(np.finfo(float).eps)
_LEAST_SLOPE = 1e-12  # of that at zero; a law that is flat somewhere still has a Newton step
_PROBED = np.geomspace(1e-4, 0.2, 45)
_MUST_BE_FINITE = 1e-2  # V
_EXPECTED = (
    "an object with current_density(overpotential): an array of V in, A/m^2 of the same shape out, "
    "increasing, positive where metal is plated"
)


@dataclass(frozen=True, eq=False)
class OwnKinetics:
    """A law given as an object, checked, with the slope and the inverse that solvers need.

    Attributes:
        law: Has ``current_density(overpotential)``, vectorised and increasing, from V to A/m^2. It
            may have ``derivative(overpotential)`` in A/(m^2 V) (or ``slope``), which is compared
            with differences here; otherwise differences are taken. It may have
            ``overpotential_range``, two values in V beyond which it is extrapolated: results that
            reach there say so.

    Raises:
        InputError: There is no such method, it fails, or it is not vectorised, finite just above
            zero, increasing, or positive at positive overpotentials; the derivative is another.
    """

    law: Any

    def __post_init__(self) -> None:
        if not callable(getattr(self.law, "current_density", None)):
            raise InputError(
                "is no law of charge transfer",
                field=_FIELD,
                found=type(self.law).__name__,
                expected=_EXPECTED,
            )
        probed = np.concatenate([-_PROBED[::-1], [0.0], _PROBED])
        with np.errstate(all="ignore"):
            current = self.current_density(probed)
            if not np.array_equal(current, self.current_density(probed), equal_nan=True):
                raise InputError(
                    "gives another current for the same overpotentials at its second call",
                    field=_FIELD, found="a law that changes or draws at random", expected=_EXPECTED,
                )  # fmt: skip
            self._check_current(probed, current)
            for name in _DERIVATIVES:
                if callable(getattr(self.law, name, None)):
                    self._check_derivative(name, probed, self._called(name, probed))

    def current_density(self, eta: Array) -> Array:
        """Plating current density in A/m^2 at the overpotentials ``eta`` in V."""
        return self._called("current_density", eta)

    def slope(self, eta: Array) -> Array:
        """di/deta in A/(m^2 V); where the law is flat, a value that is just above zero."""
        least = _LEAST_SLOPE * max(float(self._slope(np.zeros(1))[0]), np.finfo(float).tiny)
        with np.errstate(invalid="ignore"):
            return np.maximum(self._slope(eta), least)

    def overpotential(self, current_density: Array) -> Array:
        """Overpotential in V that drives each current density in A/m^2.

        Raises:
            InputError: The law reaches no such current density.
        """
        wanted = np.asarray(current_density, dtype=float)
        return increasing_root(
            lambda eta: self.current_density(eta) - wanted,
            self.slope,
            wanted,
            lambda missed: self._not_reached(wanted, missed),
        )

    def behind_film(self, phi: Array, film_resistance: float) -> Array:
        """The part eta of ``phi = eta + R i(eta)`` in V, R in ohm m^2."""
        phi = np.asarray(phi, dtype=float)
        return increasing_root(
            lambda eta: eta + film_resistance * self.current_density(eta) - phi,
            lambda eta: 1 + film_resistance * self.slope(eta),
            phi,
            lambda missed: self._not_reached(phi / film_resistance, missed),
        )

    def require_increasing(self, eta: Array) -> None:
        """Refuse a law that does not increase where a solution lies, eta in V.

        Raises:
            InputError: It does not; the overpotential is named.
        """
        slope = self._slope(eta)
        if not np.all(slope > 0):
            where = int(np.argmin(np.where(np.isnan(slope), -np.inf, slope)))
            raise InputError(
                "does not increase",
                field=_FIELD,
                found=f"a derivative of {slope.flat[where]:.3g} A/(m^2 V) at "
                f"{eta.flat[where]:.4g} V, where the solution lies",
                expected=_EXPECTED,
            )

    def _slope(self, eta: Array) -> Array:
        for name in _DERIVATIVES:
            if callable(getattr(self.law, name, None)):
                return self._called(name, eta)
        eta = np.asarray(eta, dtype=float)
        step = _STEP * np.maximum(np.abs(eta), THERMAL_VOLTAGE)
        above, below = eta + step, eta - step
        return (self.current_density(above) - self.current_density(below)) / (above - below)

    def _called(self, name: str, eta: Array) -> Array:
        """The law sees one-dimensional arrays that are not empty, whatever the solver holds.

        They are copies, and so is what comes back: a law may write into either later.
        """
        eta = np.asarray(eta, dtype=float)
        if eta.size == 0:
            return np.zeros_like(eta)
        try:
            given = getattr(self.law, name)(eta.flatten())
            found = given if hasattr(given, "units") else np.asarray(given)
        except InterfaceFemError:
            raise
        except Exception as error:  # whatever a user's code may raise
            raise InputError(
                f"{name} failed for an array of {eta.size} overpotentials",
                field=_FIELD,
                found=f"{type(error).__name__}: {error}",
                expected=_EXPECTED,
            ) from error
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "iuf":
            raise InputError(
                f"{name} gives no plain real numbers",
                field=_FIELD,
                found=str(getattr(found, "units", found.dtype)),
                expected=_EXPECTED,
            )
        if found.shape != (eta.size,):
            raise InputError(
                f"{name} is not vectorised",
                field=_FIELD,
                found=f"shape {found.shape} for {eta.size} overpotentials",
                expected=_EXPECTED,
            )
        return found.astype(float).reshape(eta.shape)

    def _check_current(self, eta: Array, current: Array) -> None:
        def refuse(message: str, where: int) -> InputError:
            found = f"{current[where]:.4g} A/m^2 at {eta[where]:.4g} V"
            return InputError(message, field=_FIELD, found=found, expected=_EXPECTED)

        finite = np.isfinite(current)
        must = (eta > 0) & (eta <= _MUST_BE_FINITE)
        if not finite[must].all():
            raise refuse("is not finite", int(np.flatnonzero(must & ~finite)[0]))
        eta, current = eta[finite], current[finite]
        falls = np.flatnonzero(np.diff(current) < 0)
        if len(falls):
            raise refuse("does not increase", int(falls[0]) + 1)
        if not current[-1] > current[0]:
            raise refuse("does not increase", len(current) - 1)
        if not current[-1] > 0:
            raise refuse("plates no metal at positive overpotentials", len(current) - 1)

    def _check_derivative(self, name: str, eta: Array, given: Array) -> None:
        step = _STEP * np.maximum(np.abs(eta), THERMAL_VOLTAGE)
        here = self.current_density(eta)
        above = (self.current_density(eta + step) - here) / step
        below = (here - self.current_density(eta - step)) / step
        middle = (above + below) / 2
        known = np.isfinite(middle)
        scale = np.abs(middle[known]).max(initial=0.0)
        # where a law has a kink, either side's derivative is right
        allowed = _TOLERANCE * np.abs(middle) + np.abs(above - below) + 1e-6 * scale
        wrong = np.flatnonzero(known & ~(np.abs(given - middle) <= allowed))
        if len(wrong):
            worst = int(wrong[np.argmax(np.abs(given - middle)[wrong])])
            raise InputError(
                f"{name} is not the derivative of current_density",
                field=_FIELD,
                found=f"{given[worst]:.4g} A/(m^2 V) at {eta[worst]:.4g} V",
                expected=f"{middle[worst]:.4g}, or no {name}",
            )

    def _not_reached(self, wanted: Array, missed: npt.NDArray[np.bool_]) -> InputError:
        current = float(np.abs(wanted[missed]).max())
        return InputError(
            "does not carry the current",
            field=_FIELD,
            found=f"less than {current / MA_PER_CM2:.4g} mA/cm2 at any overpotential",
            expected="another law, or a smaller current density",
        )


def increasing_root(
    function: Function,
    slope: Function,
    places: Array,
    refuse: Callable[[npt.NDArray[np.bool_]], InterfaceFemError],
) -> Array:
    """Where an increasing function of eta vanishes, for each entry of an array.

    The bracket is widened from zero, so that no exponential is evaluated far beyond the root; in
    it Newton's method, bisected where that leaves it or is slow (W. H. Press et al., Numerical
    Recipes, 3rd ed., 2007, section 9.4).

    Args:
        function: Of eta in V, an entry for each of ``places``.
        slope: Its derivative, above zero.
        places: An array of the shape that is wanted.
        refuse: Error where there is no such eta, given which entries.
    """
    low, high = np.zeros_like(places), np.zeros_like(places)
    with np.errstate(all="ignore"):
        below, above = ~(function(low) <= 0), ~(function(high) >= 0)
        width = _FIRST_BRACKET
        while (below.any() or above.any()) and width <= _FARTHEST:
            low, high = np.where(below, -width, low), np.where(above, width, high)
            below &= ~(function(low) <= 0)
            above &= ~(function(high) >= 0)
            width *= 2
        if below.any() or above.any():
            raise refuse(below | above)
        eta = (low + high) / 2
        before = high - low
        for _ in range(_MAX_STEPS):
            value = function(eta)
            low, high = np.where(value <= 0, eta, low), np.where(value >= 0, eta, high)
            following = eta - value / slope(eta)
            fast = (following > low) & (following < high) & (np.abs(following - eta) < before / 2)
            following = np.where(fast, following, (low + high) / 2)
            before = np.abs(following - eta)
            eta = following
            if np.all(before <= _ROUNDING * np.abs(eta)):
                break
    return eta
