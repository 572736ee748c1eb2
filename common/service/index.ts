export { keepNotified } from './notify.js';
