"""Gateways: one file per outside system, each usable with a tested fake."""
