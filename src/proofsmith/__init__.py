"""Proofsmith: agentic program synthesis with verifiers that decide."""

__version__ = "0.1.0"
