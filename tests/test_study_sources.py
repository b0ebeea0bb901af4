# SPDX-License-Identifier: BSD-3-Clause
"""Height maps and segmented volumes as sources of a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_study import case_files, records_of, rewrite, run_study

import interfacefem
from interfacefem.commands.app import main
from interfacefem.current.map_run import run_current_map
from interfacefem.errors import CaseError, InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import MapReading
from interfacefem.study.file import read_study
from interfacefem.study.height_maps import read_map_as
from interfacefem.study.plan import build_plan
from interfacefem.study.rank_groups import require_whole_groups

VOLUMES = """\
name: layers
physics: [transport]
volumes:
  - {files: "layers_*.npy", factors: {set: A}}
cell:
  transport: {voxel: 25 nm}
parameters:
  - grid:
      transport.phase: [1, 2]
"""
MAPS = """\
name: maps
physics: [current, stress]
height_maps:
  - {files: wavy.npy, factors: {pressure_MPa: 0}}
  - {files: low.npy, factors: {pressure_MPa: 200}}
cell:
  map: {pixel_size: 0.5 um}
  domain: {height: 1 um}
  stress: {depth: 1 um}
"""
WITHOUT_CURRENT = MAPS.replace("[current, stress]", "[stress]")


def exit_code(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def run(study: Path, *options: str) -> int:
    return exit_code("study", study, "--out", study.parent / "out", "-j", "1", "--quiet", *options)


def result_files(study: Path) -> dict[str, float]:
    return case_files(study.parent / "out")


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """Layers of phase 1, a quarter of 48 voxels thick, between phase 2."""
    labels = np.full((48, 48, 48), 2, np.uint8)
    labels[:12] = 1
    np.save(tmp_path / "layers_across_0.npy", labels)
    np.save(tmp_path / "layers_across_2.npy", labels.transpose(2, 1, 0))
    path = tmp_path / "volumes.yaml"
    path.write_text(VOLUMES)
    return path


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    x = np.arange(33) * 0.5
    np.save(tmp_path / "wavy.npy", 0.2 * np.cos(2 * np.pi * x / 4) * np.ones((33, 1)))
    np.save(tmp_path / "low.npy", 0.02 * np.cos(2 * np.pi * x / 4) * np.ones((33, 1)))
    path = tmp_path / "maps.yaml"
    path.write_text(MAPS)
    return path


def test_volumes_give_a_column_for_each_axis_and_what_layers_must(volumes: Path) -> None:
    assert run(volumes) == 0
    frame = interfacefem.load_study(volumes.parent / "out")
    assert list(frame["status"]) == ["done"] * 4
    assert set(frame["set"]) == {"A"}
    for _, row in frame.iterrows():
        across = 0 if row["image"] == "layers_across_0.npy" else 2
        share = {1: 0.25, 2: 0.75}[row["transport_phase"]]
        for axis in (0, 1, 2):
            # along the layers they conduct in proportion; across, the other phase stops it
            expected = 0.0 if axis == across else share
            assert row[f"sigma_eff_axis{axis}"] == pytest.approx(expected, abs=1e-4)
            assert row[f"shape_axis{axis}"] == 48
        assert row["volume_fraction"] == pytest.approx(share)
        assert f"no path between the plates along axis {across}" in row["notes"]


def test_volumes_and_height_maps_are_reported(volumes: Path, maps: Path) -> None:
    maps.write_text(WITHOUT_CURRENT)
    for study, shown in ((volumes, "tortuosity factor, axis 1"), (maps, "stress ratio")):
        out = study.parent / study.stem
        assert exit_code("study", study, "--out", out, "-j", "1", "--quiet") == 0
        assert exit_code("report", out, "--quiet") == 0
        page = (out / "report.html").read_text()
        assert page.count('class="case"') == 2
        assert shown in page


def test_volumes_resume_to_the_same_bytes_and_see_a_changed_file(volumes: Path) -> None:
    assert run(volumes) == 0
    out = volumes.parent / "out"
    table, written = (out / "results.csv").read_bytes(), result_files(volumes)
    gone = sorted(written)[0]
    assert rewrite(out, lambda line: None, which=f'"key": "{gone}"') == 1
    assert run(volumes) == 0
    assert (out / "results.csv").read_bytes() == table
    again = result_files(volumes)
    assert [name for name in written if again[name] != written[name]] == [gone]
    labels = np.load(volumes.parent / "layers_across_0.npy")
    labels[:24] = 1
    np.save(volumes.parent / "layers_across_0.npy", labels)
    assert run(volumes) == 0
    assert len(result_files(volumes)) == len(written) + 2  # the other volume's are still valid
    frame = interfacefem.load_study(out)
    changed = frame[frame["image"] == "layers_across_0.npy"]
    assert list(changed["volume_fraction"]) == pytest.approx([0.5, 0.5])


@pytest.mark.slow
def test_height_maps_give_what_single_runs_give(maps: Path) -> None:
    assert run(maps) == 0
    frame = interfacefem.load_study(maps.parent / "out")
    assert list(frame["status"]) == ["done"] * 2
    surface = read_map_as(maps.parent / "wavy.npy", MapReading(pixel_size="0.5 um"))
    alone = run_current_map(surface, Cell(domain={"height": "1 um"}), MPI.COMM_SELF)
    wavy, low = frame.iloc[0], frame.iloc[1]
    assert wavy["i_ratio"] == pytest.approx(alone.metrics.i_ratio, rel=1e-9)
    assert wavy["i_ratio"] > 1.001
    assert wavy["Sq_um"] == pytest.approx(0.2 / np.sqrt(2), rel=0.05)
    assert wavy["stress_ratio"] > 1.1
    # a low wave's ratio departs from 1 with its height
    assert low["i_ratio"] - 1 == pytest.approx((wavy["i_ratio"] - 1) / 10, rel=0.2)
    assert 1 < low["stress_ratio"] < wavy["stress_ratio"]


@pytest.mark.mpi
@pytest.mark.slow
def test_ranks_that_solve_a_map_together_give_the_numbers_of_one(maps: Path) -> None:
    np.save(maps.parent / "none.npy", np.zeros((2, 2, 2)))
    maps.write_text(MAPS.replace("low.npy", "none.npy"))
    out, together = maps.parent / "out", maps.parent / "together"
    assert run(maps) == 3
    # one gives out cases, two solve them; the map that is none must leave neither waiting
    finished = run_study(maps, together, "--ranks-per-case", "2", ranks=3, code=3)
    assert "2 of 4 cases failed" in finished.stderr
    one, two = (interfacefem.load_study(folder) for folder in (out, together))
    assert list(two["status"]) == ["done", "failed"]
    assert list(two["reason"]) == list(one["reason"])
    for name in ("i_ratio", "i_max_mA_cm2", "mean_overpotential_V", "stress_ratio", "p_mean_MPa"):
        assert two[name][0] == pytest.approx(one[name][0], rel=1e-10), name
    timings = [record["timing"] for record in records_of(together)]
    assert {timing["ranks"] for timing in timings} == {2}


@pytest.mark.parametrize(("ranks", "size"), [(1, 2), (4, 2), (2, 3)])
def test_groups_of_ranks_must_come_out_even(ranks: int, size: int) -> None:
    assert require_whole_groups(1 + 2 * size, size) == 2
    with pytest.raises(InputError, match=f"do not fill groups of {size}"):
        require_whole_groups(ranks, size)


def test_a_map_that_is_none_fails_alone(maps: Path) -> None:
    maps.write_text(WITHOUT_CURRENT)
    (maps.parent / "low.npy").write_bytes(b"none")
    assert run(maps) == 3
    frame = interfacefem.load_study(maps.parent / "out")
    assert list(frame[frame["image"] == "wavy.npy"]["status"]) == ["done"]
    failed = frame[frame["image"] == "low.npy"]
    assert list(failed["status"]) == ["failed"]
    assert "low.npy" in failed["reason"].item()


def test_one_number_again(volumes: Path, maps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maps.write_text(WITHOUT_CURRENT)
    for study in (volumes, maps):
        assert run(study) == 0
        out = study.parent / "out"
        keys = {record["answers"]["physics"]: record["key"] for record in records_of(out)}
        for key in keys.values():
            assert exit_code("rerun", out, key) == 0
            assert "the same to the last bit" in capsys.readouterr().out


def test_reading_a_map_otherwise_is_another_interface(maps: Path) -> None:
    before = build_plan(read_study(maps))
    maps.write_text(MAPS.replace("0.5 um", "0.6 um"))
    after = build_plan(read_study(maps))
    assert not {entry.key for entry in before.interfaces} & {
        entry.key for entry in after.interfaces
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("physics: [transport]", "physics: [current]", '"volumes" stand alone'),
        ("voxel: 25 nm", "voxel: 25 mV", "cell.transport.voxel"),
        ("voxel: 25 nm", "phases: 3", "phases"),
        ("voxel: 25 nm", "voxel: 25 nm, sides: periodic", "with insulated sides"),
        ("transport.phase: [1, 2]", "load.current_density: [1 mA/cm^2]", "says not what conducts"),
        ("transport.phase: [1, 2]", "transport.phase: [1, two]", "transport.phase"),
        ('files: "layers_*.npy"', "files: nothing.npy", "no such file"),
        ("voxel: 25 nm", "voxel: 25 nm, conductivity: {1: 1 mS/cm}", "in two ways"),
    ],
)
def test_wrong_studies_of_volumes_end_in_one_line(
    volumes: Path, old: str, new: str, said: str
) -> None:
    assert old in VOLUMES
    volumes.write_text(VOLUMES.replace(old, new))
    with pytest.raises(CaseError) as caught:
        build_plan(read_study(volumes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
