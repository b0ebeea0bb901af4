# SPDX-License-Identifier: BSD-3-Clause
"""The whole table of ``interfacefem verify``, and that it can fail."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from interfacefem.meshing import Triangulation
from interfacefem.reference.refinement import refine_uniformly
from interfacefem.reference.verification import CHECKS, run_verification
from interfacefem.reference.verification_row import (
    absolute_row,
    bounded_row,
    order_row,
    relative_row,
)


@pytest.fixture(scope="module")
def table():
    begun: list[str] = []
    rows = run_verification(begun.append)
    assert begun == list(CHECKS)
    return rows


def test_every_row_passes(table) -> None:
    assert [row for row in table if not row.passed] == []


def test_every_row_can_be_printed_as_json(table) -> None:
    rows = [asdict(row) for row in table]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@pytest.mark.parametrize(
    ("problem", "quantity", "tolerance"),
    [
        ("flat, Butler-Volmer", "i_ratio - 1", 1e-10),
        ("flat, Tafel and film", "potential of the top", 1e-10),
        ("trochoid a k = 0.5, primary", "i_ratio", 1e-3),
        ("sinusoid, i0 = 1 mA/cm2", "amplitude of i over its mean", 1e-2),
        ("sinusoid, i0 = 100 mA/cm2", "amplitude of i over its mean", 1e-2),
        ("i_app/i0 from 1e-3 to 1e6", "most Newton steps", 10),
    ],
)
def test_promised_accuracy_is_what_is_asked_for(table, problem, quantity, tolerance) -> None:
    (row,) = [row for row in table if (row.name, row.quantity) == (problem, quantity)]
    assert row.tolerance <= tolerance
    assert row.error <= tolerance


def test_trochoid_row_is_about_three(table) -> None:
    (row,) = [row for row in table if row.name.endswith("primary") and row.quantity == "i_ratio"]
    assert row.exact == pytest.approx(3)
    assert row.value == pytest.approx(3, rel=1e-3)


def test_declared_orders_are_observed(table) -> None:
    orders = {row.name: (row.order, row.expected_order) for row in table if row.order is not None}
    assert orders["manufactured solution, P1"] == (pytest.approx(2, abs=0.3), 2)
    assert orders["manufactured solution, P2"] == (pytest.approx(3, abs=0.3), 3)
    assert orders["trochoid refined, P2"] == (pytest.approx(2, abs=0.3), 2)


def test_rows_fail_when_they_should() -> None:
    assert absolute_row("a", "b", "", 1.0, 0.5, 0.6).passed
    assert not absolute_row("a", "b", "", 1.0, 0.5, 0.4).passed
    assert not absolute_row("a", "b", "", float("nan"), 0.5, 0.4).passed
    assert relative_row("a", "b", "", 2.0, 1.9, 0.06).error == pytest.approx(0.1 / 1.9)
    assert not relative_row("a", "b", "", float("nan"), 1.9, 0.06).passed
    assert not bounded_row("a", "b", "", 11, 10).passed
    assert order_row("a", "b", "", 1e-4, 1.9, 2.0, 1e-3).passed
    assert not order_row("a", "b", "", 1e-4, 1.6, 2.0, 1e-3).passed
    assert not order_row("a", "b", "", 1e-2, 2.0, 2.0, 1e-3).passed


def test_refinement_keeps_area_boundary_and_shape() -> None:
    coarse = Triangulation(
        points=np.array([[0.0, 0.0], [1.0, 0.2], [1.0, 1.0], [0.0, 1.0]]),
        triangles=np.array([[0, 1, 2], [0, 2, 3]]),
        edges=np.array([[0, 1], [1, 2], [2, 3], [3, 0]]),
        edge_tags=np.array([1, 2, 3, 4], dtype=np.int32),
        interface_nodes=np.array([0, 1]),
    )
    fine = refine_uniformly(refine_uniformly(coarse))
    corners = fine.points[fine.triangles]
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    assert len(area) == 32
    assert area.min() > 0
    assert area.sum() == pytest.approx(0.9)
    assert fine.quality.smallest_angle == pytest.approx(coarse.quality.smallest_angle)
    np.testing.assert_allclose(fine.points[fine.interface_nodes, 0], [0, 0.25, 0.5, 0.75, 1])
    assert fine.interface_arc_length[-1] == pytest.approx(coarse.interface_arc_length[-1])
    assert np.bincount(fine.edge_tags)[1:].tolist() == [4, 4, 4, 4]
