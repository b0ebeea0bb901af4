# SPDX-License-Identifier: BSD-3-Clause
"""Many values of one parameter in a line of text, as ``--sweep`` and ``--pressures`` take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interfacefem.errors import InputError
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import Bounded
from interfacefem.parameters.names import Parameter, parameters_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SWEEP_PARAMETERS: Mapping[str, Parameter] = {
    parameter.sweep: parameter
    for parameter in parameters_of(Cell).values()
    if parameter.sweep is not None
}

SWEEP_NAMES = ", ".join(
    f"{name} ({parameter.unit.text})" if parameter.unit.text else name
    for name, parameter in SWEEP_PARAMETERS.items()
)
_MOST_VALUES = 10_000  # of one range: more is a slip of the keyboard


def parse_sweep(text: str) -> tuple[str, npt.NDArray[np.floating]]:
    """Read ``NAME=START:STOP:COUNT[:log]`` or ``NAME=VALUE,VALUE,...``.

    Returns:
        The parameter's name and its values, in the unit of its column.

    Raises:
        InputError: The text is neither, names no parameter that can be swept, or a value is out of
            the parameter's range.
    """
    name, separator, values = text.partition("=")
    expected = '"i0=0.1:100:7:log" or "i0=1,10,100"; names: ' + ", ".join(
        f"{key} ({entry.column})" for key, entry in SWEEP_PARAMETERS.items()
    )
    if name not in SWEEP_PARAMETERS or not separator:
        raise InputError("unknown sweep", field="--sweep", found=f'"{text}"', expected=expected)
    return name, parse_series(values, SWEEP_PARAMETERS[name], f"--sweep {name}", expected)


def parse_series(
    text: str, parameter: Parameter, field: str, expected: str
) -> npt.NDArray[np.floating]:
    """Read ``START:STOP:COUNT[:log]`` or ``VALUE,VALUE,...``.

    Args:
        text: What the user wrote.
        parameter: Whose values they are, in the unit of its column.
        field: What the user calls it.
        expected: Examples, for messages.

    Raises:
        InputError: The text is neither, or a number or the count is out of range.
    """
    import numpy as np

    where: dict[str, Any] = {"field": field, "found": f'"{text}"'}
    try:
        numbers = _range(text, where) if ":" in text else np.array(text.split(","), dtype=float)
    except ValueError:
        raise InputError("cannot be read", expected=expected, **where) from None
    bounds = parameter.declaration
    assert isinstance(bounds, Bounded)
    outside = [number for number in map(float, numbers) if not bounds.holds(number)]
    if outside:
        raise InputError(
            "out of range",
            field=field,
            found=f"{outside[0]:g}",
            expected=bounds.range_text(parameter.unit.text),
        )
    return numbers


def _range(text: str, where: Mapping[str, Any]) -> npt.NDArray[np.floating]:
    import numpy as np

    first, last, number, *kind = text.split(":")
    start, stop, count = float(first), float(last), int(number)
    if kind not in ([], ["lin"], ["log"]):
        raise ValueError(text)
    if not 1 <= count <= _MOST_VALUES:
        raise InputError(
            "the count is out of range", expected=f"a count from 1 to {_MOST_VALUES}", **where
        )
    if kind != ["log"]:
        return np.linspace(start, stop, count)
    if not min(start, stop) > 0:
        raise InputError(
            "a logarithmic scale has neither zero nor negative numbers",
            expected="a start and a stop above zero",
            **where,
        )
    return np.geomspace(start, stop, count)
