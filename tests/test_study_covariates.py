# SPDX-License-Identifier: BSD-3-Clause
"""Milling energy, sizes, porosity as the axis of a study: joined, never solved for."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from interfacefem.commands.app import exit_code
from interfacefem.errors import InputError
from interfacefem.report.level_axis import LevelAxis
from interfacefem.report.study_data import read_study_data
from interfacefem.report.study_report import write_report
from interfacefem.report.study_statistics import metric_table
from interfacefem.statistics.optimum import optimum
from interfacefem.statistics.trend import partial_rank_correlation
from interfacefem.study.cases import write_case
from interfacefem.study.file import ReportSection, read_study
from interfacefem.study.interfaces import prepare
from interfacefem.study.plan import build_plan
from interfacefem.study.run import begin_folder, finish_folder, state_of
from interfacefem.study.table import load_study
from interfacefem.synthetic.powder import POWDERS
from interfacefem.units import UM

# two powders of one milling energy, one that was not milled (Frankenberg 2025, J/g)
ENERGIES = {"raw": 0.0, "slow": 45.0, "long": 500.0, "fast": 500.0, "hard": 4700.0}
PRESSURES = (100, 200, 400)
IMAGES = 3
TABLE = """powder,E_m_J_per_g,E_m_source,d50_um,d50_um_low,d50_um_high,basis,porosity_geometric
raw,0,given,17,15,19,laser_diffraction,0.4
slow,45,given,44,40,48,laser_diffraction,0.38
long,500,given,20,,,laser_diffraction,0.34
fast,500,given,21,19,24,laser_diffraction,0.33
hard,4700,given,10,9,11,laser_diffraction,
"""
STUDY = """name: milled
physics: [current]
profiles: [{table: lines.csv}]
parameters: [{grid: {kinetics.exchange_current_density: [1 mA/cm^2]}}]
"""
PROCESS = "process: {table: powders.csv, key: powder}\n"


def excess(powder: str, pressure: float, image: int) -> float:
    """Falls with the milling energy and with the pressure; images differ."""
    return (1 - 0.1 * math.log1p(ENERGIES[powder])) * (1 - 1e-3 * pressure) * (1 + 0.01 * image)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study without covariates, solved; its file gets them afterwards."""
    folder = tmp_path_factory.mktemp("milled")
    rows = ["profile,powder,pressure_MPa,rpm"]
    x = np.linspace(0.0, 40.0, 80)
    for powder in ENERGIES:
        for pressure in PRESSURES:
            for image in range(IMAGES):
                name = f"{powder}_{pressure}_{image}.csv"
                shift = len(rows)  # equal files would be one case
                lines = "".join(f"{a},{0.3 * math.sin(a + shift)}\n" for a in x)
                (folder / name).write_text(f"x_um,z_um\n{lines}")
                rows.append(f"{name},{powder},{pressure},{len(powder)}")
    (folder / "lines.csv").write_text("\n".join(rows) + "\n")
    (folder / "powders.csv").write_text(TABLE)
    study = folder / "study.yaml"
    study.write_text(STUDY)
    plan = build_plan(read_study(study))
    out = folder / "results"
    begin_folder(plan, STUDY, out)
    for interfaces in plan.interfaces:
        assert prepare(interfaces, out) is None
    for group, case in plan.cases:
        factors = group.interfaces.source.factors
        image = int(group.interfaces.source.name.split("_")[2].removesuffix(".csv"))
        ratio = 1 + excess(str(factors["powder"]), float(factors["pressure_MPa"]), image)
        timing = {"started": None, "wall_s": 0.1, "cpu_s": 0.1, "ranks": 1, "worker": "a"}
        found = {"status": "done", "reason": None, "retry": False, "notes": [], "timing": timing}
        write_case(out, group, case, {**found, "metrics": {"i_ratio": ratio}})
    finish_folder(out)
    return folder


def planned(folder: Path, text: str, table: str = TABLE):
    (folder / "powders.csv").write_text(table)
    (folder / "study.yaml").write_text(text)
    return build_plan(read_study(folder / "study.yaml"))


@pytest.fixture(scope="module")
def joined(folder):
    plan = planned(folder, STUDY + PROCESS)
    begin_folder(plan, STUDY + PROCESS, folder / "results")
    finish_folder(folder / "results")
    return folder / "results"


def over(results: Path, against: str | None, **more):
    axes = None if against is None else ReportSection(against=against, **more)
    return read_study_data(results, axes=axes)


