"""What runs inside the sandbox. These files use the standard library alone and are loaded by path.

Nothing here is trusted by the other side: it measures, limits and reports, and the trusted side
decides.
"""
