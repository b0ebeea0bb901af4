# SPDX-License-Identifier: BSD-3-Clause
"""Distributions of uncertain parameters, and draws from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pydantic
from pydantic import Field

from interfacefem.parameters.section import Section

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")
_DIGITS = 9  # of a drawn value, as the case of each result says it

Written = float | str


class Distribution(Section):
    """One way in which a parameter scatters; numbers are written as in a case, with their unit."""

    uniform: tuple[Written, Written] | None = Field(
        default=None, description="least and largest value"
    )
    normal: tuple[Written, Written] | None = Field(
        default=None, description="mean and standard deviation"
    )
    lognormal: tuple[Written, float] | None = Field(
        default=None, description="median, and the factor that stands for one standard deviation"
    )

    @pydantic.model_validator(mode="after")
    def _one_kind(self) -> Distribution:
        if sum(entry is not None for entry in (self.uniform, self.normal, self.lognormal)) != 1:
            raise ValueError('needs one of "uniform", "normal" or "lognormal"')
        self.quantiles(np.array([0.5]))
        return self

    def quantiles(self, shares: npt.NDArray[np.floating]) -> list[Written]:
        """Values below which these shares lie, written as a case file would say them.

        Raises:
            ValueError: The numbers make no distribution.
        """
        from scipy import stats  # half a second, which few studies need

        if self.lognormal is not None:
            median, unit = _split(self.lognormal[0])
            factor = self.lognormal[1]
            if not (median > 0 and factor > 1):
                raise ValueError(
                    f"needs a median above 0 and a factor above 1; found {self.lognormal[0]}, "
                    f"{factor:g}"
                )
            values = stats.lognorm.ppf(shares, np.log(factor), scale=median)
        else:
            pair = self.uniform or self.normal
            assert pair is not None
            (first, unit), (second, other) = _split(pair[0]), _split(pair[1])
            if unit != other:
                raise ValueError(f"needs two values in one unit; found {pair[0]}, {pair[1]}")
            if self.uniform is not None:
                if not first < second:
                    raise ValueError(f"needs a rising range; found {pair[0]}, {pair[1]}")
                values = first + (second - first) * shares
            else:
                if not second > 0:
                    raise ValueError(f"needs a standard deviation above 0; found {pair[1]}")
                values = stats.norm.ppf(shares, first, second)
        return [_written(float(value), unit) for value in values]

    def text(self) -> str:
        """The distribution in words."""
        if self.uniform is not None:
            return f"uniform from {self.uniform[0]} to {self.uniform[1]}"
        if self.normal is not None:
            return f"normal, mean {self.normal[0]}, standard deviation {self.normal[1]}"
        assert self.lognormal is not None
        return f"lognormal, median {self.lognormal[0]}, times or over {self.lognormal[1]:g}"


def drawn_values(
    distributions: Mapping[str, Distribution], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Latin hypercube sample of some parameters, the same for every interface of a study.

    Each parameter takes one value out of each of ``draws`` parts of equal probability (M. D. McKay
    et al., Technometrics 21, 239 (1979)), so that few draws give a mean well; interfaces share the
    draws, so that their differences do not come from them.

    Args:
        distributions: By parameter.
        draws: Number of points.
        seed: The same seed gives the same points.

    Returns:
        A written value for each parameter, for each point.
    """
    from scipy.stats import qmc

    shares = qmc.LatinHypercube(len(distributions), rng=np.random.default_rng([seed, 1])).random(
        draws
    )
    columns = [
        entry.quantiles(shares[:, place]) for place, entry in enumerate(distributions.values())
    ]
    return [dict(zip(distributions, values, strict=True)) for values in zip(*columns, strict=True)]


def _split(written: Written) -> tuple[float, str]:
    if isinstance(written, int | float):
        return float(written), ""
    match = _QUANTITY.fullmatch(written)
    if match is None:
        raise ValueError(f'is no number with a unit; found "{written}"')
    return float(match.group(1)), match.group(2)


def _written(value: float, unit: str) -> Written:
    text = f"{value:.{_DIGITS}g}"
    return f"{text} {unit}" if unit else float(text)
