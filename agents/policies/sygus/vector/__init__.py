"""Terms evaluated on many points and for many programs at once, with numpy."""
