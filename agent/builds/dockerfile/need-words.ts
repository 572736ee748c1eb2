import type { EngineVersion } from './engine-version.js';

/** What a RUN with a here-document is called among needs. */
export const RUN_DOCUMENT = 'RUN with a here-document';
/** The first engine whose own frontend knows here-documents. */
export const DOCUMENTS_SINCE: EngineVersion = [23, 0];
