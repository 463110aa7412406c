"""Alerts: a rule on signal events, one webhook, and the loop that delivers each alert once."""
