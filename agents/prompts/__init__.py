"""Prompts as template files: one a role, in ``any/`` or, where a language needs its own, in its folder."""
