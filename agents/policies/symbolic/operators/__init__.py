"""The operators that programs are built from: what they compute, how they are written, their weight."""
