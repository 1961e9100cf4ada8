"""Specifications inside of a text: ports, truth tables, Karnaugh maps, waveforms, state machines."""
