/** Threads of a warp. */
export const LANES = 32

/** D up to which there are kernels. */
export const MOST_DIMENSIONS = 1024

/** Numbers of a row on the GPU: whole sectors of 32 bytes, those beyond D zero. */
export function rowLength(dimensions: number): number {
  return Math.ceil(dimensions / 8) * 8
}

/** The kernel of a name for rows of D numbers: `trainCbow128` for up to 128. */
export function kernelFor(name: string, dimensions: number): string {
  return `${name}${[128, 256, 512, MOST_DIMENSIONS].find((most) => rowLength(dimensions) <= most)}`
}

/** Rows [N, D] as the GPU has them. */
export function paddedRows(rows: Float32Array, dimensions: number): Float32Array {
  const row = rowLength(dimensions)
  if (row === dimensions) return rows
  const count = rows.length / dimensions
  const padded = new Float32Array(count * row)
  for (let i = 0; i < count; i++) padded.set(rows.subarray(i * dimensions, (i + 1) * dimensions), i * row)
  return padded
}

/** Fills `into` [N, D] from rows as the GPU has them. */
export function takePadding(padded: Float32Array, dimensions: number, into: Float32Array): void {
  const row = rowLength(dimensions)
  const count = into.length / dimensions
  for (let i = 0; i < count; i++) into.set(padded.subarray(i * row, i * row + dimensions), i * dimensions)
}
