"""Published worked numbers of venues, held against the reference (and against the contracts).

A row is an input layout (`what`), numbers, what the venue prints and how it rounds. A column is
one statement of the rules: a table of adapters, one for each `what`, which read a row's inputs
under its venue's preset and give numbers back.
"""
