"""The kinds of job. Each module registers its own; importing them here makes a worker know them all."""
