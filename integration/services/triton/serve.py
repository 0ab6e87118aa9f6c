"""Serves the bundled cross-encoder as model `small` of a Triton server on loopback: python serve.py HTTP_PORT GRPC_PORT"""

import sys
from pathlib import Path

import numpy
from onnxruntime import InferenceSession, SessionOptions
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

GRAPH = Path(__file__).resolve().parents[3] / "packages" / "models" / "models" / "small" / "onnx" / "model_quantized.onnx"
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
MAX_BATCH = 16


def remove_shared_memory_of_killed_servers() -> None:
    for file in Path("/dev/shm").glob("pytrtion*-*"):
        if not Path("/proc", file.name.removeprefix("pytrtion").split("-")[0]).exists():
            file.unlink(missing_ok=True)


def main(http_port: int, grpc_port: int) -> None:
    remove_shared_memory_of_killed_servers()
    options = SessionOptions()
    options.intra_op_num_threads = 1
    session = InferenceSession(str(GRAPH), options)

    @batch
    def infer(**feeds: numpy.ndarray) -> list[numpy.ndarray]:
        return session.run(["logits"], feeds)

    config = TritonConfig(http_address="127.0.0.1", http_port=http_port, grpc_address="127.0.0.1", grpc_port=grpc_port,
                          allow_metrics=False, exit_timeout_secs=2)
    with Triton(config=config) as triton:
        triton.bind(
            "small", infer, [Tensor(name=name, dtype=numpy.int64, shape=(-1,)) for name in INPUTS],
            [Tensor(name="logits", dtype=numpy.float32, shape=(1,))], config=ModelConfig(max_batch_size=MAX_BATCH))
        triton.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
