"""The Dafny language, versions 2.3 and 4.x: tokens, syntax trees, guards, insertion of proof hints."""
