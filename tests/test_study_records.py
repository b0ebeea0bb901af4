# SPDX-License-Identifier: BSD-3-Clause
"""What lies in the folder of a study is believed only as it was written; the rest is made again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_study import (
    forged,
    lines_of,
    records_of,
    rewrite,
    signed,
    write_small_study,
)

import interfacefem
from interfacefem.commands import app
from interfacefem.errors import InputError
from interfacefem.study.records import Damaged, RecordReader, RecordWriter
from interfacefem.study.store import Store, hash_of, plain
from interfacefem.study.table import signed_text

STUDY = """\
name: small
physics: [current]
profiles:
  - {files: line1.csv, factors: {pressure_MPa: 0}}
  - {files: line2.csv, factors: {pressure_MPa: 200}}
cell: {domain: {height: 12 um}, tolerance: 10 %}
parameters:
  - grid: {kinetics.exchange_current_density: [1 mA/cm^2, 5 mA/cm^2]}
"""
CASE = '"kind": "case"'


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a study of four cases in ``out``."""
    folder = tmp_path_factory.mktemp("finished")
    write_small_study(folder).write_text(STUDY)
    assert exit_code("study", folder / "small.yaml", "--out", folder / "out", "-j", "1") == 0
    return folder


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A copy of the study's folder, to be damaged."""
    shutil.copytree(finished / "out", tmp_path / "out")
    return tmp_path / "out"


def exit_code(*arguments: object) -> int:
    return app.exit_code([*map(str, arguments), *(["--quiet"] if arguments[0] != "status" else [])])


def again(finished: Path, out: Path) -> int:
    return exit_code("study", finished / "small.yaml", "--out", out, "-j", "1")


def same_table(finished: Path, out: Path) -> bool:
    return (out / "results.csv").read_bytes() == (finished / "out" / "results.csv").read_bytes()


