"""Proof hints at the place of a failing obligation: witnesses, instances, splits, lemmas and their calls."""
