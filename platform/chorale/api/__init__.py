"""The API of Chorale under /api/v1: OpenAPI, problem+json, tokens, keyset paging."""
