"""Shapes: how the rows of a table speak of raters and their answers."""
