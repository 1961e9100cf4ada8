"""The texts that prompts and completions are made with."""
