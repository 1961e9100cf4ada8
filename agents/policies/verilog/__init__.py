"""Verilog: rewriting designs so that they get smaller, and writing modules from tables."""
