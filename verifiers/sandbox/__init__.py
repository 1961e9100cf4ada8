"""Running programs that nobody trusts: limits, isolation, and a reply channel they cannot forge."""

from proofsmith.verifiers.sandbox.pool import Sandbox
from proofsmith.verifiers.sandbox.results import CallResult, Frame, Run
from proofsmith.verifiers.sandbox.session import Session
from proofsmith.verifiers.sandbox.settings import Limits, SandboxSettings

__all__ = ["CallResult", "Frame", "Limits", "Run", "Sandbox", "SandboxSettings", "Session"]
