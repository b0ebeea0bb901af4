# SPDX-License-Identifier: BSD-3-Clause
"""Studies: many interfaces times many parameter values, on a laptop or a cluster.

StudyFile -> Plan -> results in a folder, one file per case -> one table
"""
