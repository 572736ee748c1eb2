export { openForwarding } from './forwarding.js';
