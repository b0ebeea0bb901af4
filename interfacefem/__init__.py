# SPDX-License-Identifier: BSD-3-Clause
"""Current and stress concentration at rough solid-electrolyte interfaces.

The way data flows::

    image -> Micrograph -> Profile -> InterfaceMesh -> CurrentSolution -> metrics -> report

Everything inside is in SI units (metres, amperes, volts, pascals); units are named only where
people read or write: in case files, CSV columns, JSON keys and figures.
"""

__version__ = "0.1.0"
