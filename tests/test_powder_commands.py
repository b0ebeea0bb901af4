# SPDX-License-Identifier: BSD-3-Clause
"""Commands of powders: JSON as Python gives it, and one line for bad input with nothing written."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from particle_fields import touching_balls

import interfacefem as ifem
from interfacefem.commands.app import exit_code
from interfacefem.commands.printing import print_table
from interfacefem.process.circuits import BLOCKING_ARC

VALUES = {
    "L_H": 1e-7, "R_series_ohm": 5.0, "R_ohm": 433.0, "Q": 2e-9, "a_arc": 0.9,
    "Q_blocking": 1e-6, "a_blocking": 0.85,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """An image, a table, a spectrum with its cell, a cathode."""
    path = tmp_path_factory.mktemp("powders")
    phase, _ = touching_balls(260, 2, 16, 0.3, 0.5, seed=0)
    tifffile.imwrite(path / "powder.tif", np.where(phase, 200, 60).astype(np.uint8))
    energies = np.geomspace(45, 4700, 6)
    rows = [f"p{e:.0f},given,{e:.6g},{10 + 34 * np.exp(-e / 600):.6g}" for e in energies]
    (path / "table.csv").write_text(
        "powder,mode,E_m_J_per_g,d50_um\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    f = np.geomspace(3e6, 1e-1, 50)
    z = BLOCKING_ARC.impedance(2 * np.pi * f, VALUES)
    text = "\n".join(f"{a:.8g},{b.real:.8g},{b.imag:.8g}" for a, b in zip(f, z, strict=True))
    (path / "cell.csv").write_text(
        f"frequency_Hz,z_real_ohm,z_imag_ohm\n{text}\n", encoding="utf-8"
    )
    (path / "cell.yaml").write_text('{diameter: "7 mm", thickness: "500 um"}', encoding="utf-8")
    header = "powder,mode,E_m_J_per_g,d50_um\n"
    stress = "stress_energy_J,stress_frequency_per_s,milling_time_min,duty,mass_g"
    for name, text in {
        "falling": header + "".join(f"p{e},given,{e},{450 - e}\n" for e in range(100, 501, 100)),
        "endless": f"powder,mode,{stress}\na,stress,1e300,1e300,20,1,1\n",
        "excel": "powder;porosity\na;0,3\n",
        "tabs": "powder\tporosity\na\t0.3\n",
        "one": "x_um,Q3\n1,1\n",
        "line": "x_um,z_um\n0,0\n1,0.1\n2,0\n",
    }.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    labels = np.full((12, 12, 12), 1, np.uint8)
    labels[6:] = 2
    np.save(path / "cathode.npy", labels)
    return path


COMMANDS = {
    "particles": "particles powder.tif --pixel-size 100nm --border-share 0.9 --out out_particles",
    "process": "process table.csv --fit d50_um --out out_process",
    "eis": "eis cell.csv --cell cell.yaml --out out_eis",
    "cathode": "volume cathode cathode.npy --voxel 1um --out out_cathode",
}


def test_commands_print_what_python_gives(folder, capsys, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    printed = {}
    for name, command in COMMANDS.items():
        assert exit_code([*command.split(), "--json", "--quiet"]) == 0
        printed[name] = json.loads(capsys.readouterr().out)
        assert list((folder / f"out_{name}").glob("*.png"))
    found = {
        "particles": ifem.particles("powder.tif", pixel_size="100 nm", border_share=0.9),
        "process": ifem.mill("table.csv", fit="d50_um"),
        "eis": ifem.eis("cell.csv", {"diameter": "7 mm", "thickness": "500 um"}),
        "cathode": ifem.cathode(ifem.read_volume("cathode.npy", voxel="1 um")),
    }
    for name, result in found.items():
        assert json.loads(json.dumps(result.to_dict())) == printed[name]
        assert len(repr(result)) < 300
        assert result.citations
        assert len(result.table())
    laws = printed["process"]["fits"]["d50_um"]
    assert laws["best"] == "exponential"
    assert laws["laws"]["exponential"]["scale"] == pytest.approx(600, rel=1e-3)
    (spectrum,) = printed["eis"]["spectra"]
    assert spectrum["sigma_mS_cm"] == pytest.approx(0.2966, rel=0.01)
    assert printed["cathode"]["cam_active"] == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("particles powder.tif", "powder.tif: has no pixel size"),
        ("particles powder.tif --pixel-size 100nm --split 0.7", "--split: "),
        ("particles powder.tif --pixel-size 100nm --phases 4", "--phases: no such phase"),
        ("particles powder.tif --pixel-size 100nm --border-share 0.01", "--border-share: too much"),
        ("particles powder.tif powder.tif --pixel-size 100nm", "is the same image as another"),
        ("eis cell.csv --cell cell.yaml --loop 2", "--loop: holds no loops"),
        ("process missing.csv", "missing.csv: no such file"),
        ("process table.csv --fit d90_um", "d90_um: the column is missing"),
        ("process table.csv --from 5", "--from: "),
        ("process table.csv --from -5MPa", "--from: out of range"),
        ("process table.csv --from 9MPa --to 5MPa", "--from: is above"),
        ("process falling.csv --fit d50_um", "falling.csv: d50_um: only positive values"),
        ("process endless.csv", "endless.csv: row 2: mode: the energy is no finite number"),
        ("process excel.csv", 'excel.csv: does not begin with names between commas; found "powder'),
        ("process tabs.csv", "tabs.csv: does not begin with names between commas"),
        ("particles one.csv", "one.csv: x_um: has too few sizes"),
        ("eis cell.csv --cell cell.yaml --of-volume 4,2,7", "--of-volume: are too many"),
        ("eis cell.csv --cell cell.yaml --temperatures -300", "--temperatures: out of range"),
        ("impedance line.csv --frequencies 1e300Hz", "--frequencies: out of range"),
        ("eis cell.csv --cell table.csv", "table.csv: "),
        ("eis cell.csv --cell cell.yaml --temperatures 25,0", "--temperatures: there is not one"),
        ("eis table.csv --cell cell.yaml", "z_real_ohm: the column is missing"),
        ("volume cathode cathode.npy --voxel 1um --cam 7", "--cam: this label does not occur"),
        ("volume cathode cathode.npy", "cathode.npy: does not say how large a voxel is"),
    ],
)
def test_bad_input_ends_in_one_line(folder, capsys, monkeypatch, command, said) -> None:
    monkeypatch.chdir(folder)
    assert exit_code([*command.split(), "--out", "nothing", "--quiet"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert not (folder / "nothing").exists()


def test_names_of_columns_are_not_cut(capsys) -> None:
    names = [f"area_specific_resistance_{i}_ohm_cm2" for i in range(12)]
    print_table("folded", names, [[1.0] * len(names)])
    printed = capsys.readouterr().out
    assert "…" not in printed
    lines = [line for line in printed.splitlines()[1:] if "─" not in line]
    # the parts of a name stand below each other
    assert sum(line.count("_") for line in lines) == sum(name.count("_") for name in names)
