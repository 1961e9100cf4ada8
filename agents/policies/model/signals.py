"""What token log-probabilities say about answers: ranks and priors before anything is verified."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from proofsmith.agents.contracts.contract import Accepted
from proofsmith.model_calls import Sample
from proofsmith.types import Candidate


def mean_logprob(sample: Sample) -> float | None:
    """Mean natural log-probability of a sample's tokens; ``None`` where not given."""
    if not sample.logprobs:
        return None
    return max(-50.0, sample_mean(sample.logprobs))


def sample_mean(values: Sequence[float]) -> float:
    """Arithmetic mean of values that are not empty."""
    return math.fsum(values) / len(values)


def weights(accepted: Sequence[Accepted[Candidate]], rank_by: str) -> list[float]:
    """Return a positive weight for each answer, by which they are ordered and get their priors.

    ``count`` is how many answers are the same program (self-consistency). ``self-certainty`` is Borda
    voting by rank, as in best-of-n with self-certainty (Kang et al. 2025). ``g-nll`` is
    ``exp(-NLL / tokens)``, the length-normalised likelihood (after Aichberger et al. 2024). Where a
    server gives no log-probabilities both come down to ``count``.
    """
    counts = [float(sum(b.value.hash == a.value.hash for b in accepted)) for a in accepted]
    samples = [a.sample for a in accepted]
    if rank_by == "g-nll" and all(s is not None and s.logprobs for s in samples):
        return [math.exp(mean_logprob(s) or 0.0) for s in samples if s is not None]
    if rank_by == "self-certainty" and all(s is not None and s.self_certainty is not None for s in samples):
        sure = [s.self_certainty or 0.0 for s in samples if s is not None]
        order = sorted(range(len(sure)), key=lambda i: (-sure[i], i))
        votes = {index: float(len(sure) - place) for place, index in enumerate(order)}
        return [
            sum(votes[j] for j, b in enumerate(accepted) if b.value.hash == a.value.hash) for a in accepted
        ]
    return counts if rank_by != "none" else [1.0] * len(counts)


def facts(accepted: Accepted[Any], template: str, temperature: float) -> tuple[tuple[str, str], ...]:
    """Return the pairs for `Proposal.data` that say where an answer is from and how sure the model was."""
    if accepted.reply is None or accepted.sample is None:
        return (("fallback", "yes"),)
    sample = accepted.sample
    found = [
        ("call", accepted.reply.call),
        ("sample", str(accepted.index)),
        ("template", template),
        ("temperature", f"{temperature:g}"),
        ("finish", sample.finish_reason),
    ]
    if sample.nll is not None:
        found.append(("nll", f"{sample.nll:.4f}"))
    if sample.self_certainty is not None:
        found.append(("self_certainty", f"{sample.self_certainty:.4f}"))
    return tuple(found)
