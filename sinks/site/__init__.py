"""The site: read-only pages of briefs, signals and feeds, each with a JSON twin."""
