"""The symbolic policy for Python: typed enumeration by cost, schemes, unification and repair."""
