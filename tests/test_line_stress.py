# SPDX-License-Identifier: BSD-3-Clause
"""Both physics of lines: what the cell leaves open, no contact problem, partial contact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from interfacefem.assessment.line_stress import (
    against_pressure,
    line_stress,
    solve_contact_limited,
)
from interfacefem.contact.cell_bodies import with_free_block
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile
from interfacefem.units import MPA, UM


def wavy(waves: int = 4, height: float = 0.05 * UM, width: float = 20 * UM) -> Profile:
    x = np.linspace(0, width, 401)
    # heights that differ from wave to wave, as peaks of a real surface do
    z = height * np.cos(2 * np.pi * waves * x / width) + 0.3 * height * np.cos(np.pi * x / width)
    return Profile(x, z)


def test_the_cell_keeps_what_it_says_and_gets_what_it_does_not() -> None:
    silent = with_free_block(Cell())
    assert silent.block.rotation == "free"
    said = Cell.model_validate({"block": {"rotation": "fixed"}, "stress": {"depth": "3 um"}})
    assert with_free_block(said) == said


def test_a_flat_line_has_no_stress_ratio_and_says_so() -> None:
    flat = Profile(np.array([0.0, 10 * UM, 20 * UM]), np.zeros(3))
    found = line_stress(flat, with_free_block(Cell()))
    result = found.result()
    assert result["stress_ratio"] is None
    assert any(
        "0 of at least 3 peaks" in note and "larger surface" in note for note in result["notes"]
    )
    assert result["contact_fraction"] == 1
    assert all(row["stress_ratio"] is None for row in against_pressure({1: found}))


def test_the_stress_ratio_falls_and_the_contact_grows_with_pressure() -> None:
    found = line_stress(wavy(), with_free_block(Cell()))
    rows = against_pressure({1: found, 2: found})
    ratios = [row["stress_ratio"] for row in rows]
    contacts = [row["contact_fraction"] for row in rows]
    assert rows == [pytest.approx(row) for row in against_pressure({1: found})]
    assert ratios[0] > 1.5 * ratios[-1] > 1.5
    assert np.all(np.diff(ratios) < 1e-9)
    assert np.all(np.diff(contacts) >= 0)


def test_current_crowds_where_little_touches() -> None:
    cell = with_free_block(Cell())
    loads = [2 * MPA, 50 * MPA]
    rows = solve_contact_limited({3: wavy()}, cell, loads, MPI.COMM_WORLD, lambda _: None)
    assert [row["section"] for row in rows] == [3, 3]
    assert [row["stack_pressure_MPa"] for row in rows] == pytest.approx([2, 50])
    light, heavy = rows
    assert light["contact_fraction"] < heavy["contact_fraction"] < 1
    assert light["hot_spot_factor"] > heavy["hot_spot_factor"] > 1
    # what passes through the contacts is all there is
    assert light["hot_spot_factor"] > 0.9 / light["contact_fraction"]


def test_the_hot_spot_of_few_nodes_is_that_of_many() -> None:
    def limited(**stress: int) -> dict[str, Any]:
        cell = with_free_block(Cell.model_validate({"stress": stress}))
        (row,) = solve_contact_limited({1: wavy()}, cell, [MPA], MPI.COMM_SELF, lambda _: None)
        return row

    coarse, default, fine = limited(nodes=512), limited(), limited(nodes=8192)
    assert default["hot_spot_factor"] == pytest.approx(fine["hot_spot_factor"], rel=0.05)
    # refined in a window, or not given
    if coarse["hot_spot_factor"] is not None:
        assert coarse["hot_spot_factor"] == pytest.approx(fine["hot_spot_factor"], rel=0.1)
    key = "area_specific_resistance_ohm_cm2"
    for row in (coarse, default):
        error = row["area_specific_resistance_error_ohm_cm2"]
        assert row[key] == pytest.approx(fine[key], abs=error)


def test_a_line_that_is_flat_touches_and_one_without_contact_problem_has_no_numbers() -> None:
    flat = Profile(np.array([0.0, 10 * UM, 20 * UM]), np.zeros(3))
    cell = with_free_block(Cell())
    (row,) = solve_contact_limited({1: flat}, cell, [MPA], MPI.COMM_WORLD, lambda _: None)
    # it touches everywhere, whatever has no peaks
    assert row["contact_fraction"] == 1
    assert row["hot_spot_factor"] == pytest.approx(1)
    tilted = Profile(np.array([0.0, 20 * UM]), np.array([0.0, 5 * UM]))
    (row,) = solve_contact_limited({1: tilted}, Cell(), [MPA], MPI.COMM_WORLD, lambda _: None)
    assert row["hot_spot_factor"] is None
    assert row["area_specific_resistance_ohm_cm2"] is None
    assert "rotation" in row["notes"][0]
