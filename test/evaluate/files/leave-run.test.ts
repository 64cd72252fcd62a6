import { expect, it } from 'vitest'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { leaveRun } from '#src/evaluate/files/leave-run.js'

const failed = new UserError('row 7 is broken')
const interrupted = new InterruptedError('interrupted')
const full = new UserError('no space left')
const kept = /^out\.csv: interrupted after 3 rows, which are kept; .*--resume/

it.each([
  { what: 'a failure', error: failed, resume: false, says: failed.message, done: 'abandon' },
  { what: 'a failure of a resumed run', error: failed, resume: true, says: failed.message, done: 'suspend' },
  { what: 'a failure, then one of tidying up', error: failed, resume: false, later: full, says: failed.message },
  { what: 'an interruption', error: interrupted, resume: false, says: kept, done: 'suspend' },
  {
    what: 'an interruption whose rows cannot be kept',
    error: interrupted,
    resume: true,
    later: full,
    says: full.message,
  },
])('leaves every part, and tells of $what what mends it', async ({ error, resume, later, says, done }) => {
  const left: string[] = []
  const part = (failure?: Error) => ({
    async suspend() {
      left.push('suspend')
      if (failure) throw failure
    },
    async abandon() {
      left.push('abandon')
      if (failure) throw failure
    },
  })
  await expect(leaveRun(error, 'out.csv', 3, resume, [part(later), undefined, part()])).rejects.toThrow(says)
  expect(left).toHaveLength(2)
  if (done !== undefined) expect(left).toEqual([done, done])
})
