"""Wrong answers that students really give, one module per lecture, each named after its fault."""
