"""What keeps committed goldens small, for every script in this folder."""

import base64
import json
import struct
import zlib
from pathlib import Path

import numpy
import onnx


def slim(path: Path) -> None:
    """Short names inside the graph, and tied weights once: half of a tiny model's file is names."""
    model = onnx.load(path)
    graph = model.graph
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer if len(tensor.dims) == 2}
    for name, array in arrays.items():
        tied = next((other for other, its in arrays.items() if its.shape == array.shape[::-1] and array.size > 10_000
                     and numpy.array_equal(its.T, array) and "embed" in other), None)
        if tied and tied != name:
            graph.initializer.remove(next(tensor for tensor in graph.initializer if tensor.name == name))
            graph.node.insert(0, onnx.helper.make_node("Transpose", [tied], [name], perm=[1, 0]))
    kept = {value.name for part in (graph.input, graph.output, graph.initializer) for value in part} | {""}
    short: dict[str, str] = {}
    rename = lambda name: name if name in kept else short.setdefault(name, f"v{len(short):x}")
    def visit(nodes) -> None:
        for node in nodes:
            node.name = ""
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    visit(attribute.g.node)
                    for output in attribute.g.output:
                        output.name = rename(output.name)
            node.input[:] = [rename(name) for name in node.input]
            node.output[:] = [rename(name) for name in node.output]
    visit(graph.node)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def pack(rows: list[list[int]]) -> str:
    """Each row as its length and its ids, 16 bits each, deflated."""
    numbers = [number for row in rows for number in (len(row), *row)]
    return base64.b64encode(zlib.compress(struct.pack(f"<{len(numbers)}H", *numbers), 9)).decode()


def write_goldens(path: Path, goldens: dict) -> None:
    """A line per key, without spaces."""
    lines = [f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}" for key, value in goldens.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
