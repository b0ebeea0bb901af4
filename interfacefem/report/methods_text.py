# SPDX-License-Identifier: BSD-3-Clause
"""How a micrograph's numbers were found, as a paragraph for a paper, with what it has to cite."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from interfacefem.parameters.cell import Cell
from interfacefem.parameters.names import Parameter, parameters_of
from interfacefem.report.references import REFERENCES
from interfacefem.study.provenance import library_versions
from interfacefem.version import __version__

_COLUMNS = 100
_OF_THE_CURRENT = (
    "electrolyte.conductivity", "kinetics.exchange_current_density", "kinetics.alpha_a",
    "kinetics.alpha_c", "kinetics.temperature", "kinetics.film_resistance",
    "load.current_density",
)  # fmt: skip
_OF_THE_CONTACT = (
    "electrolyte.youngs_modulus", "electrolyte.poisson_ratio", "electrolyte.hardness",
    "block.youngs_modulus", "load.pressure",
)  # fmt: skip
_CITED = ("tran", "dolfinx", "becker", "judice")  # by the numbers in the text
_LAWS = {
    "butler-volmer": "Butler-Volmer kinetics at the interface",
    "linear": "linear kinetics at the interface",
    "tafel": "Tafel kinetics at the interface",
    "table": "tabulated kinetics at the interface",
    "own": "kinetics of the user's own at the interface",
    "primary": "no resistance to charge transfer at the interface",
}


def methods_text(result: Mapping[str, Any], cell: Cell) -> str:
    """A paragraph of methods, the parameters with their units, and the references.

    Args:
        result: Of ``risk`` for one image (docs/results.md).
        cell: What it was solved with.
    """
    paragraphs = [
        f"{_picture(result)} {_current(result, cell)} {_windows(result)} {_contact(result, cell)}",
        *(f"[{number}] {REFERENCES[name]}" for number, name in enumerate(_CITED, start=1)),
    ]
    return "\n\n".join(textwrap.fill(text, _COLUMNS) for text in paragraphs) + "\n"


def _picture(result: Mapping[str, Any]) -> str:
    sections = result["sections"]
    kind = "synthetic micrograph, drawn by the program," if result["synthetic"] else "micrograph"
    count = "one section" if len(sections) == 1 else f"{len(sections)} sections"
    widths = " and ".join(dict.fromkeys(f"{row['width_um']:.3g} um" for row in sections))
    tilt = result["tilt_degrees"]
    levelled = f", after {tilt:.3g} degrees of tilt were taken out" if tilt else ""
    return (
        f"The interface was taken from the {kind} {result['image']} (pixel size "
        f"{result['pixel_size_nm']:.4g} nm, {result['pixel_size_source']}) by the method "
        f"{result['method']} of interfacefem {__version__}{levelled}: {count} across the usable "
        f"frame, {widths} wide."
    )


def _current(result: Mapping[str, Any], cell: Cell) -> str:
    law = _LAWS[cell.kinetics.model]
    order = "primary" if cell.kinetics.model == "primary" else "secondary"
    solver = library_versions()["fenics-dolfinx"]
    return (
        f"The {order} current distribution (Laplace's equation in the electrolyte, "
        f"{law}, insulated sides, a plane of constant potential above) "
        f"was solved with finite elements (DOLFINx {solver}) on triangles refined until the "
        f"dual-weighted residual estimate of the error of i_max/i_min - 1 was below "
        f"{100 * cell.tolerance:g} % [2, 3], with {_values(cell, _OF_THE_CURRENT)}."
    )


def _windows(result: Mapping[str, Any]) -> str:
    if result["excess"] is None:
        return "The ratio i_max/i_min could not be formed; the notes of the result say why."
    if result["protocol"] != "sections":
        return (
            "i_max/i_min is the arithmetic mean over five sampling lines, each a model of its own "
            f"of {result['reference_length_um']:g} um, as in [1]; it is {result['i_ratio']:.4g}."
        )
    as_traced = result.get("smoothing_correction")
    blur = f", times {as_traced:.3f} for the blur of picture and smoothing" if as_traced else ""
    return (
        f"Extreme currents were read over windows of {result['reference_length_um']:g} um slid "
        "along the solution of the whole section; i_max/i_min - 1 is their geometric mean"
        f"{blur}, {result['excess']:.3g} (error estimate of the mesh "
        f"{100 * (result['excess_error'] or 0):.2g} %)."
    )


def _contact(result: Mapping[str, Any], cell: Cell) -> str:
    ratio = result["stress_ratio"]
    found = "it could not be formed" if ratio is None else f"it is {ratio:.4g}"
    return (
        "The contact with a flat block was solved as a linear complementarity problem on an "
        "elastic half-plane in plane strain, its pressure limited to the hardness [4], with "
        f"{_values(cell, _OF_THE_CONTACT)}. The stress ratio is the mean normal stress "
        f"{result['stress_depth_um'] or 0:g} um below the peaks over that below the valleys [1]; "
        f"{found}."
    )


def _values(cell: Cell, names: Sequence[str]) -> str:
    known = parameters_of(Cell)
    used = [name for name in names if name not in cell.kinetics.unused]
    texts = [_value(cell, known[name]) for name in used]
    return ", ".join(text for text in texts if text)


def _value(cell: Cell, parameter: Parameter) -> str:
    value = getattr(getattr(cell, parameter.section), parameter.key)
    if value is None:
        return ""
    name = parameter.label.removesuffix(f" ({parameter.unit.shown})")
    if value == float("inf"):
        return f"{name} without limit"
    return f"{name} {parameter.in_column_unit(value):.4g} {parameter.unit.text}".rstrip()
