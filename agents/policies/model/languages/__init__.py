"""What a language adds to the model policies: what is shown of a task, and what counts as a program."""
