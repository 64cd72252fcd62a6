"""Reads loss gradients by PyTorch's autograd: one JSON request a line on stdin, one JSON answer a line on stdout.

Request: {"labels": K, "dimensions": D, "words": C, "examples": B, "classifier": whether there are
biases, "reads": N}. The numbers are those of gradient.ts:
value i of array s is sin(0.37 i + s). Answer: seconds and CPU seconds of N reads, and the gradient of the first example.
"""
import json, sys, time

import torch


def values(seed, *shape):
    count = 1
    for size in shape:
        count *= size
    return torch.sin(0.37 * torch.arange(count, dtype=torch.float64) + seed).float().reshape(shape)


def main():
    print(json.dumps({'reader': f'PyTorch {torch.__version__}', 'threads': torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        K, D, C, B = (asked[name] for name in ('labels', 'dimensions', 'words', 'examples'))
        output, bias = values(1, K, D), values(2, K) if asked['classifier'] else None
        embedded = values(3, B, C, D)
        truths = torch.arange(B) % K

        def read():
            leaf = embedded.detach().requires_grad_()
            logits = torch.nn.functional.linear(leaf.mean(1), output, bias)
            losses = torch.nn.functional.cross_entropy(logits, truths, reduction='none')
            (gradient,) = torch.autograd.grad(losses.sum(), leaf)
            return losses.numpy(force=True), gradient.numpy(), logits.detach().numpy()

        for _ in range(3):
            gradient = read()[1]
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(asked['reads']):
            read()
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
        print(json.dumps({'seconds': seconds, 'cpuSeconds': cpu_seconds, 'gradient': gradient[0].ravel().tolist()}), flush=True)


main()
