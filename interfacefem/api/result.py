# SPDX-License-Identifier: BSD-3-Clause
"""What every result of the front door offers."""

from __future__ import annotations

import html
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from interfacefem.api.arguments import require_path
from interfacefem.errors import InputError
from interfacefem.files import json_text, made_folder, write_text_atomically, written_atomically
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

_LONGEST_REPR = 300
_MOST_NOTES = 5  # of the table a notebook shows
_PICTURES = (".png", ".pdf", ".svg")


class Result:
    """A result: numbers as JSON and as a table, a figure, files, and what to cite for it.

    Subclasses give ``to_dict``, ``rows``, ``headline``, ``_figure`` and ``_draw``.
    """

    _cited: tuple[str, ...] = ()  # keys of REFERENCES
    _holds_mesh = False  # of DOLFINx, which belongs to its process

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the result."""
        return MPI.COMM_SELF

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that the command of the same name prints; units are in the keys."""
        raise NotImplementedError

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table by column; units are in the names."""
        raise NotImplementedError

    def headline(self) -> list[tuple[str, str]]:
        """Names and texts of the few numbers that matter most."""
        raise NotImplementedError

    def table(self) -> pd.DataFrame:
        """The rows as a pandas table; notes are joined to one text."""
        import pandas as pd

        frame = pd.DataFrame([_flat(row) for row in self.rows()])
        for column in frame:
            if frame[column].isna().all() and column != "notes":
                frame[column] = frame[column].astype(float)
        return frame

    def plot(self, target: Axes | FigureBase | None = None) -> Axes | Figure:
        """Draw the result.

        Args:
            target: Axes in which the main panel is drawn, or an empty figure or subfigure, which
                gets such axes; None makes a figure of its own with all panels.

        Returns:
            The axes, or the figure that was made. ``figure.savefig(path)`` writes it.

        Raises:
            InputError: The target is neither.
        """
        if target is None:
            return self._marked_figure()
        from matplotlib.axes import Axes
        from matplotlib.figure import FigureBase

        found: object = type(target).__name__
        if isinstance(target, FigureBase):
            there: Any = target.axes
            if there:
                raise InputError(
                    "is not empty", field="target", found=f"{len(there)} axes in it",
                    expected="one of its axes, or an empty figure",
                )  # fmt: skip
            axes: object = target.subplots()
        else:
            axes, found = target, getattr(target, "name", found)
        # what is drawn needs an x and a y of its own scale
        if not isinstance(axes, Axes) or axes.name != "rectilinear":
            raise InputError(
                "is nothing to draw in",
                field="target",
                found=found,
                expected="plain axes or an empty figure of matplotlib, or None",
            )
        self._draw(axes)
        return axes

    def write(self, path: str | Path) -> Path:
        """Write the result in the form that the suffix of the name says.

        ``.json`` holds what ``to_dict`` gives, ``.csv`` and ``.parquet`` (needs pyarrow) the table,
        ``.png``, ``.pdf`` and ``.svg`` the figure; results with fields write them for ParaView.

        Args:
            path: The file; its folder is made.

        Returns:
            The path.

        Raises:
            InputError: Another suffix, or the file cannot be written.

        Collective over ``comm``.
        """
        path = require_path(path, "path")
        fields = self._field_writers()
        tables: dict[str, Callable[[Path], None]] = {
            ".json": self._write_json,
            ".csv": self._write_csv,
            ".parquet": self._write_parquet,
            **dict.fromkeys(_PICTURES, self._write_picture),
        }
        suffix = path.suffix.lower()
        if suffix in fields:
            on_first_rank(self.comm, lambda: made_folder(path))
            fields[suffix](path)
        elif suffix in tables:
            on_first_rank(self.comm, lambda: tables[suffix](path))
        else:
            raise InputError(
                "this result cannot be written under this name",
                file=path,
                field="path",
                found=f'"{path.suffix}"',
                expected=", ".join((*tables, *fields)),
            )
        return path

    @property
    def synthetic(self) -> bool:
        """Whether this program drew the picture behind the numbers; figures then say so."""
        return False

    @property
    def citations(self) -> tuple[str, ...]:
        """What to cite for the methods behind the numbers."""
        from interfacefem.report.references import REFERENCES  # figures come with it

        return tuple(REFERENCES[key] for key in self._cited)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        return tuple(self.to_dict().get("notes", ()))

    def _figure(self) -> Figure:
        raise NotImplementedError

    def _draw(self, axes: Axes) -> None:
        raise NotImplementedError

    def _field_writers(self) -> Mapping[str, Callable[[Path], None]]:
        """What writes fields, by suffix; each is collective."""
        return {}

    def _write_json(self, path: Path) -> None:
        write_text_atomically(path, json_text(self.to_dict()) + "\n")

    def _write_csv(self, path: Path) -> None:
        write_text_atomically(path, self.table().to_csv(index=False, lineterminator="\n"))

    def _write_parquet(self, path: Path) -> None:
        if importlib.util.find_spec("pyarrow") is None:
            raise InputError(
                "needs the package pyarrow, which is not there", file=path, expected="or .csv"
            )
        with written_atomically(path) as temporary:
            self.table().to_parquet(temporary, index=False)

    def _write_picture(self, path: Path) -> None:
        from interfacefem.report import save_figure

        save_figure(self._marked_figure(), path)

    def _marked_figure(self) -> Figure:
        from interfacefem.report.style import mark_synthetic

        figure = self._figure()
        if self.synthetic:
            mark_synthetic(figure)
        return figure

    def __copy__(self) -> Self:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._holds_mesh:
            raise InputError(
                f"a {type(self).__name__} cannot be pickled or sent to another process: it holds "
                "its mesh",
                expected="what to_dict(), table() or along_interface() gives, or write(path)",
            )
        return super().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        parts = [f"{name} {text}" for name, text in self.headline()]
        if self.notes:
            parts.append(f"{len(self.notes)} note{'s' if len(self.notes) > 1 else ''}")
        text = f"{type(self).__name__}({', '.join(parts)})"
        return text if len(text) < _LONGEST_REPR else text[: _LONGEST_REPR - 5] + "...)"

    def _repr_html_(self) -> str:
        """The headline and the first notes, for notebooks."""
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td>{html.escape(text)}</td></tr>"
            for name, text in self.headline()
        )
        notes = self.notes
        said = [html.escape(note) for note in notes[:_MOST_NOTES]]
        if len(notes) > _MOST_NOTES:
            said.append(f"and {len(notes) - _MOST_NOTES} more notes")
        return f"<table>{cells}</table>" + "".join(f"<p>{note}</p>" for note in said)


def number(value: float | None, unit: str = "") -> str:
    """Four digits and a unit; a dash where there is no number."""
    if value is None:
        return "–"
    return f"{value:.4g} {unit}".rstrip()


def share(value: float | None) -> str:
    """A share in per cent; a dash where there is no number."""
    return "–" if value is None else f"{100 * value:.2g} %"


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _joined(value) if key == "notes" else value for key, value in row.items()}


def _joined(notes: Sequence[str] | str | None) -> str | None:
    return notes if notes is None or isinstance(notes, str) else "; ".join(notes) or None
