import { extract } from '../extract/index.js';

process.once('message', (texts: ReadonlyMap<string, string>) => {
  process.send?.(extract(texts), undefined, undefined, () => process.disconnect());
});
