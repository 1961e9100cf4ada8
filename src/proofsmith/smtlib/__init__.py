"""SMT-LIB and SyGuS-IF: terms, problems, reading, printing, evaluation. Pure, shared by all parts."""
