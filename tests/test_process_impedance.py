# SPDX-License-Identifier: BSD-3-Clause
"""Impedance: exact limits, a ladder, recovery of parameters, spectra that are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.errors import InputError
from interfacefem.process.cells import (
    Cell,
    arrhenius,
    cell_from_mapping,
    contact_factor,
    direct_current_resistance,
    doubtful_conductivity,
    tortuosity_factor,
)
from interfacefem.process.circuit_fit import choose_circuit, fit_circuit
from interfacefem.process.circuits import (
    BLOCKING,
    BLOCKING_ARC,
    CIRCUITS,
    FULL_BLOCKING,
    ION_BLOCKING,
    SYMMETRIC,
    arc,
    capacitance_of_arc,
    constant_phase,
    full_blocking_line,
    ion_blocking_line,
)
from interfacefem.process.impedance_analysis import (
    analyse_spectrum,
    computed_interface,
    measured_over_computed,
)
from interfacefem.process.kramers_kronig import kramers_kronig_residual
from interfacefem.process.spectrum import Spectrum, read_spectrum
from interfacefem.process.utilization import LITHIUM_INDIUM, active_share

FREQUENCY = np.geomspace(3e6, 1e-2, 80)
ANGULAR = 2 * np.pi * FREQUENCY
SURFACE = constant_phase(ANGULAR, 2e-3, 0.85)


def noisy(impedance: np.ndarray, share: float, seed: int = 0) -> Spectrum:
    random = np.random.default_rng(seed)
    noise = random.standard_normal((2, len(impedance)))
    apart = share * (noise[0] + 1j * noise[1]) / math.sqrt(2)
    return Spectrum(FREQUENCY, impedance * (1 + apart))


def ladder(
    ionic: float, electronic: float, surface: complex, cell: str, sections: int = 2000
) -> complex:
    """Two rails of resistors with the interface between them, solved as a tridiagonal system.

    The difference u of the rails' potentials obeys u'' = (r_i + r_e) u/z; the current I enters the
    electronic rail at x = 0 (cell Z: and leaves by the ionic one at x = 1; cell T: both ends
    electronic).
    """
    from scipy.linalg import solve_banded

    h = 1 / sections
    # half a section's interface at either end
    leak = np.full(sections + 1, h / surface, dtype=complex)
    leak[[0, -1]] /= 2
    wall = 1 / (h * (ionic + electronic))
    bands = np.zeros((3, sections + 1), dtype=complex)
    bands[0, 1:] = bands[2, :-1] = -wall
    bands[1] = leak + 2 * wall
    bands[1, [0, -1]] = leak[[0, -1]] + wall
    # current in the ionic rail i = (I r_e - u')/(r_i + r_e), u = potential ionic - electronic
    drive = np.zeros(sections + 1, dtype=complex)
    share = electronic / (ionic + electronic)
    ends = {"T": (0.0, 0.0), "Z": (0.0, 1.0)}[cell]  # ionic current at either end
    # balance of the ionic rail: what flows along less what crosses
    drive[0] = ends[0] - share
    drive[-1] = share - ends[1]
    u = solve_banded((1, 1), bands, drive)
    along = share - np.diff(u) * wall  # ionic current in each section
    across_electronic = h * electronic * (1 - along).sum()
    if cell == "T":
        return complex(across_electronic)
    return complex(across_electronic - u[-1])


@pytest.mark.parametrize("frequency", [1e4, 1.0, 1e-3])
def test_lines_agree_with_a_ladder(frequency) -> None:
    w = np.array([2 * np.pi * frequency])
    for ionic, electronic in ((100.0, 10.0), (5.0, 300.0)):
        for surface in (constant_phase(w, 1e-3, 0.8), arc(w, 50.0, 1e-4, 0.9)):
            for line, cell in ((ion_blocking_line, "T"), (full_blocking_line, "Z")):
                exact = line(w, ionic, electronic, surface)[0]
                stepped = ladder(ionic, electronic, surface[0], cell)
                nu = abs(np.sqrt((ionic + electronic) / surface[0]))
                # the ladder cannot show what is shorter than a section
                assert abs(stepped - exact) < max(1e-5, (nu / 2000) ** 2) * abs(exact)


def test_limits_of_the_lines() -> None:
    low, high = np.array([1e-9]), np.array([1e12])

    def capacitor(w: np.ndarray) -> np.ndarray:
        return 1 / (1j * w * 1e-3)

    parallel = 100 * 10 / 110
    assert ion_blocking_line(low, 100, 10, capacitor(low))[0] == pytest.approx(10, rel=1e-6)
    assert ion_blocking_line(high, 100, 10, capacitor(high))[0] == pytest.approx(parallel, 1e-5)
    at_rest = full_blocking_line(low, 100, 10, capacitor(low))[0].real
    assert at_rest == pytest.approx(110 / 3, rel=1e-5)
    nu = np.sqrt(100 / capacitor(ANGULAR))
    one_rail = full_blocking_line(ANGULAR, 100, 1e-9, capacitor(ANGULAR))
    assert one_rail == pytest.approx(100 / np.tanh(nu[ANGULAR > 0]) / nu, rel=1e-6)
    # 1e5 attenuation lengths do not overflow
    assert np.isfinite(full_blocking_line(high, 1e9, 1e9, capacitor(high))).all()


def test_capacitance_and_resistance_of_the_published_pellet() -> None:
    assert capacitance_of_arc(1e4, 1e-9, 0.9) == pytest.approx(2.7826e-10, rel=1e-4)
    assert capacitance_of_arc(1e4, 3e-9, 1.0) == pytest.approx(3e-9)
    pellet = Cell("blocking", math.pi * 3.5e-3**2, 500e-6)
    resistance = 500e-6 / (0.030 * pellet.area)
    assert resistance == pytest.approx(433.1, abs=0.05)
    assert pellet.conductivity(resistance) == pytest.approx(0.030)
    # the peak of its arc lies at the edge of a sweep to 7 MHz (Perrenot 2024)
    assert 1 / (2 * np.pi * resistance * 5.4e-11) == pytest.approx(6.8e6, rel=0.01)
    after = Cell("blocking", pellet.area, 500e-6, 500e-6 * 0.36 / 0.32)
    low, high = after.conductivity_range(resistance)
    assert (low, high) == pytest.approx((0.030, 0.030 * 0.36 / 0.32))


def test_printed_arithmetic() -> None:
    assert pytest.approx(0.868, abs=5e-4) == 2.04 / 2.35  # Schmitt: 87 %
    area = math.pi * 0.5**2
    assert 12 * 0.70 / area == pytest.approx(10.7, abs=0.05)  # mg/cm2, Minnmann
    assert 3000 * 9.80665 / (area * 1e-4) / 1e6 == pytest.approx(374.6, abs=0.1)  # MPa
    # Minnmann: both cathodes give the same volume fraction, 50 vol-% less porosity
    assert tortuosity_factor(0.375, 2.0, 0.05) == pytest.approx(15)
    assert tortuosity_factor(0.388, 1.7, 0.11) == pytest.approx(6, rel=2e-3)
    assert contact_factor(6, 4) == pytest.approx(1.5)
    assert pytest.approx(2.5e6) == 1 / (4 * 0.1 * 1e-6)  # one disc on a half-space


@pytest.mark.parametrize(("noise", "within"), [(1e-3, 0.004), (1e-2, 0.02)])
def test_full_blocking_cell_gives_the_ionic_resistance(noise, within) -> None:
    line = full_blocking_line(ANGULAR, 69.4, 1.02, SURFACE)
    spectrum = noisy(2 * line + 30 + 1j * ANGULAR * 1e-7, noise)
    fit = fit_circuit(spectrum, FULL_BLOCKING, {"R_el_ohm": 1.02})
    ionic = fit.parameters["R_ion_ohm"]
    assert ionic.value == pytest.approx(69.4, rel=within)
    assert ionic.low < ionic.value < ionic.high
    assert ionic.identifiable
    assert fit.parameters["R_el_ohm"].identifiable is None
    assert fit.residual == pytest.approx(noise, rel=0.3)


def test_ion_blocking_cell_tells_the_ionic_resistance_only_without_noise() -> None:
    """Minnmann's "large uncertainty" in numbers: R_i 306, R_e 1.02 ohm."""
    line = ion_blocking_line(ANGULAR, 306, 1.02, SURFACE)
    for noise, within in ((1e-4, 0.05), (1e-3, 0.4)):
        fit = fit_circuit(noisy(line, noise), ION_BLOCKING)
        assert fit.parameters["R_ion_ohm"].value == pytest.approx(306, rel=within)
        assert fit.parameters["R_el_ohm"].value == pytest.approx(1.02, rel=1e-3)
    ionic = fit_circuit(noisy(line, 1e-2), ION_BLOCKING).parameters["R_ion_ohm"]
    assert ionic.identifiable is False
    assert ionic.value is ionic.low is ionic.high is None
    fit = fit_circuit(noisy(line, 1e-2), ION_BLOCKING, intervals=False)
    assert fit.resistance == pytest.approx(1.02, rel=0.05)