def test_covariates_are_joined_and_nothing_is_solved_again(folder, joined):
    before, after = planned(folder, STUDY), planned(folder, STUDY + PROCESS)
    assert [case.key for _, case in before.cases] == [case.key for _, case in after.cases]
    assert not state_of(after, after.groups, joined, retry=False).todo
    table = load_study(joined)
    columns = list(table.columns)
    covariates = TABLE.splitlines()[0].split(",")[1:]
    # between the factors and the parameters
    first = columns.index(covariates[0])
    assert columns[first - 1] == "rpm"
    assert columns[first : first + len(covariates)] == covariates
    assert columns.index("i0_mA_cm2") > first + len(covariates) - 1
    for _, row in table.iterrows():
        assert row["E_m_J_per_g"] == ENERGIES[row["powder"]]
        assert row["i_ratio"] > 1
    assert table["porosity_geometric"].isna().sum() == len(PRESSURES) * IMAGES


def test_a_trend_over_the_milling_energy_is_found_where_the_powder_hides_it(joined):
    """Two powders of one energy: with the powder held nothing is left to compare."""
    as_factor = metric_table(over(joined, None), "i_ratio", {"i0_mA_cm2": 1.0})
    assert set(as_factor.trends) == {"pressure_MPa"}
    assert as_factor.over_covariate is None
    data = over(joined, "E_m_J_per_g")
    assert data.factors == ("E_m_J_per_g", "pressure_MPa")  # rpm is decided by the powder
    assert (data.against, data.by) == ("E_m_J_per_g", "pressure_MPa")
    table = metric_table(data, "i_ratio", {"i0_mA_cm2": 1.0})
    found = table.trends["E_m_J_per_g"]
    assert found.concordance == -1
    assert found.pairs == 243
    assert found.p_falls < 0.01
    assert table.over_covariate.rank_correlation < -0.95
    # two powders of one energy are one condition
    assert len(table.conditions) == 4 * len(PRESSURES)
    shared = [one for one in table.conditions if one.factors["E_m_J_per_g"] == 500]
    assert all(one.summary.images == 2 * IMAGES for one in shared)
    # the pressure's trend is what it was
    assert table.trends["pressure_MPa"].concordance == as_factor.trends["pressure_MPa"].concordance


def test_energies_stand_by_their_logarithm_with_zero_left_of_a_break(joined):
    data = over(joined, "E_m_J_per_g")
    axis = LevelAxis(data)
    assert axis.logarithmic
    assert axis.at(4700.0) - axis.at(500.0) == pytest.approx(math.log10(9.4))
    assert axis.at(0.0) <= math.log10(45) - 1
    sizes = over(joined, "d50_um")
    table = metric_table(sizes, "i_ratio", {"i0_mA_cm2": 1.0})
    ends = {one.factors["d50_um"]: LevelAxis(sizes).ends(one) for one in table.conditions}
    assert ends[17.0] == (15, 19)
    assert ends[20.0] is None  # no interval is known
    assert not LevelAxis(over(joined, None)).logarithmic


def test_the_report_says_what_stands_on_the_axis(joined, tmp_path):
    data = write_report(joined, tmp_path / "r.html", axes=ReportSection(against="E_m_J_per_g"))
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    for text in ("over the milling energy (J/g)", "500 J/g (long, fast)",
                 "partial rank correlation", "porosity geometric"):  # fmt: skip
        assert text in page
    assert len(data.placed) == len(data.results)
    # where a powder has no value its rows are left out, and that is said
    part = over(joined, "porosity_geometric")
    assert {result.row["powder"] for result in part.placed} == set(ENERGIES) - {"hard"}
    write_report(joined, tmp_path / "p.html", axes=ReportSection(against="porosity_geometric"))
    assert "is not known of hard" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_another_axis_is_one_command(joined, capsys):
    assert exit_code(["report", str(joined), "--against", "d50_um", "--quiet"]) == 0
    assert (joined / "report_d50_um.html").is_file()
    capsys.readouterr()
    for against, said in (("basis", "--against: has no numbers"), ("nothing", "no such factor")):
        assert exit_code(["report", str(joined), "--against", against, "--quiet"]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("key: powder", "key: batch"), 'process.key: no such factor; found "batch"'),
        (("key: powder", "key: powder, columns: [d90_um]"), 'no such column; found "d90_um"'),
        (("table: powders.csv", "table: no.csv"), "no.csv"),
        (("powder,E_m", "batch,E_m"), "powder: the column is missing"),
        (("hard,4700,given,10,9,11,laser_diffraction,\n", ""), 'expected one for "hard"'),
        (("hard,", "soft,"), "row 6: powder: no image of the study has it"),
        (("hard,", "slow,"), "row 6: powder: stands there twice"),
        (("0.38", "dense"), 'porosity_geometric of slow: is no number; found "dense"'),
        (("0.38", '"0,38"'), "a number with a decimal point"),
        (("0.38", "38"), "porosity_geometric of slow: is out of range; found 38"),
        (("slow,45", "slow,-45"), "E_m_J_per_g of slow: is out of range; found -45"),
        (("slow,45", "slow,nan"), "E_m_J_per_g of slow: is out of range; found nan"),
        (("slow,45,given,44,40,48", "slow,45,given,44,50,48"), "d50_um of slow: is not between"),
        (("d50_um_high", "d50_um_top"), "d50_um_high: the column is missing"),
        (("porosity_geometric", "pressure_MPa"), "pressure_MPa: a covariate has the name"),
        (("porosity_geometric", "i0_mA_cm2"), "i0_mA_cm2: a covariate has the name"),
        (("porosity_geometric", "i_ratio"), "i_ratio: a covariate has the name"),
        (("porosity_geometric", "Rq_um"), "Rq_um: a covariate has the name"),
        (("porosity_geometric", "asr_film_ohm_cm2"), "asr_film_ohm_cm2: a covariate has the name"),
    ],
)
def test_bad_tables_end_in_one_line(folder, joined, change, said):
    study, table = ((STUDY + PROCESS).replace(*change), TABLE.replace(*change))
    if study != STUDY + PROCESS:
        table = TABLE
    assert (study, table) != (STUDY + PROCESS, TABLE)
    try:
        with pytest.raises(InputError) as raised:
            planned(folder, study, table)
    finally:
        planned(folder, STUDY + PROCESS)
    assert said in str(raised.value)


