"""The names of the gates, for recipes and for the gates themselves."""

GATES = ("licence", "consent", "personal-data", "identity", "raters", "agreement", "model-share", "gold", "splits")

BLOCKING = ("licence", "consent", "gold", "splits")
"""Those that block unless the recipe says otherwise. Agreement never blocks: no threshold holds everywhere."""
