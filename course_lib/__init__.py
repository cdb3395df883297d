"""An autograded course on attention in PyTorch.

The package has four rooms, and imports point one way: ``grading -> answers -> lab -> data``.
``data`` and ``lab`` are the student half, which the hand-out contains; ``answers`` and ``grading``
are the instructor half, which never leaves the instructor's machine.
"""

__version__ = "0.1.0"
