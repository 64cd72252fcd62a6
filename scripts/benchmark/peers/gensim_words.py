"""Reads word vectors by gensim, asks what word-vectors asks, and prints one line of JSON: seconds and answers.

gensim_words.py VECTORS QUESTIONS PAIRS COUNT [COPY]: nearest words of the first COUNT words; is COPY the same vectors?
"""
import json, sys, time

import numpy
from gensim.models import KeyedVectors

vectors, questions, pairs, count = *sys.argv[1:4], int(sys.argv[4])


seconds, cpu_seconds = {}, {}


def timed(name, work):
    begun, cpu_begun = time.perf_counter(), time.process_time()
    result = work()
    seconds[name], cpu_seconds[name] = time.perf_counter() - begun, time.process_time() - cpu_begun
    return result


def read(path):
    return KeyedVectors.load_word2vec_format(path, binary=True)


kv = timed('reading', lambda: read(vectors))
# Norms are computed at the first question.
timed('first', lambda: kv.most_similar(kv.index_to_key[0], topn=10))
found = timed('nearest', lambda: [kv.most_similar(word, topn=10) for word in kv.index_to_key[:count]])
accuracy, _ = timed('analogies', lambda: kv.evaluate_word_analogies(questions, restrict_vocab=30000))
_, spearman, _ = timed('similarity', lambda: kv.evaluate_word_pairs(pairs, restrict_vocab=len(kv)))
same = None
if len(sys.argv) > 5:
    copy = read(sys.argv[5])
    same = copy.index_to_key == kv.index_to_key and numpy.array_equal(copy.vectors, kv.vectors)
print(json.dumps({
    'seconds': seconds,
    'cpuSeconds': cpu_seconds,
    'answers': [[word for word, _ in near] for near in found],
    'analogies': accuracy,
    'similarity': float(spearman[0]),
    'same': same,
}))
