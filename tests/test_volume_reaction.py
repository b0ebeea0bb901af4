# SPDX-License-Identifier: BSD-3-Clause
"""Charge transfer at the electrode's plane: closed forms, limits, convergence, cost."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from volume_examples import CUBES, blobs

from interfacefem.conduction.electrode_plane import plane_current
from interfacefem.conduction.electrode_reaction import ReactingCurrent, Reaction
from interfacefem.conduction.reaction_solver import reacting_current, safe_current
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.current.kinetics import (
    ButlerVolmer,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.errors import VolumeError

TEMPERATURE = 298.15
SIGMA = 0.1  # S/m
LENGTH = CUBES[0]


def butler_volmer(i0: float) -> ButlerVolmer:
    return ButlerVolmer(i0, 0.5, 0.5, TEMPERATURE)


def react(labels, reaction, sigma=None, axis=0, end=0, size=CUBES, residual=3e-5):
    volume = VolumeSlab.of(SegmentedVolume(labels, size))
    settings = ConductionSettings(residual=residual, lower_bound=False)
    conduction = ConductionSolver(volume, sigma or {1: SIGMA}).solve(axis, settings)
    found = reacting_current(conduction, volume, reaction, end=end, settings=settings)
    assert found is not None
    return found, conduction, volume


LAWS = {
    "butler-volmer": butler_volmer(5.0),
    "unequal": ButlerVolmer(5.0, 0.3, 0.7, TEMPERATURE),
    "linear": LinearKinetics(5.0, 0.5, 0.5, TEMPERATURE),
    "tafel": TafelKinetics(5.0, 0.5, TEMPERATURE),
}


@pytest.mark.parametrize("law", list(LAWS))
@pytest.mark.parametrize(("axis", "end"), [(0, 0), (1, 1), (2, 0)])
def test_one_flat_layer_in_closed_form(law, axis, end) -> None:
    labels, size = np.ones((6, 5, 7), np.uint8), (3e-6, 1e-6, 2e-6)
    current, film = 20.0, 2e-3
    load = Reaction(LAWS[law], film, current_density=current)
    found, _, _ = react(labels, load, axis=axis, end=end, size=size)
    bulk = labels.shape[axis] * size[axis] / SIGMA
    charge = float(LAWS[law].overpotential(np.array([current]))[0]) / current
    assert found.bulk == pytest.approx(bulk, rel=1e-6)
    assert found.film == pytest.approx(film, rel=1e-6)
    assert found.charge_transfer == pytest.approx(charge, rel=1e-6)
    assert found.constriction == pytest.approx(0, abs=1e-6 * bulk)
    assert found.resistance == pytest.approx(bulk + film + charge, rel=1e-6)
    np.testing.assert_allclose(found.relative, 1, rtol=1e-6)


def test_potential_given_and_current_given_are_one() -> None:
    labels, sigma = blobs((24, 20, 22), 0.6), {1: SIGMA, 0: 0.01}
    load = Reaction(butler_volmer(1e3), 1e-4, current_density=1e3)
    by_current, _, _ = react(labels, load, sigma, 1, 1, residual=1e-7)
    load = Reaction(butler_volmer(1e3), 1e-4, potential=by_current.potential)
    by_potential, _, _ = react(labels, load, sigma, 1, 1, residual=1e-7)
    assert by_potential.current_density == pytest.approx(1e3, rel=1e-6)
    assert by_potential.hot_spot_factor == pytest.approx(by_current.hot_spot_factor, rel=1e-5)


def test_without_resistance_of_the_bulk_the_current_is_uniform() -> None:
    # an exchange current so small, at a load within the linear range, that the bulk is a metal
    labels = blobs((24, 24, 24), 0.6)
    load = Reaction(butler_volmer(1e-4), current_density=1e-5)
    found, _, _ = react(labels, load)
    np.testing.assert_allclose(found.relative[found.contact], 1 / found.contact_share, rtol=1e-4)
    thermal = GAS_CONSTANT * TEMPERATURE / FARADAY
    uniform = 1e-5 / found.contact_share
    eta = 2 * thermal * math.asinh(uniform / 2e-4)
    assert found.charge_transfer == pytest.approx(eta / 1e-5, rel=1e-6)
    assert found.constriction > 0


def test_a_fast_reaction_leaves_the_primary_current() -> None:
    labels = blobs((24, 24, 24), 0.6)
    load = Reaction(butler_volmer(1e9), current_density=10.0)
    found, conduction, volume = react(labels, load, residual=1e-7)
    primary = plane_current(conduction, volume)
    assert primary is not None
    np.testing.assert_allclose(found.relative, primary.relative, atol=1e-3)
    assert found.resistance == pytest.approx(found.bulk, rel=1e-5)


def test_hot_spots_and_resistance_lie_between_the_limits_in_order() -> None:
    labels = blobs((24, 24, 24), 0.6)
    found = [
        react(labels, Reaction(butler_volmer(i0), current_density=1.0), residual=1e-6)[0]
        for i0 in (1.0, 1e2, 1e4, 1e6)
    ]
    hot = [one.hot_spot_factor for one in found]
    assert hot == sorted(hot)
    assert [one.resistance for one in found] == sorted(
        (one.resistance for one in found), reverse=True
    )
    constriction = [one.constriction for one in found]
    # the more uniform the current at the plane, the more the bulk dissipates (Thomson)
    assert constriction == sorted(constriction, reverse=True)
    assert min(constriction) > -1e-6 * found[0].bulk


def test_the_split_is_the_work_of_the_potential() -> None:
    labels = blobs((20, 24, 22), 0.6)
    load = Reaction(butler_volmer(300.0), 1e-4, current_density=500.0)
    found, _, volume = react(labels, load, axis=2, end=1, residual=1e-8)
    # charge transfer and film from the faces' own currents
    current = found.relative * found.current_density
    eta = butler_volmer(300.0).overpotential(current)
    over = np.mean(eta * current) / found.current_density**2
    assert found.charge_transfer == pytest.approx(over, rel=1e-8)
    assert found.film == pytest.approx(1e-4 * np.mean(found.relative**2), rel=1e-8)
    parts = found.bulk + found.constriction + found.charge_transfer + found.film
    assert found.resistance == pytest.approx(parts, rel=1e-12)
    assert volume.shape[2] == 22


def hemisphere(n: int) -> np.ndarray:
    """An insulating hemisphere on the electrode's plane, radius 0.3 of the edge of a cube."""
    line = (np.arange(n) + 0.5) / n
    squares = np.add.outer(np.add.outer(line**2, (line - 0.5) ** 2), (line - 0.5) ** 2)
    return (squares > 0.3**2).astype(np.uint8)


