# SPDX-License-Identifier: BSD-3-Clause
"""Current through the spots where a block touches a rough electrolyte, pressed and wired.

In: a profile or a height map, a cell, pressures; the contact comes from ``contact``.
Out: resistance against pressure with its parts and errors, hot spots, impedance. One code serves
lines and maps; the front door, the commands, ``assessment`` and studies call it.
"""