def state(out: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file."""
    return {
        str(path.relative_to(out)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in out.rglob("*")
        if path.is_file() and path.name != "study.log"
    }


# ---------------------------------------------------------------- the files


def test_records_come_back_in_their_order(tmp_path: Path) -> None:
    writers = [RecordWriter(tmp_path / "records") for _ in range(3)]
    reader = RecordReader(tmp_path / "records")
    assert list(reader.new()) == []
    for number in range(30):
        writers[number % 3].append({"number": number, "text": "µ\n=1"})
    found = list(reader.new())
    assert sorted(record["number"] for record in found) == list(range(30))
    assert {record["text"] for record in found} == {"µ\n=1"}
    assert len(list((tmp_path / "records").iterdir())) == 3
    writers[1].append({"number": 30})
    # only what was added
    assert list(reader.new()) == [{"number": 30}]


def test_a_line_cut_short_is_no_record_until_it_is_whole(tmp_path: Path) -> None:
    line = signed({"number": 1})
    path = tmp_path / "a.records"
    for end in range(len(line)):
        path.write_bytes(signed({"number": 0}) + line[:end])
        assert list(RecordReader(tmp_path).new()) == [{"number": 0}]
    reader = RecordReader(tmp_path)
    assert list(reader.new()) == [{"number": 0}]
    path.write_bytes(signed({"number": 0}) + line)
    assert list(reader.new()) == [{"number": 1}]


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    line = signed({"number": 1, "text": "abc"})
    path = tmp_path / "a.records"
    for place in range(len(line) - 1):
        for bit in (1, 128):
            changed = bytearray(line)
            changed[place] ^= bit
            path.write_bytes(bytes(changed) + signed({"number": 2}))
            found = list(RecordReader(tmp_path).new())
            assert found[-1] == {"number": 2}
            assert all(isinstance(entry, Damaged) for entry in found[:-1])
            assert found[0] == Damaged(path, 1)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"1" * 10_000, b"[1]", b"null", b"\xff\xfe", b""])
def test_what_is_no_object_is_damaged(tmp_path: Path, text: bytes) -> None:
    import hashlib

    line = hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"
    (tmp_path / "a.records").write_bytes(line)
    assert list(RecordReader(tmp_path).new()) == [Damaged(tmp_path / "a.records", 1)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing_of_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RecordWriter(tmp_path)
    writer.append({"number": 0})
    write = os.write

    def half(handle: int, data: bytes) -> int:
        if len(data) > 40:
            return write(handle, data[:40])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space left") as full:
        writer.append({"number": 1})
    assert str(full.value.filename).endswith(".records")
    monkeypatch.undo()
    writer.append({"number": 2})
    assert list(RecordReader(tmp_path).new()) == [{"number": 0}, {"number": 2}]


def test_links_pipes_and_devices_are_no_records(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    RecordWriter(folder).append({"number": 0})
    (folder / "zero.records").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.records")
    (folder / "folder.records").mkdir()
    assert list(RecordReader(folder).new()) == [{"number": 0}]


# ---------------------------------------------------------------- what they answer


def test_resuming_a_finished_study_writes_nothing(finished: Path, out: Path) -> None:
    before = state(out)
    assert again(finished, out) == 0
    assert state(out) == before


def test_a_key_is_the_hash_of_what_it_answers(out: Path) -> None:
    for record in records_of(out) + records_of(out, "source"):
        assert record["key"] == hash_of(record["answers"])


def test_what_a_record_answers_survives_json() -> None:
    content = {"a": (1, 2.5, float("inf")), 3: None, "b": {"c": Path("x")}}
    assert plain(content) == {"a": [1, 2.5, "inf"], "3": None, "b": {"c": "x"}}
    assert json.loads(json.dumps(plain(content))) == plain(content)


ALTERED: dict[str, Callable[[bytes], bytes]] = {
    "one digit": lambda line: line.replace(b'"i_ratio": 1.', b'"i_ratio": 9.'),
    "not a number": lambda line: line.replace(b'"i_ratio": 1.', b'"i_ratio": NaN, "x": 1.'),
    "nothing": lambda line: b"\n",
    "binary": lambda line: os.urandom(200).replace(b"\n", b"") + b"\n",
    "cut in the middle": lambda line: line[:200] + b"\n",
}


@pytest.mark.parametrize("kind", ALTERED)
def test_an_altered_result_is_said_and_solved_again(
    kind: str, finished: Path, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Shared case ``altered_results``."""
    key = records_of(out)[1]["key"]
    assert rewrite(out, ALTERED[kind], which=f'"key": "{key}"') == 1
    assert again(finished, out) == 0
    assert "does not match its checksum; what it held is computed again" in caplog.text
    assert same_table(finished, out)
    # it was solved once, and is found the next time
    assert [record["key"] for record in records_of_whole(out)].count(key) == 1
    before = state(out)
    assert again(finished, out) == 0
    assert state(out) == before


def records_of_whole(out: Path) -> list[dict[str, Any]]:
    found = RecordReader(out / "records").new()
    return [record for record in found if isinstance(record, dict) and record["kind"] == "case"]


def test_results_under_each_others_key_are_solved_again(
    finished: Path, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two results exchanged: their answers are not those of their keys."""
    first, second = (record["key"] for record in records_of(out)[:2])

    def exchange(record: dict[str, Any]) -> None:
        record["key"] = second if record["key"] == first else first

    for key in (first, second):
        rewrite(out, forged(exchange), which=f'"key": "{key}"')
    assert again(finished, out) == 0
    assert "answers something else; it is computed again" in caplog.text
    assert same_table(finished, out)


def edited(*path: str | int, value: Any = None) -> Callable[[dict[str, Any]], object]:
    """A change of one entry of a record; without a value it is taken out."""

    def change(record: Any) -> None:
        for name in path[:-1]:
            record = record[name]
        if value is None:
            record.pop(path[-1])
        else:
            record[path[-1]] = value

    return change


SHAPES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "metrics removed": (CASE, edited("metrics")),
    "metrics a list": (CASE, edited("metrics", value=[1])),
    "metrics empty": (CASE, edited("metrics", value={})),
    "a metric is text": (CASE, edited("metrics", "i_ratio", value="<b>x</b>")),
    "a metric is a list": (CASE, edited("metrics", "i_ratio", value=[1])),
    "status removed": (CASE, edited("status")),
    "status unknown": (CASE, edited("status", value="hello")),
    "notes removed": (CASE, edited("notes")),
    "timing removed": (CASE, edited("timing")),
    "inputs removed": (CASE, edited("inputs")),
    "reason a number": (CASE, edited("reason", value=5)),
    "code a number": (CASE, edited("code", value=5)),
    "kind unknown": (CASE, edited("kind", value="heat")),
    "kind a list": (CASE, edited("kind", value=["case"])),
    "key a way out": (CASE, edited("key", value="../../../x")),
    "format removed": (CASE, edited("format")),
    "a profile without roughness": ('"kind": "source"', edited("lines", 0, "roughness")),
    "profiles without lines": ('"kind": "source"', edited("lines")),
    "hash of profiles removed": ('"kind": "source"', edited("profiles_sha256")),
    "libraries a list": ('"kind": "provenance"', edited("answers", "libraries", value=[1])),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_forged_shape_is_no_result(kind: str, finished: Path, out: Path) -> None:
    """Shared case ``damaged_json``: no traceback, and the same table."""
    which, change = SHAPES[kind]
    line = next(line for _, line in lines_of(out) if which.encode() in line)
    key = json.loads(line[65:])["key"]
    assert rewrite(out, forged(change), which=f'"key": "{key}"') == 1
    assert exit_code("status", out) == 0
    assert exit_code("report", out) == 0
    assert again(finished, out) == 0
    assert same_table(finished, out)


PLANS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a name changed": edited("study", value="other"),
    "rows removed": edited("rows"),
    "rows empty": edited("rows", value=[]),
    "rows numbers": edited("rows", value=[1, 2]),
    "a case by ../": edited("cases", value=[["../../..", "x"]]),
}


@pytest.mark.parametrize("signature", [False, True])
@pytest.mark.parametrize("kind", PLANS)
def test_a_damaged_plan_is_one_line_and_made_again(
    kind: str, signature: bool, finished: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = json.loads((out / "plan.json").read_text())
    PLANS[kind](plan)
    if signature:
        plan.pop("checksum")
        (out / "plan.json").write_text(signed_text(plan))
    else:
        (out / "plan.json").write_text(json.dumps(plan))
    for command in ("status", "report"):
        capsys.readouterr()
        code = exit_code(command, out)
        said = capsys.readouterr().err
        if signature and kind == "a name changed":
            continue  # who can sign can rename
        assert code == 2
        assert said.count("\n") == 1
        assert "plan.json" in said
    assert again(finished, out) == 0
    assert same_table(finished, out)
    assert exit_code("status", out) == 0


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"format": 1}', "\0\1\2"])
def test_a_plan_that_is_no_plan(text: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "plan.json").write_text(text)
    assert exit_code("status", out) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("damage", ["truncated", "lost", "altered", "linked"])
def test_lost_profiles_are_taken_again(
    damage: str, finished: Path, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Shared case ``lost_profiles``: no case is solved again for it."""
    path = sorted(out.glob("profiles/*.json"))[0]
    whole = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(whole[:100])
    elif damage == "altered":
        path.write_bytes(whole.replace(b"1", b"2", 1))
    else:
        path.unlink()
    if damage == "linked":
        path.symlink_to("/dev/zero")
    cases = len(records_of(out))
    assert again(finished, out) == 0
    assert "is made again" in caplog.text
    assert path.read_bytes() == whole
    assert not path.is_symlink()
    assert len(records_of(out)) == cases
    assert same_table(finished, out)


def test_a_folder_of_the_earlier_version_is_refused(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old"
    (old / "cases" / "current").mkdir(parents=True)
    (old / "plan.json").write_text('{"format": 1}')
    for arguments in (
        ("study", finished / "small.yaml", "--out", old),
        ("status", old),
        ("report", old),
        ("rerun", old, "00"),
    ):
        assert exit_code(*arguments) == 2
        said = capsys.readouterr().err
        assert "holds the results of an earlier version" in said
        assert said.count("\n") == 1
    assert sorted(path.name for path in old.rglob("*")) == ["cases", "current", "plan.json"]


# ---------------------------------------------------------------- what leaves the folder


def test_rerun_writes_nothing_where_a_result_says(out: Path, tmp_path: Path) -> None:
    """Shared case ``rerun_overwrites``: a forged result names a file of ours as its image."""
    precious = tmp_path / "precious.tif"
    precious.write_text("a file that nobody may touch")
    for name in (str(precious), "../precious.tif", "..", "", "a/b.tif", "a\0b"):

        def foreign(record: dict[str, Any], name: str = name) -> None:
            record["inputs"]["source"] |= {
                "kind": "synthetic",
                "path": None,
                "name": name,
                "content": {"synthetic": {"powder": "4h", "pressure_Pa": 4e8, "seed": 1}},
            }

        key = records_of(out)[0]["key"]
        rewrite(out, forged(foreign), which=f'"key": "{key}"')
        before = state(tmp_path)
        assert exit_code("rerun", out, key) == 2
        assert state(tmp_path) == before
    assert precious.read_text() == "a file that nobody may touch"


@pytest.mark.parametrize("kind", ["device", "pipe", "other file", "gone"])
def test_rerun_reads_only_the_image_that_was_read(
    kind: str, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "line.csv"
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "other file":
        path.write_text("x_um,z_um\n0,0\n5,1\n10,0\n")
    key = records_of(out)[0]["key"]
    rewrite(out, forged(edited("inputs", "source", "path", value=str(path))),
            which=f'"key": "{key}"')  # fmt: skip
    assert exit_code("rerun", out, key) == 2
    said = capsys.readouterr().err
    assert "the image has changed since" in said or "the image is gone" in said


def test_rerun_names_the_form_it_has_now(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = out / "case.json"
    old.write_text("{}")
    for arguments in (("rerun", old), ("rerun", out)):
        assert exit_code(*arguments) == 2
        assert "expected rerun FOLDER KEY" in capsys.readouterr().err
    assert exit_code("rerun", out, "zz") == 2
    assert "no case has this key" in capsys.readouterr().err
    key = records_of(out)[0]["key"]
    assert exit_code("rerun", out, key[:10]) == 0


def test_an_image_of_a_report_is_the_one_that_was_read(finished: Path, out: Path) -> None:
    store = Store(out)
    path = finished / "line1.csv"
    assert not store.is_intact(path, "0" * 64)
    assert not store.is_intact(Path("/dev/zero"), "0" * 64)


# ---------------------------------------------------------------- columns


@pytest.mark.parametrize(
    "name", ["width_um", "Ra_um", "Sq_um", "i_ratio", "excess", "status", "image", "line", "nodes",
             "sigma_eff_axis0", "load_left", "notes"]
)  # fmt: skip
def test_a_factor_cannot_have_the_name_of_a_result(
    name: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Shared case ``factor_column``."""
    study = finished / f"factor_{name}.yaml"
    study.write_text(STUDY.replace("pressure_MPa", name))
    assert exit_code("study", study, "--out", tmp_path / "out", "--dry-run") == 2
    said = capsys.readouterr().err
    assert "a factor has the name of another column of the table" in said
    assert name in said


def test_every_column_written_is_one_that_a_factor_cannot_have(out: Path) -> None:
    from interfacefem.study.columns import is_taken

    frame = interfacefem.load_study(out)
    assert [name for name in frame if not is_taken(name)] == ["pressure_MPa", "i0_mA_cm2"]


def test_no_cell_of_the_table_is_a_formula(finished: Path, tmp_path: Path) -> None:
    """Shared case ``csv_formula``."""
    factors = """{powder: '=HYPERLINK("https://example.org/"&A1,"see")', temper: '+1+1',
      batch: '@SUM(1,1)', tab: "\\t=1", dash: '-x', shift: -3, plain: a=b}"""
    shutil.copy(finished / "line1.csv", tmp_path / "line1.csv")
    study = tmp_path / "formula.yaml"
    study.write_text(
        f"name: formula\nprofiles: [{{files: line1.csv, factors: {factors}}}]\n"
        "cell: {domain: {height: 12 um}, tolerance: 10 %}\n"
    )
    assert exit_code("study", study, "--out", tmp_path / "out", "-j", "1") == 0
    written = pd.read_csv(tmp_path / "out" / "results.csv", dtype=str, keep_default_na=False)
    cells = [str(cell) for row in written.to_numpy() for cell in row]
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
            assert np.isfinite(float(cell))
    assert written["powder"][0] == """'=HYPERLINK("https://example.org/"&A1,"see")"""
    assert float(written["shift"][0]) == -3
    assert written["plain"][0] == "a=b"
    # the program itself gives back what was written in the study
    assert interfacefem.load_study(tmp_path / "out")["temper"][0] == "+1+1"


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of a study"):
        interfacefem.load_study(tmp_path)
