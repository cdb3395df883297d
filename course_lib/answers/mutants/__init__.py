"""Mutants: the taught solutions with one small mistake each, which the hidden checks must see.

`changes` says what a mistake is, `generate` makes one cell's mutants, `cells` reads a lecture,
`limited` runs what may hang, `trial` judges, `records` holds the mutants that are right answers.
"""
