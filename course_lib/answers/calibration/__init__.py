"""Trainings over many seeds, right and half right, and the scores they were measured to reach."""