ARC = {
    "L_H": 1e-7, "R_series_ohm": 5.0, "R_ohm": 433.0, "Q": 2e-9, "a_arc": 0.9,
    "Q_blocking": 1e-6, "a_blocking": 0.85,
}  # fmt: skip


def test_circuit_is_chosen_by_the_spectrum() -> None:
    seen = choose_circuit(noisy(BLOCKING_ARC.impedance(ANGULAR, ARC), 3e-3), CIRCUITS["blocking"])
    assert seen[0].circuit is BLOCKING_ARC
    assert seen[0].resistance == pytest.approx(438, rel=0.01)
    assert seen[0].parameters["R_ohm"].value == pytest.approx(433, rel=0.02)
    plain = {name: ARC[name] for name in ("L_H", "R_ohm", "Q_blocking", "a_blocking")}
    hidden = choose_circuit(noisy(BLOCKING.impedance(ANGULAR, plain), 3e-3), CIRCUITS["blocking"])
    assert hidden[0].circuit is BLOCKING
    assert hidden[0].resistance == pytest.approx(433, rel=0.005)


def test_symmetric_cell_with_one_arc() -> None:
    values = {name: ARC[name] for name in ("L_H", "R_series_ohm", "R_ohm", "Q", "a_arc")}
    values |= {"Q": 1e-5, "R_series_ohm": 40.0}
    fits = choose_circuit(noisy(SYMMETRIC.impedance(ANGULAR, values), 2e-3), CIRCUITS["symmetric"])
    assert fits[0].circuit is SYMMETRIC
    assert fits[0].resistance == pytest.approx(433, rel=0.005)


