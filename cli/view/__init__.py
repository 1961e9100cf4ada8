"""What a person sees while a run goes on: folds over its events, and pure functions that draw them."""
