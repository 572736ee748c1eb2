export { allowing } from './allowing.js';
export { MOST_DOCKERFILE_BYTES, judgeDockerfile } from './dockerfile.js';
export { ModelContents } from './model-contents.js';
export type { BroughtContent, ModelRules } from './model-contents.js';