def test_the_hot_spot_converges_with_kinetics_at_a_hemispheres_rim() -> None:
    edge, i0 = 24e-6, 2e3
    reacting, primary = [], []
    for n in (12, 24, 48):
        load = Reaction(butler_volmer(i0), current_density=100.0)
        found, conduction, volume = react(hemisphere(n), load, size=(edge / n,) * 3)
        reacting.append((found.hot_spot_factor, found.quantile(0.99), found.resistance))
        plates = plane_current(conduction, volume)
        assert plates is not None
        primary.append(plates.hot_spot_factor)
    hot, quantile, resistance = np.array(reacting).T
    # stairs of the rim move the largest face by a few per cent, in no direction
    assert np.ptp(hot) < 0.03 * hot.mean()
    assert np.ptp(primary) > 2 * np.ptp(hot)
    assert quantile[2] == pytest.approx(quantile[1], rel=2e-3)
    change = np.abs(np.diff(resistance))
    assert change[1] < 0.5 * change[0]
    assert change[1] < 0.01 * resistance[2]


def test_a_nonlinear_solve_costs_at_most_four_linear_ones() -> None:
    labels = blobs((32, 32, 32), 0.6)
    for law in (butler_volmer(1.0), butler_volmer(1e2), butler_volmer(1e4), LAWS["tafel"]):
        found, conduction, _ = react(labels, Reaction(law, current_density=1e3))
        assert found.iterations <= 4 * conduction.iterations, law


def test_the_safe_current_is_safe_at_itself() -> None:
    labels = blobs((24, 24, 24), 0.6)
    volume = VolumeSlab.of(SegmentedVolume(labels, CUBES))
    conduction = ConductionSolver(volume, {1: SIGMA}).solve(0)
    reaction = Reaction(butler_volmer(100.0), current_density=1.0)
    safe = safe_current(conduction, volume, reaction, 1000.0, share=0.9)
    at = dataclasses.replace(reaction, current_density=safe)
    found = reacting_current(conduction, volume, at)
    assert isinstance(found, ReactingCurrent)
    assert found.quantile(0.9) * safe == pytest.approx(1000.0, rel=0.01)


def test_own_laws_are_taken_in() -> None:
    class Cubic:
        def current_density(self, overpotential):
            return 1e4 * overpotential + 1e6 * overpotential**3

    labels = np.ones((5, 4, 4), np.uint8)
    law = InSeriesWithFilm(Cubic(), 0.0).kinetics
    found, _, _ = react(labels, Reaction(law, current_density=200.0))
    eta = found.charge_transfer * 200.0
    assert 1e4 * eta + 1e6 * eta**3 == pytest.approx(200.0, rel=1e-5)


@pytest.mark.parametrize(
    "load", [{}, {"current_density": 1.0, "potential": 1.0}, {"current_density": -1.0}]
)
def test_loads_that_make_no_sense(load) -> None:
    with pytest.raises(VolumeError, match="needs a current density or a potential"):
        react(np.ones((4, 4, 4), np.uint8), Reaction(butler_volmer(1.0), **load))
