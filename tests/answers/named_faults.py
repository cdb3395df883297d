"""The faults that a lecture's hidden checks name, read from their source."""

import ast
from pathlib import Path

from course_lib.answers import audit


def named_faults(lecture: str) -> set[str]:
    """All names of faults in the source of a lecture's hidden checks."""
    named: set[object] = set()
    for path in Path(audit.__file__).parent.glob(f"hidden/{lecture}*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Fault", "Wrong"):
                parts = node.args[:1]
            elif isinstance(node, ast.keyword) and node.arg == "fault":
                parts = [node.value]
            elif isinstance(node, ast.Dict):  # known wrong shapes: (fault, sentence)
                pairs = [value for value in node.values if isinstance(value, ast.Tuple)]
                parts = [pair.elts[0] for pair in pairs if len(pair.elts) == 2]
            named |= {part.value for part in parts if isinstance(part, ast.Constant)}
    # A number may stand in a pair of another kind.
    return {name for name in named if isinstance(name, str) and not name.isdigit()}
