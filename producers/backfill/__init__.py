"""Archives into the stream: read whatever form they have, sorted by event time, then admitted in that order."""