def test_values_of_different_kinds_are_no_axis_unless_asked(folder, joined):
    table = TABLE.replace("hard,4700,given,10,9,11,laser", "hard,4700,given,10,9,11,sem")
    for mixed, process in (
        (False, PROCESS),
        (True, PROCESS.replace("powder}", "powder, mixed: true}")),
    ):
        plan = planned(folder, STUDY + process, table)
        covariates = plan.covariates
        assert covariates.kinds("d50_um") == {"basis": ["laser_diffraction", "sem_diffraction"]}
        assert covariates.kinds("E_m_J_per_g") == {"E_m_source": ["given"]}
        begin_folder(plan, STUDY + process, joined)
        if mixed:
            assert over(joined, "d50_um").against == "d50_um"
        else:
            with pytest.raises(InputError, match="different basis are no one axis"):
                over(joined, "d50_um")
            assert over(joined, "E_m_J_per_g").against == "E_m_J_per_g"
    begin_folder(planned(folder, STUDY + PROCESS), STUDY + PROCESS, joined)


def images(effect, scatter, seed, levels=(10.0, 45.0, 500.0, 4700.0)):
    random = np.random.default_rng(seed)
    rows = []
    for stratum in range(3):
        for level in levels:
            for _ in range(3):
                height = 0.5 * stratum + effect(math.log(level)) + scatter * random.normal()
                rows.append((math.exp(height), level, stratum))
    return [list(column) for column in zip(*rows, strict=True)]


def test_an_optimum_is_found_where_it_is_and_its_window_holds_the_best_level():
    held, vertices = 0, []
    for seed in range(40):
        found = optimum(*images(lambda x: 0.04 * (x - math.log(400)) ** 2, 0.2, seed))
        held += 500.0 in found.window
        assert found.p_value < 0.05
        vertices.append(found.vertex)
    assert held >= 38
    assert np.median(vertices) == pytest.approx(400, rel=0.1)


def test_without_an_effect_no_level_is_worse_and_curvature_is_rare():
    found = [optimum(*images(lambda x: 0.0, 0.2, seed)) for seed in range(100)]
    assert sum(len(one.window) == one.levels for one in found) >= 90
    assert sum(one.p_value < 0.05 for one in found) <= 10


def test_three_levels_place_no_optimum():
    assert optimum(*images(lambda x: x**2, 0.1, 0, levels=(45.0, 500.0, 4700.0))) is None
    assert optimum(*images(lambda x: 0.0, 0.0, 0)) is None  # nothing scatters


def test_rank_correlation_holds_the_strata():
    """Rises within both strata, which lie so that it falls over all."""
    means, levels, strata = [5.0, 6.0, 7.0, 1.0, 2.0, 3.0], [1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1]
    assert partial_rank_correlation(means, levels, [0] * 6) < 0
    assert partial_rank_correlation(means, levels, strata) == pytest.approx(1)
    assert partial_rank_correlation(means, [1.0] * 6, strata) is None


def test_the_shipped_table_holds_the_sizes_the_synthetic_powders_are_made_with():
    text = Path(__file__).parent.parent.joinpath("studies/lpscl_powders.csv").read_text()
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found = {row["powder"]: row for row in rows}
    assert set(found) == set(POWDERS)
    for name, powder in POWDERS.items():
        variance = math.log1p((powder.diameter_spread / powder.mean_diameter) ** 2)
        median = powder.mean_diameter * math.exp(-variance / 2)
        row = found[name]
        assert float(row["d50_number_um"]) == pytest.approx(median / UM, rel=1e-3)
        # T. Hatch and S. P. Choate, J. Franklin Inst. 207 (1929) 369
        volume = median * math.exp(3 * variance) / UM
        assert float(row["d50_volume_um"]) == pytest.approx(volume, rel=1e-3)
        assert float(row["porosity_green"]) == powder.green_porosity
        assert row["E_m_J_per_g"] == ""
