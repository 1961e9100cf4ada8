"""Tools that a model may call while it writes: run, verify, counterexample, recall."""
