"""The victim in PyTorch, over embedded words: mean of the words, then a linear layer."""
import torch
from shared_work import D, K, bias, output

torch.set_num_threads(1)
torch.manual_seed(0)


class MeanEmbedding(torch.nn.Module):
    #: [N, L] of the batch under attack; None: every position is a word.
    mask = None

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(D, K)
        self.linear.weight.data = torch.tensor(output)
        self.linear.bias.data = torch.tensor(bias)

    def forward(self, x):
        if self.mask is None:
            return self.linear(x.mean(1))
        weight = self.mask.to(x.dtype).unsqueeze(-1)
        return self.linear((x * weight).sum(1) / weight.sum(1))
