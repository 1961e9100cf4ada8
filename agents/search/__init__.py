"""The search strategies: pure functions over the tree."""
