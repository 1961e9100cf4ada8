"""Models that need no server: one of known skill, and those that misbehave in every known way."""

from proofsmith.agents.policies.model.scripted.table import open_model

__all__ = ["open_model"]
