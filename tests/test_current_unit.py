# SPDX-License-Identifier: BSD-3-Clause
"""Points of one geometry solved together are the points solved alone, in any order."""

from __future__ import annotations

import numpy as np
import pytest

from interfacefem.current.run import CurrentRun
from interfacefem.current.unit import CurrentUnit, in_spread_order
from interfacefem.errors import InterfaceFemError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine
from interfacefem.units import UM

PROFILES = {
    "rough": self_affine(0.5 * UM, 40 * UM, points=500, seed=3),
    "pores": keyhole_pores(2 * UM, 1.2 * UM, 14 * UM, 2, points_per_pore=100),
}


class Limited:
    """Levels off at 60 A/m^2."""

    def current_density(self, overpotential: np.ndarray) -> np.ndarray:
        return 60 * np.tanh(10 * overpotential)


def cells() -> list[Cell]:
    """Laws, films and loads over decades."""
    found = [
        Cell(conductivity=f"{k} mS/cm", exchange_current_density=f"{i0} mA/cm^2")
        for k in (0.1, 1, 100)
        for i0 in (0.01, 1, 100)
    ]
    found += [
        Cell(model="tafel", conductivity="0.5 mS/cm", exchange_current_density="0.02 mA/cm^2"),
        Cell(model="linear", conductivity="0.5 mS/cm", exchange_current_density="50 mA/cm^2"),
        Cell(film_resistance="40 ohm*cm^2", conductivity="0.3 mS/cm"),
        Cell(kinetics=Limited(), current_density="1 mA/cm^2"),
        Cell(model="primary"),
        Cell(conductivity="1000 S/cm", exchange_current_density="0.01 mA/cm^2"),
    ]
    return found


def excess(run: CurrentRun) -> float:
    return run.metrics.i_max / run.metrics.i_min - 1


@pytest.fixture(scope="module", params=PROFILES)
def solved(request) -> tuple[Profile, CurrentUnit, list[CurrentRun]]:
    profile = PROFILES[request.param]
    unit = CurrentUnit(profile, cells(), MPI.COMM_SELF, 12 * UM)
    runs = unit.run()
    assert not any(isinstance(run, InterfaceFemError) for run in runs)
    return profile, unit, runs


def test_a_point_is_what_it_is_alone_on_the_units_mesh(solved) -> None:
    _, unit, runs = solved
    for cell, run in zip(cells(), runs, strict=True):
        alone = unit.alone(cell)
        assert excess(run) == pytest.approx(excess(alone), rel=1e-8, abs=1e-12)
        assert run.windows.excess == pytest.approx(alone.windows.excess, rel=1e-8, abs=1e-12)
        assert run.metrics.area_specific_resistance == pytest.approx(
            alone.metrics.area_specific_resistance, rel=1e-10
        )
        assert run.i_ratio_error == pytest.approx(alone.i_ratio_error, rel=1e-2)


def test_the_order_of_the_points_does_not_show(solved) -> None:
    profile, _, runs = solved
    order = np.random.default_rng(0).permutation(len(runs))
    shuffled = [cells()[place] for place in order]
    again = CurrentUnit(profile, shuffled, MPI.COMM_SELF, 12 * UM).run()
    for place, run in zip(order, again, strict=True):
        known = runs[place]
        np.testing.assert_array_equal(
            run.solution.samples.current_density, known.solution.samples.current_density
        )
        assert run.i_ratio_error == known.i_ratio_error
        assert run.excess_error == known.excess_error


def test_every_point_is_below_the_tolerance_on_one_mesh(solved) -> None:
    _, _, runs = solved
    with_estimate = [run for run in runs if run.i_ratio_error is not None]
    assert len(with_estimate) == len(runs) - 1  # none in the primary limit
    for run in with_estimate:
        assert max(run.i_ratio_error, run.excess_error) <= 0.01
    assert len({run.solution.interface_mesh.quality.cells for run in with_estimate}) == 1


def test_a_point_without_a_solution_does_not_end_the_others() -> None:
    carried, refused = (
        Cell(kinetics=Limited(), current_density=f"{load} mA/cm^2") for load in (1, 20)
    )
    found = CurrentUnit(PROFILES["rough"], [refused, carried], MPI.COMM_SELF).run()
    assert "does not carry the current" in str(found[0])
    assert excess(found[1]) > 0


def test_the_order_of_a_list_is_that_of_its_points() -> None:
    points = np.random.default_rng(3).normal(size=(40, 3))
    order = in_spread_order(points)
    turned = np.random.default_rng(4).permutation(40)
    np.testing.assert_array_equal(points[order], points[turned][in_spread_order(points[turned])])