def test_measured_over_computed_is_of_one_interface_of_two() -> None:
    values = {name: ARC[name] for name in ("L_H", "R_series_ohm", "R_ohm", "Q", "a_arc")}
    z = SYMMETRIC.impedance(ANGULAR, values | {"Q": 1e-6})
    cell = Cell("symmetric", 0.5e-4)
    names = ("constriction", "charge_transfer", "film")
    printed = {
        f"asr_differential_{name}_ohm_cm2": part
        for name, part in zip(names, (30, 20, 4.125), strict=True)
    }
    computed = computed_interface(printed)
    found = analyse_spectrum(noisy(z, 1e-3), cell)
    # 433 ohm on 0.5 cm2 are two interfaces of 108.25 ohm cm2
    assert measured_over_computed(found, computed) == pytest.approx(2, rel=5e-3)
    assert (
        measured_over_computed(analyse_spectrum(noisy(z, 1e-3), Cell("blocking", 1e-4)), 1) is None
    )
    with pytest.raises(InputError, match=r"^asr_differential_film_ohm_cm2: is no result of ifem"):
        computed_interface({name: 1.0 for name in list(printed)[:2]})


def test_kramers_kronig() -> None:
    line = 2 * full_blocking_line(ANGULAR, 69.4, 1.02, SURFACE) + 30 + 1j * ANGULAR * 1e-7
    jump, drift = line.copy(), line * np.linspace(1, 1.05, 80)
    jump[40:] *= 1.05
    rc = 5 + arc(ANGULAR, 100, 1e-6, 1.0)
    assert kramers_kronig_residual(Spectrum(FREQUENCY, line))[0] < 2e-4
    assert kramers_kronig_residual(Spectrum(FREQUENCY, rc))[0] < 5e-4
    assert kramers_kronig_residual(noisy(line, 1e-3))[0] == pytest.approx(2e-3, rel=0.5)
    assert kramers_kronig_residual(Spectrum(FREQUENCY, jump))[0] == pytest.approx(0.034, rel=0.1)
    # a slow drift is nearly invisible: said in the docs
    assert kramers_kronig_residual(Spectrum(FREQUENCY, drift))[0] == pytest.approx(4e-3, rel=0.2)


def test_activation_energy_in_two_ways() -> None:
    kelvin = np.array([243.15, 258.15, 273.15, 298.15])
    boltzmann = 8.617333262e-5
    sigma = np.exp(-0.37 / (boltzmann * kelvin))
    assert sigma[-1] / sigma[0] == pytest.approx(25.98, abs=0.05)
    plain = arrhenius(kelvin, sigma)
    assert plain.of_sigma == pytest.approx(0.37)
    assert (sigma / kelvin)[-1] / (sigma / kelvin)[0] == pytest.approx(21.19, abs=0.05)
    over_t = arrhenius(kelvin, sigma / kelvin)
    assert over_t.of_sigma_t == pytest.approx(0.37)
    assert over_t.of_sigma < 0.37
    with pytest.raises(InputError, match=r"too few temperatures .* found 2; expected three"):
        arrhenius(kelvin[:2], sigma[:2])


