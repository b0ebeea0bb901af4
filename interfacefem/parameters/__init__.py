# SPDX-License-Identifier: BSD-3-Clause
"""What a case file may say: each quantity, its unit, bounds, default and source."""
