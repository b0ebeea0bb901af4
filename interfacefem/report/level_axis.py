# SPDX-License-Identifier: BSD-3-Clause
"""The axis along which a report compares: levels of a factor, or values of a covariate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interfacefem.report.column_text import label_of
from interfacefem.report.study_data import StudyData
from interfacefem.report.study_statistics import Condition
from interfacefem.report.style import BLACK, GREY
from interfacefem.study.covariates import HIGH, LOW
from interfacefem.tables import finite_number

_SPREAD = 0.16  # of the step between levels, for the groups side by side
_LARGEST_SPREAD = 0.6
_NARROWEST_SPREAD = 0.02  # of the whole axis, where two levels nearly agree
_WIDEST_STEP = 0.12  # of the whole axis of a covariate
_CLOSEST_TICKS = 0.07  # of the whole axis
_MOST_NAMED = 8  # levels that have a tick each
_BY_FACTORS = 5.0  # largest over smallest value, from which a covariate is placed by its logarithm
_FEW_DECADES = 2.0  # below which 1, 2, 5 of each are marked
_BREAK = 0.15  # of the decades, between zero and the smallest other value


class LevelAxis:
    """Places along the axis: numbers as they are, texts one after the other.

    A covariate over decades is placed by its logarithm, zero (a powder that was not milled) left
    of a break.
    """

    def __init__(self, data: StudyData) -> None:
        """Place the levels of ``data.against``."""
        self._data, self.name = data, data.against
        self.levels = data.levels(self.name)
        values = [finite_number(level) for level in self.levels]
        self.numeric = None not in values
        known = [value for value in values if value is not None and value > 0]
        self.logarithmic = (
            data.axes.covariate is not None
            and len(known) + values.count(0.0) == len(values)
            and len(known) > 0
            and max(known) >= _BY_FACTORS * min(known)
        )
        self._smallest = math.log10(min(known, default=1.0))
        largest = math.log10(max(known, default=1.0))
        self._zero = self._smallest - max(1.0, _BREAK * (largest - self._smallest))
        self._places: dict[Any, float] = {
            level: self._spot(level) if self.numeric else float(turn)
            for turn, level in enumerate(self.levels)
        }
        ordered = sorted(self._places.values())
        steps = np.diff(ordered)
        self._range = ordered[-1] - ordered[0]
        smallest = float(steps.min()) if len(steps) else 1.0
        self._step = max(smallest, _NARROWEST_SPREAD / _SPREAD * self._range)
        if data.axes.covariate is not None and self._range > 0:
            # a place beside its value would be another value
            self._step = min(self._step, _WIDEST_STEP * self._range)
        self._ends = (ordered[0], ordered[-1])

    def _spot(self, value: float) -> float:
        if not self.logarithmic:
            return float(value)
        return math.log10(value) if value > 0 else self._zero

    def at(self, level: Any) -> float:
        """Where a level stands."""
        return self._places[level]

    def place(self, condition: Condition, group: int = 0, groups: int = 1) -> float:
        """Where a condition is drawn; its groups stand side by side."""
        level = None if self.name is None else condition.factors[self.name]
        spread = min(_SPREAD, _LARGEST_SPREAD / groups)
        return self._places[level] + (group - (groups - 1) / 2) * spread * self._step

    def aside(self, turn: int, count: int, groups: int) -> float:
        """How far beside the symbol a line is drawn."""
        width = min(_SPREAD, _LARGEST_SPREAD / groups)
        return (0.25 + 0.6 * turn / count) * width * self._step

    def ends(self, condition: Condition) -> tuple[float, float] | None:
        """Where the interval of a covariate begins and ends; None where it is not known."""
        covariates, name = self._data.covariates, self._data.axes.covariate
        if covariates is None or name is None or name + LOW not in covariates.columns:
            return None
        level = condition.factors[name]
        rows = [row for row in covariates.rows.values() if row[name] == level]
        lows = [finite_number(row[name + LOW]) for row in rows]
        highs = [finite_number(row[name + HIGH]) for row in rows]
        low = min((one for one in lows if one is not None), default=None)
        high = max((one for one in highs if one is not None), default=None)
        if low is None or high is None:
            return None
        return self._spot(low), self._spot(high)

    def dress(self, axes: Any) -> None:
        """Label, ticks and limits."""
        if self.name is not None:
            axes.set_xlabel(label_of(self.name))
        low, high = self._smallest, self._ends[1]
        if self.logarithmic and (len(self.levels) > _MOST_NAMED or high - low > _FEW_DECADES):
            self._set_decades(axes)
        elif not self.numeric or len(self.levels) <= _MOST_NAMED:
            digits = ".3g" if self._data.axes.covariate is not None else "g"
            texts = [f"{level:{digits}}" if self.numeric else str(level) for level in self.levels]
            texts = ["" if text == "None" else text for text in texts]
            marked = self._apart(dict(zip(self._places.values(), texts, strict=True)))
            axes.set_xticks(list(marked), list(marked.values()))
        self._mark_break(axes)
        low, high = self._ends
        for condition_ends in self._bars():
            low, high = min(low, condition_ends[0]), max(high, condition_ends[1])
        axes.set_xlim(low - 0.4 * self._step, high + 0.4 * self._step)

    def _set_decades(self, axes: Any) -> None:
        low, high = self._smallest, self._ends[1]
        powers = range(math.floor(low), math.ceil(high) + 1)
        marks = (1, 2, 5) if high - low < _FEW_DECADES else (1,)
        whole = {
            power + math.log10(mark): f"{mark * 10.0**power:g}"
            for power in powers
            for mark in marks
        }
        parts = [power + math.log10(part) for power in powers for part in range(2, 10)]
        if 0.0 in self._places:
            beyond = (self._zero + low) / 2
            whole = {at: text for at, text in whole.items() if at > beyond} | {self._zero: "0"}
            parts = [at for at in parts if at > beyond]
        axes.set_xticks(list(whole), list(whole.values()))
        axes.set_xticks(parts, minor=True)

    def _mark_break(self, axes: Any) -> None:
        if not self.logarithmic or 0.0 not in self._places:
            return
        middle = (self._zero + self._smallest) / 2
        axes.plot([middle], [0], marker=[(-0.6, -1), (0.2, 1)], ms=7, color=BLACK, lw=0,
                  transform=axes.get_xaxis_transform(), clip_on=False)  # fmt: skip
        axes.axvline(middle, color=GREY, lw=0.5, ls=":", zorder=0)

    def _apart(self, ticks: dict[float, str]) -> dict[float, str]:
        """Those that do not run into the one before."""
        kept: dict[float, str] = {}
        for place in sorted(ticks):
            if not kept or place - max(kept) >= _CLOSEST_TICKS * self._range:
                kept[place] = ticks[place]
        return kept

    def _bars(self) -> list[tuple[float, float]]:
        covariates, name = self._data.covariates, self._data.axes.covariate
        if covariates is None or name is None or name + LOW not in covariates.columns:
            return []
        return [
            (self._spot(low), self._spot(high))
            for row in covariates.rows.values()
            if (low := finite_number(row[name + LOW])) is not None
            and (high := finite_number(row[name + HIGH])) is not None
            and row[name] in self._places
        ]
