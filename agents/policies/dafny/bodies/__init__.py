"""Bodies of methods and functions: families of guesses, sorted out by running them."""
