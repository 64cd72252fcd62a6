/*
 * What is public. Whatever a command does, one call here does (but for setting up TensorFlow); beside these calls stand
 * what they take and give, and what it needs to bring a victim, an attack or a loss of one's own. Of the errors that are
 * thrown, UserError is for what can be mended from outside, options and data; RangeError for numbers and arrays of which
 * nothing can be made, such as labels that do not fit their weights; any other is a defect.
 */

// Errors that are no defects, and progress.

export { InterruptedError, UserError } from './base/errors.js'
export type { Norm } from './base/norm.js'
export type { Progress } from './base/progress.js'

// Text: words, sentences, rows.

export { type ReadSentencesOptions, readSentences } from './text/corpus.js'
export { type ReadRowsOptions, readRows, type TextRow } from './text/rows.js'
export type { Span, Token, Tokenizer } from './text/tokenizer.js'
export { tokenizerNames, tokenizerOf } from './text/tokenizers.js'
export { Vocabulary } from './text/vocabulary.js'

// Vectors with their words: `word-vectors`.

export { type AccuracyOfSection, type AnalogyAccuracy, analogyAccuracy } from './embeddings/analogy-accuracy.js'
export { convertVectors } from './embeddings/convert-vectors.js'
export { Embeddings } from './embeddings/embeddings.js'
export { readEmbeddings } from './embeddings/read-vectors.js'
export { type SimilarityScore, similarityScore } from './embeddings/similarity-score.js'
export { answerAnalogy, type NearWord, nearestToWord, wordSimilarity } from './embeddings/word-queries.js'
export { readAnalogies, readJudgedPairs } from './embeddings/word-tests.js'
export { writeEmbeddings } from './embeddings/write-vectors.js'

// CBOW: `train-cbow`, and the gradient by the rows of both matrices.

export { CbowModel, loadCbowModel, saveCbowModel } from './cbow/cbow-model.js'
export { CbowOptions } from './cbow/cbow-options.js'
export { type EngineStatus, engineList } from './cbow/engine-list.js'
export {
  CBOW_GRADIENT_LOSSES,
  type CbowGradientReading,
  type ContextExample,
  readCbowGradient,
  type SparseRows,
} from './cbow/read-cbow-gradient.js'
export { type StretchReport, type TrainCbow, trainCbow } from './cbow/train-cbow.js'

// Gradients by the embedded words, stopGradient, and the proof that nothing moved.

export { hashState, ReadOnlyProof, type Unmoved } from './gradient/proof.js'
export {
  type LabelledExample,
  type LossGradientReading,
  type ReadLossGradientOptions,
  readLossGradient,
} from './gradient/read-loss-gradient.js'
export { ReadOnlyVictim } from './gradient/read-only-victim.js'
export { saliency } from './gradient/saliency/saliency.js'
export { stopGradient } from './gradient/stop-gradient.js'
export type { StoppedCbow } from './gradient/stopped-cbow.js'
export { type TensorRuntime, useTensorBackend } from './gradient/tensorflow.js'
export type { ThreeVariables, ThreeVariablesRun } from './gradient/three-variables.js'
export type { Victim } from './gradient/victim.js'
export { withStopGradient } from './gradient/with-stop-gradient.js'

// Victims: `train-classifier`, `word-vectors convert --classifier`, models of one's own.

export { CentreWord } from './victims/centre-word.js'
export { loadTextClassifier, saveTextClassifier } from './victims/classifier-folder.js'
export { ClassifierOptions } from './victims/classifier-options.js'
export { type ConvertClassifierInput, convertClassifier } from './victims/convert-classifier.js'
export { FunctionVictim } from './victims/function-victim.js'
export { type GpuPgd, type GpuPgdResult, type GpuTexts, GpuVictim } from './victims/gpu-victim.js'
export { LayersModelVictim } from './victims/layers-model.js'
export { loadVictim } from './victims/load-victim.js'
export { type Example, examplesOf, readExamples } from './victims/read-examples.js'
export { TextClassifier } from './victims/text-classifier.js'
export { type TrainClassifierInput, type TrainedClassifier, trainClassifier } from './victims/train-classifier.js'
export { type TrainClassifierToFolder, trainClassifierToFolder } from './victims/train-classifier-to-folder.js'
export { centreWordExamples } from './victims/windows.js'

// Closed forms of victims that are affine in the mean or sum of embeddings.

export { exact } from './exact/index.js'

// Attacks.

export type { Attack, AttackContext, AttackDefinition, AttackExample, AttackOutcome } from './attacks/attack.js'
export { attackEmbedded } from './attacks/attack-embedded.js'
export { attackDefinitions, attacks, findAttack } from './attacks/index.js'

// Running and judging them: `generate-adversarial`, `evaluate-adversarial`; gradients of many rows: `read-gradients`.

export { readModelName } from './embeddings/model-folder.js'
export { type AttackToFileOptions, attackToFile } from './evaluate/attack-to-file.js'
export { type EvaluateContext, EvaluationReport, evaluate } from './evaluate/evaluate.js'
export { EvaluateOptions } from './evaluate/evaluate-options.js'
export { readResults } from './evaluate/files/result-file.js'
export { type GenerateContext, generateAdversarial, type InputRow } from './evaluate/generate-adversarial.js'
export { GenerateOptions } from './evaluate/generate-options.js'
export { type ReadGradientsContext, readGradientsToFile } from './evaluate/read-gradients.js'
export { ReadGradientsOptions } from './evaluate/read-gradients-options.js'
export { ReadGradientsSummary } from './evaluate/read-gradients-summary.js'
export type { AttackResult } from './evaluate/result.js'
export { AttackSummary, readSummary } from './evaluate/summary.js'

// Whether reading disturbs training: `stop-gradient-demo`.

export { type ComparedReadings, compareReadings } from './evaluate/undisturbed/compare-readings.js'
export { trainWithStatefulSampler } from './evaluate/undisturbed/stateful-sampler.js'
export {
  READINGS,
  type TrainingTrace,
  trainAndRead,
  type UndisturbedOptions,
} from './evaluate/undisturbed/undisturbed.js'
export { drawThreeVariables } from './report/draw-three-variables.js'
export { DrawThreeVariablesOptions } from './report/draw-three-variables-options.js'

// The report: `--report`.

export { type CollectReportOptions, collectReport, type ReportSource } from './report/collect-report.js'
export { ensureReportWritable } from './report/own-output.js'
export { renderReport } from './report/render-report.js'
export type { ReportInput } from './report/report-input.js'
export { type WriteReportOptions, writeReport } from './report/write-report.js'
