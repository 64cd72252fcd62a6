"""TextAttack's HotFlip on the shared work: textattack_attacks.py FOLDER.

WordSwapGradientBased takes no model but TextAttack's own LSTM, so the victim is a subclass that skips its constructor.
"""
import os
import sys
from pathlib import Path

os.environ['TOKENIZERS_PARALLELISM'] = 'false'
# Importing it fails without NLTK's list of stop words, which is not used here: any list will do.
nltk_data = Path(sys.argv[1]) / 'nltk_data'
(nltk_data / 'corpora/stopwords').mkdir(parents=True, exist_ok=True)
(nltk_data / 'corpora/stopwords/english').write_text('the\n')
os.environ['NLTK_DATA'] = str(nltk_data)

import numpy as np
import textattack
import torch
from shared_work import D, K, V, bias, embeddings, jobs, output, save_texts, tell, timed, work
from textattack import Attack, AttackArgs, Attacker
from textattack.constraints.overlap import MaxWordsPerturbed
from textattack.constraints.pre_transformation import RepeatModification
from textattack.datasets import Dataset
from textattack.goal_functions import UntargetedClassification
from textattack.models.helpers import LSTMForClassification
from textattack.models.wrappers import PyTorchModelWrapper
from textattack.search_methods import BeamSearch, GreedySearch
from textattack.transformations import WordSwapGradientBased

torch.set_num_threads(1)
TOOL = 'TextAttack 0.3.11'
SEARCHES = {'hotflip-greedy': (1, lambda: GreedySearch()), 'hotflip-beam': (10, lambda: BeamSearch(beam_width=10))}
number = {word: i for i, word in enumerate(work['words'])}


class Tokenizer:
    pad_token_id = V

    def __call__(self, texts):
        ids = [[number[word] for word in text.split() if word in number] for text in texts]
        longest = max(1, max(map(len, ids)))
        return [row + [V] * (longest - len(row)) for row in ids]

    def convert_id_to_word(self, i):
        return '[PAD]' if i == V else work['words'][i]

    def convert_ids_to_tokens(self, ids):
        return [self.convert_id_to_word(i) for i in ids]


class Victim(LSTMForClassification):
    def __init__(self):
        torch.nn.Module.__init__(self)
        rows = torch.tensor(np.vstack([embeddings, np.zeros((1, D), np.float32)]))
        self.embedding = torch.nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=V)
        self.linear = torch.nn.Linear(D, K)
        self.linear.weight.data = torch.tensor(output)
        self.linear.bias.data = torch.tensor(bias)

    def get_input_embeddings(self):
        return self.embedding

    def forward(self, ids):
        mask = (ids != V).float().unsqueeze(-1)
        return self.linear((self.embedding(ids) * mask).sum(1) / mask.sum(1).clamp(min=1))


wrapper = PyTorchModelWrapper(Victim().eval(), Tokenizer())
for job in jobs(SEARCHES):
    top, search = SEARCHES[job['attack']]
    attack = Attack(UntargetedClassification(wrapper), [RepeatModification(), MaxWordsPerturbed(max_num_words=2)],
                    WordSwapGradientBased(wrapper, top_n=top), search())
    rows = work['rows'][:job['rows']]

    def run(rows):
        data = Dataset([(row['text'], row['label']) for row in rows])
        args = AttackArgs(num_examples=len(rows), disable_stdout=True, silent=True, random_seed=765)
        return Attacker(attack, data, args).attack_dataset()

    run(rows[:10])  # Untimed.
    found, seconds = timed(lambda: run(rows))
    save_texts(TOOL, job, [each.perturbed_result.attacked_text.text for each in found])
    tell(TOOL, job, seconds, queries=sum(each.num_queries for each in found))
