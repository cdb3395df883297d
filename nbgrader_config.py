"""The course's nbgrader configuration, read by `nbgrader` and by `course` alike."""

from course_lib.grading.templates import formgrader

c = get_config()  # noqa: F821 (traitlets defines it)

c.CourseDirectory.course_id = "attention"
# A text twin beside a notebook would be copied to the students.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "*.py",
    "*.md",
    # What the lecture reviews writes beside itself when it is run in its folder.
    "predictions.csv",
    "vectors.safetensors",
    "runs",
]

# What stands in a student's cell where the solution was.
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("not written yet: replace this line by your answer")'
}
c.ClearSolutions.text_stub = "*Your answer here.*"

# Reading and repairing a submission.
c.Autograde.exporter_class = "course_lib.grading.plain.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "course_lib.grading.sanitise.RestoreCells",
    "course_lib.grading.sanitise.StripMetadata",
    "course_lib.grading.metadata.CheckCellMetadata",
]
# Running and judging it: checks run in the grader's process, student code in the sandbox.
c.Autograde.autograde_preprocessors = [
    "course_lib.grading.execute.GradedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "course_lib.grading.sanitise.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Late submissions lose nothing. So that they lose a point for each day begun, or `PerDay.points`:
# c.AssignLatePenalties.plugin_class = "course_lib.grading.late.PerDay"

# What one submission may use; each limit has its own sentence in the feedback. `limits` holds a
# lecture's own values, which go before those for all.
c.GradedExecute.timeout = 60  # seconds for one cell
c.GradedExecute.check_timeout = 20  # seconds for one call by a check
c.GradedExecute.submission_timeout = 600  # seconds for all cells and checks
c.GradedExecute.cpu_seconds = 600  # of CPU time, over all processes
c.GradedExecute.memory_mb = 2048  # over all processes
c.GradedExecute.processes = 128  # and threads, at a time
c.GradedExecute.file_mb = 64  # one file
c.GradedExecute.disk_mb = 256  # all files together
c.GradedExecute.files = 10_000  # files and folders in number
c.GradedExecute.output_mb = 4  # printed and shown, over all cells
c.GradedExecute.limits = {
    "vowels": {"timeout": 20, "submission_timeout": 120},
    # One cell trains 18 models; two busy workers share the cores.
    "surnames": {"timeout": 180},
    # Word vectors, and several classifiers in one cell.
    "reviews": {"timeout": 180},
    # One cell trains an encoder.
    "imdb": {"timeout": 180},
}

# Feedback shows the verdicts and never a hidden line.
c.GenerateFeedback.exporter_class = "course_lib.grading.feedback_page.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "course_lib.grading.feedback_page.Summarise",
    "course_lib.grading.safe_html.HideTests",
    "course_lib.grading.plain.OnlyThePage",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.FeedbackExporter.preprocessors = ["course_lib.grading.feedback_page.KeepVerdicts"]
# Feedback and formgrader are pages by this exporter: they run nothing that a student wrote.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.extra_template_basedirs = formgrader()  # its MathJax is this machine's
c.HTMLExporter.preprocessors = ["course_lib.grading.safe_html.ShownCells"]
c.HTMLExporter.filters = {
    # By name, for Python: otherwise it asks the notebook which language it is in.
    "highlight_code": "nbconvert.filters.highlight.Highlight2HTML",
    "clean_html": "course_lib.grading.safe_html.clean_html",
    "markdown2html": "course_lib.grading.safe_html.markdown2html",
}
