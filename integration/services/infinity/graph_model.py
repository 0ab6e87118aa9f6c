"""A model of transformers whose forward pass is an ONNX graph; make_reranker.py puts it beside the weights."""

import os

import torch
from onnxruntime import InferenceSession, SessionOptions
from transformers import BertConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class GraphForSequenceClassification(PreTrainedModel):
    config_class = BertConfig

    def __init__(self, config: BertConfig):
        super().__init__(config)
        # Without a parameter the model would be on no device and of no dtype.
        self.placeholder = torch.nn.Parameter(torch.zeros(1))
        options = SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("GRAPH_THREADS", "1"))
        self.session = InferenceSession(config.graph, options)
        self.post_init()

    def forward(self, input_ids, attention_mask, token_type_ids, **_) -> SequenceClassifierOutput:
        feeds = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        (logits,) = self.session.run(["logits"], {name: tensor.numpy() for name, tensor in feeds.items()})
        return SequenceClassifierOutput(logits=torch.from_numpy(logits))
