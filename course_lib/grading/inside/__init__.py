"""What runs inside the sandbox beside the student half: the warm parent and what it forks.

bubblewrap mounts this folder, and nothing else of `course_lib.grading`, as the package `inside`. So
these modules import only each other, the standard library, the student half and what the Python
environment holds. They know no secret: a student's code may read them.

The processes, from the outside in::

    worker                 the grader's; holds the checks and their answers
      bubblewrap           hides the course, the home directory and the network
        parent             has torch and the plotting stack imported; accepts and forks, no more;
                           those of one command's workers are forked from its nursery
          supervisor       one per submission; keeps the limits, reports how the kernel ended
            kernel         process 1 of its own namespaces; runs the student's code
"""

PARENT, NURSERY, ONCE = "parent", "nursery", "once"  # roles of `inside.parent`
