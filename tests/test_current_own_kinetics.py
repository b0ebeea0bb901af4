# SPDX-License-Identifier: BSD-3-Clause
"""Own kinetic laws: objects and tables against Butler-Volmer's law, and laws that are refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from interfacefem.commands.app import main
from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, InSeriesWithFilm
from interfacefem.current.error_estimate import estimate_error
from interfacefem.current.kinetics_table import KineticsTable
from interfacefem.current.metrics import current_metrics
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.run import run_current
from interfacefem.current.sweep import run_sweep
from interfacefem.errors import CaseError, InputError
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.parameters.case_file import read_case
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.kinetics_points import read_kinetics_points
from interfacefem.surfaces import Profile, write_profile_csv
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

BV = ButlerVolmer(10.0, 0.5, 0.5, 298.0)
ROUGH = self_affine(0.5 * UM, 30 * UM, points=200, seed=4)


class Own:
    """Butler-Volmer's law as a user would write it."""

    def current_density(self, overpotential):
        return 20.0 * np.sinh(overpotential / BV.thermal_voltage / 2)


class WithDerivative(Own):
    def derivative(self, overpotential):
        scale = 2 * BV.thermal_voltage
        return 20.0 / scale * np.cosh(overpotential / scale)


@dataclasses.dataclass
class Limited:
    """A law that saturates: transport through an interphase limits the current."""

    limit: float

    def current_density(self, overpotential):
        return self.limit * np.tanh(400.0 / self.limit * overpotential)


class Diode:
    """Two slopes and a kink at zero."""

    def current_density(self, overpotential):
        return np.where(overpotential > 0, 800.0, 200.0) * overpotential

    def derivative(self, overpotential):
        return np.where(overpotential > 0, 800.0, 200.0)


@pytest.fixture(scope="module")
def solver() -> CurrentSolver:
    triangulation = mesh_profile(ROUGH, 30 * UM, MeshSettings(interface_edges=150))
    return CurrentSolver(distribute(triangulation, MPI.COMM_SELF))


@pytest.mark.parametrize("law", [Own(), WithDerivative()], ids=["differences", "derivative"])
@pytest.mark.parametrize("film", [0.0, 2e-3])
@pytest.mark.parametrize("applied", [0.03, 30.0, 3e4])
def test_an_object_gives_what_the_same_formula_gives(solver, law, film, applied) -> None:
    """Through the solver, the error estimate and the span of other problems."""
    kinetics = [InSeriesWithFilm(one, film) if film else one for one in (BV, law)]
    known, own = (CurrentProblem(0.1, applied, one) for one in kinetics)
    exact, solution = solver.solve(known), solver.solve(own)
    np.testing.assert_allclose(
        solution.samples.current_density, exact.samples.current_density, rtol=1e-9
    )
    bound, other = estimate_error(solver, exact), estimate_error(solver, solution)
    assert other.log_ratio_error == pytest.approx(bound.log_ratio_error, rel=1e-5)
    metrics = [current_metrics(one, rms_height=1 * UM) for one in (exact, solution)]
    # alpha_a + alpha_c = 1: k/(i'(0) l) is k RT/(F i0 l)
    assert metrics[1].wagner_number == pytest.approx(metrics[0].wagner_number, rel=1e-9)
    assert metrics[1].mean_overpotential == pytest.approx(metrics[0].mean_overpotential, rel=1e-9)
    related = RelatedProblems(solver, 1e-4)
    for conductivity in np.geomspace(0.05, 0.5, 5):
        swept = related.solve(dataclasses.replace(own, conductivity=conductivity))
        full = solver.solve(dataclasses.replace(known, conductivity=conductivity))
        excess = [
            one.samples.current_density.max() / one.samples.current_density.min() - 1
            for one in (swept, full)
        ]
        assert excess[0] == pytest.approx(excess[1], rel=1e-4)
    assert related.solved <= 1


