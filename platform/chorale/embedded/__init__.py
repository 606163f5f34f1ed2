"""Embedded services for a one-command start: PostgreSQL, Valkey and Label Studio from pip wheels, and their supervisor.

Nothing here imports Django at module level, and nothing else in Chorale is imported but `harmonize.problems`: settings
read `chorale.embedded.state` before Django exists.
"""
