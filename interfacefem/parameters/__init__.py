# SPDX-License-Identifier: BSD-3-Clause
"""One declaration of each parameter: unit, bounds, default, source, and every name it has.

In: text of case and study files, options of the command line, arguments of Python. Out: frozen
sections in SI (Cell, Sampling, Transport), or one line that says what is wrong in the words of
whoever gave it. Called by every room that solves, and by whoever reads what a user wrote.
"""
