"""The template families: each makes guesses at what holds at the head of a loop."""
