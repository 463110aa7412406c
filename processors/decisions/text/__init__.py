"""What the decisions need to know of text: folding with a way back, sentences by offset, retrieval terms.

Everything here is pure and the same in every process: no set order, no hash, no locale decides anything.
"""

from processors.decisions.text.folding import Folded, fold
from processors.decisions.text.sentences import sentences
from processors.decisions.text.terms import stem, terms, tokens

__all__ = ["Folded", "fold", "sentences", "stem", "terms", "tokens"]
