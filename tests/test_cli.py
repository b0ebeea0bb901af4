# SPDX-License-Identifier: BSD-3-Clause
"""The command line: contracts of the JSON, exit codes, one line for bad input."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from interfacefem.commands import app
from interfacefem.reference import westergaard
from interfacefem.surfaces import Profile, write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

CURRENT_KEYS = {
    "i_ratio", "i_max_mA_cm2", "i_min_mA_cm2", "hot_spot_factor", "i_p99_p1", "roughness_factor",
    "area_above_ccd", "safe_current_density_mA_cm2", "wagner_number", "mean_overpotential_V",
    "area_specific_resistance_ohm_cm2", "charge_balance_error", "i_ratio_error", "cells", "cpu_s",
}  # fmt: skip

STRESS_KEYS = {
    "stress_ratio", "stress_depth_um", "p_max_GPa", "p_mean_MPa", "contact_fraction",
    "capped_fraction", "peaks", "valleys", "load_left", "load_right", "complementarity_error",
    "nodes", "cpu_s",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a line.csv."""
    monkeypatch.chdir(tmp_path)
    write_profile_csv(sinusoid(1 * UM, 10 * UM, points=101), tmp_path / "line.csv")
    return tmp_path


def exit_code(*arguments: str) -> int:
    return app.exit_code(arguments)


def section_image() -> np.ndarray:
    """A bright solid above a wavy lower surface, 8 bit, 200 x 240 pixels."""
    rows, columns = np.mgrid[0:200, 0:240]
    surface = 110 + 6 * np.sin(2 * np.pi * columns / 24)
    edge = np.clip(surface - rows + 0.5, 0, 1)
    return (40 + 160 * edge).astype(np.uint8)


def test_current_prints_one_json_object_with_the_contracted_keys(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\ndomain: {height: 20 um}\n")
    assert exit_code("current", "case.yaml", "--json", "--quiet") == 0
    output = capsys.readouterr()
    result = json.loads(output.out)
    assert result.keys() >= CURRENT_KEYS
    assert output.err == ""
    assert result["i_ratio"] == pytest.approx(result["i_max_mA_cm2"] / result["i_min_mA_cm2"])
    # flux through a longer interface at 3 mA/cm2 (docs/verification.md: charge balance)
    assert result["i_min_mA_cm2"] < 3 / result["roughness_factor"] < result["i_max_mA_cm2"]
    assert sorted(entry.name for entry in folder.iterdir()) == ["case.yaml", "line.csv"]


def test_current_writes_figures_fields_and_mesh(folder: Path) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\ndomain: {height: 20 um}\n")
    assert exit_code("current", "case.yaml", "--out", "run", "--quiet") == 0
    names = {entry.name for entry in (folder / "run").iterdir()}
    assert names >= {"result.json", "potential.png", "current.png", "histogram.png", "mesh.msh",
                     "mesh.xdmf", "mesh.vtu", "potential.bp", "current_density.bp"}  # fmt: skip
    assert not [name for name in names if "part" in name]


def test_risk_reads_a_whole_contour_over_windows_and_says_what_moves_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(section_image()).save(folder / "wave.png")
    asked = ("--pixel-size", "0.2 um", "--json", "--quiet")
    assert exit_code("risk", "wave.png", *asked) == 0
    result = json.loads(capsys.readouterr().out)
    (section,) = result["sections"]
    assert section["width_um"] == pytest.approx(47.8, abs=0.1)
    assert result["reference_length_um"] == 25
    assert result["i_ratio"] == pytest.approx(1 + result["excess"])
    assert result["excess_as_traced"] == pytest.approx(section["excess"])
    assert result["excess"] == pytest.approx(
        section["excess"] * (result["smoothing_correction"] or 1)
    )
    assert section["excess"] < section["i_ratio"] - 1 + 1e-9
    assert (result["excess_low"], result["excess_high"]) == (None, None)
    assert "not independent" in result["interval_reason"]
    by_length = {row["length_um"]: row["excess"] for row in result["excess_by_length"]}
    assert by_length[5] < by_length[10] < by_length[25] == pytest.approx(result["excess"])
    assert by_length[50] is None
    sources = [row["source"] for row in result["budget"]]
    assert set(sources) == {
        "mesh", "threshold", "smoothing", "cutoff", "overhangs", "method", "ends"
    }  # fmt: skip
    sizes = [max(1 / row["factor_low"], row["factor_high"]) for row in result["budget"]
             if row["factor_low"] is not None]  # fmt: skip
    assert sizes == sorted(sizes, reverse=True)
    names = {entry.name for entry in (folder / "results" / "wave_risk").iterdir()}
    assert names == {"overlay.png", "potential_section_1.png", "current_section_1.png",
                     "pressure_section_1.png", "stress_field_section_1.png", "stress_ratio.png",
                     "histogram.png", "length.png", "budget.png", "sections.csv", "risk.json",
                     "methods.txt",
                     "profiles"}  # fmt: skip
    assert json.loads((folder / "results/wave_risk/risk.json").read_text()) == result


def test_risk_of_several_images_compares_groups(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("rough_1", "rough_2", "smooth_1"):
        Image.fromarray(section_image()[:, : -int(name[-1])]).save(folder / f"{name}.png")
    asked = ("--pixel-size", "0.2 um", "--json", "--quiet", "--no-budget")
    images = ("rough_1.png", "rough_2.png", "smooth_1.png")
    groups = ("--group", "rough=rough*", "--group", "smooth=smooth*")
    assert exit_code("risk", *images, *groups, *asked) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["group"] for row in result["images"]] == ["rough", "rough", "smooth"]
    rough, smooth = result["groups"]
    own = [row["excess"] for row in result["images"][:2]]
    assert rough["excess"] == pytest.approx(float(np.sqrt(own[0] * own[1])))
    assert rough["excess_low"] < rough["excess"] < rough["excess_high"]
    assert (smooth["images"], smooth["excess_low"]) == (1, None)
    (pair,) = result["comparisons"]["excess"]["pairs"]
    assert "cannot reach p < 0.05" in pair["notes"][0]
    assert {"groups.png", "images.csv", "groups.csv", "risk.json", "rough_1"} <= {
        entry.name for entry in (folder / "results" / "risk").iterdir()
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--group", "rough"], 'expected such as "4h=tapes/4h*"'),
        (["--group", "rough=nothing*"], "fits no group"),
        (["--group", "a=*", "--group", "b=w*"], "fits a and b"),
    ],
)
def test_groups_that_do_not_fit_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], expected: str
) -> None:
    Image.fromarray(section_image()).save(folder / "wave.png")
    assert exit_code("risk", "wave.png", *options, "--quiet") == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert expected in error


