# SPDX-License-Identifier: BSD-3-Clause
"""Fitting circuits to a spectrum, and saying which of their parameters it tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from interfacefem.process.circuits import Circuit
from interfacefem.process.model_choice import aicc
from interfacefem.process.spectrum import Array, Complex, Spectrum

STARTS = 10  # random ones; the best is kept
MOST_ERROR = 0.5  # relative; above it a parameter is not told by the spectrum (assumed)
SUPPORT = 10.0  # in Akaike's criterion, for a richer circuit
_RESAMPLES = 40
_SEED = 0
_EXPONENTS = (0.3, 1.0)
_LEVELS = (0.025, 0.975)
_WIDE = 40.0  # in ln: nothing is that far from its guess


@dataclass(frozen=True)
class Fitted:
    """One parameter.

    Attributes:
        value: None where the spectrum does not tell it.
        estimate: Where the fit ended, told or not.
        low, high: 95 % interval by resampled residuals; None where held or not told.
        identifiable: Whether its relative error is at most 50 %; None where held.
    """

    value: float | None
    estimate: float
    low: float | None
    high: float | None
    identifiable: bool | None


@dataclass(frozen=True, eq=False)
class CircuitFit:
    """A circuit fitted to a spectrum.

    Attributes:
        circuit: Which.
        parameters: By name.
        residual: Root mean square of the relative residuals.
        aicc: Akaike's criterion.
        impedance: Of the fit at the frequencies measured, in ohm.
    """

    circuit: Circuit
    parameters: Mapping[str, Fitted]
    residual: float
    aicc: float
    impedance: Complex

    @property
    def resistance(self) -> float | None:
        """The circuit's ``resistances`` together, in ohm; None where one is not told."""
        parts = [self.parameters[name] for name in self.circuit.resistances]
        total = sum(part.estimate for part in parts)
        # a part that is not told matters only where it is a part worth mentioning
        told = all(part.identifiable is not False or part.estimate < 0.02 * total for part in parts)
        return total if told else None


def fit_circuit(
    spectrum: Spectrum,
    circuit: Circuit,
    held: Mapping[str, float] | None = None,
    *,
    intervals: bool = True,
) -> CircuitFit:
    """Least squares of relative residuals, logarithms of positive parameters.

    Args:
        spectrum: What was measured.
        circuit: What is fitted.
        held: Values that are known.
        intervals: Whether residuals are resampled.
    """
    held = dict(held or {})
    free = [name for name in circuit.parameters if name not in held]
    guesses = _guesses(spectrum, free)
    problem = _Problem(spectrum.angular, circuit, free, held)
    best = min(
        (problem.solve(spectrum.impedance, guess) for guess in guesses), key=lambda one: one.cost
    )
    values = problem.values(best.x)
    errors = _relative_errors(best)
    low: Mapping[str, float] = {}
    high: Mapping[str, float] = {}
    if intervals:
        low, high = _resampled(problem, spectrum, best)
    parameters = {}
    for place, name in enumerate(free):
        is_exponent = name.startswith("a_")
        told = bool(errors[place] <= MOST_ERROR) or is_exponent
        parameters[name] = Fitted(
            values[name] if told else None, values[name],
            low.get(name) if told else None, high.get(name) if told else None, told,
        )  # fmt: skip
    for name, value in held.items():
        parameters[name] = Fitted(value, value, None, None, None)
    points = 2 * len(spectrum.frequency)
    squares = 2 * float(best.cost)
    return CircuitFit(
        circuit,
        {name: parameters[name] for name in circuit.parameters},
        math.sqrt(squares / len(spectrum.frequency)),
        aicc(points, len(free), squares) or math.inf,
        circuit.impedance(spectrum.angular, values),
    )


def choose_circuit(spectrum: Spectrum, circuits: Sequence[Circuit]) -> list[CircuitFit]:
    """Fits of all circuits, the one to be believed first.

    A richer circuit is taken only where Akaike's criterion is smaller by more than 10 and the
    spectrum tells its resistances: by less, and with more starts, arcs are fitted to noise.

    Args:
        spectrum: What was measured.
        circuits: The plainest first.

    Source: K. P. Burnham, D. R. Anderson, Sociol. Methods Res. 33, 261 (2004), for the 10.
    """
    fits = [fit_circuit(spectrum, one, intervals=False) for one in circuits]
    best = fits[0]
    for fit in fits[1:]:
        told = all(fit.parameters[name].identifiable for name in fit.circuit.resistances)
        if fit.aicc < best.aicc - SUPPORT and (told or best.residual > 3 * fit.residual):
            best = fit
    rest = [fit for fit in fits if fit is not best]
    return [fit_circuit(spectrum, best.circuit), *rest]


