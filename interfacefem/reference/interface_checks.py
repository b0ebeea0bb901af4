# SPDX-License-Identifier: BSD-3-Clause
"""Current through spots of contact, beside what is known exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from interfacefem.current.kinetics import ButlerVolmer, LinearKinetics, TafelKinetics
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.impedance import (
    ImpedanceSpectrum,
    InterfaceCapacitances,
    solve_impedance,
)
from interfacefem.interface.law import SpotLaw, spot_law
from interfacefem.interface.mask_error import barber_resistance
from interfacefem.interface.of_cell import SurfaceUnderBlock
from interfacefem.interface.pressed import PressedSurface
from interfacefem.interface.spot_current import (
    SpotCurrent,
    SpotProblem,
    solve_spots,
    solve_tangent,
)
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.cell import Cell
from interfacefem.reference import disc_contacts, hertz_sphere, strip_contacts, westergaard
from interfacefem.reference.verification_row import (
    VerificationRow,
    bounded_row,
    order_row,
    relative_row,
)
from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.units import OHM_CM2, UM

CONDUCTIVITY = 0.1  # S/m, assumed for LPSCl
APPLIED = 30.0  # A/m^2
WIDTH = 40 * UM
TEMPERATURE = 298.0
WAVE, AMPLITUDE = 10 * UM, 0.1 * UM
_ASR = "area-specific resistance"


def check_spots(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Strips and discs, primary limit; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_spot_rows())), root=0)


def check_pressed(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Contacts from the contact solver: a wave, a sphere, Barber's identity; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_pressed_rows())), root=0)


def check_spot_kinetics(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Limits of the kinetics and Newton's steps; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_kinetics_rows())), root=0)


def check_interface_impedance(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """One layer in closed form; the limit of low frequencies; collective."""
    yield from comm.bcast(on_first_rank(comm, lambda: list(_impedance_rows())), root=0)


def strip_grid(samples: int, first: int, last: int) -> tuple[SurfaceGrid, np.ndarray]:
    """A line between walls with contact at the samples ``first`` to ``last``, the last left out."""
    grid = SurfaceGrid((samples,), (WIDTH / samples,), ("cells",))
    contact = np.zeros(samples, dtype=bool)
    contact[first:last] = True
    return grid, contact


def disc_grid(
    samples: int, radius: float, offset: tuple[float, float] = (0.0, 0.0)
) -> tuple[SurfaceGrid, np.ndarray]:
    """A periodic square with a disc; radius and offset of its middle in samples."""
    grid = SurfaceGrid((samples,) * 2, (WIDTH / samples,) * 2, ("periodic",) * 2)
    y, x = (np.arange(samples) - samples // 2 + shift for shift in offset)
    return grid, np.hypot(y[:, None], x) < radius


def primary(grid: SurfaceGrid, contact: np.ndarray) -> SpotCurrent:
    """The primary current of a mask."""
    law = spot_law(None, APPLIED)
    return solve_spots(SpotProblem(grid, contact, CONDUCTIVITY, math.inf, APPLIED, law))


def wave_profile(samples: int = 256) -> Profile:
    """Half a wave that Westergaard's contact presses, mirrored at both ends."""
    x = np.linspace(0.0, WAVE / 2, samples + 1)
    return Profile(x, -AMPLITUDE * np.cos(2 * np.pi * x / WAVE))


def elastic_cell(**stress: object) -> Cell:
    """A cell without hardness, under a block that does not turn."""
    return Cell.model_validate(
        {"electrolyte": {"hardness": "inf"}, "block": {"rotation": "fixed"}, "stress": stress}
    )


def composite_modulus(cell: Cell) -> float:
    """``E/(1 - nu^2)`` in Pa under a rigid block."""
    return cell.electrolyte.youngs_modulus / (1 - cell.electrolyte.poisson_ratio**2)


