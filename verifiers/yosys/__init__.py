"""The yosys verifier: Verilog proved equivalent, and measured."""
