"""Lines of attack: each searches one family of programs, a counted slice at a time."""
