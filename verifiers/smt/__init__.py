"""The smt verifier: Z3 in killable worker processes, cvc5 as a second opinion."""
