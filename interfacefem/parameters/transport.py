# SPDX-License-Identifier: BSD-3-Clause
"""What conducts in a segmented volume, what is asked of it, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import Field

from interfacefem.errors import InputError
from interfacefem.parameters.cell import Load
from interfacefem.parameters.declaration import (
    Declaration,
    Number,
    Numbers,
    Quantity,
    Whole,
    shown,
    whole_number,
)
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import declaration_of
from interfacefem.parameters.section import Section
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.units import MILLISIEMENS_PER_CM

_CONDUCTIVITY = Quantity(MILLISIEMENS_PER_CM, "1 mS/cm", at_least=0)


@dataclass(frozen=True)
class Conductivities(Declaration):
    """The conductivity of each label; on the command line "0=1 mS/cm" for each."""

    repeated = True

    @property
    def form(self) -> str:
        return 'for each such as "0=1 mS/cm"'

    def read(self, value: object, door: Door) -> Any:
        if isinstance(value, Mapping):
            pairs = list(value.items())
        elif isinstance(value, Sequence) and not isinstance(value, str) and door is Door.OPTION:
            pairs = [self._pair(text) for text in value]
        else:
            raise ValueError(
                f"gives no label its conductivity; found {shown(value)}; "
                'expected such as "{0: 1 mS/cm}"'
            )
        found: dict[int, float] = {}
        for name, one in pairs:
            try:
                label = whole_number(name)
                conductivity = _CONDUCTIVITY.read(one, door)
            except ValueError as error:
                raise ValueError(f"label {name}: {error}") from None
            if label in found:
                given = " and ".join(f'"{entry}"' for entry in value)
                raise ValueError(
                    f"gives label {label} twice; found {given}; expected one conductivity for each "
                    "label"
                )
            found[label] = conductivity
        return found

    @staticmethod
    def _pair(text: object) -> tuple[str, str]:
        name, _, one = str(text).partition("=")
        try:
            whole_number(name)
        except ValueError:
            one = ""
        if not one:
            raise ValueError(
                f'is no label with its conductivity; found "{text}"; expected such as "0=1 mS/cm"'
            )
        return name, one

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": _CONDUCTIVITY.json_schema()}


class Conducting(Section):
    """What conducts, and what is asked of it."""

    phase: Annotated[int | None, Whole()] = Field(
        default=None, description="label of the only phase that conducts"
    )
    conductivity: Annotated[dict[int, float], Conductivities()] = Field(
        default_factory=dict, description="of each label that conducts, in place of phase"
    )
    axes: Annotated[
        tuple[int, ...],
        Numbers(
            whole=True, distinct=True, at_least=0, at_most=2, what="such as 0 or 0,1,2",
            option="--axis",
        ),
    ] = Field(default=(0, 1, 2), description="axes to solve along")  # fmt: skip
    plane: Literal["low", "high"] = Field(
        default="low", description="end of the axis where the electrode is"
    )
    sides: Literal["insulated", "periodic", "linear"] = Field(
        default="insulated",
        description="periodic or linear: the whole tensor, too, of the box continued periodically "
        "or held at a linear potential on all faces",
    )
    safe_share: Annotated[float, Number(above=0, below=1)] = Field(
        default=0.99,
        description="share of the contact that the safe current density keeps below the critical "
        "one",
    )

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.phase is not None and self.conductivity:
            raise ValueError("says what conducts in two ways; expected {phase} or {conductivity}")
        return self

    def conductivities(self) -> tuple[dict[int, float], float | None]:
        """Conductivity of each label, and their unit in S/m; None where they are pure numbers.

        Raises:
            InputError: Nothing conducts.
        """
        if self.conductivity:
            return dict(self.conductivity), 1.0
        if self.phase is None:
            raise InputError(
                "says not what conducts",
                field="phase",
                expected="{phase} 0, or {conductivity} of each label that conducts",
            )
        return {self.phase: 1.0}, None


class Transport(VolumeReading, Conducting):
    """What conducts in a segmented volume, and how it is read; in a study ``cell.transport``."""


class TransportQuestions(Conducting):
    """What conducts, and what is asked of it; beside a study, which has a load of its own."""

    critical_current_density: Annotated[
        float | None, declaration_of(Load, "critical_current_density")
    ] = Field(default=None, description="gives the largest safe applied current density")
    current_density: Annotated[float | None, declaration_of(Load, "current_density")] = Field(
        default=None,
        description="applied: gives the share of the contact above the critical current density",
    )
    residual: Annotated[float, Number(at_least=1e-14, at_most=1e-2)] = Field(
        default=3e-5,
        description="norm of the residual, over that of the right-hand side, at which to stop",
    )
