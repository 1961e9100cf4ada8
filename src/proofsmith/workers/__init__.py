"""Child processes that take requests and give answers: frames, the process itself, pools of warm ones."""
