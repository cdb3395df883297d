"""The demo class: what its invented students hand in, one module per lecture."""
