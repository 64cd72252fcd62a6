"""Trains CBOW by gensim's fastest path (corpus_file) and prints one line of JSON: seconds, words, peak memory.

gensim_train.py CORPUS VECTORS THREADS EPOCHS SEED: a sentence a line (gensim reads no more than 10,000 words of one).
"""
import json, resource, sys, time

begun = time.time()
import gensim
from gensim.models import Word2Vec

corpus, vectors, threads, epochs, seed = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
model = Word2Vec(vector_size=100, window=5, negative=5, sample=1e-4, min_count=5, sg=0, cbow_mean=1, alpha=0.05,
                 min_alpha=0.000005, workers=threads, epochs=epochs, seed=seed)
model.build_vocab(corpus_file=corpus)
counted = time.time()
model.train(corpus_file=corpus, total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=epochs)
trained = time.time()
model.wv.save_word2vec_format(vectors, binary=True)
in_vocabulary = sum(model.wv.get_vecattr(word, 'count') for word in model.wv.index_to_key)
print(json.dumps({
    'trainer': f'gensim {gensim.__version__}',
    'trainingSeconds': trained - counted,
    'wholeSeconds': time.time() - begun,
    'words': int(in_vocabulary) * epochs,
    'vocabulary': len(model.wv),
    'peakMegabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
