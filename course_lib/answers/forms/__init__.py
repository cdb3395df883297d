"""Right answers in small steps: what misconceptions break and equivalents rewrite."""
