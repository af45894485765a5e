"""The rules of other venues, exact: what their markets would say to the same numbers.

Amounts are quote, sizes base, prices quote per base, rates fractions; every number is a `Fraction`
and nothing is rounded but where a venue rounds, in a function that says which way. R01 to R39 are
the rules as docs/venues.md numbers them.
"""
