# SPDX-License-Identifier: BSD-3-Clause
"""Uncertain parameters: distributions, draws, and what a study file may not say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small_study import write_small_study

from interfacefem.errors import CaseError
from interfacefem.study.file import read_study
from interfacefem.study.plan import build_plan
from interfacefem.study.uncertain import Distribution, drawn_values


def numbers(distribution: Distribution, draws: int = 4000) -> np.ndarray:
    rows = drawn_values({"x": distribution}, draws, seed=2)
    return np.array([float(str(row["x"]).split()[0]) for row in rows])


def test_draws_follow_their_distribution() -> None:
    uniform = numbers(Distribution(uniform=("22 GPa", "25 GPa")))
    assert stats.kstest(uniform, stats.uniform(22, 3).cdf).statistic < 1e-3
    normal = numbers(Distribution(normal=("0.37", "0.01")))
    assert stats.kstest(normal, stats.norm(0.37, 0.01).cdf).statistic < 1e-3
    lognormal = numbers(Distribution(lognormal=("1 mA/cm^2", 2.0)))
    assert np.median(lognormal) == pytest.approx(1.0, rel=1e-2)
    # one standard deviation is a factor of two
    assert np.quantile(lognormal, stats.norm.cdf(1)) == pytest.approx(2.0, rel=1e-2)


def test_a_mean_over_few_draws_is_better_than_that_of_independent_ones() -> None:
    # Latin hypercube: one draw in each of 16 parts of equal probability
    means = [
        np.mean([row["x"] for row in drawn_values({"x": Distribution(uniform=(0.0, 1.0))}, 16, s)])
        for s in range(50)
    ]
    assert np.std(means) < 0.25 * np.sqrt(1 / 12 / 16)


def test_the_same_seed_gives_the_same_draws() -> None:
    distributions = {
        "a": Distribution(uniform=("1 um", "2 um")),
        "b": Distribution(normal=(0.0, 1.0)),
    }
    assert drawn_values(distributions, 8, 1) == drawn_values(distributions, 8, 1)
    assert drawn_values(distributions, 8, 1) != drawn_values(distributions, 8, 2)
    assert str(drawn_values(distributions, 8, 1)[0]["a"]).endswith(" um")


def with_lines(folder: Path, *lines: str) -> Path:
    path = write_small_study(folder)
    path.write_text(path.read_text() + "\n".join(lines) + "\n")
    return path


def test_every_interface_takes_the_same_draws(tmp_path: Path) -> None:
    path = with_lines(
        tmp_path,
        "uncertain:",
        "  draws: 5",
        "  parameters:",
        "    kinetics.exchange_current_density: {lognormal: [5 mA/cm^2, 1.5]}",
        "    kinetics.temperature: {normal: [298 K, 2 K]}",
    )
    plan = build_plan(read_study(path))
    assert len(plan.rows) == 3 * 3 * 5
    drawn: dict[object, set[tuple[object, object]]] = {}
    for row in plan.rows:
        values = row.identification
        drawn.setdefault(values["image"], set()).add((values["i0_mA_cm2"], values["temperature_K"]))
    assert all(len(pairs) == 5 for pairs in drawn.values())
    assert len({frozenset(pairs) for pairs in drawn.values()}) == 1
    # a value of the table is that of the case, in its unit
    case = plan.cases[0][1]
    first = plan.rows[0].identification
    assert case.cell.kinetics.exchange_current_density == pytest.approx(10 * first["i0_mA_cm2"])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["uncertain: {parameters: {electrolyte.youngs: {uniform: [1 GPa, 2 GPa]}}}"],
         'no such parameter; found "electrolyte.youngs"; expected "electrolyte.youngs_modulus"'),
        (["uncertain: {parameters: {load.pressure: {uniform: [9 MPa, 2 MPa]}}}"],
         "needs a rising range; found 9 MPa, 2 MPa"),
        (["uncertain: {parameters: {load.pressure: {normal: [9 MPa, 2 kPa]}}}"],
         "needs two values in one unit; found 9 MPa, 2 kPa"),
        (["uncertain: {parameters: {load.pressure: {normal: [9 MPa, 0 MPa]}}}"],
         "needs a standard deviation above 0"),
        (["uncertain: {parameters: {load.pressure: {lognormal: [9 MPa, 0.5]}}}"],
         "needs a median above 0 and a factor above 1"),
        (["uncertain: {parameters: {load.pressure: {triangle: [1 MPa, 2 MPa]}}}"],
         'unknown key; found "triangle"'),
        (["uncertain: {parameters: {load.pressure: {}}}"],
         'needs one of "uniform", "normal" or "lognormal"'),
        (["uncertain: {parameters: {electrolyte.poisson_ratio: {uniform: [0.3, 0.9]}}}"],
         "less than 0.5"),
        (["uncertain: {parameters: {load.current_density: {uniform: [1 mA/cm^2, 2 mA/cm^2]}}}"],
         "the parameter varies twice"),
        (["uncertain: {draws: 1, parameters: {load.pressure: {uniform: [1 MPa, 2 MPa]}}}"],
         "at least 2 and at most 10000"),
        (["uncertain: {parameters: {}}"], "uncertain.parameters"),
        (["risk: {i_ratio: [1.5, 1.1]}"], "the thresholds of i_ratio must rise; found 1.5, 1.1"),
        (["risk: {contact_fraction: [0.1, 0.2]}"], "no risk can be told from this metric"),
        (["risk: {i_ratio: [1.5]}"], "risk"),
        (["report: {along: pressure_MPa}"], 'unknown key; found "along"'),
    ],
)  # fmt: skip
def test_wrong_files_end_in_one_line(tmp_path: Path, lines: list[str], said: str) -> None:
    path = with_lines(tmp_path, *lines)
    with pytest.raises(CaseError) as caught:
        build_plan(read_study(path))
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}: line ")
    assert "\n" not in str(caught.value)
