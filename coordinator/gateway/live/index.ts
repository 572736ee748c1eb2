export { LiveDesk } from './live-desk.js';
