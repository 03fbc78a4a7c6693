"""How good a text is: counts of errors against a reference; values in, values out."""
