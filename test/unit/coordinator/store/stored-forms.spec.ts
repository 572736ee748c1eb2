import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { storedForms } from '../../../support/stored-forms.js';

/** Base64 by name, each recorded once and never changed. */
const FIXTURE = new URL('../../../support/stored-forms.json', import.meta.url);
const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Readonly<Record<string, string>>;

const RULE =
  'Stores hold what was recorded in test/support/stored-forms.json, and coordinators of the version before read what this one ' +
  'writes: ARCHITECTURE.md, "What is kept, from version to version", says what to do. Leave what is recorded, have it read on ' +
  'under another name, and record what is new beside it.';

function read(isRead: () => boolean): boolean {
  try {
    if (isRead()) return true;
  } catch (cause) {
    throw new Error(RULE, { cause });
  }
  throw new Error(`It is read as something else. ${RULE}`);
}

describe('What is kept, from version to version', () => {
  for (const { name, bytes, isReadFrom } of storedForms()) {
    const known = recorded[name];
    if (bytes !== undefined)
      it(`is written as it was: ${name}`, () => {
        expect(bytes.toString('base64'), RULE).to.equal(known);
      });
    it(`is read as it was: ${name}`, () => {
      expect(read(() => isReadFrom(Buffer.from(known ?? '', 'base64')))).to.equal(true);
    });
  }

  it('is all still looked at', () => {
    expect(
      storedForms().map(({ name }) => name),
      RULE,
    ).to.have.members(Object.keys(recorded));
  });
});
