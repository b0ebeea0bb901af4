# SPDX-License-Identifier: BSD-3-Clause
"""A (made up) pellet at four temperatures: conductivity, activation energy, how well it is known.

Run it in the environment: ./ifem shell python3 examples/impedance_spectra.py
"""

from pathlib import Path

import numpy as np

import interfacefem as ifem
from interfacefem.process.circuits import BLOCKING_ARC
from interfacefem.process.spectrum import Spectrum

OUT = Path("results/examples/impedance_spectra")
OUT.mkdir(parents=True, exist_ok=True)
frequency = np.geomspace(7e6, 0.1, 80)
kelvin = [298.15, 273.15, 258.15, 243.15]
spectra = []
for temperature in kelvin:
    resistance = 433 * np.exp(0.37 / 8.617e-5 * (1 / temperature - 1 / 298.15))
    values = {
        "L_H": 2e-7, "R_series_ohm": 3.0, "R_ohm": resistance, "Q": 2e-10, "a_arc": 0.93,
        "Q_blocking": 2e-6, "a_blocking": 0.9,
    }  # fmt: skip
    z = BLOCKING_ARC.impedance(2 * np.pi * frequency, values)
    noise = np.random.default_rng(int(temperature)).standard_normal((2, 80))
    spectra.append(Spectrum(frequency, z * (1 + 2e-3 * (noise[0] + 1j * noise[1]))))

cell = {"cell": "blocking", "diameter": "7 mm", "thickness": "500 um"}
found = ifem.eis(spectra, cell, temperatures=kelvin)
print(found.table()[["temperature_K", "resistance_ohm", "sigma_mS_cm", "kramers_kronig_residual"]])
print("activation energy", found.activation.of_sigma, "eV of sigma")
found.write(OUT / "impedance.png")
