# SPDX-License-Identifier: BSD-3-Clause
"""Impedance of a pressed interface: spots, charge transfer, double layer, gap, bulk.

Linearised at the operating point. On the contact ``z = R_f + 1/(1/R_ct + j w C_dl)``, off it
``z = gap/(j w e0)``; the current under an amplitude of 1 V solves ``(S_w + z) i = 1`` with
``S_w = S k/(k + j w e0 e_r)``, complex symmetric: conjugate orthogonal conjugate gradients (H. A.
van der Vorst and J. B. M. Melissen, IEEE Trans. Magn. 26, 706 (1990)) on the whole grid,
preconditioned by ``1/(z + s)``. With its residual r the admittance ``<i> + <i r>`` is wrong in the
second order of r alone.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ConvergenceError, InputError
from interfacefem.interface.pressed import PressedSurface
from interfacefem.interface.spot_current import SpotCurrent, SpotProblem

Array = npt.NDArray[np.floating]
ComplexArray = npt.NDArray[np.complexfloating]

VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m, CODATA 2018
SMALLEST_GAP = 1e-9  # m: closer than that it is no vacuum; touches 0.04 % of the nodes of a map
_TOLERANCE = 1e-3
_MOST_ITERATIONS = 5000
_PATTERNS = 3  # of lower frequencies, that a frequency begins with
_SAME_PATTERN = 1e-10


@dataclass(frozen=True)
class InterfaceCapacitances:
    """What stores charge.

    Attributes:
        double_layer: C_dl in F/m^2 of contact.
        relative_permittivity: e_r of the electrolyte.
    """

    double_layer: float
    relative_permittivity: float

    def __post_init__(self) -> None:
        for name in ("double_layer", "relative_permittivity"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError("out of range", field=name, found=value, expected="at least 0")


@dataclass(frozen=True, eq=False)
class ImpedanceSpectrum:
    """Area-specific impedance against frequency.

    Attributes:
        frequencies: In Hz, shape ``(n,)``.
        impedance: In ohm m^2, of interface and bulk, shape ``(n,)``.
        bulk: The bulk's part of it, shape ``(n,)``.
        iterations: Of conjugate gradients at each frequency.
        cpu_s: Process CPU time in s.
    """

    frequencies: Array
    impedance: ComplexArray
    bulk: ComplexArray
    iterations: tuple[int, ...]
    cpu_s: float

    @property
    def interface(self) -> ComplexArray:
        """Without the bulk, in ohm m^2."""
        return self.impedance - self.bulk


def solve_impedance(
    pressed: PressedSurface,
    solution: SpotCurrent,
    frequencies: npt.ArrayLike,
    capacitances: InterfaceCapacitances,
    *,
    tolerance: float = _TOLERANCE,
) -> ImpedanceSpectrum:
    """Impedance at the operating point of a solution.

    Args:
        pressed: Gives the gap.
        solution: The direct current about which all is linear.
        frequencies: In Hz, positive, any order.
        capacitances: Double layer and permittivity.
        tolerance: Of the residual, relative; the impedance is off by about its square.

    Raises:
        InputError: A frequency is not positive.
        ConvergenceError: The current was not found.
    """
    hertz = np.atleast_1d(np.asarray(frequencies, dtype=float))
    if hertz.size == 0 or not (np.isfinite(hertz).all() and hertz.min() > 0):
        raise InputError(
            "out of range", field="frequencies", found=hertz.tolist(), expected="above 0 Hz"
        )
    started = time.process_time()
    problem = solution.problem
    local = _Local(pressed, solution, capacitances)
    symbol = problem.grid.constriction_symbol(
        problem.conductivity, problem.height, complex_values=True
    )
    admittances = np.zeros(len(hertz), dtype=complex)
    bulk = np.zeros(len(hertz), dtype=complex)
    iterations = np.zeros(len(hertz), dtype=int)
    known: deque[_Pattern] = deque(maxlen=_PATTERNS)
    for place in np.argsort(hertz):  # each begins with the patterns of those below
        omega = 2 * math.pi * hertz[place]
        displaced = 1j * omega * VACUUM_PERMITTIVITY * capacitances.relative_permittivity
        lossy = problem.conductivity / (problem.conductivity + displaced)
        system = _System(problem, symbol, local.impedance(omega), lossy)
        pattern, admittances[place], iterations[place] = system.solve(known, tolerance)
        known.append(pattern)
        bulk[place] = problem.height / problem.conductivity * lossy
    return ImpedanceSpectrum(
        hertz,
        1 / admittances + bulk,
        bulk,
        tuple(int(count) for count in iterations),
        time.process_time() - started,
    )


class _Local:
    """Impedance of each sample by itself."""

    def __init__(
        self, pressed: PressedSurface, solution: SpotCurrent, capacitances: InterfaceCapacitances
    ) -> None:
        self._contact = pressed.contact
        self._gap = np.maximum(pressed.gap[~pressed.contact], SMALLEST_GAP)
        law = solution.problem.law.restricted(pressed.contact)
        _, self._transfer = law.overpotential(solution.current[pressed.contact])
        self._film = law.film_resistance
        self._double_layer = capacitances.double_layer

    def impedance(self, omega: float) -> ComplexArray:
        z = np.empty(self._contact.shape, dtype=complex)
        charging = 1j * omega * self._double_layer
        z[self._contact] = self._film + self._transfer / (1 + charging * self._transfer)
        z[~self._contact] = self._gap / (1j * omega * VACUUM_PERMITTIVITY)
        return z


@dataclass(frozen=True, eq=False)
class _Pattern:
    """A current in A/m^2 and S of it in V without displacement current, shape ``grid.shape``."""

    current: ComplexArray
    constricted: ComplexArray


class _System:
    """``(lossy S + z) i = 1`` at one frequency."""

    def __init__(
        self, problem: SpotProblem, symbol: Array, local: ComplexArray, lossy: complex
    ) -> None:
        self._grid, self._symbol = problem.grid, symbol
        self._local, self._lossy = local, lossy
        self._inverse = 1 / (local + problem.own_resistance * lossy)
        self._weights = problem.grid.weights
        self._measure = self._weights * np.abs(self._inverse)

    def _dot(self, one: ComplexArray, other: ComplexArray) -> complex:
        """Without conjugation."""
        return complex(np.dot((self._weights * one).ravel(), other.ravel()))

    def _mean(self, current: ComplexArray) -> complex:
        return complex(np.vdot(self._weights, current))

    def _image(self, pattern: _Pattern) -> ComplexArray:
        return self._lossy * pattern.constricted + self._local * pattern.current

    def _begun(self, known: Sequence[_Pattern]) -> tuple[_Pattern, ComplexArray]:
        """The combination of patterns known that Galerkin's condition picks, and its image.

        S is of no frequency, so that it costs no transform.
        """
        images = [self._image(pattern) for pattern in known]
        weighted = [(self._weights * pattern.current).ravel() for pattern in known]
        matrix = np.array([[np.dot(one, image.ravel()) for image in images] for one in weighted])
        means = np.array([one.sum() for one in weighted])
        # neighbours at low frequencies are the same pattern
        shares = np.linalg.lstsq(matrix, means, rcond=_SAME_PATTERN)[0]
        current, constricted, image = (np.zeros_like(images[0]) for _ in range(3))
        for share, one, own in zip(shares, known, images, strict=True):
            current += share * one.current
            constricted += share * one.constricted
            image += share * own
        return _Pattern(current, constricted), image

    def solve(self, known: Sequence[_Pattern], tolerance: float) -> tuple[_Pattern, complex, int]:
        """Current, admittance in S/m^2, iterations.

        Args:
            known: Solutions at other frequencies.
            tolerance: Of the residual, relative.

        Raises:
            ConvergenceError: Too many iterations.
        """
        if known:
            begun, image = self._begun(known)
        else:
            guess = self._inverse
            begun = _Pattern(guess, self._grid.apply(self._symbol, guess))
            image = self._image(begun)
        current, constricted = begun.current.copy(), begun.constricted.copy()
        residual = 1 - image
        wanted = tolerance**2 * float(self._measure.sum())
        direction = np.zeros_like(current)
        before = complex(math.inf)
        for iteration in range(_MOST_ITERATIONS):
            if float(np.vdot(residual, self._measure * residual).real) <= wanted:
                admittance = self._mean(current) + self._dot(current, residual)
                return _Pattern(current, constricted), admittance, iteration
            z = self._inverse * residual
            now = self._dot(residual, z)
            direction *= now / before
            direction += z
            before = now
            across = self._grid.apply(self._symbol, direction)
            image = self._image(_Pattern(direction, across))
            share = now / self._dot(direction, image)
            current += share * direction
            constricted += share * across
            residual -= share * image
        raise ConvergenceError(
            f"the alternating current did not converge in {_MOST_ITERATIONS} iterations; "
            "try frequencies nearer to those before"
        )
