export { UserError } from './base/errors.js'
