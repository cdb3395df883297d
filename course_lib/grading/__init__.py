"""Building, releasing, grading, reporting: the instructor's tools."""
