# SPDX-License-Identifier: BSD-3-Clause
"""The same current-distribution problem solved by other programs."""
