/**
 * An error the user can mend: the message is one line that says what is wrong, where (file and row), and what to do.
 * The commands print it without a stack and exit with status 2; every other error is a defect of ours (status 1).
 */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/**
 * Thrown when work stops because its AbortSignal fired; state is saved before. The commands exit with status 130 (143
 * for SIGTERM).
 */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** The system's error code (`ENOENT`, `ENOSPC`, …) of anything thrown, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return undefined
}

const FILE_ERRORS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EISDIR: 'is a folder, a file is needed',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file would be larger than is allowed',
  ENOSPC: 'no space left on the disk; free some and run it again',
  EDQUOT: 'the disk quota is used up; free some and run it again',
  EMFILE: 'too many open files',
}

/** Turns an error of the file system into a {@link UserError} that names the path; anything else is returned as it is. */
export function fileError(error: unknown, path: string): unknown {
  const code = errorCode(error)
  const meaning = code === undefined ? undefined : FILE_ERRORS[code]
  return meaning === undefined ? error : new UserError(`${path}: ${meaning}`, { cause: error })
}
