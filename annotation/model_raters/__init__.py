"""Models as raters: local classifiers, and language models behind OpenAI-compatible servers."""
