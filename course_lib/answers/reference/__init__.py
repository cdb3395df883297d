"""Oracles: each definition once more, in another form than the taught one."""
