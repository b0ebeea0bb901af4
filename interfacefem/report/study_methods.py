# SPDX-License-Identifier: BSD-3-Clause
"""Methods of a study: the numbers used, what to warn of, what to cite, what it was made with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic

from interfacefem.contact.reference_depth import MAP_DEPTH, PROFILE_DEPTH
from interfacefem.report.column_text import label_of
from interfacefem.report.notes import kinds_of_notes
from interfacefem.report.references import REFERENCES
from interfacefem.report.study_data import StudyData
from interfacefem.study.file import Physics, StudyCell
from interfacefem.study.parameters import VARIED, column_of
from interfacefem.study.plan import RELEVANT
from interfacefem.surfaces.profile import SYNTHETIC
from interfacefem.tables import finite_number
from interfacefem.units import UM

_SYMBOLS = {
    "electrolyte.conductivity": "k",
    "electrolyte.youngs_modulus": "E",
    "electrolyte.poisson_ratio": "ν",
    "electrolyte.hardness": "H",
    "kinetics.exchange_current_density": "i_0",
    "kinetics.alpha_a": "α_a",
    "kinetics.alpha_c": "α_c",
    "kinetics.temperature": "T",
    "load.current_density": "i_app",
    "load.critical_current_density": "i_crit",
    "load.pressure": "p̄",
    "stress.depth": "d",
}

_BY_THE_SURFACE = {
    "domain.height": "by the profile",
    "stress.depth": f"profiles {PROFILE_DEPTH / UM:g} µm, height maps {MAP_DEPTH / UM:g} µm",
    "stress.nodes": "by the profile",
}

_MOST_NOTES = 12


@dataclass(frozen=True)
class Used:
    """A number of the cell.

    Attributes:
        key: As in the study file.
        symbol: In the equations; empty where it has none.
        value: With its unit, or how it varies.
        origin: Where it comes from.
    """

    key: str
    symbol: str
    value: str
    origin: str


def numbers_used(data: StudyData) -> list[Used]:
    """Every number of the cell that decides a result, with where it comes from."""
    cell = StudyCell.model_validate(data.file.cell)
    found = []
    for name in _deciding(data.study.physics):
        if name in cell.kinetics.unused:
            continue
        section, _, key = name.partition(".")
        model: Any = getattr(cell, section)
        value = getattr(model, key) if key else model
        description = _description(section, key)
        written = _written(data.file.cell, section, key)
        column = column_of(name)
        if _varies(data, column):
            shown, origin = _range(data, name, column), "varies in this study"
        else:
            shown = _value_text(name, value)
            origin = "study file" if written else "default"
            if not written and description:
                origin += f": {description}"
        found.append(Used(name, _SYMBOLS.get(name, ""), shown, origin))
    return found


def citations(data: StudyData) -> list[str]:
    """What to cite for the methods that were used."""
    names = ["tran"]
    if set(data.study.physics) & {"current", "stress"}:
        names.append("dolfinx")
    if "transport" in data.study.physics:
        names += ["wesseling", "doyle"]
    if "current" in data.study.physics:
        names.append("becker")
    if "stress" in data.study.physics:
        names.append("judice")
    if "interface" in data.study.physics:
        names += ["polonsky" if data.study.height_maps else "judice", "barber", "yastrebov"]
    names += ["welch"]
    if data.against is not None:
        names += ["jonckheere", "steiger"]
    if data.study.uncertain is not None:
        names.append("mckay")
    return [REFERENCES[name] for name in dict.fromkeys(names)]


def warnings(data: StudyData) -> list[str]:
    """What a reader must know before believing the numbers."""
    found: list[str] = []
    sources = {
        case["inputs"]["source"]["name"]: case["inputs"]["source"]["kind"]
        for case in data.cases.values()
    }
    synthetic = len(drawn_sources(data) & sources.keys())
    if synthetic:
        found.append(
            f"{synthetic} of {len(sources)} interfaces come from synthetic micrographs, made by a "
            "program: they show how the method works, not what a powder does."
        )
    if data.axes.covariate is not None and len(data.placed) < len(data.results):
        covariates, name = data.covariates, data.axes.covariate
        assert covariates is not None
        without = [str(level) for level, row in covariates.rows.items() if row[name] is None]
        found.append(
            f"{label_of(name)} is not known of {', '.join(without)}: left out of figures and "
            "statistics."
        )
    states = Counter(result.row["status"] for result in data.results)
    if states["missing"]:
        found.append(
            f"The study is not finished: {states['missing']} of {len(data.results)} rows lack a "
            "result."
        )
    reasons = Counter(
        result.row["reason"] for result in data.results if result.row["status"] == "failed"
    )
    for reason, count in reasons.most_common(10):
        found.append(f"{count} rows failed: {reason}")
    for physics in data.study.physics:
        codes = {case["code"] for case in data.cases.values() if case["physics"] == physics}
        if len(codes) > 1:
            found.append(
                f"The {physics} results come from {len(codes)} versions of the code or of its "
                "libraries; run the study again to bring them to one."
            )
    bare = sum(
        case["status"] == "done" and case["physics"] != "transport" and "distribution" not in case
        for case in data.cases.values()
    )
    if bare:
        found.append(
            f"{bare} results are from before distributions were kept, and are missing in their "
            "figures; delete their files and run the study again."
        )
    found += _notes(data)
    return found


def drawn_sources(data: StudyData) -> set[str]:
    """Names of the sources whose pictures this program drew: their files say so."""
    return {
        str(result.row["image"])
        for result in data.results
        if (content := data.profiles.get(result.interfaces)) is not None
        and (
            content["image"].get("synthetic")
            or any(SYNTHETIC in line.get("metadata", {}) for line in content["lines"])
        )
    }


def lengths_text(data: StudyData) -> str:
    """What extremes are read over: the reference length, or the width of narrower images."""
    lengths = sorted(
        {
            float(f"{length:.3g}")
            for result in data.results
            if (length := finite_number(result.row.get("reference_length_um"))) is not None
        }
    )
    if not lengths:
        lengths = [data.study.sampling.reference_length / UM]
    return " and ".join(f"{length:g} µm" for length in lengths)


def provenance_rows(data: StudyData) -> list[tuple[str, str]]:
    """What the results were made with, and whether it was the same for all."""
    records = [case["provenance"] for case in data.cases.values() if case["provenance"]]
    rows = []
    for key in ("interfacefem", "git", "python", "system", "environment",
                "package_list_sha256"):  # fmt: skip
        values = list(dict.fromkeys(_flat(record.get(key)) for record in records))
        rows.append((key.replace("_", " "), "; ".join(values[:3])))
    versions: dict[str, dict[str, None]] = {}
    for record in records:
        for name, version in record["libraries"].items():
            versions.setdefault(name, {})[str(version)] = None
    present = ", ".join(
        f"{name} {' and '.join(known)}"
        for name, known in versions.items()
        if set(known) != {"None"}
    )
    commands = list(dict.fromkeys(" ".join(record["command"]) for record in records))
    cpu = sum(case["timing"]["cpu_s"] or 0.0 for case in data.cases.values())
    return [
        *rows,
        ("libraries", present),
        ("commands", "; ".join(commands[:3])),
        ("CPU time of all cases", f"{cpu:.0f} s"),
    ]


def _notes(data: StudyData) -> list[str]:
    cases = Counter(case["physics"] for case in data.cases.values())
    kinds = [
        (count, f"{count} of {cases[physics]} {physics} cases note: {note}")
        for physics in cases
        for count, note in kinds_of_notes(
            case["notes"] for case in data.cases.values() if case["physics"] == physics
        )
    ]
    return [text for _, text in sorted(kinds, key=lambda kind: -kind[0])[:_MOST_NOTES]]


def _flat(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(entry)}" for key, entry in value.items())
    return str(value)


def _deciding(physics: Sequence[Physics]) -> list[str]:
    names: dict[str, None] = {}
    for one in physics:
        for section, keys in RELEVANT[one].items():
            model = StudyCell.model_fields[section].annotation
            if isinstance(model, type) and issubclass(model, pydantic.BaseModel):
                for key in keys or tuple(model.model_fields):
                    names[f"{section}.{key}"] = None
            else:
                names[section] = None
    return list(names)


def _description(section: str, key: str) -> str:
    field = StudyCell.model_fields[section]
    if key and isinstance(field.annotation, type):
        field = field.annotation.model_fields[key]
    return field.description or ""


def _written(cell: Mapping[str, Any], section: str, key: str) -> bool:
    entry = cell.get(section)
    return entry is not None and (not key or (isinstance(entry, Mapping) and key in entry))


def _varies(data: StudyData, column: str) -> bool:
    return column in data.results[0].row and column not in data.factors


def _range(data: StudyData, name: str, column: str) -> str:
    if data.study.uncertain is not None and name in data.study.uncertain.parameters:
        return data.study.uncertain.parameters[name].text()
    values = data.levels(column)
    unit = VARIED[name].unit.shown
    texts = [f"{value:g}" if isinstance(value, int | float) else str(value) for value in values]
    shown = ", ".join(texts) if len(texts) <= 8 else f"{texts[0]} to {texts[-1]}"
    return f"{shown} {unit}".rstrip()


def _value_text(name: str, value: Any) -> str:
    if value is None:
        return _BY_THE_SURFACE.get(name, "none")
    if isinstance(value, tuple) and not value:
        return "none"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value == float("inf"):
            return "∞"
        if name == "tolerance":  # a share, which people say in percent
            return f"{100 * value:.6g} %"
        unit = VARIED[name].unit
        return f"{value / unit.factor:.6g} {unit.shown}".rstrip()
    return str(value)
