"""Generations: history run through other prompts, models or policy, beside the live one."""
