# SPDX-License-Identifier: BSD-3-Clause
"""Exponents of the resistance in pressure and contact area, beside those measured.

    ./ifem shell python3 benchmarks/interface_experiments.py [FIGURE.png]

Measured on contacts of Li6PS5Cl: resistance as contact area^-1 and pressure^-0.5 (Limon, Duffee,
Ahmad, arXiv:2501.00600). Nothing is fitted. Prints a table; writes the figure of docs/interface.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from interfacefem.current import CurrentProblem
from interfacefem.current.kinetics import ButlerVolmer, LinearKinetics
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.law import spot_law
from interfacefem.interface.of_cell import SurfaceUnderBlock
from interfacefem.interface.pressure_curve import CurveSettings, solve_curve
from interfacefem.interface.spot_current import SpotProblem, solve_spots
from interfacefem.parameters.cell import Cell
from interfacefem.report.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN,
    GREEN,
    VERMILLION,
    new_figure,
    panel_letter,
    save_figure,
    styled,
)
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import MPA, OHM_CM2, UM

CONDUCTIVITY, SIDE = 0.1, 40 * UM
PRESSURES = np.geomspace(0.5, 50, 9) * MPA
KINETICS = {
    "primary": None,
    "Butler-Volmer, differential": ButlerVolmer(10.0, 0.5, 0.5, 298.0),
}
SEEDS = (1, 2, 3)


def rough(hardness: str, law: object) -> tuple[np.ndarray, np.ndarray]:
    """Differential resistance of the interface and contact fraction, means over surfaces."""
    resistances, fractions = [], []
    # a current far below i0: what impedance at rest sees
    problem = CurrentProblem(CONDUCTIVITY, 1e-3, law)  # type: ignore[arg-type]
    for seed in SEEDS:
        surface = self_affine_map(
            0.3 * UM, SIDE, samples=161, longest=SIDE / 3, shortest=SIDE / 20, seed=seed
        )
        cell = Cell.model_validate(
            {"electrolyte": {"hardness": hardness}, "block": {"rotation": "fixed"}}
        )
        settings = CurveSettings(errors=False, refine_hot_spots=False)
        curve = solve_curve(SurfaceUnderBlock(surface, cell), problem, PRESSURES, 10.0, settings)
        resistances.append([row.differential.total for row in curve.rows])
        fractions.append([row.pressed.contact_fraction for row in curve.rows])
    return np.exp(np.mean(np.log(resistances), axis=0)), np.mean(fractions, axis=0)


def spots(count: int, share: float, law: object) -> float:
    """Resistance in ohm m^2 of one, four or seven equal discs that cover a share of the area."""
    samples = 256
    radius = np.sqrt(share * samples**2 / (np.pi * count))
    ring = [
        (samples / 3.3 * np.cos(angle), samples / 3.3 * np.sin(angle))
        for angle in 2 * np.pi * np.arange(6) / 6
    ]
    middles = {
        1: [(0.0, 0.0)],
        4: [(x * samples / 4, y * samples / 4) for x in (-1, 1) for y in (-1, 1)],
        7: [(0.0, 0.0), *ring],
    }[count]
    place = np.arange(samples) - samples / 2 + 0.5
    contact = np.zeros((samples, samples), dtype=bool)
    for x, y in middles:
        contact |= np.hypot(place[:, None] - y, place - x) < radius
    grid = SurfaceGrid((samples,) * 2, (SIDE / samples,) * 2, ("cells",) * 2)
    problem = SpotProblem(grid, contact, CONDUCTIVITY, np.inf, 1e-3, spot_law(law, 1e-3))  # type: ignore[arg-type]
    return solve_spots(problem).resistance


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Exponent of a power law through the points."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def rising_nominal(resistance: np.ndarray) -> np.ndarray:
    """The same where the nominal contact grows as a ball's, as p^(2/3), and is whole at 50 MPa.

    The local pressure is then p over the nominal share; current lines outside are left out.
    """
    share = (PRESSURES / PRESSURES[-1]) ** (2 / 3)
    local = np.exp(np.interp(np.log(PRESSURES / share), np.log(PRESSURES), np.log(resistance)))
    return local / share


@styled
def figure_of(curves: dict[str, tuple[np.ndarray, np.ndarray]], discs: dict) -> object:
    """Resistance against pressure, against contact, and of spots of equal area."""
    figure = new_figure(DOUBLE_COLUMN, 62.0)
    pressure, area, spot = figure.subplots(1, 3)
    styles = {"elastic": "-", "capped": "--", "rising": ":"}
    for name, (resistance, fraction) in curves.items():
        colour = BLUE if "primary" in name else VERMILLION
        style = styles[name.split(",")[0].split()[0]]
        pressure.plot(PRESSURES / MPA, resistance / OHM_CM2, style, color=colour)
        if not name.startswith("rising"):
            area.plot(fraction, resistance / OHM_CM2, style, color=colour)
    middle = 20 * (PRESSURES / (5 * MPA)) ** -0.5
    pressure.plot(PRESSURES / MPA, middle, color=BLACK, lw=0.6)
    pressure.annotate("−0.5", (PRESSURES[-1] / MPA, middle[-1]), fontsize="small")
    fractions = np.geomspace(3e-3, 0.1, 5)
    area.plot(fractions, 0.3 / fractions, color=BLACK, lw=0.6)
    area.annotate("−1", (fractions[0], 0.3 / fractions[0]), fontsize="small")
    for (kinetics, count), (share, resistance) in discs.items():
        colour = {1: BLUE, 4: GREEN, 7: VERMILLION}[count]
        style = "-" if kinetics == "primary" else "--"
        label = f"{count} spot{'s' if count > 1 else ''}" if kinetics == "primary" else None
        spot.plot(share, resistance / OHM_CM2, style, color=colour, label=label)
    spot.plot([], [], "--", color=BLACK, label="and charge transfer")
    for axes, letter in ((pressure, "a"), (area, "b"), (spot, "c")):
        axes.set(xscale="log", yscale="log", ylabel="interface resistance (Ω cm²)")
        panel_letter(axes, letter)
    pressure.set_xlabel("pressure (MPa)")
    area.set_xlabel("contact fraction")
    spot.set_xlabel("contact fraction")
    spot.legend(loc="center right", bbox_to_anchor=(1.0, 0.55))
    for label, style in (
        ("primary", {"color": BLUE}), ("charge transfer at rest", {"color": VERMILLION}),
        ("elastic", {"color": BLACK}), ("capped", {"color": BLACK, "ls": "--"}),
        ("rising nominal contact", {"color": BLACK, "ls": ":"}),
        ("measured slope", {"color": BLACK, "lw": 0.6}),
    ):  # fmt: skip
        pressure.plot([], [], label=label, **style)
    handles, labels = pressure.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=6)
    return figure


def main() -> None:
    """Print the exponents; write the figure where one is named."""
    curves = {}
    print("interface (no bulk), 0.5 to 50 MPa                    in pressure  in contact area")
    for hardness, kind in (("inf", "elastic"), ("0.6 GPa", "capped")):
        for name, law in KINETICS.items():
            resistance, fraction = rough(hardness, law)
            curves[f"{kind}, {name}"] = (resistance, fraction)
            print(
                f"{kind}, {name:42s} {slope(PRESSURES, resistance):10.2f} "
                f"{slope(fraction, resistance):12.2f}",
                flush=True,
            )
    for name in KINETICS:
        resistance, fraction = curves[f"capped, {name}"]
        rising = rising_nominal(resistance)
        curves[f"rising nominal contact, {name}"] = (rising, fraction)
        print(f"rising nominal contact, {name:32s} {slope(PRESSURES, rising):8.2f}")
    print("measured, Li6PS5Cl (arXiv:2501.00600)                  -0.5          -1")
    discs = {}
    share = np.geomspace(0.004, 0.2, 7)
    linear = LinearKinetics(10.0, 0.5, 0.5, 298.0)
    for kinetics, law in (("primary", None), ("linear", linear)):
        for count in (1, 4, 7):
            found = np.array([spots(count, one, law) for one in share])
            discs[kinetics, count] = (share, found)
            print(f"{count} spots, {kinetics:42s} {'':10s} {slope(share, found):8.2f}")
    if len(sys.argv) > 1:
        save_figure(figure_of(curves, discs), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
