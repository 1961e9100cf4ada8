"""What is asked: tasks, loaders for the formats people have, the suites."""
