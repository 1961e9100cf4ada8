"""Contracts on model calls: what an answer must be before the search may see it."""
