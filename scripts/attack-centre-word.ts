// Attacks the CBOW model itself: which words of a window must change, so that it predicts another word in the middle?
import {
  attacks,
  CentreWord,
  examplesOf,
  generateAdversarial,
  readSentences,
  tokenizerOf,
  trainCbow,
} from '../src/index.js'

const corpus = readSentences(['data/corpus/king-james-bible.txt.gz'], { tokenizer: tokenizerOf('word') })
const victim = CentreWord.of(await trainCbow({ corpus, seed: 7, threads: 1, minCount: 20 }))
const text = 'and god saw the light that it was good'

for (const attack of [attacks.hotflip({ maxWords: 2 }), attacks.pgd({ norm: 'l2', epsilon: 5 })]) {
  for await (const result of generateAdversarial(victim, attack, examplesOf(victim, text), { seed: 7 })) {
    const { resultType, originalText, perturbedText, originalOutput, perturbedOutput, exactMinimum } = result
    const words = attack.kind === 'words' ? `${originalText} -> ${perturbedText}` : originalText
    console.log(`${attack.name} ${resultType}: ${words}: ${originalOutput} -> ${perturbedOutput}`)
    console.log(`  the least that flips it: ${exactMinimum ?? 'not known'}${attack.kind === 'words' ? ' swaps' : ''}`)
  }
}
