"""The course's nbgrader configuration, read by `nbgrader` and by `course` alike."""

c = get_config()  # noqa: F821 (traitlets defines it)

c.CourseDirectory.course_id = "attention"
# A text twin beside a notebook would be copied to the students.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py", "*.md"]

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
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Running and judging it: checks run in the grader's process, student code in the sandbox.
c.Autograde.autograde_preprocessors = [
    "course_lib.grading.execute.GradedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "course_lib.grading.sanitise.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Limits, in seconds of wall time. A lecture's own entry goes before the default.
c.GradedExecute.timeout = 60
c.GradedExecute.check_timeout = 20
c.GradedExecute.submission_timeout = 600
c.GradedExecute.limits = {"vowels": {"timeout": 20, "submission_timeout": 120}}

# Feedback shows the verdicts and never a hidden line.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "course_lib.grading.safe_html.HideTests",
    "course_lib.grading.plain.OnlyThePage",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# Feedback and formgrader are pages by this exporter: they run nothing that a student wrote.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = ["course_lib.grading.safe_html.ShownCells"]
c.HTMLExporter.filters = {
    # By name, for Python: otherwise it asks the notebook which language it is in.
    "highlight_code": "nbconvert.filters.highlight.Highlight2HTML",
    "clean_html": "course_lib.grading.safe_html.clean_html",
    "markdown2html": "course_lib.grading.safe_html.markdown2html",
}
