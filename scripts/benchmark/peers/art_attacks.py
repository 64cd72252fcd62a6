"""The Adversarial Robustness Toolbox on the shared work: art_attacks.py FOLDER."""
import logging
import warnings

warnings.filterwarnings('ignore')
logging.disable(logging.WARNING)

import art
import numpy as np
import torch
from art.attacks.evasion import CarliniL2Method, DeepFool, FastGradientMethod, ProjectedGradientDescentPyTorch
from art.estimators.classification import PyTorchClassifier
from mean_embedding import MeanEmbedding
from shared_work import D, K, Padded, jobs, save_embedded, tell, timed_warm

TOOL = f'ART {art.__version__}'
BOUNDS = (-16, 16)


def pgd(norm):
    return lambda model, epsilon, size: ProjectedGradientDescentPyTorch(
        model, norm=norm, eps=epsilon, eps_step=epsilon / 10, max_iter=40, batch_size=size, verbose=False)


# DeepFool with bounds gives norms many times too large.
ATTACKS = {
    'fgsm-linf': (BOUNDS, lambda model, epsilon, size: FastGradientMethod(model, norm=np.inf, eps=epsilon,
                                                                          batch_size=size)),
    'pgd-linf': (BOUNDS, pgd(np.inf)),
    'pgd-l2': (BOUNDS, pgd(2)),
    'deepfool-l2': (None, lambda model, epsilon, size: DeepFool(model, max_iter=100, epsilon=1e-6, nb_grads=10,
                                                                batch_size=size, verbose=False)),
    'carlini-wagner-l2': (BOUNDS, lambda model, epsilon, size: CarliniL2Method(model, batch_size=size, verbose=False)),
}


class WithoutPadding(MeanEmbedding):
    """Attacks hand over parts of the batch, so padding is told by its zeros, which have no gradient and stay zero."""

    def forward(self, x):
        self.mask = x.detach().abs().sum(-1) > 0
        return super().forward(x)


victim = WithoutPadding().eval()
for job in jobs(ATTACKS):
    batch = Padded(job['rows'])
    truth = np.eye(K, dtype=np.float32)[batch.y]
    bounds, make = ATTACKS[job['attack']]
    model = PyTorchClassifier(model=victim, loss=torch.nn.CrossEntropyLoss(), input_shape=(batch.x.shape[1], D),
                              nb_classes=K, clip_values=bounds, device_type='cpu')
    attack = make(model, job.get('epsilon'), 1 if job['single'] else len(batch.y))

    def one_by_one():
        return [attack.generate(x=x[None, :length].copy(), y=y[None])[0]
                for x, y, length in zip(batch.x, truth, batch.lengths)]

    def together():
        return attack.generate(x=batch.x.copy(), y=truth)

    found, seconds = timed_warm(one_by_one if job['single'] else together)
    save_embedded(TOOL, job, [x[:length] for x, length in zip(found, batch.lengths)])
    tell(TOOL, job, seconds)
