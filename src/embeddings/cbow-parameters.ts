/** The parameters of a CBOW model as its safetensors file names them: W and U, [V, D] each. */
export const CBOW_PARAMETERS = { input: 'input_embeddings', output: 'output_embeddings' } as const

export type CbowParameter = (typeof CBOW_PARAMETERS)[keyof typeof CBOW_PARAMETERS]
