# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem stress``: what is refused, what is warned of, the JSON contract, ranks."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from ranks import numbers_on_ranks

from interfacefem.commands.app import main
from interfacefem.contact.result import stress_result
from interfacefem.contact.run import run_stress, run_stress_sweep
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile, write_profile_csv
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

KEYS = {
    "stress_ratio", "stress_depth_um", "p_max_GPa", "p_mean_MPa", "contact_fraction",
    "capped_fraction", "peaks", "valleys", "load_left", "load_right", "complementarity_error",
    "nodes", "cpu_s",
}  # fmt: skip


@pytest.fixture(scope="module")
def smooth() -> Profile:
    return self_affine(0.1 * UM, 60 * UM, points=385, seed=3, shortest=4 * UM)


def cell(**sections: dict) -> Cell:
    stress = {"depth": "2 um", "boundary": "mirror", **sections.pop("stress", {})}
    block = {"rotation": "free", **sections.pop("block", {})}
    return Cell.model_validate({"stress": stress, "block": block, **sections})


def solved(profile: Profile, **sections: dict) -> dict:
    return stress_result(run_stress(profile, cell(**sections), MPI.COMM_SELF))


def test_contract(smooth) -> None:
    result = solved(smooth)
    assert set(result) >= KEYS
    assert result["p_mean_MPa"] == 50
    assert result["stress_depth_um"] == 2
    assert result["stress_ratio"] > 1
    assert result["complementarity_error"] < 1e-10
    assert result["load_left"] + result["load_right"] == pytest.approx(1)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.parametrize(("sections", "field"), [
    ({"electrolyte": {"poisson_ratio": 0.5}}, "poisson_ratio"),
    ({"electrolyte": {"poisson_ratio": -1}}, "poisson_ratio"),
    ({"electrolyte": {"youngs_modulus": "0 GPa"}}, "youngs_modulus"),
    ({"load": {"pressure": "0 MPa"}}, "pressure"),
    ({"load": {"pressure": "-3 MPa"}}, "pressure"),
    ({"load": {"pressure": "600 MPa"}}, "pressure"),
    ({"load": {"pressure": "0.7 GPa"}}, "pressure"),
    ({"stress": {"depth": "0.01 um"}}, "depth"),
    ({"stress": {"nodes": 10}}, "nodes"),
    ({"stress": {"boundary": "periodic"}}, "boundary"),
])  # fmt: skip
def test_refused_with_one_line(sections, field, smooth, tmp_path, capsys) -> None:
    write_profile_csv(smooth, tmp_path / "line.csv")
    blocks = {"block": {"rotation": "free"}, "stress": {"depth": "2 um"}}
    for name, entries in sections.items():
        blocks[name] = {**blocks.get(name, {}), **entries}
    case = tmp_path / "case.yaml"
    case.write_text(json.dumps({"profile": "line.csv", **blocks}))
    with pytest.raises(SystemExit) as end:
        main(["stress", str(case), "--json", "--out", str(tmp_path / "out"), "--quiet"])
    captured = capsys.readouterr()
    assert end.value.code == 2
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert all(part in line for part in (str(case), field, "found"))
    assert not (tmp_path / "out").exists()


def test_open_ends_are_refused_in_a_periodic_block() -> None:
    x = np.linspace(0, 60 * UM, 301)
    profile = Profile(x, 0.1 * UM * np.cos(x / (3 * UM)))
    with pytest.raises(InputError, match="ends of the profile do not meet"):
        run_stress(profile, cell(stress={"boundary": "periodic"}), MPI.COMM_SELF)


@pytest.mark.parametrize("boundary", ["mirror", "finite"])
def test_a_block_turns_on_an_inclined_profile_unless_it_is_held(boundary) -> None:
    x = np.linspace(0, 60 * UM, 301)
    profile = Profile(x, 0.1 * UM * np.cos(x / (3 * UM)) + 0.02 * x)
    sections = {"stress": {"boundary": boundary}}
    silent = run_stress(profile, cell(**sections, block={"rotation": None}), MPI.COMM_SELF)
    turned = run_stress(profile, cell(**sections), MPI.COMM_SELF)
    assert silent.metrics.stress_ratio == turned.metrics.stress_ratio
    fixed = solved(profile, **sections, block={"rotation": "fixed"})
    free = solved(profile, **sections)
    # peaks toward the block are minima of z: on the left
    assert fixed["load_left"] > 0.9
    # a block that turns follows the inclination: all but it is that of the level surface
    level = solved(Profile(x, 0.1 * UM * np.cos(x / (3 * UM))), **sections)
    for name in ("stress_ratio", "p_max_GPa", "contact_fraction", "load_left", "von_mises_max_GPa"):
        assert free[name] == pytest.approx(level[name], rel=1e-7), name


def test_a_block_that_repeats_cannot_turn() -> None:
    profile = sinusoid(0.1 * UM, 20 * UM, periods=3)
    with pytest.raises(InputError, match="cannot turn"):
        run_stress(profile, cell(stress={"boundary": "periodic"}), MPI.COMM_SELF)


