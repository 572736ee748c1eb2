export { WeightCommits } from './weight-commits.js';
