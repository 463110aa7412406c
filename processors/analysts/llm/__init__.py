"""The analyst that asks a language model: extractor, judge, narrator, embeddings, and what they cost."""
