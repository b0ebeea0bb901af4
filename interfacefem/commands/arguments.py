# SPDX-License-Identifier: BSD-3-Clause
"""What commands take: files, switches, whole numbers, and sections of parameters as options."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import cyclopts

from interfacefem.errors import InputError, naming_fields
from interfacefem.parameters.declaration import whole_number
from interfacefem.parameters.messages import RETIRED
from interfacefem.parameters.names import Parameter, parameters_of
from interfacefem.parameters.section import Section, from_options

Flag = Annotated[bool, cyclopts.Parameter(negative=())]


def _file_name(_: object, tokens: Sequence[cyclopts.Token]) -> Path:
    name = tokens[0].value
    # pathlib would take an empty name, as from an unset variable of the shell, for this folder
    problem = "is empty" if not name else "holds a null byte" if "\0" in name else None
    if problem is not None:
        raise InputError(
            f"the name {problem}",
            field=tokens[0].keyword,
            found=repr(name).replace("'", '"'),
            expected="the name of a file or folder",
        )
    return Path(name)


def whole(_: object, tokens: Sequence[cyclopts.Token]) -> int:
    """A whole number, for cyclopts, which would round 5.9."""
    try:
        return whole_number(tokens[0].value)
    except ValueError as error:
        raise InputError(str(error), field=tokens[0].keyword) from None


FileName = Annotated[Path, cyclopts.Parameter(converter=_file_name)]
# a value may begin with a minus sign: it is refused by what it means
Count = Annotated[int, cyclopts.Parameter(converter=whole, allow_leading_hyphen=True)]


@cyclopts.Parameter(name="*", negative=())
@dataclass(frozen=True)
class Output:
    """What is shown on the way, and how figures are written."""

    quiet: Flag = False
    """No progress and no warnings on standard error."""
    verbose: Annotated[bool, cyclopts.Parameter(name=["--verbose", "-v"], negative=())] = False
    """Say more on standard error."""
    figures: str | None = None
    """Formats of figures beside PNG, such as pdf or pdf,svg; the numbers behind each as CSV."""


@dataclass(frozen=True)
class LeftOut:
    """Keys of a section that a command has no option for; beside the section in ``Annotated``."""

    keys: tuple[str, ...]


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose arguments that are sections are given as options, one for each parameter.

    Errors that name a parameter by its key name the option instead.

    Args:
        command: An argument that is annotated with a :class:`Section` is one.
    """
    given = inspect.signature(command).parameters
    hints = get_type_hints(command, include_extras=True)
    sections = {name: hints[name] for name in given if _section(hints[name])}
    options: dict[str, list[Parameter]] = {}
    retired: dict[str, Iterable[str]] = {}
    arguments: list[inspect.Parameter] = []
    names: dict[str, str] = {"figures": "--figures"}
    for name, argument in given.items():
        if name not in sections:
            arguments.append(argument.replace(annotation=hints[name]))
            if argument.kind is argument.KEYWORD_ONLY:
                names.setdefault(name, "--" + name.replace("_", "-"))
            continue
        section, left_out = _section(hints[name]), _left_out(hints[name])
        assert section is not None
        options[name] = [
            entry for key, entry in parameters_of(section).items() if key not in left_out
        ]
        arguments += [_argument(entry) for entry in options[name]]
        retired[name] = RETIRED.keys() if "reference_length" in section.model_fields else ()
        arguments += [_hidden(key) for key in retired[name]]
        names |= {entry.key: entry.option for entry in options[name]}

    @functools.wraps(command)
    def called(*positional: Any, **keywords: Any) -> None:
        with naming_fields(names):
            for name, entries in options.items():
                keys = [*(entry.key for entry in entries), *retired[name]]
                values = {key: keywords.pop(key, None) for key in keys}
                # an option not given leaves the default to the section
                told = {key: one for key, one in values.items() if one is not None and one != ()}
                section = _section(sections[name])
                assert section is not None
                keywords[name] = from_options(section, told)
            with _figures(keywords.get("output")):
                command(*positional, **keywords)

    by_kind = sorted(arguments, key=lambda argument: argument.kind)
    called.__signature__ = inspect.Signature(by_kind)  # type: ignore[attr-defined]
    called.__annotations__ = {argument.name: argument.annotation for argument in by_kind}
    return called


def _figures(output: Output | None) -> AbstractContextManager[None]:
    if output is None or output.figures is None:
        return nullcontext()
    from interfacefem.report.style import figure_formats  # slow to import

    return figure_formats(output.figures)


def _hidden(key: str) -> inspect.Parameter:
    """An option that is no longer there, so that its message can say what is instead."""
    annotation = Annotated[str | None, cyclopts.Parameter(show=False)]
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _section(hint: Any) -> type[Section] | None:
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return plain if isinstance(plain, type) and issubclass(plain, Section) else None


def _left_out(hint: Any) -> tuple[str, ...]:
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra.keys for extra in extras if isinstance(extra, LeftOut)), ())


def _argument(parameter: Parameter) -> inspect.Parameter:
    kinds = get_args(parameter.annotation) or (parameter.annotation,)
    described = functools.partial(cyclopts.Parameter, name=parameter.option, help=_help(parameter))
    default: Any = inspect.Parameter.empty if parameter.required else None
    annotation: Any
    if bool in kinds:
        # a switch that is on by default, or undecided, can be turned off as well
        negative = () if parameter.default is False else None
        annotation = Annotated[bool | None, described(negative=negative)]
    elif Path in kinds:
        annotation = Annotated[Path | None, described(converter=_file_name)]
    elif parameter.declaration is not None and parameter.declaration.repeated:
        annotation = Annotated[tuple[str, ...], described(allow_leading_hyphen=True, negative=())]
        default = ()
    else:
        annotation = Annotated[str | None, described(allow_leading_hyphen=True)]
    return inspect.Parameter(
        parameter.key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _help(parameter: Parameter) -> str:
    """Description, what may be given, and the default."""
    text = parameter.description[:1].upper() + parameter.description[1:]
    form = "" if parameter.named is None else parameter.named.form
    words = _words(parameter.annotation)
    if not form and words:
        form = " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
    said = [form] if form else []
    default = parameter.default
    if default not in (None, False, True, (), {}) and "default:" not in text:
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        said.append(f"default {shown}")
    return text + (f" ({'; '.join(said)})" if said else "") + "."


def _words(annotation: Any) -> list[str]:
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return [str(part) for part in parts]
    return [str(word) for part in parts if get_origin(part) is Literal for word in get_args(part)]
