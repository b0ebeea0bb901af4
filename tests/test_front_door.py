# SPDX-License-Identifier: BSD-3-Clause
"""``import interfacefem``: what it costs, its names, its results, its arguments."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pint
import pytest
from matplotlib.figure import Figure
from PIL import Image

import interfacefem as ifem
from interfacefem.commands import app
from interfacefem.errors import InputError
from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

NAMES = {
    "cathode", "Cell", "ConvergenceError", "InputError",
    "describe", "eis", "impedance", "load_study", "mill", "particles",
    "pores", "read_height_map", "read_micrograph", "read_profile", "read_volume", "risk",
    "run_study", "segment", "solve_contact", "solve_current", "solve_interface", "sweep", "trace",
    "transport",
}  # fmt: skip
HEAVY = ("dolfinx", "petsc4py", "mpi4py", "gmsh", "matplotlib", "pandas", "numpy", "scipy")
UNIT = pint.UnitRegistry()


def section_image() -> np.ndarray:
    """A bright solid above a wavy lower surface, 8 bit, 200 x 240 pixels."""
    rows, columns = np.mgrid[0:200, 0:240]
    surface = 110 + 6 * np.sin(2 * np.pi * columns / 24)
    return (40 + 160 * np.clip(surface - rows + 0.5, 0, 1)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile, a height map, a volume, an image, a study, small ones."""
    folder = tmp_path_factory.mktemp("door")
    write_profile_csv(sinusoid(0.5 * UM, 10 * UM, periods=3, points=121), folder / "line.csv")
    x = np.arange(17) * 0.5
    heights = 0.3 * np.sin(2 * np.pi * x / 8) * np.cos(2 * np.pi * x / 4)[:, None]
    np.save(folder / "map.npy", heights)
    random = np.random.default_rng(3).random((12, 10, 8))
    np.save(folder / "volume.npy", (random < 0.7).astype(np.uint8))
    Image.fromarray(section_image()).save(folder / "wave.png")
    (folder / "case.yaml").write_text(
        "profile: line.csv\nstress: {depth: 1 um}\n"
        "kinetics: {exchange_current_density: 5 mA/cm^2}\n"
    )
    (folder / "map.yaml").write_text(
        "height_map: map.npy\nmap: {pixel_size: 0.5 um}\n"
        "domain: {lateral_cells: 8}\nload: {pressure: 20 MPa}\n"
    )
    (folder / "study.yaml").write_text(
        "name: small\nprofiles: [{files: line.csv}]\n"
        "parameters: [{grid: {load.current_density: [1 mA/cm^2, 3 mA/cm^2]}}]\n"
    )
    return folder


@pytest.fixture(scope="module")
def cell() -> ifem.Cell:
    return ifem.Cell(exchange_current_density="5 mA/cm^2", depth="1 um")


@pytest.fixture(scope="module")
def map_cell() -> ifem.Cell:
    return ifem.Cell(lateral_cells=8, pressure="20 MPa")


@pytest.fixture(scope="module")
def profile(folder: Path):
    return ifem.read_profile(folder / "line.csv")


@pytest.fixture(scope="module")
def surface(folder: Path):
    return ifem.read_height_map(folder / "map.npy", pixel_size="0.5 um")


@pytest.fixture(scope="module")
def results(folder, cell, map_cell, profile, surface) -> dict:
    """One result of each verb, by the command that prints the same."""
    volume = ifem.read_volume(folder / "volume.npy", voxel="25 nm")
    image = ifem.read_micrograph(folder / "wave.png", pixel_size="0.1 um")
    pressures = ["10 MPa", "50 MPa"]
    i0 = ["1 mA/cm^2", "5 mA/cm^2"]
    return {
        "current case.yaml": ifem.solve_current(profile, cell),
        "current map.yaml": ifem.solve_current(surface, map_cell),
        "stress case.yaml": ifem.solve_contact(profile, cell),
        "stress map.yaml": ifem.solve_contact(surface, map_cell),
        "stress case.yaml --pressures 10,50": ifem.solve_contact(profile, cell, pressure=pressures),
        "current case.yaml --sweep i0=1,5": ifem.sweep(profile, cell, exchange_current_density=i0),
        "profile wave.png --pixel-size 0.1um": ifem.trace(image),
        "risk wave.png --pixel-size 0.1um": ifem.risk(image),
        "volume transport volume.npy --voxel 25nm --phase 1": ifem.transport(volume, phase=1),
        "study study.yaml": ifem.run_study(folder / "study.yaml", folder / "door"),
    }


