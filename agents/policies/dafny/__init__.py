"""The symbolic policy for Dafny: annotations from templates, kept by Houdini; bodies by enumeration."""