@dataclass(frozen=True, eq=False)
class _Problem:
    angular: Array
    circuit: Circuit
    free: Sequence[str]
    held: Mapping[str, float]

    def values(self, x: Array) -> dict[str, float]:
        low, high = _EXPONENTS
        result = dict(self.held)
        for name, value in zip(self.free, x, strict=True):
            result[name] = (
                low + (high - low) / (1 + math.exp(-value))
                if name.startswith("a_")
                else math.exp(value)
            )
        return result

    def solve(self, impedance: Complex, guess: Array, tolerance: float = 1e-11) -> OptimizeResult:
        weight = 1 / np.abs(impedance)

        def residual(x: Array) -> Array:
            apart = (self.circuit.impedance(self.angular, self.values(x)) - impedance) * weight
            return np.concatenate((apart.real, apart.imag))

        bounds = (guess - _WIDE, guess + _WIDE)
        for place, name in enumerate(self.free):
            if name.startswith("a_"):
                bounds[0][place], bounds[1][place] = -6.0, 12.0
        return least_squares(
            residual, np.clip(guess, bounds[0] + 1e-6, bounds[1] - 1e-6), bounds=bounds,
            x_scale=1.0, max_nfev=120, ftol=tolerance, xtol=tolerance,
            gtol=1e-14,
        )  # fmt: skip


def _guesses(spectrum: Spectrum, free: Sequence[str]) -> list[Array]:
    """Random starts around what the spectrum's ends say; seeded: the same fit every time."""
    random = np.random.default_rng(_SEED)
    z, w = spectrum.impedance, spectrum.angular
    low, high = max(float(z.real.min()), 1e-6), max(float(z.real.max()), 1e-5)
    middle = math.sqrt(float(w.max()) * float(w.min()))
    typical = math.sqrt(low * high)
    starts = []
    for _ in range(STARTS):
        guess = []
        for name in free:
            if name.startswith("a_"):
                guess.append(random.uniform(0.5, 3.0))
            elif name == "L_H":
                guess.append(math.log(low / float(w.max())) + random.uniform(-6, -1))
            elif name.startswith("R_"):
                guess.append(random.uniform(math.log(low) - 1, math.log(high) + 1))
            elif name == "Q_blocking":
                last = max(-float(z[-1].imag), 1e-9)
                guess.append(-math.log(float(w.min()) * last) + random.uniform(-1, 1))
            else:
                at = random.uniform(math.log(middle) - 8, math.log(middle) + 8)
                guess.append(-at - math.log(typical))
        starts.append(np.array(guess))
    return starts


def _relative_errors(best: OptimizeResult) -> Array:
    """Standard deviation of each logarithm out of the Jacobian; inf where nothing moves."""
    jacobian = best.jac
    freedom = max(jacobian.shape[0] - jacobian.shape[1], 1)
    _, singular, rows = np.linalg.svd(jacobian, full_matrices=False)
    inverse = 1 / np.maximum(singular, 1e-150)
    variance = ((rows.T * inverse) ** 2).sum(axis=1) * 2 * best.cost / freedom
    errors: Array = np.sqrt(variance)
    return errors


def _resampled(
    problem: _Problem, spectrum: Spectrum, best: OptimizeResult
) -> tuple[dict[str, float], dict[str, float]]:
    """Quantiles of fits to the fit and its own relative residuals, drawn anew."""
    random = np.random.default_rng(_SEED)
    fit = problem.circuit.impedance(problem.angular, problem.values(best.x))
    relative = (spectrum.impedance - fit) / np.abs(fit)
    relative = relative - relative.mean()
    drawn = []
    for _ in range(_RESAMPLES):
        noise = relative[random.integers(len(fit), size=len(fit))]
        # residuals know no direction in the complex plane
        noise = noise * np.exp(2j * np.pi * random.random(len(fit)))
        drawn.append(problem.values(problem.solve(fit + noise * np.abs(fit), best.x, 1e-6).x))
    ends = {name: np.quantile([one[name] for one in drawn], _LEVELS) for name in problem.free}
    return (
        {name: float(pair[0]) for name, pair in ends.items()},
        {name: float(pair[1]) for name, pair in ends.items()},
    )
