# SPDX-License-Identifier: BSD-3-Clause
"""results.json and ro-crate-metadata.json of a study, checked against RO-Crate 1.1.

The rules are those that the specification marks MUST, and what it recommends for the root:
https://www.researchobject.org/ro-crate/specification/1.1/
"""

from __future__ import annotations

import hashlib
import json
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
from small_study import write_small_study

import interfacefem
from interfacefem.api.study import StudyWarning
from interfacefem.errors import StudyError

STUDY = """\
name: crate
profiles:
  - {files: "line[12].csv", factors: {powder: fine}}
  - {files: "line 3.csv", factors: {powder: "=1+1"}}
cell: {domain: {height: 12 um}, tolerance: 10 %}
"""
# crosses itself: a row with a reason
BAD = "x_um,z_um\n0,0\n6,2\n4,2\n2,-1\n8,-1\n10,0\n"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crate")
    study = write_small_study(folder)
    study.write_text(STUDY)
    (folder / "line3.csv").rename(folder / "line 3.csv")
    result = interfacefem.run_study(study, folder / "out")
    assert result.failed == 0
    result.write_report()
    return folder / "out"


def crate_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Entities by @id, after the checks of the specification."""
    content = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    # 1.1, structure: the context is that of the version, or a list that holds it
    assert content["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph = content["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    # flattened JSON-LD: each entity once, references by @id alone
    assert len(entities) == len(graph)
    for entity in graph:
        assert entity["@type"]
        for value in entity.values():
            for part in value if isinstance(value, list) else [value]:
                assert isinstance(part, str | dict)
                if isinstance(part, dict):
                    assert list(part) == ["@id"]
                    assert part["@id"] in entities or part["@id"].startswith("https://")
    # metadata file descriptor, which leads to the root
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = entities[descriptor["about"]["@id"]]
    assert (root["@id"], root["@type"]) == ("./", "Dataset")
    assert root["name"]
    assert root["description"]
    assert datetime.fromisoformat(root["datePublished"]).tzinfo is not None
    # data entities are there, and linked from the root
    parts = [part["@id"] for part in root["hasPart"]]
    data = [one for one in graph if one["@type"] in ("File", "Dataset") and one is not root]
    assert sorted(parts) == sorted(one["@id"] for one in data)
    for one in data:
        path = folder / unquote(one["@id"])
        assert not unquote(one["@id"]).startswith(("/", ".."))
        if one["@type"] == "Dataset":
            assert one["@id"].endswith("/")
            assert path.is_dir()
        else:
            assert path.is_file()
            assert one["contentSize"] == str(path.stat().st_size)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert one["identifier"] == f"sha256:{digest}"
            assert "/" in one["encodingFormat"]
    return entities


def test_the_folder_is_a_research_object(out: Path) -> None:
    entities = crate_of(out)
    files = {path.name for path in out.iterdir()} - {"study.log", "ro-crate-metadata.json"}
    assert {unquote(name).rstrip("/") for name in entities} >= files
    run = entities["#run"]
    assert run["@type"] == "CreateAction"
    inputs = [entities[part["@id"]] for part in run["object"]]
    assert [one["name"] for one in inputs] == ["line1.csv", "line2.csv", "line 3.csv"]
    for one in inputs:
        content = (out.parent / one["name"]).read_bytes()
        assert one["identifier"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert entities[run["instrument"]["@id"]]["softwareVersion"] == interfacefem.__version__


def test_rocrate_reads_it(out: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    crate = rocrate.ROCrate(str(out))
    assert crate.name == "Study crate"
    assert crate.get("results.csv").type == "File"
    assert len(crate.data_entities) == len(crate.root_dataset["hasPart"])


def test_going_on_changes_neither(out: Path) -> None:
    names = ("results.json", "ro-crate-metadata.json", "results.csv")
    before = [(out / name).stat().st_mtime_ns for name in names]
    assert interfacefem.run_study(out.parent / "small.yaml", out).solved_now == 0
    assert [(out / name).stat().st_mtime_ns for name in names] == before


def test_results_json_holds_the_table(out: Path) -> None:
    content = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (content["command"], content["study"]) == ("study", "crate")
    assert content["version"] == interfacefem.__version__
    assert content["synthetic"] is False
    assert set(content["inputs"]) == {"line1.csv", "line2.csv", "line 3.csv"}
    rows, table = content["rows"], pd.read_csv(out / "results.csv", float_precision="round_trip")
    assert content["columns"] == list(rows[0]) == list(table)
    for column in ("i_ratio", "width_um", "cells"):
        assert [row[column] for row in rows] == table[column].tolist()
    # text as it is; in the table for spreadsheets it is made harmless
    assert rows[2]["powder"] == "=1+1"
    assert table["powder"][2] == "'=1+1"


def test_failed_cases_are_said_in_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_small_study(tmp_path)
    study.write_text(STUDY.replace("line 3", "line3"))
    (tmp_path / "line3.csv").write_text(BAD)
    with pytest.warns(StudyWarning, match="1 of 3 cases failed, most .*crosses or"):
        result = interfacefem.run_study(study, tmp_path / "out", progress=True)
    assert "cases: 3 of 3 done, 1 failed" in capsys.readouterr().err
    ((reason, count),) = result.failures.items()
    assert "crosses or touches" in reason
    assert count == result.failed == 1
    with pytest.raises(StudyError, match="1 of 3 cases failed"):
        interfacefem.run_study(study, tmp_path / "out", raise_failed=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StudyWarning)
        quiet = interfacefem.run_study(study, tmp_path / "out")
    assert quiet.solved_now == 0
    assert quiet.failed == 1
    assert capsys.readouterr().err == ""
    table = interfacefem.load_study(tmp_path / "out")
    assert list(table["status"]) == ["done", "done", "failed"]
    crate_of(tmp_path / "out")
