# SPDX-License-Identifier: BSD-3-Clause
"""``import interfacefem`` by those who do not use it as the examples do."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pint
import pytest
from matplotlib.figure import Figure

import interfacefem as ifem
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.current.windows import place_windows
from interfacefem.errors import InputError
from interfacefem.images import Micrograph
from interfacefem.surfaces import profile_from_points, write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

ONE_OF_SEVERAL_FAILS = """
import threading
import interfacefem as ifem
from interfacefem.errors import InputError
profile, height_map = (
    ifem.read_profile("line.csv"), ifem.read_height_map("map.csv", pixel_size="1 um"))
cell = ifem.Cell(lateral_cells=4)
for good in (profile, height_map):
    try:
        tuple(ifem.solve_current(one, cell) for one in (good, "bad"))
    except InputError as error:
        print(type(error).__name__)
print(ifem.solve_current(profile, cell).write("again.xdmf"))
found = []
def work():
    found.append(ifem.sweep(profile, cell, conductivity=["1 mS/cm"]).table()["i_ratio"][0])
threads = [threading.Thread(target=work) for _ in range(3)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(len(found), max(found) - min(found) < 1e-9)
"""


def test_errors_leave_no_lock_behind_and_threads_share_gmsh(tmp_path: Path) -> None:
    """Meshes are freed with the tuple that was being made; the next call once waited forever."""
    write_profile_csv(sinusoid(0.5 * UM, 10 * UM, periods=2, points=41), tmp_path / "line.csv")
    (tmp_path / "map.csv").write_text("0,0.2,0\n0.2,0,0.1\n0,0.1,0\n")
    finished = subprocess.run(
        [sys.executable, "-c", ONE_OF_SEVERAL_FAILS],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    printed = ["InputError", "InputError", "again.xdmf", "3 True"]
    assert finished.stdout.splitlines() == printed, finished.stderr


UNIT = pint.UnitRegistry()


class Law:
    """A law of charge transfer that is in order; its heirs are not."""

    def current_density(self, eta: np.ndarray) -> object:
        return 100 * np.sinh(eta / 0.05)


class Late(Law):
    calls = 0

    def current_density(self, eta: np.ndarray) -> object:
        self.calls += 1
        if self.calls > 5:
            raise RuntimeError("no more")
        return super().current_density(eta)


class Growing(Law):
    calls = 0

    def current_density(self, eta: np.ndarray) -> object:
        self.calls += 1
        return self.calls * super().current_density(eta)


class OverwritesItsArgument(Law):
    def current_density(self, eta: np.ndarray) -> object:
        found = super().current_density(eta)
        eta[:] = 0
        return found


class ReusesItsAnswer(Law):
    answers: dict = {}  # noqa: RUF012

    def current_density(self, eta: np.ndarray) -> object:
        answer = self.answers.setdefault(eta.shape, np.empty(eta.shape))
        answer[:] = super().current_density(eta)
        return answer


class WithUnits(Law):
    def current_density(self, eta: np.ndarray) -> object:
        return UNIT.Quantity(super().current_density(eta), "mA/cm^2")


class Complex(Law):
    def current_density(self, eta: np.ndarray) -> object:
        return super().current_density(eta) * (1 + 0j)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("misuse")
    write_profile_csv(sinusoid(0.5 * UM, 10 * UM, periods=2, points=81), folder / "line.csv")
    x = np.arange(9) * 0.5
    np.save(folder / "map.npy", 0.3 * np.cos(2 * np.pi * x / 4) * np.cos(np.pi * x / 2)[:, None])
    labels = np.random.default_rng(0).random((6, 6, 6)) < 0.7
    np.save(folder / "volume.npy", np.asfortranarray(labels))
    (folder / "folder.json").mkdir()
    (folder / "spectrum.csv").write_text("frequency_Hz,z_real_ohm,z_imag_ohm\n1,1,-1\n")
    return folder


@pytest.fixture(scope="module")
def profile(folder: Path):
    return ifem.read_profile(folder / "line.csv")


@pytest.fixture(scope="module")
def surface(folder: Path):
    return ifem.read_height_map(folder / "map.npy", pixel_size="0.5 um")


@pytest.fixture(scope="module")
def volume(folder: Path):
    return ifem.read_volume(folder / "volume.npy", voxel=np.array([25e-9] * 3))


@pytest.fixture(scope="module")
def current(profile):
    return ifem.solve_current(profile)


@pytest.fixture(scope="module")
def contact(profile):
    return ifem.solve_contact(profile)


REFUSED = {
    # laws
    "kinetics: current_density failed for an array of": lambda o: _law(o, Late()),
    "kinetics: gives another current for the same overpot": lambda o: _law(o, Growing()),
    "gives no plain real numbers; found milliampere / cent": lambda o: _law(o, WithUnits()),
    "gives no plain real numbers; found complex128": lambda o: _law(o, Complex()),
    "kinetics=: have no place beside a law of your own": lambda o: ifem.Cell(
        kinetics=Law(), exchange_current_density="1 mA/cm^2"
    ),
    # sections
    "kinetics=: is no section; found None": lambda o: ifem.Cell(kinetics=None),
    "kinetics=: is no section; found Load()": lambda o: ifem.Cell(kinetics=ifem.Cell().load),
    "tolerance=: cannot be changed": lambda o: setattr(ifem.Cell(), "tolerance", 0.1),
    "pressure=: cannot be changed": lambda o: setattr(ifem.Cell().load, "pressure", 1e6),
    # lists of quantities
    "pressure=: is no quantity; found None": lambda o: ifem.solve_contact(
        o["profile"], pressure=["5 MPa", None]
    ),
    "pressures=: out of range": lambda o: ifem.solve_interface(o["surface"], pressures=-1.0),
    "pressures=: is empty": lambda o: ifem.solve_interface(o["surface"], pressures=np.array([])),
    "frequencies=: has the wrong dimension": lambda o: ifem.impedance(
        o["surface"], frequencies=UNIT.Quantity([1, 2], "m")
    ),
    "frequencies=: is no quantity; found True": lambda o: ifem.impedance(
        o["surface"], frequencies=[True]
    ),
    "conductivity=: is no list of values; found b'ab'": lambda o: ifem.sweep(
        o["profile"], conductivity=b"ab"
    ),
    "conductivity=: is no list of values; found {": lambda o: ifem.sweep(
        o["profile"], conductivity={"1 mS/cm": 1}
    ),
    "conductivity=: is no list of values; found 0.1": lambda o: ifem.sweep(
        o["profile"], conductivity=np.array(0.1)
    ),
    "film_resistance=: is no parameter of these kinetics": lambda o: ifem.sweep(
        o["profile"], ifem.Cell(model="primary"), film_resistance=[0, 1e-4]
    ),
    "alpha_a=: is no parameter of these kinetics": lambda o: ifem.sweep(
        o["profile"], ifem.Cell(model="tafel"), alpha_a=[0.4, 0.5]
    ),
    # switches
    'errors=: is no switch; found "no"': lambda o: ifem.solve_interface(o["surface"], errors="no"),
    'budget=: is no switch; found "no"': lambda o: ifem.risk("a.png", budget="no"),
    "flux=: is no switch; found 0": lambda o: ifem.describe(o["volume"], flux=0),
    'level=: is no switch; found "no"': lambda o: ifem.read_height_map("a.npy", level="no"),
    "retry_failed=: is no switch": lambda o: ifem.run_study("a.yaml", retry_failed=1),
    # names of files
    "path=: is no name of a file; found NoneType": lambda o: ifem.read_profile(None),
    "path=: is no name of a file; found bytes": lambda o: ifem.read_volume(b"a.npy"),
    "path=: is no name of a file; found ndarray": lambda o: ifem.read_height_map(np.zeros(3)),
    'path=: is no name of a file; found "xxx': lambda o: ifem.read_micrograph("x" * 5000),
    "path=: is empty": lambda o: ifem.read_profile(""),
    "study=: is no name of a file; found int": lambda o: ifem.run_study(5),
    "out=: is empty": lambda o: ifem.run_study("a.yaml", out=""),
    "folder=: is no name of a folder; found NoneType": lambda o: ifem.load_study(None),
    "volume=: is no name of a file; found ndarray": lambda o: ifem.pores(np.zeros((2, 2, 2))),
    "volume=: is no name of a file; found NoneType": lambda o: ifem.cathode(None),
    "images=: is no name of a file; found int; expected the name": lambda o: ifem.risk([5]),
    "images=: is no name of a file; found int": lambda o: ifem.risk({"a": 5}),
    "images=: is no name of a file; found ndarray": lambda o: ifem.particles(np.zeros((9, 9))),
    "table=: is no name of a file": lambda o: ifem.mill(5),
    "spectra=: is no name of a file": lambda o: ifem.eis([None], {"area": "1 cm^2"}),
    # volumes
    "voxel=: belongs to reading a volume": lambda o: ifem.transport(
        o["volume"], phase=1, voxel="5 nm"
    ),
    "phase=: is no label; found []": lambda o: ifem.pores(o["volume"], phase=[]),
    "phase=: is no label; found True": lambda o: ifem.describe(o["volume"], phase=True),
    "phase=: is no label; found 1.5": lambda o: ifem.particles(o["volume"], phase=1.5),
    "axis=: is not a whole number; found True": lambda o: ifem.pores(o["volume"], axis=True),
    'residual=: is not a number; found "small"': lambda o: ifem.transport(
        o["volume"], phase=1, residual="small"
    ),
    "cell=: is no cell; found str": lambda o: ifem.transport(o["volume"], phase=1, cell="x"),
    "greys=: have not the shape of the labels, or are no numbers; found <U1": lambda o: (
        ifem.transport(o["volume"], phase=1, greys="x")
    ),
    "labels: are no labels; found float64 of shape (2, 2, 2)": lambda o: SegmentedVolume(
        np.zeros((2, 2, 2)), (1e-6, 1e-6, 1e-6)
    ),
    "voxel_size: is no size of a voxel; found (1e-06, -1e-06": lambda o: SegmentedVolume(
        np.zeros((2, 2, 2), int), (1e-6, -1e-6, 1e-6)
    ),
    # spectra
    "cell=: is no cell; found NoneType": lambda o: ifem.eis("spectrum.csv", None),
    "diameter: is out of range; found -7 mm": lambda o: _eis(o, diameter="-7 mm"),
    "temperatures=: out of range; found 25": lambda o: _eis(o, temperatures=[25]),
    "electronic=: out of range; found -5": lambda o: _eis(o, electronic=-5),
    "of_volume=: are no tortuosity factors": lambda o: _eis(o, of_volume={"x": 1}),
    "of_volume=: is not a number": lambda o: _eis(o, of_volume={"ion": "a"}),
    "computed=: is no result of impedance": lambda o: _eis(o, computed=5),
    # what a person says of a line
    "guide=: is no name of a file; found int": lambda o: ifem.trace("a.png", guide=5),
    "dropped=: is no list of ranges; found 5": lambda o: ifem.trace("a.png", dropped=5),
    "curve=: is no array of numbers": lambda o: ifem.trace("a.png", curve=o["profile"]),
    "progress=: is no switch": lambda o: ifem.run_study("a.yaml", progress="bar"),
    "reference_length=: is shorter than 8 pixels of the image": lambda o: ifem.risk(
        _wave(), budget=False, reference_length="1 nm"
    ),
    "reference_length: is too short for this interface": lambda o: place_windows(1e-3, length=1e-9),
    # what results are asked
    "path=: is no name of a file; found int": lambda o: o["current"].write(5),
    "folder.json: is a folder": lambda o: o["contact"].write(o["folder"] / "folder.json"),
    "the output folder cannot be written": lambda o: o["current"].write(
        o["folder"] / "line.csv" / "fields.xdmf"
    ),
    "target: is nothing to draw in; found 3d": lambda o: o["current"].plot(
        Figure().add_subplot(projection="3d")
    ),
    "target: is nothing to draw in; found polar": lambda o: o["contact"].plot(
        Figure().add_subplot(projection="polar")
    ),
    "target: is not empty; found 2 axes in it": lambda o: o["contact"].plot(
        Figure().subplots(1, 2)[0].figure
    ),
    "cannot be pickled or sent to another process": lambda o: pickle.dumps(o["current"]),
}


def _wave() -> Micrograph:
    """A bright solid above a wavy lower surface."""
    rows, columns = np.mgrid[0:200, 0:240]
    surface = 110 + 6 * np.sin(2 * np.pi * columns / 24)
    grey = (40 + 160 * np.clip(surface - rows + 0.5, 0, 1)) / 255
    return Micrograph(grey, 1e-7, "wave", "given", (0, 200, 0, 240))


def _law(objects: dict, law: Law) -> None:
    ifem.solve_current(objects["profile"], ifem.Cell(kinetics=law))


def _eis(objects: dict, **arguments: object) -> None:
    cell = {"cell": "blocking", "diameter": arguments.pop("diameter", "7 mm")}
    ifem.eis(objects["folder"] / "spectrum.csv", cell | {"thickness": "500 um"}, **arguments)


@pytest.fixture(scope="module")
def objects(folder, profile, surface, volume, current, contact) -> dict:
    return {
        "folder": folder, "profile": profile, "surface": surface, "volume": volume,
        "current": current, "contact": contact,
    }  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_misuse_is_said_in_one_line(objects, folder: Path, monkeypatch, said: str) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    with pytest.raises(InputError) as refused:
        REFUSED[said](objects)
    text = str(refused.value)
    assert said in text
    assert "\n" not in text
    assert "--" not in text
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("law", [OverwritesItsArgument, ReusesItsAnswer])
def test_a_law_may_write_into_its_arrays(profile, law) -> None:
    found, known = (
        ifem.solve_current(profile, ifem.Cell(kinetics=one())).i_ratio for one in (law, Law)
    )
    assert found == pytest.approx(known, rel=1e-12)


def test_arrays_of_any_kind_are_lists_of_quantities(profile, surface) -> None:
    megapascal = [1.0, 2.0]
    for given in (np.array([1e6, 2e6]), UNIT.Quantity(megapascal, "MPa"), ("1 MPa", np.array(2e6))):
        table = ifem.solve_contact(profile, pressure=given).table()
        np.testing.assert_allclose(table["p_mean_MPa"], megapascal, rtol=1e-12)
    hertz = UNIT.Quantity([1.0, 2.0], "kHz")
    table = ifem.impedance(surface, pressure="50 MPa", frequencies=hertz).table()
    np.testing.assert_allclose(table["frequency_Hz"], [1e3, 2e3], rtol=1e-12)


def test_a_result_is_its_own_copy_and_contact_may_travel(current, contact) -> None:
    assert copy.deepcopy([current])[0] is current
    assert copy.copy(contact) is contact
    assert pickle.loads(pickle.dumps(contact)).to_dict() == contact.to_dict()


def test_the_order_of_a_volume_in_memory_does_not_matter(folder: Path, volume) -> None:
    again = np.ascontiguousarray(np.load(folder / "volume.npy")).astype(np.int64)
    np.save(folder / "other.npy", again)
    other = ifem.read_volume(folder / "other.npy", voxel="25 nm")
    (folder / "other.npy").unlink()
    found = [ifem.transport(one, phase=np.int8(1), axes=[0]) for one in (volume, other)]
    assert found[0].table()["sigma_eff"][0] == found[1].table()["sigma_eff"][0]


def test_a_cell_shows_what_was_given() -> None:
    cell = ifem.Cell(conductivity=0.2, temperature="25 degC", block_youngs_modulus="inf")
    said = "Cell(conductivity=2 mS/cm, temperature=298.15 K, block_youngs_modulus=inf GPa)"
    assert repr(cell) == str(cell) == said
    assert repr(ifem.Cell(kinetics=Law())) == "Cell(kinetics=Law)"


def test_the_line_of_a_volume_with_units_has_them(volume) -> None:
    found = ifem.transport(volume, conductivity={0: "1 mS/cm", 1: "4 mS/cm"}, axes=[0])
    assert f"{found.to_dict()['sigma_eff_mS_cm'][0]:.4g} mS/cm" in repr(found)


def test_profiles_are_made_of_lists() -> None:
    profile = profile_from_points([0, 1e-6, 2e-6, 2e-6, 3e-6], [0, 1e-7, 0, 0, 1e-7])
    np.testing.assert_array_equal(profile.x, [0, 1e-6, 2e-6, 3e-6])
