"""Right answers in other forms, one module per lecture."""
