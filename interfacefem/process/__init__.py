# SPDX-License-Identifier: BSD-3-Clause
"""Where a tape comes from: particles, milling, pressing, impedance, the cell around it.

In: grain sizes, mills, pressures, spectra, as tables and parameter files. Out: distributions,
energies, densities and fits with their errors. Called by the front door (``mill``, ``particles``,
``eis``, ``cathode``) and its commands.
"""
