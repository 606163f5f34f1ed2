"""Schemes: versioned label sets as data, one TOML file each under ``harmonize/data/schemes``."""

from harmonize.schemes.files import check, load, shipped
from harmonize.schemes.parts import Dimension, Label, Link, Source
from harmonize.schemes.scheme import Scheme

__all__ = ["Dimension", "Label", "Link", "Scheme", "Source", "check", "load", "shipped"]
