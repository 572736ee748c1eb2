import { join } from 'node:path';
import { KeyFolder } from '../../common/enrolment/index.js';
import type { Given } from '../../common/enrolment/index.js';

const COORDINATOR = 'coordinator';
const KEY_MODE = 0o400;

/** What a host proves itself with, and where it joined, on disk. */
export class IdentityFolder extends KeyFolder {
  constructor(dataDir: string) {
    const folder = join(dataDir, 'identity');
    super(folder, {
      keyMode: KEY_MODE,
      remedy: `Move ${folder} away, remove the host with headframe hosts rm, and join again with a new token.`,
    });
  }

  /** Where the host joined; undefined for one that has not. */
  async coordinator(): Promise<string | undefined> {
    return (await this.read(COORDINATOR))?.toString().trim();
  }

  /** Keeps what was given for the next key, durably, and makes that key the host's own. */
  override async keep(given: Given, coordinator?: string): Promise<void> {
    if (coordinator !== undefined) await this.write(COORDINATOR, `${coordinator}\n`);
    await super.keep(given);
  }
}
