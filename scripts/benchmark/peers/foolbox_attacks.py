"""foolbox on the shared work: foolbox_attacks.py FOLDER. It asks for bounds; these are far from any embedding."""
import foolbox
import torch
from foolbox import attacks
from mean_embedding import MeanEmbedding
from shared_work import Padded, jobs, save_embedded, tell, timed_warm

TOOL = f'foolbox {foolbox.__version__}'
ATTACKS = {
    'fgsm-linf': lambda: attacks.LinfFastGradientAttack(),
    'pgd-linf': lambda: attacks.LinfProjectedGradientDescentAttack(steps=40),
    'pgd-l2': lambda: attacks.L2ProjectedGradientDescentAttack(steps=40),
    'deepfool-l2': lambda: attacks.L2DeepFoolAttack(steps=50, overshoot=1e-4),
    'carlini-wagner-l2': lambda: attacks.L2CarliniWagnerAttack(binary_search_steps=9, steps=1000, stepsize=1e-2,
                                                               initial_const=1e-3),
}

victim = MeanEmbedding().eval()
model = foolbox.PyTorchModel(victim, bounds=(-16, 16), device='cpu')
for job in jobs(ATTACKS):
    batch = Padded(job['rows'])
    attack, epsilon = ATTACKS[job['attack']](), job.get('epsilon')

    def one_by_one():
        victim.mask = None
        return [attack(model, torch.tensor(x[None, :length]), torch.tensor(y[None]), epsilons=epsilon)[1][0].numpy()
                for x, y, length in zip(batch.x, batch.y, batch.lengths)]

    def together():
        victim.mask = torch.tensor(batch.mask)
        return attack(model, torch.tensor(batch.x), torch.tensor(batch.y), epsilons=epsilon)[1].numpy()

    found, seconds = timed_warm(one_by_one if job['single'] else together)
    save_embedded(TOOL, job, [x[:length] for x, length in zip(found, batch.lengths)])
    tell(TOOL, job, seconds)