def test_direct_current() -> None:
    voltage = np.linspace(1e-3, 50e-3, 9)
    noise = 1e-8 * np.random.default_rng(0).standard_normal(9)
    found = direct_current_resistance(voltage, voltage / 800 + noise, 100.0)
    assert found.resistance == pytest.approx(600, rel=0.01)
    assert not found.intercept_differs
    assert direct_current_resistance(voltage, voltage / 800 + 1e-6).intercept_differs
    with pytest.raises(InputError, match="separators resist more than the whole; found 2 x 420"):
        direct_current_resistance(voltage, voltage / 800, 420.0)
    with pytest.raises(InputError, match="too few points"):
        direct_current_resistance(voltage[:2], voltage[:2] / 800)


def test_active_share_of_a_cathode() -> None:
    capacity = np.linspace(0, 200, 60)
    reference = 4.3 - 0.7 * (capacity / 200) - 0.1 * (capacity / 200) ** 3
    used = np.linspace(10, 190, 15)
    relaxed = np.interp(used, capacity, reference)
    share, sd, points = active_share(0.62 * used * 12.0, relaxed, 12.0, capacity, reference)
    assert share == pytest.approx(0.62, abs=1e-4)
    assert sd < 1e-3
    assert points == 15
    full, *_ = active_share(np.array([0.0, 176.0]), relaxed[[0, -1]] * 0 + reference[[0, -1]],
                            1.0, capacity, reference)  # fmt: skip
    assert full == pytest.approx(176 / 200)  # Frankenberg: 88 %
    assert pytest.approx(0.62) == LITHIUM_INDIUM
    with pytest.raises(InputError, match="relaxed_voltage_V: lies outside the reference; found 5"):
        active_share(np.array([1.0, 2.0]), np.array([4.0, 5.0]), 1.0, capacity, reference)
    with pytest.raises(InputError, match="too few relaxed points; found 1"):
        active_share(np.array([1.0]), np.array([4.0]), 1.0, capacity, reference)
    with pytest.raises(InputError, match="the reference is not monotone"):
        active_share(used, relaxed, 1.0, capacity, np.sin(capacity))


def csv_of(frequency: np.ndarray, z: np.ndarray) -> str:
    rows = "\n".join(
        f"{f:.8g},{a.real:.10g},{a.imag:.10g}" for f, a in zip(frequency, z, strict=True)
    )
    return f"frequency_Hz,z_real_ohm,z_imag_ohm\n{rows}\n"


def test_spectra_from_files(tmp_path) -> None:
    z = BLOCKING_ARC.impedance(ANGULAR, ARC)
    file = tmp_path / "cell.csv"
    file.write_text(csv_of(FREQUENCY, z), encoding="utf-8")
    assert read_spectrum(file).impedance == pytest.approx(z, rel=1e-8)
    shuffled = np.random.default_rng(0).permutation(80)
    file.write_text(csv_of(FREQUENCY[shuffled], z[shuffled]), encoding="utf-8")
    read = read_spectrum(file)
    assert read.impedance == pytest.approx(z, rel=1e-8)
    assert read.notes == ("frequencies are unsorted: sorted",)
    twice = np.concatenate((FREQUENCY, FREQUENCY[:3]))
    file.write_text(csv_of(twice, np.concatenate((z, z[:3]))), encoding="utf-8")
    assert read_spectrum(file).notes == ("3 frequencies repeat: sorted",)


def mpt_of(loops: int) -> str:
    z = BLOCKING_ARC.impedance(ANGULAR, ARC)
    head = "EC-Lab ASCII FILE\nNb header lines : 4\n\n"
    names = "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tcycle number\n"
    rows = "".join(
        f"{f:.8g}\t{loop * a.real:.10g}\t{-loop * a.imag:.10g}\t{loop}\n"
        for loop in range(1, loops + 1)
        for f, a in zip(FREQUENCY, z, strict=True)
    )
    return head + names + rows


