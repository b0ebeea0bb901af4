# SPDX-License-Identifier: BSD-3-Clause
"""What every program of the benchmark solves, and how its cost is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.current import ButlerVolmer, CurrentProblem
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine
from interfacefem.units import MA_PER_CM2, UM

POINTS = 1000
HEIGHT = 25 * UM
CONDUCTIVITY = 0.1  # S/m, 1 mS/cm
APPLIED = 3 * MA_PER_CM2
TEMPERATURE = 298.0
ALPHA = 0.5
EXCHANGE = (1 * MA_PER_CM2, 100 * MA_PER_CM2)
# (i0, i_app) of a grid of i0 = 0.1 to 100 mA/cm2 and k = 0.1 to 10 mS/cm at APPLIED: the potential
# is the same where k, i0 and i_app are scaled together, and the programs' k is CONDUCTIVITY
SWEEP_SHAPE = (7, 7)
SWEEP = [
    (exchange * MA_PER_CM2 / factor, APPLIED / factor)
    for exchange in np.geomspace(0.1, 100.0, SWEEP_SHAPE[0]).tolist()
    for factor in np.geomspace(0.1, 10.0, SWEEP_SHAPE[1]).tolist()
]
# where the grid meets the cases of single geometries
SWEEP_CHECKS = [
    min(
        range(len(SWEEP)),
        key=lambda j: abs(np.log(SWEEP[j][0] / exchange)) + abs(np.log(SWEEP[j][1] / APPLIED)),
    )
    for exchange in EXCHANGE
]


def rough() -> Profile:
    """Self-affine, 0.5 um rms, 30 um wide."""
    return self_affine(0.5 * UM, 30 * UM, points=POINTS, seed=1)


def steep() -> Profile:
    """Self-affine, 1 um rms, 30 um wide, slopes up to 80 degrees."""
    return self_affine(1 * UM, 30 * UM, hurst=0.5, shortest=0.3 * UM, points=POINTS, seed=2)


def overhanging() -> Profile:
    """Round pores with necks in a rough surface: overhangs, 0.6 um rms."""
    pores = keyhole_pores(0.9 * UM, 0.8 * UM, 6 * UM, 5)
    along = np.linspace(0.0, pores.length, POINTS)
    x = np.interp(along, pores.arc_length, pores.x)
    z = np.interp(along, pores.arc_length, pores.z)
    waves = self_affine(0.5 * UM, pores.width, points=POINTS, seed=3)
    # sheared along z, a curve that does not cross itself still does not
    return Profile(x, z + np.interp(x, waves.x, waves.z))


PROFILES: dict[str, Callable[[], Profile]] = {
    "rough": rough,
    "steep": steep,
    "overhanging": overhanging,
}


def current_problem(exchange: float, applied: float = APPLIED) -> CurrentProblem:
    """Butler-Volmer kinetics at 298 K; current densities in A/m^2."""
    law = ButlerVolmer(exchange, ALPHA, ALPHA, TEMPERATURE)
    return CurrentProblem(CONDUCTIVITY, applied, law)


@dataclass(frozen=True)
class Answer:
    """What a program found.

    Attributes:
        ratio_minus_one: i_max / i_min - 1.
        cells: Number of triangles.
        dofs: Number of unknowns.
        steps: Of Newton's method.
    """

    ratio_minus_one: float
    cells: int
    dofs: int
    steps: int


def extremes(
    potential: npt.NDArray[np.floating], exchange: float, cells: int, dofs: int, steps: int
) -> Answer:
    """Answer from the potential in V at nodes of the interface; i from the kinetics."""
    law = ButlerVolmer(exchange, ALPHA, ALPHA, TEMPERATURE)
    current = law.current_density(potential)
    return Answer(float(current.max() / current.min() - 1), int(cells), int(dofs), int(steps))


class Laps:
    """Process CPU time in s by what it was spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        spent = time.process_time() - started
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
