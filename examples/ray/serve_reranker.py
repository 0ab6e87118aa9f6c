"""
A cross-encoder on a Ray cluster, behind the protocol of Text Embeddings Inference: `POST /rerank`, `GET /info`.

    MODEL=…/models/small python serve_reranker.py [--host 0.0.0.0] [--port 8000]

`reranker.remote: { service: tei, url }` asks it. Replicas are started and stopped by the length of the queue. In a file of
`serve deploy` or KubeRay, the application is `serve_reranker:app`.
"""

import argparse
import os
from threading import Lock

from cross_encoder import CrossEncoder, sigmoid
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from ray import serve

MAX_TEXTS = int(os.environ.get("MAX_TEXTS", "64"))
REPLICAS = int(os.environ.get("MAX_REPLICAS", "4"))
PROCESSORS = float(os.environ.get("PROCESSORS_PER_REPLICA", "1"))

api = FastAPI()


class RerankRequest(BaseModel):
    query: str = Field(min_length=1)
    texts: list[str] = Field(min_length=1)
    raw_scores: bool = False


class Scored(BaseModel):
    index: int
    score: float


@serve.deployment(
    # More than two requests at a replica, running or waiting: one more is started, up to the maximum.
    autoscaling_config={"min_replicas": 1, "max_replicas": REPLICAS, "target_ongoing_requests": 2},
    # A replica computes one request at a time; the next one waits there, so that it never runs dry.
    max_ongoing_requests=4,
    # A longer queue is refused with 503, which the caller makes again a moment later.
    max_queued_requests=200,
    ray_actor_options={"num_cpus": PROCESSORS},
)
@serve.ingress(api)
class Reranker:
    def __init__(self) -> None:
        self._turn = Lock()
        self._model = CrossEncoder(os.environ["MODEL"], os.environ.get("GRAPH"), threads=max(1, int(PROCESSORS)))

    @api.get("/info")
    def info(self) -> dict[str, object]:
        return {"model_id": os.path.basename(os.environ["MODEL"]), "max_client_batch_size": MAX_TEXTS}

    # Not `async`: it runs in a thread, and the loop answers health checks meanwhile.
    @api.post("/rerank")
    def rerank(self, request: RerankRequest) -> list[Scored]:
        if len(request.texts) > MAX_TEXTS:
            raise HTTPException(422, f"batch size {len(request.texts)} > maximum allowed batch size {MAX_TEXTS}")
        with self._turn:
            logits = self._model.score(request.query, request.texts)
        scores = logits if request.raw_scores else sigmoid(logits)
        ranked = sorted(enumerate(scores.tolist()), key=lambda scored: -scored[1])
        return [Scored(index=index, score=score) for index, score in ranked]


app = Reranker.bind()

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    serve.start(http_options={"host": arguments.host, "port": arguments.port})
    serve.run(app, blocking=True)
