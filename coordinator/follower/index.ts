export { Follower } from './follower.js';
export { admissionOf } from './admission.js';
