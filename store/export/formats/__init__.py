"""The rows of each format, made from one run at a time."""
