import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseManifests } from '../../../common/model/manifest/index.js';

const folder = fileURLToPath(new URL('../../../deploy/examples/', import.meta.url));

describe('the example manifests', () => {
  it('are valid together', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    const parsed = parseManifests(names.map((name) => ({ name, text: readFileSync(folder + name, 'utf8') })));
    expect('violations' in parsed ? parsed.violations : []).to.deep.equal([]);
    expect(names.length).to.be.greaterThan(2);
  });
});
