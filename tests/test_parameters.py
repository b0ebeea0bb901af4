# SPDX-License-Identifier: BSD-3-Clause
"""Every parameter at every door: the same bounds, in the language of whoever gave it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pint
import pydantic
import pytest

from interfacefem.commands import app
from interfacefem.errors import InputError
from interfacefem.parameters.case_file import Case, read_case
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import Bounded, Numbers, Quantity, Whole
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import Parameter, parameters_of
from interfacefem.parameters.sampling import MapReading, Sampling
from interfacefem.parameters.section import Section, from_options
from interfacefem.parameters.segmentation import ClassifierSettings, Segmenting
from interfacefem.parameters.series import SWEEP_PARAMETERS, parse_sweep
from interfacefem.parameters.transport import Transport, TransportQuestions
from interfacefem.parameters.volume_questions import DescriptorQuestions, OuterFace, PoreQuestions
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.study.file import StudyCell, read_study

# models that Python makes, and those that commands make of options
IN_PYTHON: tuple[type[Section], ...] = (
    Cell, Sampling, MapReading, Transport, TransportQuestions, VolumeReading, PoreQuestions,
    DescriptorQuestions, OuterFace, Segmenting, ClassifierSettings,
)  # fmt: skip
COMMANDS: dict[str, tuple[type[Section], ...]] = {
    "profile": (Sampling,),
    "risk": (Sampling,),
    "volume transport": (VolumeReading, TransportQuestions),
    "volume pores": (VolumeReading, PoreQuestions),
    "volume describe": (VolumeReading, DescriptorQuestions),
    "volume surface": (VolumeReading, OuterFace),
    "volume segment": (Segmenting,),
}
# what another parameter must be for a value at the end of its range to make sense
BESIDE: dict[tuple[str, float], dict[str, Any]] = {
    ("across", 0): {"axis": 1}, ("sigma_min", 64): {"sigma_max": 64},
    ("sigma_max", 0.3): {"sigma_min": 0.3},
}  # fmt: skip
REQUIRED = {"volume surface": {"phase": "1"}}


def declared(model: type[pydantic.BaseModel]) -> Iterator[Parameter]:
    """Parameters that are read by a declaration."""
    yield from (one for one in parameters_of(model).values() if one.declaration is not None)


def bounded(model: type[pydantic.BaseModel]) -> list[Parameter]:
    return [one for one in declared(model) if isinstance(one.declaration, Bounded)]


def just_outside(limits: Bounded) -> list[float]:
    """Numbers that are barely out of range, in the unit that people read."""
    step = 1 if isinstance(limits, Whole) or getattr(limits, "whole", False) else None
    found = []
    if limits.above is not None:
        found.append(limits.above)
    if limits.below is not None:
        found.append(limits.below)
    if limits.at_least is not None:
        found.append(limits.at_least - (step or max(1e-6 * abs(limits.at_least), 1e-30)))
    if limits.at_most is not None:
        found.append(limits.at_most + (step or 1e-6 * abs(limits.at_most)))
    return found


def just_inside(limits: Bounded) -> list[float]:
    """Numbers that are barely in range."""
    small = 1e-6
    found = [bound for bound in (limits.at_least, limits.at_most) if bound is not None]
    if limits.above is not None:
        found.append(limits.above + small)
    if limits.below is not None:
        found.append(limits.below - small)
    return found


def written(limits: Bounded, number: float) -> str:
    """As a file or an option would say it."""
    if isinstance(limits, Quantity):
        return (
            f"{number!r} {limits.unit.text or '%'}" if limits.unit.text else f"{100 * number!r} %"
        )
    if isinstance(limits, Numbers):
        return ",".join([repr(number)] * max(limits.fewest, 1))
    return repr(number)


def in_python(limits: Bounded, number: float) -> Any:
    """As Python would say it: SI."""
    if isinstance(limits, Quantity):
        return number * limits.unit.factor
    if isinstance(limits, Numbers):
        return [number] * max(limits.fewest, 1)
    return number


def bad_texts(parameter: Parameter) -> list[str]:
    """What is no value of a parameter, as text: out of range, of another unit, not a number."""
    limits = parameter.declaration
    texts = ["", "5 kg", "five", "nan"]
    if isinstance(limits, Bounded):
        texts += [written(limits, number) for number in just_outside(limits)]
        if not limits.infinite:
            texts.append("inf")
        if isinstance(limits, Whole):
            texts.append("5.9")
        if isinstance(limits, Quantity):
            texts.append("5")  # no unit
    return texts


@pytest.mark.parametrize(
    ("model", "parameter"),
    [(model, one) for model in IN_PYTHON for one in parameters_of(model).values()],
    ids=lambda entry: entry.__name__ if isinstance(entry, type) else entry.name,
)
def test_python_names_the_argument(model: type[Section], parameter: Parameter) -> None:
    limits = parameter.declaration
    words = isinstance(parameter.default, str) and limits is None
    bad: list[Any] = []
    if limits is not None:
        # booleans are numbers to Python, and to nobody else
        bad += [True, math.nan, "", "5 kg", [], object()]
    elif bool not in kinds(parameter) and not words:
        bad += [math.nan, object()]
    elif words and "str" not in str(parameter.annotation):
        bad += ["no such word", True]
    if isinstance(limits, Bounded):
        bad += [in_python(limits, number) for number in just_outside(limits)]
        if not isinstance(limits, Numbers):
            bad += [written(limits, number) for number in just_outside(limits)]
        bad += [] if limits.infinite else [math.inf]
        bad += [5.9] if isinstance(limits, Whole) else []
    if isinstance(limits, Numbers):
        bad = [one for one in bad if one != []] + [
            [True] * limits.fewest,
            [math.nan] * limits.fewest,
        ]
    for value in bad:
        with pytest.raises(InputError) as refused:
            model(**required(model) | {parameter.argument: value})
        message = str(refused.value)
        assert message.startswith(f"{parameter.argument}="), (value, message)
        assert "--" not in message
        assert "\n" not in message
        assert refused.value.exit_code == 2
    if isinstance(limits, Bounded):
        for number in just_inside(limits):
            given = in_python(limits, number)
            if not isinstance(limits, Numbers) or not limits.distinct:
                others = BESIDE.get((parameter.key, number), {})
                model(**required(model) | others | {parameter.argument: given})


def kinds(parameter: Parameter) -> tuple[Any, ...]:
    return getattr(parameter.annotation, "__args__", ()) or (parameter.annotation,)


def required(model: type[Section]) -> dict[str, Any]:
    return {"phase": (1,)} if model is OuterFace else {}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_line_names_the_option(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any
) -> None:
    """Every bad value by the way that commands take, one of each option through the command."""
    monkeypatch.chdir(tmp_path)
    for model in COMMANDS[command]:
        for parameter in declared(model):
            if model is Sampling and parameter.key == "line":
                continue  # of a single case
            others = REQUIRED.get(command, {}) if parameter.key != "phase" else {}
            own = {key: value for key, value in others.items() if key in model.model_fields}
            for text in bad_texts(parameter):
                repeated = parameter.key == "conductivity"
                text = f"0={text}" if repeated else text
                with pytest.raises(InputError) as refused:
                    from_options(model, {**own, parameter.key: [text] if repeated else text})
                message = str(refused.value)
                assert message.startswith(f"{parameter.option}: "), message
                # neither a key of a file nor an argument of Python
                assert f"{parameter.key}=" not in message.replace(f'"{text}"', "")
            given = [f"--{key}={value}" for key, value in others.items()]
            given = [*command.split(), "file.tif", *given, f"{parameter.option}={text}", "--quiet"]
            assert app.exit_code(given) == 2, given
            assert capsys.readouterr().err == f"interfacefem: {message}\n"
    assert list(tmp_path.iterdir()) == []


def file_doors() -> Iterator[tuple[str, Parameter]]:
    """Parameters of case and study files with the key that messages name."""
    for parameter in parameters_of(Case).values():
        if parameter.declaration is not None:
            yield "case", parameter
    for parameter in parameters_of(StudyCell).values():
        if parameter.declaration is not None and parameter.section == "transport":
            yield "study", parameter


@pytest.mark.parametrize(
    ("kind", "parameter"), list(file_doors()), ids=lambda one: getattr(one, "name", one)
)
def test_files_name_line_and_key(kind: str, parameter: Parameter, tmp_path: Path) -> None:
    for text in bad_texts(parameter):
        entry = yaml_of(parameter, text)
        if entry is None:
            continue
        path = tmp_path / "file.yaml"
        if kind == "case":
            source = "image: a.tif" if parameter.section == "sampling" else "profile: a.csv"
            path.write_text(f"{source}\n{section_text(parameter, entry)}\n")
            read, key = read_case, parameter.name
        else:
            path.write_text(
                "name: s\nphysics: [transport]\nvolumes: [{files: a.tif}]\n"
                f"cell: {{{section_text(parameter, entry)}}}\n"
            )
            read, key = read_study, f"cell.{parameter.name}"
        with pytest.raises(InputError) as refused:
            read(path)
        message = str(refused.value)
        assert re.match(rf"{re.escape(str(path))}: line \d: {re.escape(key)}\b", message), message
        assert "--" not in message
        assert "\n" not in message


def section_text(parameter: Parameter, entry: str) -> str:
    inside = f"{parameter.key}: {entry}"
    return f"{parameter.section}: {{{inside}}}" if parameter.section else inside


def yaml_of(parameter: Parameter, text: str) -> str | None:
    """A bad value in YAML: lists are lists there, numbers are numbers."""
    if isinstance(parameter.declaration, Numbers):
        parts = text.split(",")
        return f"[{', '.join(part if part else chr(34) * 2 for part in parts)}]"
    if parameter.key == "conductivity" and parameter.section == "transport":
        return f'{{0: "{text}"}}'
    if isinstance(parameter.declaration, Quantity):
        return f'"{text}"'
    return {"": '""', "nan": ".nan", "inf": ".inf"}.get(text, text)


@pytest.mark.parametrize("name", SWEEP_PARAMETERS)
def test_sweeps_have_the_bounds_of_the_case_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What ``sweep_beyond_case`` did: alpha_a=5 and 1e-15 K were solved."""
    parameter = SWEEP_PARAMETERS[name]
    limits = parameter.declaration
    assert isinstance(limits, Bounded)
    case = tmp_path / "case.yaml"
    (tmp_path / "line.csv").write_text("x_um,z_um\n0,0\n5,1\n10,0\n")
    for number in (*just_outside(limits), math.inf, math.nan, -1.0):
        text = f"{name}={number!r}"
        with pytest.raises(InputError, match=rf"^--sweep {name}: out of range; found "):
            parse_sweep(text)
        case.write_text("profile: line.csv\n")
        assert app.exit_code(["current", str(case), "--sweep", text, "--quiet"]) == 2
        swept = capsys.readouterr().err.rpartition("expected ")[2].strip()
        case.write_text(
            f"profile: line.csv\n{section_text(parameter, yaml_number(limits, number))}\n"
        )
        assert app.exit_code(["current", str(case), "--quiet"]) == 2
        if math.isfinite(number):
            assert swept in capsys.readouterr().err
        capsys.readouterr()
    for number in just_inside(limits):
        _, values = parse_sweep(f"{name}={number!r}")
        np.testing.assert_allclose(values, number)
    for text in ("", "true", "1 kg"):
        with pytest.raises(InputError, match=rf"^--sweep {name}: cannot be read"):
            parse_sweep(f"{name}={text}")


