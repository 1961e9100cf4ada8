"""Dafny as a verifier: warm servers for the search, a cold command line for the last word."""
