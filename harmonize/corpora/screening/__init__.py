"""Looking through texts before anybody labels them: language, personal data, profanity, length."""

from harmonize.corpora.screening.language import Language, language_of
from harmonize.corpora.screening.personal import KINDS, Found, find, mask
from harmonize.corpora.screening.profanity import Lexicon, lexicon
from harmonize.corpora.screening.screen import Screened, screen

__all__ = ["KINDS", "Found", "Language", "Lexicon", "Screened", "find", "language_of", "lexicon", "mask", "screen"]