def test_profile_prints_the_roughness_of_the_wave(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(section_image()).save(folder / "wave.png")
    code = exit_code(
        "profile", "wave.png", "--pixel-size", "100 nm", "--method", "contour", "--phases", "1",
        "--json", "--quiet",
    )  # fmt: skip
    assert code == 0
    for line in json.loads(capsys.readouterr().out)["lines"]:
        # amplitude 6 pixels of 0.1 um; the line of 240 pixels holds ten periods
        assert line["Rt_um"] == pytest.approx(1.2, rel=0.1)
        assert line["width_um"] == pytest.approx(23.9, rel=0.01)
    assert (folder / "results/wave_profile/profiles/line_1.csv").exists()


def bad_image(name: str, folder: Path) -> list[str]:
    """Make a bad image; return the options to use with it."""
    file = folder / name
    gray = section_image()
    match name:
        case "empty.tif":
            file.write_bytes(b"")
        case "text.tif":
            file.write_text("this is no image")
        case "truncated.tif":
            tifffile.imwrite(file, gray)
            file.write_bytes(file.read_bytes()[:9000])
        case "black.png":
            Image.fromarray(np.zeros_like(gray)).save(file)
        case "no_pixel_size.png":
            Image.fromarray(gray).save(file, dpi=(300, 300))
            return []
        case "no_unit.png":
            Image.fromarray(gray).save(file)
            return ["--pixel-size", "55.8"]
    return ["--pixel-size", "55.8 nm"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing.tif", "no such file"),
        ("empty.tif", "empty"),
        ("text.tif", "text.tif"),
        ("truncated.tif", "truncated"),
        ("black.png", "all pixels are of one grey value"),
        ("no_pixel_size.png", '--pixel-size "55.8 nm"'),
        ("no_unit.png", "has no unit"),
    ],
)
@pytest.mark.parametrize("command", ["profile", "risk"])
def test_bad_images_end_in_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, expected: str
) -> None:
    options = bad_image(name, folder)
    before = sorted(folder.rglob("*"))
    assert exit_code(command, name, "--quiet", *options) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
    assert expected in output.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("csv", "case", "expected"),
    [
        ("x_um,z_um\n0,0\n4,0\n2,1\n2,-1\n6,0\n", "", "crosses"),
        ("x_um,z_um\n0,0\n1,nan\n2,0\n", "", "line 3"),
        ("x_um\n0\n1\n2\n", "", "x_um,z_um"),
        ("x_um,z_um\n0,0\n1\n2,0\n", "", "line 3"),
        ("x_um,z_um\n0,0\n1,5\n2,0\n", "domain: {height: 1 um}", "height"),
        ("", "", "empty"),
        ("x_um,z_um\n0,0\n1e-5,0\n", "", "metres?"),
        (None, "electrolyte: {conductivity: -1 mS/cm}", "electrolyte.conductivity"),
        (None, "electrolyte: {conductvity: 1 mS/cm}", '"conductivity"'),
        (None, "load: {current_density: 3}", "no unit"),
    ],
)
def test_bad_cases_end_in_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], csv: str | None, case: str, expected: str
) -> None:
    if csv is not None:
        (folder / "line.csv").write_text(csv)
    (folder / "case.yaml").write_text(f"profile: line.csv\n{case}\n")
    before = sorted(folder.rglob("*"))
    assert exit_code("current", "case.yaml", "--out", "run", "--quiet") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
    assert expected in output.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["risc", "a.tif"], 'Did you mean "risk"'),
        (["risk"], "image"),
        (["risk", "a.tif", "--pixelsize", "1 nm"], "--pixel-size"),
        (["risk", "a.tif", "--lines", "many"], "--lines"),
        (["risk", "a.tif", "--lines", "3"], "--lines"),
        (["risk", "a.tif", "--cutoff", "0.5"], "--cutoff"),
        (["risk", "a.tif", "--cutoff", "-1 um"], "out of range"),
        (["risk", "a.tif", "--rotation", "1,2"], "degrees"),
        (["risk", "a.tif", "--smoothing", "1e5"], "--smoothing"),
        (["risk", "a.tif", "--method", "guess"], "--method"),
        (["risk", "a.tif", "--crop", "1,2"], "--crop"),
        (["current", "no.yaml"], "no such file"),
    ],
)
def test_bad_usage_ends_in_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert exit_code(*arguments, *([] if arguments[0] == "risc" else ["--quiet"])) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert expected in error


