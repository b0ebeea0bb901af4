# SPDX-License-Identifier: BSD-3-Clause
"""Stress ratio against densification pressure: elastic, capped at the hardness, and von Mises.

    ./ifem shell python3 studies/plasticity_press.py
    ./ifem shell python3 studies/plasticity_press.py --edges 200

writes ``docs/pictures/plasticity.csv`` and ``plasticity.png``, which docs/plasticity.md discusses;
some minutes. On another mesh (--edges) the numbers are only printed. The material is the parameter
set LPSCl, the profiles are random: all of it is assumed, none of it a measured tape.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import find_peaks

from interfacefem.contact.flat_block import BlockPress
from interfacefem.contact.plane_strain_body import PlaneStrainBody, vertical_compression_at_depth
from interfacefem.contact.plastic_material import VonMisesMaterial
from interfacefem.errors import ConvergenceError
from interfacefem.materials import read_material
from interfacefem.meshing import InterfaceMesh, MeshSettings, distribute, mesh_profile
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

MPA = 1e6
WIDTH = 200 * UM
DEPTH = 10 * UM
STACK_PRESSURE = 5 * MPA
PRESSURES = np.array([25, 50, 100, 200, 300, 400, 600]) * MPA
RELEASED_AFTER = {200 * MPA, 400 * MPA, 600 * MPA}
RMS_HEIGHTS = (0.1 * UM, 0.3 * UM)
EDGES = 100
COLUMNS = (
    "rms_um", "model", "state", "densified_MPa", "measured_MPa", "stress_ratio",
    "contact_fraction", "p_max_MPa", "mean_contact_pressure_MPa", "complementarity_error",
)  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """A profile with its peaks, which reach toward the block, and the valleys between them."""

    profile: Profile
    peaks: np.ndarray
    valleys: np.ndarray


def surface(rms: float) -> Surface:
    """A random profile whose mirror images continue it."""
    profile = self_affine(rms, WIDTH, shortest=8 * UM, longest=100 * UM, points=1601, seed=3)
    height, last = -profile.z, len(profile.z) - 1
    mirrored = np.concatenate([height[::-1], height[1:], height[-2::-1]])
    peaks, _ = find_peaks(mirrored, prominence=0.3 * rms)
    peaks = peaks[(peaks >= last) & (peaks <= 2 * last)] - last
    valleys = [
        left + int(np.argmin(height[left:right])) for left, right in itertools.pairwise(peaks)
    ]
    return Surface(profile, profile.x[peaks], profile.x[valleys])


def press_through(
    domain: InterfaceMesh, rough: Surface, rms: float, model: str
) -> Iterator[dict[str, object]]:
    """Rows of the table for one profile and one model of the body."""
    parameters = read_material("LPSCl").parameters
    yielding = VonMisesMaterial(
        parameters["youngs_modulus"].value,
        parameters["poisson_ratio"].value,
        parameters["yield_stress"].value,
    )
    elastic = VonMisesMaterial(yielding.youngs_modulus, yielding.poisson_ratio)
    body = PlaneStrainBody(domain.mesh, yielding if model == "von Mises" else elastic)
    hardness = yielding.indentation_hardness if model == "capped" else math.inf
    profile = rough.profile
    press = BlockPress(
        domain, body, lambda points: np.interp(points[:, 0], profile.x, profile.z),
        hardness=hardness,
    )  # fmt: skip

    def row(state: str, densified: float, measured: float) -> dict[str, object]:
        contact = press.press(measured)
        at_peaks = vertical_compression_at_depth(body, rough.peaks, DEPTH).mean()
        in_valleys = vertical_compression_at_depth(body, rough.valleys, DEPTH).mean()
        numbers = (
            densified / MPA, measured / MPA, at_peaks / in_valleys, contact.contact_fraction,
            contact.p_max / MPA, contact.mean_contact_pressure / MPA,
            contact.complementarity_error,
        )  # fmt: skip
        return dict(zip(COLUMNS, (rms / UM, model, state, *numbers), strict=True))

    for pressure in PRESSURES[hardness > PRESSURES]:
        yield row("loaded", pressure, pressure)
        if model == "von Mises" and pressure in RELEASED_AFTER:
            yield row("released", pressure, STACK_PRESSURE)
            yield row("reloaded", pressure, pressure)


def draw(rows: list[dict[str, object]], file: Path) -> None:
    """Stress ratio against densification pressure, one panel for each profile."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    panels = figure.subplots(1, len(RMS_HEIGHTS), sharey=True)
    styles = {
        ("elastic", "loaded"): ("elastic", "#999999", ":", "v"),
        ("capped", "loaded"): ("elastic, capped at H", "#0072B2", "--", "s"),
        ("von Mises", "loaded"): ("von Mises, at pressure", "#000000", "-", "o"),
        ("von Mises", "released"): ("von Mises, at 5 MPa after", "#D55E00", "none", "^"),
    }
    for panel, rms in zip(panels, RMS_HEIGHTS, strict=True):
        for (model, state), (label, colour, line, marker) in styles.items():
            chosen = [
                row for row in rows
                if (row["rms_um"], row["model"], row["state"]) == (rms / UM, model, state)
            ]  # fmt: skip
            # residual tension in the valleys: no ratio that a logarithm could show
            chosen = [row for row in chosen if float(str(row["stress_ratio"])) > 0]
            panel.plot(
                [row["densified_MPa"] for row in chosen],
                [row["stress_ratio"] for row in chosen],
                color=colour, linestyle=line, marker=marker, markersize=4, label=label,
            )  # fmt: skip
        panel.axhline(3, color="#009E73", linewidth=0.8)
        panel.set(yscale="log", ylim=(0.1, 200), xlim=(0, 630))
        panel.set_xlabel("densification pressure / MPa")
        panel.set_title(f"rms height {rms / UM:g} µm", fontsize=9)
    panels[0].set_ylabel(f"stress ratio $R_d$, d = {DEPTH / UM:g} µm")
    panels[0].text(620, 3.1, "3", color="#009E73", fontsize=8, ha="right", va="bottom")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.savefig(file, dpi=160)


def main() -> None:
    """Press all profiles; write table and figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=EDGES, help="of the mesh along the surface")
    edges = parser.parse_args().edges
    folder = Path(__file__).resolve().parent.parent / "docs" / "pictures"
    flat = Profile(np.array([0.0, WIDTH]), np.zeros(2))
    settings = MeshSettings(interface_edges=edges, growth=0.15)
    domain = distribute(mesh_profile(flat, WIDTH, settings))
    rows: list[dict[str, object]] = []
    for rms in RMS_HEIGHTS:
        rough = surface(rms)
        for model in ("elastic", "capped", "von Mises"):
            try:
                for row in press_through(domain, rough, rms, model):
                    rows.append(row)
                    print(*(f"{v:.4g}" if isinstance(v, float) else v for v in row.values()),
                          flush=True)  # fmt: skip
            except ConvergenceError as error:
                print(f"rms {rms / UM:g} um, {model}: {error}", file=sys.stderr, flush=True)
    if edges != EDGES:
        return
    with (folder / "plasticity.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: f"{v:.5g}" if isinstance(v, float) else v for key, v in row.items()}
            for row in rows
        )
    draw(rows, folder / "plasticity.png")


if __name__ == "__main__":
    main()
