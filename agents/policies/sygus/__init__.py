"""SyGuS policies: bottom-up enumeration with counterexamples, solver engines, and their mix."""
