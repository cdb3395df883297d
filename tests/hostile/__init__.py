"""Hostile submissions, one per attack, and what none of them may do."""
