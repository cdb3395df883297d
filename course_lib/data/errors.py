"""The one exception that the dataset room raises on purpose."""


class DataError(ValueError):
    """A dataset, or a request for one, is wrong: one sentence says what, and what to do."""
