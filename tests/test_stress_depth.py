# SPDX-License-Identifier: BSD-3-Clause
"""The depth of the stress ratio: one for profiles, one for maps, and what it must show."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import interfacefem as ifem
from interfacefem.assessment.line_stress import line_stress
from interfacefem.commands.app import main
from interfacefem.contact.cell_bodies import with_free_block
from interfacefem.contact.result import stress_result
from interfacefem.contact.run import run_stress
from interfacefem.contact.stress_below import stress_field
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Block, Cell, Stress
from interfacefem.study.table import load_study
from interfacefem.surfaces import HeightMap, Profile, write_profile_csv
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

FREE = Block(rotation="free")


@pytest.fixture(scope="module")
def profile() -> Profile:
    return self_affine(0.1 * UM, 60 * UM, points=385, seed=3, shortest=4 * UM)


@pytest.fixture(scope="module")
def height_map() -> HeightMap:
    return self_affine_map(0.2 * UM, 80 * UM, samples=65, seed=1, shortest=8 * UM)


def solved(surface: Profile | HeightMap, depth: str | None = None) -> dict:
    cell = Cell(stress=Stress(depth=depth), block=FREE)
    return stress_result(run_stress(surface, cell, MPI.COMM_SELF))


def test_profiles_and_maps_have_each_their_depth(profile, height_map) -> None:
    for surface, depth in ((profile, "1 um"), (height_map, "10 um")):
        silent, said = solved(surface), solved(surface, depth)
        assert silent["stress_depth_um"] == float(depth.split()[0])
        assert silent["stress_ratio"] == said["stress_ratio"] > 1


def test_one_profile_has_one_stress_ratio_through_every_command(
    profile, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_profile_csv(profile, "line.csv")
    Path("case.yaml").write_text("profile: line.csv\n")
    with pytest.raises(SystemExit) as end:
        main(["stress", "case.yaml", "--json", "--quiet"])
    assert end.value.code in (0, None)
    alone = json.loads(capsys.readouterr().out)
    Path("study.yaml").write_text(
        "name: one\nphysics: [stress]\nprofiles: [{files: line.csv, factors: {powder: fine}}]\n"
    )
    with pytest.raises(SystemExit) as end:
        main(["study", "study.yaml", "--out", "results", "--quiet", "-j", "1"])
    assert end.value.code in (0, None)
    (row,) = load_study("results").to_dict("records")
    risk = line_stress(profile, with_free_block(Cell())).result()
    python = ifem.solve_contact(ifem.read_profile("line.csv")).to_dict()
    assert (alone["stress_depth_um"], row["stress_depth_um"], risk["stress_depth_um"]) == (1, 1, 1)
    assert alone["stress_ratio"] == pytest.approx(row["stress_ratio"], rel=1e-8)
    # files round coordinates
    assert alone["stress_ratio"] == pytest.approx(risk["stress_ratio"], rel=1e-8)
    assert alone["stress_ratio"] == python["stress_ratio"]


@pytest.mark.parametrize(("name", "deep"), [("profile", "30 um"), ("height_map", "400 um")])
def test_a_depth_that_shows_too_little_gives_null_and_one_that_would_do(
    name, deep, request
) -> None:
    surface = request.getfixturevalue(name)
    unseen = solved(surface, deep)
    assert unseen["stress_ratio"] is None
    assert unseen["p_max_GPa"] > 0
    (note,) = (note for note in unseen["notes"] if "stress_ratio" in note)
    (depth,) = re.findall(r"stress\.depth: (\S+ um) would do", note)
    seen = solved(surface, depth)
    assert seen["stress_ratio"] > 1
    assert seen["peaks"] >= 3
    # it is the largest one, within the steps that are tried
    larger = f"{float(depth.split()[0]) / 0.75} um"
    assert solved(surface, larger)["stress_ratio"] is None


def test_a_flat_surface_has_no_depth_that_would_do() -> None:
    flat = (
        Profile(np.array([0.0, 10 * UM, 20 * UM]), np.zeros(3)),
        HeightMap(np.zeros((33, 65)), UM, UM),
    )
    for surface in flat:
        result = solved(surface)
        assert result["stress_ratio"] is None
        assert result["contact_fraction"] == 1
        assert any("no depth shows enough" in note for note in result["notes"])


def test_a_depth_below_the_samples_is_null_by_default_and_refused_when_asked_for() -> None:
    coarse = self_affine(1 * UM, 6000 * UM, points=385, seed=3, shortest=400 * UM)
    result = solved(coarse)
    assert result["stress_ratio"] is None
    (note,) = (note for note in result["notes"] if "stress_ratio" in note)
    assert "below the distance of the nodes, 15.6 um; stress.depth: 16 um would do" in note
    assert solved(coarse, "16 um")["stress_ratio"] > 1
    with pytest.raises(InputError, match="below the grid step"):
        solved(coarse, "1 um")


def test_von_mises_is_that_of_the_capped_pressure(profile) -> None:
    cells = [Cell(block=FREE, hardness=hardness) for hardness in ("inf", "200 MPa")]
    runs = [run_stress(profile, cell, MPI.COMM_SELF) for cell in cells]
    elastic, capped = (run.metrics.von_mises_max for run in runs)
    assert runs[1].metrics.capped_fraction > 0
    field = stress_field(runs[1].solution)
    assert capped == field.von_mises.max()
    # what lies below bears no more than the surface; band-limited between nodes within a percent
    assert -field.sigma_zz.min() < 1.01 * 200e6
    # Hertz: 0.558 of the largest pressure; flat patches at the cap somewhat more
    assert 0.5 * 200e6 < capped < 0.7 * 200e6 < elastic
