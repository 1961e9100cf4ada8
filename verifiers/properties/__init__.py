"""Property-based judgement of Python candidates: generated inputs, a falsifier, distinguishing inputs."""

from proofsmith.verifiers.properties.derived import derive_examples
from proofsmith.verifiers.properties.distinguish import Distinction, distinguish
from proofsmith.verifiers.properties.inputs import generate_inputs
from proofsmith.verifiers.properties.verifier import PropertyVerifier, falsify

__all__ = ["Distinction", "PropertyVerifier", "derive_examples", "distinguish", "falsify", "generate_inputs"]
