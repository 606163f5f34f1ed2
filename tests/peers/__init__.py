"""Real model servers that Chorale did not write, run by `make test-peers`: what is asked of them, and what refused."""
