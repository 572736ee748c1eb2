export { clearVerification, recordVerdict, refreshVerification } from './record-verdict.js';