def test_height_maps_and_contact_files_are_refused(tmp_path, capsys) -> None:
    for entry in ('height_map: "scan.npy"', 'profile: "line.csv"\ncontact: "contact.csv"'):
        case = tmp_path / "case.yaml"
        case.write_text(entry + "\n")
        with pytest.raises(SystemExit) as end:
            main(["stress", str(case), "--quiet"])
        assert end.value.code == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_warnings(smooth) -> None:
    def notes(profile: Profile, **sections: dict) -> str:
        return " | ".join(solved(profile, **sections)["notes"])

    assert notes(smooth, electrolyte={"hardness": "inf"}) == ""
    assert "exceed the hardness" in notes(smooth, load={"pressure": "400 MPa"})
    slope = np.abs(np.diff(smooth.z) / np.diff(smooth.x)).max()
    assert "steepest slope" not in notes(Profile(smooth.x, 0.27 / slope * smooth.z))
    assert "steepest slope" in notes(Profile(smooth.x, 0.33 / slope * smooth.z))
    jagged = self_affine(0.05 * UM, 60 * UM, points=513, seed=3, shortest=0.4 * UM)
    assert "shortest wavelength" in notes(jagged)


def test_the_pressure_of_a_flat_facet_is_not_reported() -> None:
    x = np.linspace(0, 80 * UM, 1601)
    facets = Profile(x, np.where(np.abs((x % (20 * UM)) - 10 * UM) < 4 * UM, 0.0, 1 * UM))
    result = solved(facets, electrolyte={"hardness": "inf"})
    assert result["p_max_GPa"] is None
    assert any("flat facet" in note for note in result["notes"])
    assert result["peaks"] == 4
    # with a hardness it is the hardness
    assert solved(facets, load={"pressure": "300 MPa"})["p_max_GPa"] == pytest.approx(0.6)


def test_a_sweep_shares_one_setup(smooth) -> None:
    runs = run_stress_sweep(smooth, cell(), [10e6, 100e6], MPI.COMM_SELF)
    alone = solved(smooth, load={"pressure": "100 MPa"})
    assert runs[0].solution.problem.compliance is runs[1].solution.problem.compliance
    assert stress_result(runs[1])["stress_ratio"] == pytest.approx(alone["stress_ratio"], rel=1e-9)


def test_command_writes_table_pressure_and_json(smooth, tmp_path, capsys) -> None:
    write_profile_csv(smooth, tmp_path / "line.csv")
    case = tmp_path / "case.yaml"
    case.write_text("profile: line.csv\nblock: {rotation: free}\nstress: {depth: 2 um}\n")
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as end:
        main(["stress", str(case), "--json", "--out", str(out), "--quiet"])
    result = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert set(result) >= KEYS
    rows = list(csv.DictReader((out / "pressure.csv").read_text().splitlines()))
    pressure = np.array([float(row["pressure_MPa"]) for row in rows])
    assert len(rows) == result["nodes"]
    assert pressure.mean() == pytest.approx(50, rel=1e-6)
    assert json.loads((out / "result.json").read_text()) == result

    with pytest.raises(SystemExit) as end:
        main(["stress", str(case), "--pressures", "10:500:5:log", "--out", str(out), "--quiet"])
    assert end.value.code == 0
    table = list(csv.DictReader((out / "pressures.csv").read_text().splitlines()))
    assert [float(row["p_mean_MPa"]) for row in table] == pytest.approx(
        np.geomspace(10, 500, 5).tolist()
    )
    touching = [float(row["contact_fraction"]) for row in table]
    assert touching == sorted(touching)


@pytest.mark.parametrize("text", ["", "10:x:3", "-1,2", "nan", "0:10:3"])
def test_pressures_that_cannot_be_read(text, tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["stress", str(tmp_path / "case.yaml"), f"--pressures={text}", "--quiet"])
    assert end.value.code == 2
    assert "--pressures" in capsys.readouterr().err


@pytest.mark.mpi
@pytest.mark.slow
def test_numbers_do_not_depend_on_the_ranks() -> None:
    script = Path(__file__).with_name("mpi_stress_numbers.py")
    one, two, three = (numbers_on_ranks(script, ranks) for ranks in (1, 2, 3))
    for several in (two, three):
        assert several.pop("same_on_all_ranks")
        for name, value in several.items():
            assert value == pytest.approx(one[name], rel=1e-12), name


def test_a_ratio_that_the_nodes_do_not_resolve_is_not_formed() -> None:
    x = np.linspace(0, 50 * UM, 257)
    turns = 2 * np.pi * x / UM
    z = 0.1 * UM * np.cos(turns / 12.5) + 0.05 * UM * np.sin(turns / 7)
    cell = Cell.model_validate(
        {"stress": {"depth": "0.2 um"}, "block": {"rotation": "free"},
         "load": {"pressure": "0.001 MPa"}}
    )  # fmt: skip
    run = run_stress(Profile(x, z), cell, MPI.COMM_SELF)
    assert run.metrics.stress_ratio is None
    assert any("stress_ratio is not formed" in note for note in run.notes)