def yaml_number(limits: Bounded, number: float) -> str:
    if isinstance(limits, Quantity) and math.isfinite(number):
        return f'"{written(limits, number)}"'
    return {"nan": ".nan", "inf": ".inf"}.get(repr(number), repr(number))


def test_pressures_have_the_bounds_of_the_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.yaml").write_text("profile: line.csv\n")
    for text in ("0", "-5", "1e16", "nan"):
        arguments = ["stress", str(tmp_path / "case.yaml"), "--pressures", text, "--quiet"]
        assert app.exit_code(arguments) == 2
        assert "--pressures: out of range; found" in capsys.readouterr().err


def test_doors_read_the_same_value() -> None:
    """One number as text, as a pint quantity of the caller's registry, and in SI."""
    unit = pint.UnitRegistry()
    for model in IN_PYTHON:
        for parameter in declared(model):
            limits = parameter.declaration
            if not isinstance(limits, Quantity):
                continue
            text = limits.example if limits.unit.text else "3 %"
            one = limits.read(text, Door.FILE)
            assert limits.read(text, Door.OPTION) == one
            assert limits.read(text, Door.ARGUMENT) == one
            assert limits.read(one, Door.ARGUMENT) == one
            # pint knows no "ohm*cm^2" by another name
            assert limits.read(unit(text), Door.ARGUMENT) == pytest.approx(one, rel=1e-12)
            for door in (Door.FILE, Door.OPTION):
                with pytest.raises(ValueError, match="has no unit"):
                    limits.read(one, door)


