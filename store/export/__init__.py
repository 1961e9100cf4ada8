"""Training data from stored runs: which rows, what is in them, and how they are written."""
