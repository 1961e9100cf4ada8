"""Who judges: one module or folder a verifier, the sandbox, the guards against cheating."""
