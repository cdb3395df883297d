"""Asks and answers as bytes: JSON for the structure, safetensors for the numbers, never pickle.

A message is one JSON object ``{"tree": ..., "tensors": base64 of a safetensors file}``. In the tree
a tensor is ``{"tensor": key}``, a tuple ``{"tuple": [...]}``, a dict ``{"dict": {...}}``, an object
that is no plain data ``{"foreign": type name}``. Whoever reads treats every field as untrusted.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from course_lib.lab.subject import Answer, Ask, Foreign, Unreadable

# Nothing a check asks for comes near this; a forged 10 GB shape must not be copied or sent.
MAX_BYTES = 32 * 2**20
MAX_DEPTH = 20

_DTYPES = {
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
}  # fmt: skip


def dumps(value: Any) -> str:
    """Write plain data, tensors included, as text."""
    tensors: dict[str, Tensor] = {}
    tree = _fold(value, tensors, 0)
    packed = base64.b64encode(save_tensors(tensors)).decode() if tensors else ""
    return json.dumps({"tree": tree, "tensors": packed})


def loads(text: str) -> Any:
    """Read what `dumps` wrote.

    Raises:
        Unreadable: If the text is anything else, is longer than `MAX_BYTES` allows, or nests
            deeper than `MAX_DEPTH`.
    """
    if len(text) > 2 * MAX_BYTES:
        raise Unreadable("The answer is too large to be read.")
    try:
        message = json.loads(text)
        packed = base64.b64decode(message["tensors"], validate=True)
        tensors = load_tensors(packed) if packed else {}
        return _unfold(message["tree"], tensors, 0)
    except Unreadable:
        raise
    except (
        ValueError, KeyError, TypeError, AttributeError, RecursionError, RuntimeError,
        binascii.Error, SafetensorError, OverflowError,
    ) as error:  # fmt: skip
        raise Unreadable(f"The answer cannot be read ({type(error).__name__}).") from error


def dump_ask(ask: Ask) -> str:
    """Write an ask as text."""
    return dumps({**vars(ask), "args": list(ask.args)})


def load_ask(text: str) -> Ask:
    """Read an ask; raises `Unreadable`."""
    fields = _fields(text, Ask)
    return Ask(**{**fields, "args": tuple(fields["args"])})


def dump_answer(answer: Answer) -> str:
    """Write an answer as text."""
    return dumps(vars(answer))


def load_answer(text: str) -> Answer:
    """Read an answer that came out of the student's kernel, checking every field's type.

    Raises:
        Unreadable: If a field is missing, unknown or of the wrong type.
    """
    fields = _fields(text, Answer)
    tensors_by_name = (fields["parameters"], fields["parameter_gradients"])
    well_formed = (
        isinstance(fields["args_after"], tuple)
        and isinstance(fields["arg_gradients"], tuple)
        and all(_is_gradient(item) for item in fields["arg_gradients"])
        and isinstance(fields["trainable"], tuple)
        and all(isinstance(name, str) for name in fields["trainable"])
        and all(isinstance(group, dict) for group in tensors_by_name)
        and all(isinstance(value, Tensor) for value in fields["parameters"].values())
        and all(_is_gradient(value) for value in fields["parameter_gradients"].values())
    )
    if not well_formed:
        raise Unreadable("The answer has a field of the wrong type.")
    return Answer(**fields)


def _is_gradient(value: Any) -> bool:
    return value is None or isinstance(value, Tensor)


def _fields(text: str, kind: type[Ask] | type[Answer]) -> dict[str, Any]:
    fields = loads(text)
    if not isinstance(fields, dict) or set(fields) != {f.name for f in dataclasses.fields(kind)}:
        raise Unreadable(f"The text is no {kind.__name__.lower()}.")
    return fields


def _fold(value: Any, tensors: dict[str, Tensor], depth: int) -> Any:
    if depth > MAX_DEPTH:
        return {"foreign": "a structure nested too deeply"}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Tensor):
        return _fold_tensor(value, tensors)
    if type(value) is list:
        return [_fold(item, tensors, depth + 1) for item in value]
    if type(value) is tuple:
        return {"tuple": [_fold(item, tensors, depth + 1) for item in value]}
    if type(value) is dict:
        return {"dict": {str(k): _fold(v, tensors, depth + 1) for k, v in value.items()}}
    if isinstance(value, Foreign):
        return {"foreign": value.type_name}
    return {"foreign": type(value).__name__}


def _fold_tensor(value: Tensor, tensors: dict[str, Tensor]) -> dict[str, str]:
    if value.layout is not torch.strided or value.dtype not in _DTYPES:
        return {"foreign": f"a {value.layout} tensor of {value.dtype}"}
    if value.numel() * value.element_size() > MAX_BYTES:
        return {"foreign": f"a tensor of shape {tuple(value.shape)}, too large to read"}
    key = f"t{len(tensors)}"
    # safetensors refuses shared memory, and a subclass could overload what is called on it.
    tensors[key] = value.detach().cpu().contiguous().clone().as_subclass(Tensor)
    return {"tensor": key}


def _unfold(node: Any, tensors: dict[str, Tensor], depth: int) -> Any:
    if depth > 2 * MAX_DEPTH:
        raise Unreadable("The answer is nested too deeply.")
    if node is None or isinstance(node, (bool, int, float, str)):
        return node
    if isinstance(node, list):
        return [_unfold(item, tensors, depth + 1) for item in node]
    if isinstance(node, dict) and len(node) == 1:
        [(kind, body)] = node.items()
        if kind == "tensor":
            return tensors[body]
        if kind == "tuple" and isinstance(body, list):
            return tuple(_unfold(item, tensors, depth + 1) for item in body)
        if kind == "dict" and isinstance(body, dict):
            return {k: _unfold(v, tensors, depth + 1) for k, v in body.items()}
        if kind == "foreign" and isinstance(body, str):
            return Foreign(body[:200])
    raise Unreadable("The answer holds something that is no plain data.")
