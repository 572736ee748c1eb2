import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLowdbStore } from '../../../../../coordinator/store/index.js';
import { checkStore } from '../../../../../coordinator/store/maintenance.js';
import { recordsOf, sampleCommit, sampleInstance } from '../../../../support/store-samples.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

/** A store as a version before rows wrote it: ten commits, a clean stop with its snapshot, four more and a crash. */
interface FirstFormatStore {
  /** Base64 by file name. */
  readonly files: Readonly<Record<string, string>>;
  readonly instances: readonly { readonly serial: number }[];
  readonly documents: readonly (readonly [string, object])[];
}

const FIXTURE = new URL('../../../../support/store-format-1.json', import.meta.url);

async function unpack(folder: string, wanted: (name: string) => boolean): Promise<FirstFormatStore> {
  // Written once, by the version that it is about.
  const store = JSON.parse(await readFile(FIXTURE, 'utf8')) as FirstFormatStore;
  for (const [name, content] of Object.entries(store.files))
    if (wanted(name)) await writeFile(join(folder, name), Buffer.from(content, 'base64'));
  return store;
}

describe('A store of format 1', () => {
  for (const [what, wanted] of [
    ['with its snapshot', () => true],
    ['by its journal alone', (name: string) => name.endsWith('.hfj')],
  ] as const)
    it(`is read ${what}, and goes on in the present format`, async () => {
      await using folder = await makeTempDir();
      const { instances, documents } = await unpack(folder.path, wanted);
      const store = openLowdbStore(folder.path);
      const fleet = await store.load();
      expect(fleet.revision).to.equal(14);
      const read = recordsOf(fleet);
      expect(JSON.parse(JSON.stringify([...read.instances.values()]))).to.have.deep.members(instances);
      expect([...read.documents]).to.have.deep.members(documents);
      const record = sampleInstance({ serial: 99 });
      await store.commit(sampleCommit(15, [{ kind: 'instance', record }]), fleet.epoch + 1);
      await store.close();
      const again = openLowdbStore(folder.path);
      expect(recordsOf(await again.load()).instances.get(99)).to.deep.equal(record);
      await again.close();
      expect((await checkStore(folder.path)).problems).to.deep.equal([]);
    });
});
