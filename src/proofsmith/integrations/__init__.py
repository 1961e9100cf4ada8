"""Proofsmith inside other people's programs; one module for each."""
