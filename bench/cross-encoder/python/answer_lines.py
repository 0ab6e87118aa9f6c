"""One contender in one process: a JSON request per line of standard input, a JSON answer per line of standard output.

    python answer_lines.py sentence-transformers-torch

    {"command": "load", "directory": …, "precision": "fp32", "threads": 2}   → {"versions": {…}}
    {"command": "score", "query": …, "passages": […]}                        → {"ms": …, "scores": […], "scale": …}
    {"command": "embed", "passages": […], "wantVectors": true}               → {"ms": …, "vectors": [[…], …]}
"""

import json
import os
import sys
import time
import traceback

# Libraries print to standard output as they like; the answers get a descriptor of their own.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def answer(contender, request: dict) -> dict:
    if request["command"] == "load":
        contender.load(request["directory"], request["precision"], request["threads"])
        return {"versions": contender.versions()}
    if request["command"] == "embed":
        return embed(contender, request)
    started = time.perf_counter()
    scores = contender.score(request["query"], request["passages"])
    milliseconds = (time.perf_counter() - started) * 1000
    return {"ms": milliseconds, "scores": [float(score) for score in scores], "scale": contender.scale}


def embed(contender, request: dict) -> dict:
    started = time.perf_counter()
    vectors = contender.embed(request["passages"])
    milliseconds = (time.perf_counter() - started) * 1000
    if not request.get("wantVectors"):
        return {"ms": milliseconds}
    return {"ms": milliseconds, "vectors": [[float(value) for value in vector] for vector in vectors]}


def main(contenders: dict) -> None:
    contender = contenders[sys.argv[1]]()
    for line in sys.stdin:
        try:
            reply = answer(contender, json.loads(line))
        except Exception as error:
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps(reply), file=answers)


if __name__ == "__main__":
    from contenders import CONTENDERS

    main(CONTENDERS)
