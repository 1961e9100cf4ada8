"""Verilog source as data: reading with exact positions, printing, loss-free edits, evaluation, mutation."""
