# SPDX-License-Identifier: BSD-3-Clause
"""Physical constants of charge transfer."""

FARADAY = 96485.33212  # C/mol, exact (SI 2019: N_A e)
GAS_CONSTANT = 8.314462618  # J/(mol K), exact (SI 2019: N_A k_B)
THERMAL_VOLTAGE = GAS_CONSTANT * 298.15 / FARADAY  # V at room temperature
