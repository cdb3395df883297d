"""What a notebook calls: training, pictures and the visible checks. Part of the student half."""
