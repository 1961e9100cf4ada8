"""What proposes programs."""
