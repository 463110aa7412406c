"""The lexical analyst: the offline default Extractor, from shipped word lists alone. Enter by `extractor`."""