@pytest.mark.parametrize("film", [0.0, 2e-3])
@pytest.mark.parametrize(
    "law", [Limited(60.0), Limited(31.0), Diode()], ids=lambda law: type(law).__name__
)
def test_laws_that_bend_the_other_way_are_solved(solver, law, film) -> None:
    kinetics = InSeriesWithFilm(law, film) if film else law
    problem = CurrentProblem(0.1, 30.0, kinetics)
    solution = solver.solve(problem)
    samples = solution.samples
    through = samples.quadrature_current_density @ samples.quadrature_weights
    assert through == pytest.approx(30.0 * ROUGH.width, rel=1e-8)
    eta = samples.potential - film * samples.current_density
    np.testing.assert_allclose(law.current_density(eta), samples.current_density, rtol=1e-8)
    estimate = estimate_error(solver, solution)
    assert 0 < estimate.log_ratio_error < 1
    related = RelatedProblems(solver, 1e-3).solve(problem)
    np.testing.assert_allclose(related.samples.current_density, samples.current_density, rtol=2e-3)


def test_inverse_of_an_own_law() -> None:
    law = OwnKinetics(Own())
    current = np.array([[-30.0, 1e-8, 0.0], [3.0, 1e5, 1e9]])
    np.testing.assert_allclose(law.overpotential(current), BV.overpotential(current), rtol=1e-9)
    assert law.overpotential(np.array(30.0)).shape == ()
    film = InSeriesWithFilm(Own(), 1e-3)
    reference = InSeriesWithFilm(BV, 1e-3)
    phi = np.array([-1e3, -0.1, 0.0, 1e-9, 0.2, 1e4])
    np.testing.assert_allclose(film.current_density(phi), reference.current_density(phi), rtol=1e-9)
    np.testing.assert_allclose(film.slope(phi), reference.slope(phi), rtol=1e-6)


def test_differences_are_as_good_as_a_derivative() -> None:
    eta = np.linspace(-0.3, 0.4, 71)
    np.testing.assert_allclose(OwnKinetics(Own()).slope(eta), BV.slope(eta), rtol=1e-8)
    np.testing.assert_allclose(OwnKinetics(WithDerivative()).slope(eta), BV.slope(eta), rtol=1e-13)


