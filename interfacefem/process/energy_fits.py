# SPDX-License-Identifier: BSD-3-Clause
"""Laws of a size, a conductivity or a capacity over the milling energy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeWarning, curve_fit

from interfacefem.errors import InputError
from interfacefem.process.model_choice import aicc

Array = npt.NDArray[np.floating]

FEWEST_POINTS = 4  # of a fit; three points cannot say how well they are met
_RESAMPLES = 200
_SEED = 0
_LEVELS = (0.025, 0.975)


@dataclass(frozen=True)
class EnergyFit:
    """A law fitted to points.

    Attributes:
        law: ``"exponential"``, ``"power"`` or ``"optimum"``.
        values: Of its parameters by name.
        low, high: 95 % interval of each over resampled points; None where it is not known.
        rms: Root of the mean squared residual, in the unit of y.
        aicc: Akaike's criterion; None with too few points.
        points: Number of points fitted.
    """

    law: str
    values: Mapping[str, float]
    low: Mapping[str, float | None]
    high: Mapping[str, float | None]
    rms: float
    aicc: float | None
    points: int


def fit_exponential(energy: Array, y: Array, start: float | None = None) -> EnergyFit | None:
    """``y = limit + (first - limit) exp(-E/scale)``; None below four points.

    Args:
        energy: E_m in any unit, shape (n,), above 0.
        y: Positive values, shape (n,).
        start: Points below are left out; default: those before the largest y.

    Returns:
        Parameters ``limit``, ``first``, ``scale``.
    """
    start = float(energy[np.argmax(y)]) if start is None else start
    kept = energy >= start

    def law(e: Array, limit: float, first: float, scale: float) -> Array:
        # logarithms of the parameters keep them positive
        low, high = math.exp(limit), math.exp(first)
        return low + (high - low) * np.exp(-e / math.exp(scale))

    def fit(e: Array, v: Array) -> Array | None:
        middle = math.exp(float(np.mean(np.log(e))))
        guesses = (middle / 3, middle, 3 * middle)
        tries = [
            _fitted(law, e, v, [math.log(v.min()), math.log(v.max()), math.log(scale)])
            for scale in guesses
        ]
        return _best(law, e, v, tries)

    names = ("limit", "first", "scale")
    return _fit("exponential", names, fit, law, energy[kept], y[kept], np.exp)


def fit_power(energy: Array, y: Array) -> EnergyFit | None:
    """``y = factor E^(-exponent)``, least squares of y; None below four points."""

    def law(e: Array, factor: float, exponent: float) -> Array:
        return np.exp(factor - exponent * np.log(e))

    def fit(e: Array, v: Array) -> Array | None:
        if len(np.unique(e)) < 2:
            return None
        slope, level = np.polyfit(np.log(e), np.log(v), 1)
        return _fitted(law, e, v, [level, -slope])

    return _fit(
        "power", ("factor", "exponent"), fit, law, energy, y,
        lambda found: np.array([math.exp(found[0]), found[1]]),
    )  # fmt: skip


def fit_optimum(energy: Array, y: Array) -> EnergyFit | None:
    """A parabola in ln E and its vertex; None below four points.

    Returns:
        Parameters ``vertex`` (in the unit of E), ``height`` (y there) and ``curvature``; an
        interval of the vertex only where every resample has a maximum or every one a minimum.
    """

    def law(e: Array, *values: float) -> Array:
        return np.polyval(values, np.log(e))

    def fit(e: Array, v: Array) -> Array | None:
        return np.polyfit(np.log(e), v, 2) if len(np.unique(e)) >= 3 else None

    names = ("vertex", "height", "curvature")
    return _fit("optimum", names, fit, law, energy, y, _vertex_form)


def parabola_vertex(energy: Array, y: Array) -> float:
    """Where a parabola in ln E through three points has its vertex; they cannot say how surely."""
    return float(_vertex_form(np.polyfit(np.log(energy), y, 2))[0])


def best_fit(fits: list[EnergyFit | None]) -> EnergyFit | None:
    """The one with the smallest criterion; None where no criterion exists."""
    ranked = [fit for fit in fits if fit is not None and fit.aicc is not None]
    return min(ranked, key=lambda fit: fit.aicc or 0.0) if ranked else None


def _vertex_form(found: Array) -> Array:
    curvature, slope, level = found
    at = -slope / (2 * curvature) if curvature else math.nan
    # far beyond every energy is nowhere
    vertex = math.exp(at) if abs(at) < 300 else math.nan
    return np.array([vertex, level - slope**2 / (4 * curvature) if curvature else level, curvature])


def _fit(
    name: str,
    parameters: tuple[str, ...],
    fit: Callable[[Array, Array], Array | None],
    law: Callable[..., Array],
    energy: Array,
    y: Array,
    readable: Callable[[Array], Array],
) -> EnergyFit | None:
    if (energy <= 0).any() or (name != "optimum" and (y <= 0).any()):
        raise InputError(
            "only positive values can be fitted", field=name,
            found=f"{min(energy.min(), y.min()):g}", expected="numbers above 0",
        )  # fmt: skip
    if len(energy) < FEWEST_POINTS:
        return None
    found = fit(energy, y)
    if found is None:
        return None
    squares = float(((y - law(energy, *found)) ** 2).sum())
    low, high = _interval(fit, energy, y, readable, parameters)
    values = dict(zip(parameters, (float(value) for value in readable(found)), strict=True))
    return EnergyFit(
        name, values, low, high, math.sqrt(squares / len(y)),
        aicc(len(y), len(parameters), squares), len(y),
    )  # fmt: skip


def _interval(
    fit: Callable[[Array, Array], Array | None],
    energy: Array,
    y: Array,
    readable: Callable[[Array], Array],
    parameters: tuple[str, ...],
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Quantiles over resampled points; as many different ones as parameters and one more."""
    nothing: dict[str, float | None] = dict.fromkeys(parameters)
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_RESAMPLES):
        chosen = random.integers(len(y), size=len(y))
        if len(np.unique(chosen)) <= len(parameters):
            continue
        found = fit(energy[chosen], y[chosen])
        if found is not None:
            drawn.append(readable(found))
    if len(drawn) < _RESAMPLES // 4:
        return nothing, dict(nothing)
    values = np.array(drawn)
    low, high = dict(nothing), dict(nothing)
    for place, name in enumerate(parameters):
        column = values[:, place]
        if not np.isfinite(column).all():
            continue
        if name == "vertex" and np.ptp(np.sign(values[:, -1])) > 0:
            continue
        ends = np.quantile(column, _LEVELS)
        low[name], high[name] = float(ends[0]), float(ends[1])
    return low, high


def _fitted(law: Callable[..., Array], e: Array, v: Array, guess: list[float]) -> Array | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OptimizeWarning)
            with np.errstate(over="ignore", invalid="ignore"):
                found, _ = curve_fit(law, e, v, guess, maxfev=2000)
    except (RuntimeError, OverflowError, ValueError, TypeError):
        # points that no such law goes through
        return None
    result: Array | None = found if np.isfinite(found).all() else None
    return result


def _best(law: Callable[..., Array], e: Array, v: Array, tries: list[Array | None]) -> Array | None:
    fits = [one for one in tries if one is not None]
    if not fits:
        return None
    return min(fits, key=lambda one: float(((law(e, *one) - v) ** 2).sum()))