def test_files_of_biologic(tmp_path) -> None:
    z = BLOCKING_ARC.impedance(ANGULAR, ARC)
    file = tmp_path / "cell.mpt"
    file.write_bytes(mpt_of(1).replace("ASCII", "µ ASCII").encode("latin-1"))
    assert read_spectrum(file).impedance == pytest.approx(z, rel=1e-8)
    file.write_text(mpt_of(3), encoding="utf-8")
    assert read_spectrum(file, loop=2).impedance == pytest.approx(2 * z, rel=1e-8)
    for loop, said in ((None, "holds several loops; found 1 to 3; expected one"), (7, "loop: no")):
        with pytest.raises(InputError) as caught:
            read_spectrum(file, loop)
        assert str(caught.value).startswith(f"{file}: {said}")
    file.write_text(mpt_of(1).replace("0.01\t", "0,01\t"), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 84: is no row .* with a decimal point"):
        read_spectrum(file)
    file.write_text("freq/Hz\tRe(Z)/Ohm\n1\t2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"-Im\(Z\)/Ohm: the column is missing"):
        read_spectrum(file)


def test_noise_on_the_plateau_of_a_resistance_turns_no_sign() -> None:
    plateau = np.full(len(FREQUENCY), 50 + 0.05j)  # 0.06 degrees above the axis
    assert Spectrum(FREQUENCY, plateau).impedance[0] == 50 + 0.05j


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f, z: (f, z.conj()), "z_imag_ohm: the imaginary part has its sign turned"),
        (lambda f, z: (f[:9], z[:9]), "has too few points; found 9; expected at least 10"),
        (lambda f, z: (np.append(f[:-1], 0), z), "holds frequencies or impedances that cannot"),
        (lambda f, z: (f, 0 * z), "holds frequencies or impedances that cannot"),
        (lambda f, z: (f, -z.conj()), "z_real_ohm: the real part has its sign turned"),
        (lambda f, z: (np.full(len(f), 10.0), z), "has too few points; found 1; expected at least"),
    ],
)
def test_spectra_that_cannot_be(tmp_path, change, said) -> None:
    file = tmp_path / "cell.csv"
    text = csv_of(*change(FREQUENCY, BLOCKING_ARC.impedance(ANGULAR, ARC)))
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_spectrum(file)
    assert str(caught.value).startswith(f"{file}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"cell": "blocking", "thickness": "500 um"}, "area: the area is missing"),
        ({"diameter": "7 mm", "area": "1 cm^2"}, "area: is said twice"),
        ({"diameter": "7 mm", "thickness": 500}, "thickness: has no unit"),
        ({"diameter": "7 mm", "cell": "pouch"}, 'cell: is not known; found "pouch"'),
        ({"diameter": "7 mm", "thickness_when": "later"}, 'thickness_when: is not known; found "l'),
        ({"diameter": "7 mm", "volume": 1}, "volume: unknown key"),
        ({"diameter": "7 mm", "volume_fraction": 38}, "volume_fraction: is out of range; found 38"),
        ({"diameter": "7 mm", "volume_fraction": True}, "volume_fraction: is no number"),
        ({"diameter": "7 mm", "pressure": "-5 MPa"}, "pressure: is out of range"),
        ({"diameter": "-7 mm"}, "area: is out of range"),
    ],
)
def test_cells_that_cannot_be(said, message) -> None:
    if said.get("diameter") == "-7 mm":
        said = {"area": "-7 mm^2"}
    with pytest.raises(InputError) as caught:
        cell_from_mapping(said)
    assert str(caught.value).startswith(message)


def test_cell_and_what_is_doubtful() -> None:
    cell = cell_from_mapping(
        {"diameter": "7 mm", "thickness_after": "500 um", "thickness_before": "560 um"}
    )
    assert cell.area == pytest.approx(math.pi * 3.5e-3**2)
    assert (cell.thickness, cell.thickness_other) == pytest.approx((500e-6, 560e-6))
    assert doubtful_conductivity(cell.conductivity(433.0)) is None
    assert "kOhm" in doubtful_conductivity(cell.conductivity(0.433))


def test_peer_gives_the_same_impedance() -> None:
    """pyimpspec or impedance, where one is installed."""
    try:
        from impedance.models.circuits.elements import CPE
    except ImportError:
        pyimpspec = pytest.importorskip("pyimpspec")
        circuit = pyimpspec.parse_cdc("(R{R=433}Q{Y=2E-9,n=0.9})")
        peer = circuit.get_impedances(FREQUENCY)
        assert arc(ANGULAR, 433, 2e-9, 0.9) == pytest.approx(peer, rel=1e-9)
    else:
        peer = CPE([2e-9, 0.9], FREQUENCY)
        assert constant_phase(ANGULAR, 2e-9, 0.9) == pytest.approx(peer, rel=1e-9)
