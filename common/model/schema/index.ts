export { bytesField, cpuField, durationField } from './amounts.js';
export { didYouMean, editDistance } from './did-you-mean.js';
export { readDocuments } from './documents.js';
export type { SourceText } from './documents.js';
export { labelsField } from './labels.js';
export { strictObject } from './strict-object.js';
export { checkSchema } from './violations.js';
export type { Checked } from './violations.js';
