"""What people touch: one module a command, the live views."""