def law(**methods):
    return type("Law", (), {name: staticmethod(method) for name, method in methods.items()})()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (object(), "is no law of charge transfer; found object"),
        (law(current_density=lambda eta: -eta), "does not increase"),
        (law(current_density=lambda eta: 0 * eta), "does not increase"),
        (law(current_density=lambda eta: eta - 5), "plates no metal"),
        (law(current_density=lambda eta: eta * np.nan), "is not finite; found nan"),
        (law(current_density=lambda eta: 3.0), "not vectorised; found shape ()"),
        (law(current_density=lambda eta: float(eta)), "failed for an array of 91 overpotentials"),
        (
            law(current_density=lambda eta: eta, derivative=lambda eta: 0 * eta + 2),
            "derivative is not the derivative of current_density; found 2 A/(m^2 V)",
        ),
        (
            law(current_density=np.sinh, slope=lambda eta: np.full_like(eta, np.nan)),
            "slope is not the derivative",
        ),
    ],
)
def test_what_is_no_law_is_refused_in_a_line(given, said) -> None:
    with pytest.raises(InputError, match=r"^kinetics: ") as refused:
        CurrentProblem(0.1, 30.0, given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_law_that_turns_back_where_the_solution_lies_is_refused(solver) -> None:
    # increasing as far as it is probed, 0.2 V
    turning = law(current_density=lambda eta: 100 * np.where(eta < 0.25, eta, 0.5 - eta))
    with pytest.raises(InputError, match="kinetics: does not"):
        solver.solve(CurrentProblem(0.1, 30.0, turning))


def test_a_current_that_the_law_never_reaches_is_refused(solver) -> None:
    with pytest.raises(InputError, match="does not carry the current; found less than"):
        solver.solve(CurrentProblem(0.1, 300.0, Limited(60.0)))


def table_of_butler_volmer(path: Path, points: int, last: float = 0.15, zero: bool = True) -> Path:
    eta = np.linspace(-0.15, last, points)
    eta = np.unique(np.append(eta, 0.0)) if zero else eta
    rows = "".join(
        f"{one:.15g},{other:.15g}\n"
        for one, other in zip(eta, BV.current_density(eta) / 10, strict=True)
    )
    path.write_text("# measured\noverpotential_V,current_density_mA_cm2\n" + rows)
    return path


def table_from(path: Path) -> KineticsTable:
    return KineticsTable(read_kinetics_points(path))


def unequal_table(path: Path, points: int) -> Path:
    eta = np.linspace(-0.15, 0.15, points)
    current = ButlerVolmer(10.0, 0.3, 0.7, 298.0).current_density(eta) / 10
    rows = "".join(f"{a!r},{b!r}\n" for a, b in zip(eta.tolist(), current.tolist(), strict=True))
    path.write_text("overpotential_V,current_density_mA_cm2\n" + rows)
    return path


def test_a_table_of_butler_volmer_is_butler_volmer(tmp_path: Path) -> None:
    """With equal coefficients it is a straight line in the interpolated coordinate."""
    eta = np.linspace(-0.15, 0.15, 1001)
    table = table_from(table_of_butler_volmer(tmp_path / "iv.csv", 61))
    np.testing.assert_allclose(
        table.current_density(eta), BV.current_density(eta), rtol=2e-5, atol=1e-12
    )
    np.testing.assert_allclose(table.derivative(eta), BV.slope(eta), rtol=1e-3)


def test_a_table_converges_with_its_points(tmp_path: Path) -> None:
    """Third order in the current: arsinh(i/s) of unequal coefficients bends."""
    eta = np.linspace(-0.14, 0.14, 2001)
    exact = ButlerVolmer(10.0, 0.3, 0.7, 298.0).current_density(eta)
    errors = []
    for points in (31, 61, 121):
        table = table_from(unequal_table(tmp_path / f"{points}.csv", points))
        found = table.current_density(eta)
        assert np.all(np.diff(found) > 0)
        errors.append(np.abs(found - exact).max() / np.abs(exact).max())
    assert errors[-1] < 1e-5
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 2.5


def test_a_table_through_the_solver_the_sweep_and_the_estimate(tmp_path: Path) -> None:
    """The ratio is right to the error of the interpolation, film or not."""
    table_of_butler_volmer(tmp_path / "iv.csv", 61)
    write_profile_csv(ROUGH, tmp_path / "rough.csv")
    for film in ("0 ohm*cm^2", "20 ohm*cm^2"):
        (tmp_path / "case.yaml").write_text(
            "profile: rough.csv\n"
            f"kinetics: {{model: table, file: iv.csv, film_resistance: {film}}}\n"
        )
        case = read_case(tmp_path / "case.yaml")
        known = Cell.model_validate({"kinetics": {"film_resistance": film}})
        run, exact = (run_current(ROUGH, one, MPI.COMM_SELF) for one in (case, known))
        assert run.metrics.i_ratio - 1 == pytest.approx(exact.metrics.i_ratio - 1, rel=1e-4)
        assert run.i_ratio_error == pytest.approx(exact.i_ratio_error, rel=1e-2)
        assert run.notes == exact.notes
    axes = {"conductivity": np.array([0.3, 1.0]), "film_resistance": np.array([1.0, 5.0])}
    swept, reference = (run_sweep(ROUGH, one, axes, MPI.COMM_SELF) for one in (case, known))
    for one, other in zip(swept.metrics, reference.metrics, strict=True):
        assert one.i_ratio - 1 == pytest.approx(other.i_ratio - 1, rel=2e-3)


def test_beyond_the_table_the_law_goes_on_linearly_and_the_result_says_so(tmp_path: Path) -> None:
    table = table_from(table_of_butler_volmer(tmp_path / "iv.csv", 21, last=0.02))
    law = OwnKinetics(table)
    beyond = np.array([0.02, 0.03, 0.5])
    slope = table.derivative(np.array([0.02]))[0]
    np.testing.assert_allclose(
        table.current_density(beyond), table.current_density(beyond[:1]) + slope * (beyond - 0.02)
    )
    np.testing.assert_allclose(law.slope(beyond), slope)
    cell = Cell.model_validate({"kinetics": {"model": "table", "file": str(tmp_path / "iv.csv")}})
    run = run_current(ROUGH, cell, MPI.COMM_SELF)
    (note,) = (note for note in run.notes if "extended linearly" in note)
    assert note.startswith("the kinetics are known from -0.15 to 0.02 V")
    assert "100.0% of the interface" in note
    inside = cell.model_copy(update={"load": cell.load.model_copy(update={"current_density": 1.0})})
    assert not any("extended" in note for note in run_current(ROUGH, inside, MPI.COMM_SELF).notes)


HEADER = "overpotential_V,current_density_mA_cm2\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "wrong header; found nothing"),
        ("V,mA\n0,0\n1,1\n", 'wrong header; found "V,mA"'),
        (HEADER, "has too few rows; found 0"),
        (HEADER + "0,0\n", "has too few rows; found 1"),
        (HEADER + "0,0\n0.1,nan\n", 'is no pair of numbers; found "0.1,nan"'),
        (HEADER + "0,0\n0.1,2,3\n", 'is no pair of numbers; found "0.1,2,3"'),
        (HEADER + "0,0\n0.1,a\n", 'is no pair of numbers; found "0.1,a"'),
        (HEADER + "0,0\n0.2,2\n0.1,3\n", "overpotential_V: does not increase; found 0.1 after 0.2"),
        (HEADER + "0,0\n0.1,2\n0.2,2\n", "current_density_mA_cm2: does not increase; found 2 aft"),
        (HEADER + "0.1,1\n0.2,2\n", "the current does not cross zero"),
        (HEADER + "-0.2,-2\n0,0\n", "the current does not cross zero, or plates nothing"),
        (HEADER + "-0.1,-1\n0.3,1\n", "the current is zero at another potential"),
        ("caf\xe9", "wrong header"),
    ],
)
def test_bad_tables_end_in_a_line(tmp_path: Path, text: str, said: str, capsys) -> None:
    path = tmp_path / "iv.csv"
    path.write_text(text)
    with pytest.raises(CaseError) as refused:
        read_kinetics_points(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    # and on the command line
    write_profile_csv(Profile(np.array([0.0, 1e-5]), np.zeros(2)), tmp_path / "flat.csv")
    case = tmp_path / "case.yaml"
    case.write_text("profile: flat.csv\nkinetics: {model: table, file: iv.csv}\n")
    with pytest.raises(SystemExit) as left:
        main(["current", str(case)])
    assert left.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{model: table}", "model table and file iv.csv"),
        ("{file: iv.csv}", "model table and file iv.csv"),
        ("{model: own}", "kinetics.model"),
        (
            "{model: table, file: iv.csv, alpha_a: 0.4}",
            "has no place beside a table, which says it all; found alpha_a",
        ),
        ("{model: table, file: gone.csv}", "gone.csv: no such file"),
    ],
)
def test_sections_that_make_no_sense_are_refused(tmp_path: Path, section: str, said: str) -> None:
    table_of_butler_volmer(tmp_path / "iv.csv", 21)
    case = tmp_path / "case.yaml"
    case.write_text(f"profile: flat.csv\nkinetics: {section}\n")
    with pytest.raises(CaseError) as refused:
        read_case(case)
    assert said in str(refused.value)


def test_a_table_has_no_parameters_to_be_swept(tmp_path: Path) -> None:
    cell = Cell().with_kinetics(Own())
    with pytest.raises(InputError, match="i0: is no parameter of these kinetics; found model own"):
        run_sweep(ROUGH, cell, {"i0": np.array([1.0, 2.0])}, MPI.COMM_SELF)
