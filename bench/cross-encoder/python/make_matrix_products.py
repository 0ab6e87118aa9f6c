"""Writes two graphs of one matrix product each, to measure the machine's peak: fp32, and int8 (u8 × s8)."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DEPTH, COLUMNS = 1536, 1536


def write(path: Path, operator: str, rows_type: int, columns: np.ndarray, product_type: int) -> None:
    graph = helper.make_graph(
        [helper.make_node(operator, ["rows", "columns"], ["product"])],
        operator,
        [helper.make_tensor_value_info("rows", rows_type, ["count", DEPTH])],
        [helper.make_tensor_value_info("product", product_type, ["count", COLUMNS])],
        [numpy_helper.from_array(columns, "columns")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    numbers = np.random.default_rng(7)
    wide = numbers.standard_normal((DEPTH, COLUMNS), dtype=np.float32)
    write(folder / "fp32.onnx", "MatMul", TensorProto.FLOAT, wide, TensorProto.FLOAT)
    narrow = numbers.integers(-127, 128, (DEPTH, COLUMNS), dtype=np.int8)
    write(folder / "int8.onnx", "MatMulInteger", TensorProto.UINT8, narrow, TensorProto.INT32)