def _spot_rows() -> Iterator[VerificationRow]:
    exact = strip_contacts.strip(WIDTH / 2, 2 * WIDTH, CONDUCTIVITY)
    errors = [
        primary(*strip_grid(samples, 0, samples // 4)).resistance / exact - 1
        for samples in (256, 512, 1024)
    ]
    yield order_row(
        "strips of contact", f"relative error of the {_ASR}", "", errors[-1],
        math.log2(errors[-2] / errors[-1]), 1.0, 2e-3,
    )  # fmt: skip
    found = primary(*strip_grid(1024, 300, 430)).resistance
    exact = strip_contacts.strip_between_walls(
        WIDTH * 300 / 1024, WIDTH * 430 / 1024, WIDTH, CONDUCTIVITY
    )
    yield relative_row(
        "two strips of contact", _ASR, "ohm cm2", found / OHM_CM2, exact / OHM_CM2, 5e-3
    )
    samples, radius = 256, 32.3
    found = primary(*disc_grid(samples, radius, (0.31, 0.17))).resistance
    size = radius * WIDTH / samples
    exact = disc_contacts.disc_in_square(size, WIDTH, CONDUCTIVITY)
    yield relative_row("disc of contact", _ASR, "ohm cm2", found / OHM_CM2, exact / OHM_CM2, 0.01)
    # a square cell and a round tube of its area differ by 0.6 % of a/b
    exact = disc_contacts.disc_on_tube(size, WIDTH / math.sqrt(math.pi), CONDUCTIVITY)
    yield relative_row("disc on a tube", _ASR, "ohm cm2", found / OHM_CM2, exact / OHM_CM2, 0.012)


def _pressed_rows() -> Iterator[VerificationRow]:
    cell = elastic_cell(nodes=1024)
    modulus = composite_modulus(cell)
    full = westergaard.full_contact_pressure(modulus, AMPLITUDE, WAVE)
    line = SurfaceUnderBlock(wave_profile(), cell)
    for ratio in (0.05, 0.3):
        below, pressed, above = line.at([0.95 * ratio * full, ratio * full, 1.05 * ratio * full])
        exact = strip_contacts.pressed_wave(ratio, WAVE, CONDUCTIVITY)
        name = f"pressed wave, p = {ratio:g} p*"
        found = primary(pressed.grid, pressed.contact).resistance
        yield relative_row(name, _ASR, "ohm cm2", found / OHM_CM2, exact / OHM_CM2, 0.01)
        found = barber_resistance(below, above, modulus, CONDUCTIVITY)
        yield relative_row(
            name, "the same by Barber's identity", "ohm cm2",
            found / OHM_CM2, exact / OHM_CM2, 0.01,
        )  # fmt: skip
        yield relative_row(
            name, "contact fraction", "", pressed.contact_fraction,
            westergaard.contact_fraction(ratio), 5e-3,
        )  # fmt: skip
    sphere, load, side = 100 * UM, 2e-2, 129
    radius = hertz_sphere.contact_radius(load, sphere, modulus)
    size = 16 * radius / (side - 1)
    place = np.arange(side) * size
    # a quarter of the sphere at the corner of mirrors
    heights = (place[:, None] ** 2 + place**2) / (2 * sphere)
    ball = SurfaceUnderBlock(HeightMap(heights, size, size), elastic_cell())
    width = 2 * (side - 1) * size
    (pressed,) = ball.at([load / width**2])
    found = primary(pressed.grid, pressed.contact).resistance
    exact = disc_contacts.disc_in_square(radius, width, CONDUCTIVITY)
    yield relative_row(
        "pressed sphere (Hertz)", _ASR, "ohm cm2", found / OHM_CM2, exact / OHM_CM2, 0.03
    )


def _kinetics_rows() -> Iterator[VerificationRow]:
    grid, contact = disc_grid(64, 14.3)

    def solved(law: SpotLaw, applied: float) -> SpotCurrent:
        return solve_spots(SpotProblem(grid, contact, CONDUCTIVITY, math.inf, applied, law))

    def chord(kinetics: object, applied: float) -> float:
        return solved(spot_law(kinetics, applied), applied).resistance  # type: ignore[arg-type]

    law = ButlerVolmer(10.0, 0.5, 0.5, TEMPERATURE)
    linear = LinearKinetics(10.0, 0.5, 0.5, TEMPERATURE)
    tafel = TafelKinetics(10.0, 0.5, TEMPERATURE)
    name = "kinetics of spots"
    yield relative_row(
        name, "Butler-Volmer at 1e-4 i0 against linear", "ohm cm2",
        chord(law, 1e-3) / OHM_CM2, chord(linear, 1e-3) / OHM_CM2, 1e-6,
    )  # fmt: skip
    yield relative_row(
        name, "Butler-Volmer at 1e4 i0 against Tafel", "ohm cm2",
        chord(law, 1e5) / OHM_CM2, chord(tafel, 1e5) / OHM_CM2, 1e-6,
    )  # fmt: skip
    fast = ButlerVolmer(1e12, 0.5, 0.5, TEMPERATURE)
    yield relative_row(
        name, "fast kinetics against the primary limit", "ohm cm2",
        chord(fast, APPLIED) / OHM_CM2, chord(None, APPLIED) / OHM_CM2, 1e-6,
    )  # fmt: skip
    slow = ButlerVolmer(1e-6, 0.5, 0.5, TEMPERATURE)
    share = float(grid.mean(contact))
    even = float(slow.overpotential(np.array(1e-8 / share))) / 1e-8
    yield relative_row(
        name, "slow kinetics against an even current", "ohm cm2",
        chord(slow, 1e-8) / OHM_CM2, even / OHM_CM2, 1e-6,
    )  # fmt: skip
    steps = 0
    for wagner in (1e-4, 1.0, 1e6):
        i0 = CONDUCTIVITY * law.thermal_voltage / (WIDTH * wagner)
        for quotient in (1e-9, 1e-3, 1.0, 1e3, 1e9):
            for kinetics in (
                ButlerVolmer(i0, 0.3, 1.2, TEMPERATURE), TafelKinetics(i0, 0.5, TEMPERATURE),
            ):  # fmt: skip
                applied = quotient * i0
                steps = max(steps, solved(spot_law(kinetics, applied), applied).newton_steps)
    yield bounded_row(name, "most Newton steps, i_app/i0 1e-9 to 1e9, Wa 1e-4 to 1e6", "", steps, 6)


def _impedance_rows() -> Iterator[VerificationRow]:
    frequencies = np.geomspace(1e-2, 1e7, 10)
    store = InterfaceCapacitances(double_layer=0.1, relative_permittivity=10.0)
    film = 1e-3
    law = spot_law(ButlerVolmer(10.0, 0.5, 0.5, TEMPERATURE), APPLIED, film)
    grid, contact = disc_grid(64, 14.3)

    def spectrum(where: np.ndarray) -> tuple[ImpedanceSpectrum, SpotCurrent]:
        problem = SpotProblem(grid, where, CONDUCTIVITY, WIDTH, APPLIED, law)
        solution = solve_spots(problem, tolerance=1e-9)
        gap = np.where(where, 0.0, UM)
        none = np.zeros(grid.shape, dtype=bool)
        pressed = PressedSurface(grid, 1e6, where, np.where(where, 1e6, 0.0), gap, none)
        return solve_impedance(pressed, solution, frequencies, store, tolerance=1e-6), solution

    found, solution = spectrum(np.ones(grid.shape, dtype=bool))
    omega = 2j * math.pi * frequencies
    transfer = float(solution.local_resistance[0]) - film
    permittivity = store.relative_permittivity * 8.8541878128e-12
    exact = WIDTH / (CONDUCTIVITY + omega * permittivity)
    exact = exact + film + transfer / (1 + omega * store.double_layer * transfer)
    worst = float(np.abs(found.impedance / exact - 1).max())
    yield bounded_row("impedance, one layer", "largest relative error", "", worst, 1e-9)
    found, solution = spectrum(contact)
    direct = solve_tangent(solution, tolerance=1e-8).parts.total + WIDTH / CONDUCTIVITY
    yield relative_row(
        "impedance, disc", "10 mHz against the differential resistance", "ohm cm2",
        float(found.impedance[0].real) / OHM_CM2, direct / OHM_CM2, 1e-6,
    )  # fmt: skip
