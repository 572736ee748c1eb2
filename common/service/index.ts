export { keepNotified } from './notify.js';
export { reloadAtHangUp } from './reload.js';
