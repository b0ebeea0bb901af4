# SPDX-License-Identifier: BSD-3-Clause
"""The command line: one file for each command.

In: options and files, read by the declarations of ``parameters``. Out: a table or one JSON object,
files in the folder of ``--out``, an exit code. Nothing calls it but the user; it calls the front
door.
"""
