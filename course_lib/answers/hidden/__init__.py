"""Hidden checks, one module per lecture."""
