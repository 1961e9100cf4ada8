"""Language models as the search sees them: requests, replies, and everything around a call."""
