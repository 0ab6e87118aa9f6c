"""Asks a `secondpass serve` by the Python clients of the services themselves. One argument: a JSON object with client, url,
api_key, model, query and documents; prints what the client has read, as JSON."""

import json
import sys

request = json.loads(sys.argv[1])
url, key, model = request["url"], request["api_key"], request["model"]
query, documents = request["query"], request["documents"]


def scored(results):
    return [{"index": one.index, "score": one.relevance_score} for one in results]


def cohere():
    from cohere import ClientV2

    client = ClientV2(api_key=key, base_url=url)
    return scored(client.rerank(model=model, query=query, documents=documents, top_n=3).results)


def cohere_v1():
    from cohere import Client

    client = Client(api_key=key, base_url=url)
    return scored(client.rerank(model=model, query=query, documents=documents, top_n=3).results)


def cohere_refused():
    from cohere import ClientV2
    from cohere.errors import UnauthorizedError

    try:
        ClientV2(api_key="wrong", base_url=url).rerank(model=model, query=query, documents=documents)
    except UnauthorizedError as error:
        return error.body["message"]


def voyage():
    from voyageai import Client

    client = Client(api_key=key, base_url=f"{url}/voyage/v1")
    answer = client.rerank(query, documents, model=model, top_k=3)
    assert [one.document for one in answer.results] == [documents[one.index] for one in answer.results]
    return scored(answer.results)


def voyage_refused():
    from voyageai import Client
    from voyageai.error import InvalidRequestError

    try:
        Client(api_key=key, base_url=f"{url}/voyage/v1").rerank(query, documents, model="rerank-2.5")
    except InvalidRequestError as error:
        return str(error)


def infinity():
    from infinity_client import AuthenticatedClient
    from infinity_client.api.default import rerank
    from infinity_client.models import RerankInput

    with AuthenticatedClient(base_url=url, token=key) as client:
        body = RerankInput(query=query, documents=documents, model=model, top_n=3, return_documents=True)
        answer = rerank.sync(client=client, body=body)
    assert [one.document for one in answer.results] == [documents[one.index] for one in answer.results]
    return scored(answer.results)


def langchain():
    from cohere import ClientV2
    from langchain_cohere import CohereRerank
    from langchain_core.documents import Document

    reranker = CohereRerank(client=ClientV2(api_key=key, base_url=url), model=model, top_n=3)
    given = [Document(text, metadata={"at": at}) for at, text in enumerate(documents)]
    kept = reranker.compress_documents(given, query)
    assert [one.page_content for one in kept] == [documents[one.metadata["at"]] for one in kept]
    return [{"index": one.metadata["at"], "score": one.metadata["relevance_score"]} for one in kept]


def llama_index():
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.cohere_rerank import CohereRerank

    reranker = CohereRerank(api_key=key, base_url=url, model=model, top_n=3)
    nodes = [NodeWithScore(node=TextNode(text=text, id_=str(at)), score=0.5) for at, text in enumerate(documents)]
    kept = reranker.postprocess_nodes(nodes, query_str=query)
    return [{"index": int(one.node.node_id), "score": one.score} for one in kept]


def haystack_cohere():
    from haystack.utils import Secret
    from haystack_integrations.components.rankers.cohere import CohereRanker

    ranker = CohereRanker(model=model, api_key=Secret.from_token(key), api_base_url=url, top_k=3)
    ranker.warm_up()
    return haystack(ranker)


def haystack_jina():
    from haystack.utils import Secret
    from haystack_integrations.components.rankers.jina import JinaRanker

    return haystack(JinaRanker(model=model, api_key=Secret.from_token(key), base_url=f"{url}/v1/rerank", top_k=3))


def haystack(ranker):
    from haystack import Document

    given = [Document(content=text, meta={"at": at}) for at, text in enumerate(documents)]
    kept = ranker.run(query=query, documents=given)["documents"]
    assert [one.content for one in kept] == [documents[one.meta["at"]] for one in kept]
    return [{"index": one.meta["at"], "score": one.score} for one in kept]


def openai():
    from openai import OpenAI

    client = OpenAI(api_key=key, base_url=f"{url}/v1")
    return [one.embedding for one in client.embeddings.create(model="bi-encoder", input=documents).data]


clients = [
    cohere,
    cohere_v1,
    cohere_refused,
    voyage,
    voyage_refused,
    infinity,
    langchain,
    llama_index,
    haystack_cohere,
    haystack_jina,
    openai,
]
print(json.dumps({one.__name__: one for one in clients}[request["client"]]()))