COMMANDS = [
    "current case.yaml", "current map.yaml", "stress case.yaml", "stress map.yaml",
    "stress case.yaml --pressures 10,50", "current case.yaml --sweep i0=1,5",
    "profile wave.png --pixel-size 0.1um", "risk wave.png --pixel-size 0.1um",
    "volume transport volume.npy --voxel 25nm --phase 1", "study study.yaml",
]  # fmt: skip
# what is another at every run, and what the argument's form decides
_VARIES = {"cpu_s", "mesh_cpu_s", "image", "folder", "solved_now", "pixel_size_source", "file"}
each_command = pytest.mark.parametrize("command", COMMANDS)


def test_importing_costs_nothing() -> None:
    """No large library, and less than 0.2 s of CPU time, in a fresh process."""
    code = (
        "import sys, time; started = time.process_time(); import interfacefem as ifem; dir(ifem);"
        f"print(time.process_time() - started, [n for n in {HEAVY} if n in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    cpu_s, loaded = finished.stdout.split(maxsplit=1)
    assert loaded.strip() == "[]"
    assert float(cpu_s) < 0.2


def test_names() -> None:
    assert set(ifem.__all__) == NAMES | {"__version__"}
    assert set(dir(ifem)) >= NAMES
    with pytest.raises(AttributeError, match="no attribute 'risc'"):
        _ = ifem.risc


def test_no_room_hides_a_name(profile) -> None:
    """A sub-package of a function's name would replace it once it is imported."""
    rooms = {module.name for module in pkgutil.iter_modules(ifem.__path__)}
    assert not rooms & NAMES
    for module in pkgutil.walk_packages(ifem.__path__, "interfacefem."):
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("bokeh"):  # the extra of the page
                raise
    assert all(callable(getattr(ifem, name)) for name in NAMES)
    assert ifem.solve_contact(profile, ifem.Cell(depth=1e-6)).stress_ratio > 1


@each_command
def test_results_hold_what_the_command_prints(
    results, folder, command, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert app.exit_code([*command.split(), "--json", "--quiet"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert _numbers(results[command].to_dict()) == _numbers(printed)
    assert list(results[command].to_dict()) == list(printed)


def _numbers(found):
    """Everything that does not change from run to run, as JSON has it."""
    if isinstance(found, dict):
        return {key: _numbers(value) for key, value in found.items() if key not in _VARIES}
    if isinstance(found, list | tuple):
        return [_numbers(value) for value in found]
    return pytest.approx(found, rel=1e-9) if isinstance(found, float) else found


@each_command
def test_results_show_themselves_in_a_line(results, command) -> None:
    result = results[command]
    assert len(repr(result)) < 300
    assert "\n" not in repr(result)
    assert repr(result).startswith(type(result).__name__)
    assert any(character.isdigit() for character in repr(result))
    html = result._repr_html_()
    assert html.startswith("<table>")
    assert len(html) < 5000
    for cited in result.citations:
        assert "(" in cited
        assert "20" in cited or "19" in cited
    assert result.citations


@each_command
def test_results_are_tables_and_files(results, command, tmp_path: Path) -> None:
    result = results[command]
    table = result.table()
    assert isinstance(table, pd.DataFrame)
    assert len(table) == len(result.rows())
    assert len(table.columns) > 5
    result.write(tmp_path / "made" / "it.csv")
    back = pd.read_csv(tmp_path / "made" / "it.csv")
    numbers = [name for name in table.select_dtypes("number") if name != "notes"]
    pd.testing.assert_frame_equal(back[numbers], table[numbers], check_dtype=False, rtol=1e-12)
    result.write(tmp_path / "it.json")
    assert json.loads((tmp_path / "it.json").read_text()) == json.loads(
        json.dumps(result.to_dict())
    )
    with pytest.raises(InputError, match=r'it\.doc: path: .*found "\.doc"; expected \.json'):
        result.write(tmp_path / "it.doc")
    if importlib.util.find_spec("pyarrow") is None:
        with pytest.raises(InputError, match="needs the package pyarrow"):
            result.write(tmp_path / "it.parquet")
    else:
        result.write(tmp_path / "it.parquet")
        assert len(pd.read_parquet(tmp_path / "it.parquet")) == len(table)


@each_command
def test_results_draw_themselves_anew_and_in_given_axes(results, command, tmp_path) -> None:
    result = results[command]
    figure = result.plot()
    assert isinstance(figure, Figure)
    result.write(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000
    own = Figure()
    left, right = own.subplots(1, 2)
    assert result.plot(left) is left
    assert left.has_data()
    assert not right.has_data()
    given = Figure()
    assert result.plot(given) in given.axes
    upper, _ = Figure().subfigures(2)
    assert result.plot(upper) in upper.axes
    with pytest.raises(InputError, match="target: is nothing to draw in; found str"):
        result.plot("axes")


def test_fields_are_those_of_the_solution(results, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    result = results["current case.yaml"]
    result.write(tmp_path / "fields.xdmf")
    with h5py.File(tmp_path / "fields.h5") as file:
        points = file["Mesh/mesh/geometry"][:]
        potential = file["Function/potential/0"][:].ravel()
        current = file["Function/current_density/0"][:]
    # at the interface the electrolyte's potential, at the top that of Ohm's law
    along = result.along_interface()
    on_line = np.isclose(points[:, 0], 0) & np.isclose(points[:, 1], along["z_um"][0] * UM)
    assert potential[on_line] == pytest.approx(along["potential_V"][0], rel=1e-6)
    top = np.isclose(points[:, 1], points[:, 1].max())
    asr = result.metrics.area_specific_resistance
    assert potential[top].mean() == pytest.approx(30.0 * asr, rel=1e-4)
    # all of the current flows downward on average
    assert -current[:, 1].max() > -30.0 * 3
    assert np.median(current[:, 1]) == pytest.approx(-30.0, rel=0.02)
    assert "fields.h5" in (tmp_path / "fields.xdmf").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fields.h5", "fields.xdmf"]


def test_vtx_holds_the_potential(results, tmp_path: Path) -> None:
    adios2 = pytest.importorskip("adios2")
    result = results["current case.yaml"]
    result.write(tmp_path / "fields.bp")
    assert (tmp_path / "fields_current_density.bp").is_dir()
    with adios2.FileReader(str(tmp_path / "fields.bp")) as file:
        found = file.read("potential")
    np.testing.assert_allclose(
        np.sort(found.ravel()), np.sort(result.solution.potential.x.array), rtol=1e-12
    )


@pytest.mark.parametrize(
    "pressure", ["20 MPa", "20000 kPa", 2e7, 20_000_000, np.float64(2e7), 20 * UNIT.MPa]
)
def test_a_quantity_is_text_with_its_unit_or_pint_or_si(profile, pressure) -> None:
    found = ifem.solve_contact(profile, pressure=pressure).to_dict()
    assert found["p_mean_MPa"] == pytest.approx(20, rel=1e-12)
    assert found["stress_ratio"] == pytest.approx(
        ifem.solve_contact(profile, pressure="20 MPa").stress_ratio, rel=1e-12
    )


def test_a_sweep_takes_every_form_of_a_quantity(profile, cell) -> None:
    forms = ["1 mS/cm", 0.2, 3 * UNIT("mS/cm")]
    swept = ifem.sweep(profile, cell, conductivity=forms)
    np.testing.assert_allclose(swept.table()["conductivity_mS_cm"], [1, 2, 3], rtol=1e-12)
    # what the solver gives for the last of them alone
    alone = ifem.solve_current(
        profile, ifem.Cell(conductivity="3 mS/cm", exchange_current_density="5 mA/cm^2")
    )
    assert swept.table()["i_ratio"][2] - 1 == pytest.approx(alone.i_ratio - 1, rel=1e-2)


CALLS = {
    "interface=: is no interface; found str": lambda p: ifem.solve_current("line.csv"),
    "interface=: is no curve": lambda p: ifem.sweep(_map(), conductivity=["1 mS/cm"]),
    "cell=: is no cell; found dict": lambda p: ifem.solve_current(p, {"conductivity": 1}),
    "comm=: is no communicator; found int": lambda p: ifem.solve_current(p, comm=4),
    "contact=: does not fit the interface": lambda p: ifem.solve_current(p, contact="a.csv"),
    "pressure=: has the wrong dimension": lambda p: ifem.solve_contact(p, pressure="3 mm"),
    "pressure=: has the wrong dimension;": lambda p: ifem.solve_contact(p, pressure=3 * UNIT.mm),
    "pressure=: has no unit": lambda p: ifem.solve_contact(p, pressure="50"),
    "pressure=: out of range; found -1": lambda p: ifem.solve_contact(p, pressure=-1.0),
    "pressure=: is empty": lambda p: ifem.solve_contact(p, pressure=[]),
    "pressure=: is no quantity": lambda p: ifem.solve_contact(p, pressure={"a": 1}),
    "pixel_size=: has the wrong dimension": lambda p: ifem.read_micrograph(
        "a.png", pixel_size="1s"
    ),
    "solid=: input should be 'below' or 'above'; found": lambda p: ifem.read_height_map(
        "a.npy", solid="left"
    ),
    "voxel=: cannot be read": lambda p: ifem.read_volume("a.npy", voxel=[1e-9, 2e-9]),
    "image=: is no name of a file; found int": lambda p: ifem.trace(5),
    "lines=: ": lambda p: ifem.trace("a.png", lines=2),
    "line_count=: no such argument": lambda p: ifem.trace("a.png", line_count=2),
    "images=: is empty": lambda p: ifem.risk([]),
    "**values: sweeps nothing": lambda p: ifem.sweep(p),
    "i0=: cannot be swept": lambda p: ifem.sweep(p, i0=["1 mA/cm^2"]),
    "conductivity=: is no list of values": lambda p: ifem.sweep(p, conductivity="1 mS/cm"),
    "conductivity=: has no unit": lambda p: ifem.sweep(p, conductivity=["1"]),
    "phase=: says what conducts": lambda p: ifem.transport("v.npy"),
    "plane=: input should be 'low' or 'high'": lambda p: ifem.transport(
        "v.npy", phase=1, plane="top"
    ),
    "phase=: is not a whole number; found 1.5": lambda p: ifem.transport("v.npy", phase=1.5),
    "conductivity=: label 1: has the wrong dimension": lambda p: ifem.transport(
        "v.npy", conductivity={1: "1 m"}
    ),
    "axes=: out of range; found [0, 3]": lambda p: ifem.transport("v.npy", phase=1, axes=[0, 3]),
    "safe_share=: out of range; found 2": lambda p: ifem.transport("v.npy", phase=1, safe_share=2),
    "jobs=: out of range; found 0": lambda p: ifem.run_study("s.yaml", jobs=0),
    "gone.csv: no such file": lambda p: ifem.read_profile("gone.csv"),
    "gone.npy: no such file": lambda p: ifem.transport("gone.npy", phase=1, voxel="1 nm"),
}


def _map():
    from interfacefem.surfaces.height_map import HeightMap

    return HeightMap(np.zeros((3, 3)), 1e-6, 1e-6)


@pytest.mark.parametrize("said", CALLS)
def test_bad_arguments_are_named_in_a_line(profile, said: str) -> None:
    with pytest.raises(InputError) as refused:
        CALLS[said](profile)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "--" not in str(refused.value)


def test_own_kinetics_through_the_door(profile, cell) -> None:
    """A law as an object gives what the formula gives, solved and swept."""

    class Own:
        def current_density(self, overpotential):
            return 100.0 * np.sinh(overpotential / 0.0513596)  # 5 mA/cm2, 298 K

    own = ifem.Cell(kinetics=Own())
    found, known = ifem.solve_current(profile, own), ifem.solve_current(profile, cell)
    assert found.i_ratio - 1 == pytest.approx(known.i_ratio - 1, rel=1e-4)
    conductivity = ["0.5 mS/cm", "2 mS/cm"]
    swept = [ifem.sweep(profile, one, conductivity=conductivity) for one in (own, cell)]
    ratios = [one.table()["i_ratio"] - 1 for one in swept]
    np.testing.assert_allclose(*ratios, rtol=2e-3)
    with pytest.raises(InputError, match="exchange_current_density=: is no parameter"):
        ifem.sweep(profile, own, exchange_current_density=["1 mA/cm^2"])


def test_several_images_by_group(folder, results) -> None:
    image = ifem.read_micrograph(folder / "wave.png", pixel_size="0.1 um")
    found = ifem.risk({"pressed": [image]})
    assert list(found.table()["group"]) == ["pressed"]
    one = results["risk wave.png --pixel-size 0.1um"]
    assert found.images[0].i_ratio == pytest.approx(one.i_ratio, rel=1e-12)
    assert isinstance(found.plot(), Figure)
    assert len(repr(found)) < 300


def test_three_parameters_make_a_table_and_no_figure(profile, cell) -> None:
    swept = ifem.sweep(
        profile, cell, conductivity=[0.1], temperature=[298.0], current_density=[10.0, 20.0]
    )
    assert list(swept.table()["current_density_mA_cm2"]) == [1, 2]
    with pytest.raises(InputError, match="plot: cannot be drawn; found 3 parameters"):
        swept.plot()


def test_what_is_read_shows_itself_in_a_line(folder, profile, surface, results) -> None:
    volume = ifem.read_volume(folder / "volume.npy", voxel=25e-9)
    traced = results["profile wave.png --pixel-size 0.1um"]
    for read in (profile, surface, volume, traced.micrograph, traced.sections[0], traced.taken,
                 results["current case.yaml"].run, results["stress case.yaml"].run,
                 results["current map.yaml"].solution):  # fmt: skip
        assert len(repr(read)) < 300
        assert "\n" not in repr(read)
