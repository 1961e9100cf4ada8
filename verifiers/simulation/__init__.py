"""Verilog judged by simulating a test bench."""
