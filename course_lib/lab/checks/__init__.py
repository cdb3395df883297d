"""The visible checks, one module per lecture."""
