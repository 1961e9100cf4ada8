"""The schemes, in the order in which they are proposed."""

from __future__ import annotations

from proofsmith.agents.policies.symbolic.schemes.base import Scheme
from proofsmith.agents.policies.symbolic.schemes.elementwise import elementwise
from proofsmith.agents.policies.symbolic.schemes.expressions import Conditionals, Expressions
from proofsmith.agents.policies.symbolic.schemes.folds import folds
from proofsmith.agents.policies.symbolic.schemes.sequences import recurrences
from proofsmith.agents.policies.symbolic.workspace import Workspace


def schemes_for(workspace: Workspace) -> list[Scheme]:
    """Return the schemes that can apply to the workspace's problem."""
    return [
        Expressions(workspace),
        Conditionals(workspace),
        *elementwise(workspace),
        *folds(workspace),
        *recurrences(workspace),
    ]
