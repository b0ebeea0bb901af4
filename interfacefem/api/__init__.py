# SPDX-License-Identifier: BSD-3-Clause
"""The front door: one verb a file, and what each gives back.

In: files, arrays and cells, quantities as text, with pint or in SI. Out: frozen results with
``.table()``, ``.plot()``, ``.to_dict()``, ``.write(path)`` and ``.citations``. Called by whoever
writes ``import interfacefem``, and by the commands, which print what these functions return.
"""