def test_a_solver_that_does_not_converge_names_the_case_and_ends_with_3(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\n")
    # every case converges that can be written down: hurried
    monkeypatch.setattr("interfacefem.current.newton.MAX_NEWTON_STEPS", 1)
    assert exit_code("current", "case.yaml", "--quiet") == 3
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert error.startswith("interfacefem: case.yaml: ")
    assert "check the units of conductivity" in error


def test_an_output_folder_that_cannot_be_written_is_refused_before_any_work(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\n")
    (folder / "taken").write_text("a file, not a folder")
    assert exit_code("current", "case.yaml", "--out", "taken/run", "--quiet") == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_a_bug_is_called_a_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("interfacefem.commands.schema.run", fail)
    assert exit_code("schema") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_doctor_finds_what_the_solver_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("doctor", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["environment"]["direct solver"] == "MUMPS"
    assert not [line for line in report["missing"] if "required" in line]
    optional = {name: name for name in ("imagecodecs", "SurfaceTopography", "pyarrow")}
    optional["rosettasciio"] = "rsciio"
    lacking = {name for name, own in optional.items() if importlib.util.find_spec(own) is None}
    assert {line.split()[0] for line in report["missing"]} == lacking


def test_a_contact_mask_is_read_from_the_case(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "contact.csv").write_text("x_um,contact\n0,1\n5,0\n10,0\n")
    (folder / "case.yaml").write_text("profile: line.csv\ncontact: contact.csv\n")
    assert exit_code("current", "case.yaml", "--json", "--quiet") == 0
    limited = json.loads(capsys.readouterr().out)
    # the sinusoid is symmetric and each row holds to halfway to the next: a quarter of its length
    assert limited["contact_fraction"] == pytest.approx(0.25, abs=0.02)
    (folder / "case.yaml").write_text("profile: line.csv\n")
    assert exit_code("current", "case.yaml", "--json", "--quiet") == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole["contact_fraction"] == pytest.approx(1)
    assert limited["hot_spot_factor"] > 3 * whole["hot_spot_factor"]
    assert limited["i_ratio_error"] <= 0.01
    assert exit_code("current", "case.yaml", "--sweep", "i0=1,2", "--quiet") == 0
    (folder / "case.yaml").write_text("profile: line.csv\ncontact: contact.csv\n")
    assert exit_code("current", "case.yaml", "--sweep", "i0=1,2", "--quiet") == 2


def test_a_height_map_is_read_from_the_case(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.linspace(0, 10, 41)
    # the file has the solid below, in um
    np.save(folder / "scan.npy", np.tile(-0.5 * np.cos(2 * np.pi * x / 10), (9, 1)))
    (folder / "case.yaml").write_text(
        "height_map: scan.npy\nmap: {pixel_size: 0.25 um}\n"
        "domain: {height: 10 um, lateral_cells: 40}\n"
        "kinetics: {exchange_current_density: 100 mA/cm^2}\n"
    )
    assert exit_code("current", "case.yaml", "--json", "--quiet", "--out", "run") == 0
    solid = json.loads(capsys.readouterr().out)
    assert solid["i_ratio_error"] is None
    assert {file.name for file in (folder / "run").iterdir()} == {
        "current_map.png", "result.json", "potential.bp", "current_density.bp"
    }  # fmt: skip
    # the same wave as a profile
    write_profile_csv(sinusoid(0.5 * UM, 10 * UM, points=201), folder / "line.csv")
    (folder / "case.yaml").write_text(
        "profile: line.csv\ndomain: {height: 10 um}\n"
        "kinetics: {exchange_current_density: 100 mA/cm^2}\n"
    )
    assert exit_code("current", "case.yaml", "--json", "--quiet") == 0
    plane = json.loads(capsys.readouterr().out)
    # an extreme converges at order 1 at least: what is left is no more than what doubling changed
    change = solid["i_ratio_change_at_half_resolution"]
    assert change < 0.1
    assert solid["i_ratio"] - 1 == pytest.approx(plane["i_ratio"] - 1, rel=change)
    (folder / "case.yaml").write_text("height_map: scan.npy\n")
    assert exit_code("current", "case.yaml", "--quiet") == 2
    assert "pixel" in capsys.readouterr().err


def test_stress_of_a_profile_and_of_the_same_wave_as_a_map(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_profile_csv(sinusoid(0.1 * UM, 10 * UM, periods=3, points=385), folder / "line.csv")
    x = np.linspace(0, 30, 385)
    # the file has the solid below, in um
    np.save(folder / "scan.npy", np.tile(-0.1 * np.cos(2 * np.pi * x / 10), (5, 1)))
    sources = (
        "profile: line.csv\n",
        f"height_map: scan.npy\nmap: {{pixel_size: {30 / 384:.12g} um}}\n",
    )
    written = (
        {"result.json", "pressure.csv", "pressure.png", "stress_field.png"},
        {"result.json", "pressure_MPa.npy", "pressure_map.png"},
    )
    foil = "{thickness: 15 um, youngs_modulus: 70 GPa, poisson_ratio: 0.34}"
    ratios = []
    for number, body in enumerate(("half-space", f"3 um, layers: [{foil}]")):
        found = []
        for source, files in zip(sources, written, strict=True):
            out = f"run_{number}_{len(found)}"
            (folder / "case.yaml").write_text(
                f"{source}load: {{pressure: 300 MPa}}\n"
                "electrolyte: {material: LPSCl, hardness: inf}\n"
                f"stress: {{depth: 2 um, boundary: periodic, body: {body}}}\n"
            )
            assert exit_code("stress", "case.yaml", "--json", "--quiet", "--out", out) == 0
            output = capsys.readouterr()
            found.append(json.loads(output.out))
            assert output.err == ""
            assert {file.name for file in (folder / out).iterdir()} == files
            assert json.loads((folder / out / "result.json").read_text()) == found[-1]
        line, surface = found
        assert line.keys() == surface.keys() >= STRESS_KEYS
        assert line["peaks"] == surface["peaks"] == 3
        assert line["contact_fraction"] == pytest.approx(surface["contact_fraction"], abs=1e-12)
        for key in ("stress_ratio", "p_max_GPa", "p_mean_MPa"):
            assert line[key] == pytest.approx(surface[key], rel=1e-5)
        ratios.append(line["stress_ratio"])
    full = westergaard.full_contact_pressure(24e9 / (1 - 0.37**2), 0.1 * UM, 10 * UM)
    assert ratios[0] == pytest.approx(westergaard.stress_ratio(300e6 / full, 0.2), rel=5e-3)
    # a stiff foil three micrometres below spreads the load less
    assert ratios[1] > 1.05 * ratios[0]


@pytest.mark.parametrize(
    "source", ["profile: line.csv", "height_map: scan.npy\nmap: {pixel_size: 0.25 um}"]
)
def test_stress_against_pressure(
    folder: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    write_profile_csv(sinusoid(0.1 * UM, 10 * UM, periods=3, points=385), folder / "line.csv")
    x = np.linspace(0, 30, 121)
    np.save(folder / "scan.npy", np.tile(-0.1 * np.cos(2 * np.pi * x / 10), (5, 1)))
    (folder / "case.yaml").write_text(f"{source}\nstress: {{depth: 2 um, boundary: periodic}}\n")
    arguments = ("stress", "case.yaml", "--pressures", "20,80,320", "--json", "--quiet")
    assert exit_code(*arguments, "--out", "run") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["p_mean_MPa"] for row in rows] == pytest.approx([20, 80, 320])
    touching = [row["contact_fraction"] for row in rows]
    assert touching == sorted(set(touching))
    ratios = [row["stress_ratio"] for row in rows]
    assert ratios == sorted(ratios, reverse=True)
    assert {file.name for file in (folder / "run").iterdir()} == {
        "pressures.json", "pressures.csv", "stress_ratio.png"
    }  # fmt: skip


WAVE = 0.1 * np.cos(2 * np.pi * np.linspace(0, 3, 301))


@pytest.mark.parametrize(
    ("heights", "case", "expected"),
    [
        (WAVE, "electrolyte: {poisson_ratio: 0.5}", "electrolyte.poisson_ratio"),
        (WAVE, "electrolyte: {poisson_ratio: -1}", "electrolyte.poisson_ratio"),
        (WAVE, "electrolyte: {youngs_modulus: 0 GPa}", "electrolyte.youngs_modulus"),
        (WAVE, "block: {youngs_modulus: -1 GPa}", "block.youngs_modulus"),
        (WAVE, "load: {pressure: 0 MPa}", "load.pressure"),
        (WAVE, "load: {pressure: -50 MPa}", "load.pressure"),
        (WAVE, "load: {pressure: 600 MPa}", "electrolyte.hardness, 600 MPa"),
        (WAVE[:280], "stress: {boundary: periodic}", "ends of the profile do not meet"),
        (WAVE, "stress: {depth: 10 nm}", "below the grid step"),
        (WAVE, "stress: {depth: 5 um, body: 4 um}", "lies outside the body"),
        (WAVE, "stress: {layers: [{thickness: 1 um, youngs_modulus: 1 GPa}]}", "poisson_ratio"),
        (WAVE, "contact: touched.csv", "contact"),
        (WAVE, "electrolyte: {material: unobtainium}", "unobtainium"),
    ],
)
def test_bad_contact_cases_end_in_one_line_and_exit_code_2(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    heights: np.ndarray,
    case: str,
    expected: str,
) -> None:
    x = np.arange(len(heights)) * 0.1 * UM
    write_profile_csv(Profile(x, heights * UM), folder / "line.csv")
    # a depth that suits the wave, where the case does not give one
    given = case if "stress" in case else f"{case}\nstress: {{depth: 2 um}}"
    (folder / "case.yaml").write_text(f"profile: line.csv\n{given}\n")
    before = sorted(folder.rglob("*"))
    for options in ((), ("--pressures", "600")) if "600" in case else ((),):
        assert exit_code("stress", "case.yaml", "--out", "run", "--quiet", *options) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert len(output.err.splitlines()) == 1
        assert expected in output.err
        assert "case.yaml" in output.err
    assert sorted(folder.rglob("*")) == before


def test_materials_are_listed_with_sources_and_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code("materials", "--json") == 0
    materials = json.loads(capsys.readouterr().out)
    assert materials.keys() == {"Al", "Li", "Li3PS4", "LPSCl", "NMC", "Si"}
    for material in materials.values():
        assert material.pop("description")
        for parameter in material.values():
            assert parameter.keys() == {"value", "value_SI", "source", "assumed"}
            assert parameter["source"]
    assert exit_code("materials", "LPSCl") == 0
    assert "GPa" in capsys.readouterr().out
    assert exit_code("materials", "unobtainium", "--json") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
