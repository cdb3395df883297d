"""Datasets with their provenance: embedded or fetched, and checksummed on every read.

Importing this package loads neither torch nor numpy, so that a command can list and verify the
datasets at once; ``course_lib.data.vowels`` and its neighbours hand out tensors.
"""

from course_lib.data.catalogue import DATASETS, Dataset, find, read, verify
from course_lib.data.errors import DataError

__all__ = ["DATASETS", "DataError", "Dataset", "find", "read", "verify"]
