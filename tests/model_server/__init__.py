"""An OpenAI-compatible server of our own for tests: real HTTP, a deterministic word model behind it, faults on demand.

It serves the contract (chat completions, log-probabilities, n, seed, JSON schema, errors), not quality: quality is
tested against a real language model server (`make test-peers`).
"""
