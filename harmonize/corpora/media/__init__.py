"""Media files of a corpus: what they are, previews of them, and what stands on their clock."""

from harmonize.corpora.media.process import Opener, opener

__all__ = ["Opener", "opener"]