def test_the_cell_of_python_is_the_cell_of_a_file(tmp_path: Path) -> None:
    flat = Cell(
        height="25 um", conductivity=0.2, exchange_current_density="2 mA/cm^2", alpha_c=0.4,
        temperature=pint.UnitRegistry().Quantity(25, "degC"), pressure=5e7,
        block_youngs_modulus="200 GPa",
        electrolyte_youngs_modulus="20 GPa", body="half-space", tolerance=0.02,
    )  # fmt: skip
    (tmp_path / "case.yaml").write_text(
        "profile: a.csv\ndomain: {height: 25 um}\n"
        "electrolyte: {conductivity: 2 mS/cm, youngs_modulus: 20 GPa}\n"
        "kinetics: {exchange_current_density: 2 mA/cm^2, alpha_c: 0.4, temperature: 298.15 K}\n"
        "load: {pressure: 50 MPa}\nblock: {youngs_modulus: 200 GPa}\n"
        "stress: {body: half-space}\ntolerance: 2 %\n"
    )
    case = read_case(tmp_path / "case.yaml")
    sections = Cell(
        load={"pressure": "50 MPa"}, kinetics=flat.kinetics, domain=flat.domain, block=flat.block,
        electrolyte=flat.electrolyte, stress=flat.stress, tolerance="2 %",
    )  # fmt: skip
    for name, parameter in parameters_of(Cell).items():
        values = [value_of(cell, parameter) for cell in (flat, case, sections)]
        if isinstance(values[0], float):
            np.testing.assert_allclose(values, values[0], rtol=1e-12, err_msg=name)
        else:
            assert values[0] == values[1] == values[2], name


