"""The programs that wrote the sample corpora; `python -m samples.make` writes the same bytes again."""
