"""Proving Python functions against pre- and postconditions with Z3.

A function over ints, bools and tuples of them is executed symbolically (`execute`), its loops
unrolled to a bound or replaced by inferred invariants (`invariants`), and its contract is put to
Z3 (`prove`) in a process of its own that is killed at its deadline (`worker`, `verifier`).
"""