def value_of(cell: Cell, parameter: Parameter) -> Any:
    holder = getattr(cell, parameter.section) if parameter.section else cell
    return getattr(holder, parameter.key)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"conductvity": "1 mS/cm"}, "conductvity=: no such argument; expected conductivity"),
        (
            {"youngs_modulus": "1 GPa"},
            "youngs_modulus=: no such argument; expected electrolyte_youngs_modulus or block_young",
        ),
        ({"load": {"presure": "1 MPa"}}, "presure=: no such argument; expected pressure"),
        (
            {"film_resistance": 1.0, "model": "primary"},
            "found film_resistance= above 0 with model=",
        ),
        ({"layers": [{"thickness": "1 kg"}]}, "layers[0].thickness=: has the wrong dimension"),
        (
            {"conductivity": -1},
            "conductivity=: out of range; found -1 S/m; expected at least 1e-15",
        ),
        ({"kinetics": 3}, "kinetics=: "),
    ],
)
def test_what_python_refuses(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        Cell(**given)
    assert message in str(refused.value)


def test_names_are_unique_and_columns_end_with_their_unit() -> None:
    study = {**parameters_of(StudyCell), **parameters_of(Sampling)}
    columns = [one.column for one in study.values()]
    assert len(set(columns)) == len(columns)
    for model in IN_PYTHON:
        parameters = parameters_of(model).values()
        for names in ([one.argument for one in parameters], [one.name for one in parameters]):
            assert len(set(names)) == len(names)
        assert all(one.column.endswith(one.unit.ending) for one in parameters)
        assert all(one.description for one in parameters if one.key not in {"model", "boundary"})
    for models in COMMANDS.values():
        options = [one.option for model in models for one in parameters_of(model).values()]
        assert len(set(options)) == len(options)


# the parser of docstrings that comes with Debian asks for a class that Python 3.14 drops
@pytest.mark.filterwarnings("ignore:ast.Str is deprecated")
def test_every_option_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command, models in COMMANDS.items():
        assert app.exit_code([*command.split(), "--help"]) == 0
        shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
        for model in models:
            for parameter in parameters_of(model).values():
                if model is Sampling and parameter.key == "line":
                    continue
                assert f"{parameter.option} " in shown
                assert parameter.description[1:40] in shown


def test_options_left_out_leave_the_default() -> None:
    for models in COMMANDS.values():
        for model in models:
            given = {"phase": "1"} if model is OuterFace else {}
            assert from_options(model, given) == model(**required(model))
