export { emailTarget } from './email-target.js';
