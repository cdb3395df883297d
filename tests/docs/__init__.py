"""Tests of what people read: pages, their commands and links, the site, the tutorial."""
