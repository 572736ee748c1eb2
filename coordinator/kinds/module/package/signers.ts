import { z } from 'zod';
import type { FleetPort } from '../../../fleet/port.js';
import { FINGERPRINT } from '../../../security/signing/index.js';
import type { PublicIdentity, SigningKey } from '../../../security/signing/index.js';
import { requestRefused } from '../registry/index.js';
import { packageError } from './refusals.js';

/** Whose packages are taken. */
export interface TrustedSigner {
  readonly name: string;
  /** Of the key: `sha256:` and 64 hex digits. */
  readonly fingerprint: string;
  /** Who said so. */
  readonly by: string;
  readonly atMs: number;
}

const SETTING = 'moduleSigners';
/** Each is shown in one list. */
const MOST_SIGNERS = 200;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** By which the coordinator's own key goes. */
const OWN = 'this coordinator';

const settingSchema = z.object({
  signers: z.array(z.object({ name: z.string(), fingerprint: z.string(), by: z.string(), atMs: z.number() })),
});

/** The keys whose packages may be installed: this coordinator's own, and those that somebody has named. */
export class Signers {
  readonly #fleet: Pick<FleetPort, 'setting' | 'transact'>;
  readonly #own: Pick<SigningKey, 'fingerprint' | 'identity'> | undefined;

  /** `own` is undefined where the coordinator serves in clear. */
  constructor(
    fleet: Pick<FleetPort, 'setting' | 'transact'>,
    own: Pick<SigningKey, 'fingerprint' | 'identity'> | undefined,
  ) {
    this.#fleet = fleet;
    this.#own = own;
  }

  /** All that were named, by name. */
  list(): readonly TrustedSigner[] {
    return signersOf(this.#fleet);
  }

  /** The own key, which is made where there is none; undefined where the coordinator serves in clear. */
  async own(): Promise<PublicIdentity | undefined> {
    return this.#own?.identity();
  }

  /** By what name a key is trusted; undefined where it is not. */
  nameOf(fingerprint: string): string | undefined {
    if (this.#own?.fingerprint === fingerprint) return OWN;
    return this.list().find((one) => one.fingerprint === fingerprint)?.name;
  }

  /** Throws HeadframeError: 'request_invalid', 'module_signer_exists', 'too_many_module_signers'. */
  async trust(name: string, fingerprint: string, by: string): Promise<TrustedSigner> {
    const violations = [
      ...(NAME.test(name) ? [] : [{ path: 'name', value: name.slice(0, 80), expected: '1-63 of a-z, 0-9 and "-"' }]),
      ...(FINGERPRINT.test(fingerprint)
        ? []
        : [{ path: 'fingerprint', value: fingerprint.slice(0, 80), expected: '"sha256:" and 64 hexadecimal digits' }]),
    ];
    if (violations.length > 0) throw requestRefused(violations);
    const { value, durable } = this.#fleet.transact((tx) => {
      const before = signersOf(tx);
      const present = before.find((one) => one.name === name || one.fingerprint === fingerprint);
      if (present !== undefined)
        throw packageError('module_signer_exists', `${present.name} is trusted by ${present.fingerprint} already`);
      if (before.length >= MOST_SIGNERS)
        throw packageError('too_many_module_signers', `there are ${String(MOST_SIGNERS)} signers already`);
      const signer = { name, fingerprint, by, atMs: tx.atMs };
      const signers = [...before, signer].sort((a, b) => (a.name < b.name ? -1 : 1));
      tx.putSetting(SETTING, { signers });
      const text = `${name} by ${fingerprint}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'module_signer_trusted', text });
      return signer;
    });
    await durable;
    return value;
  }

  /** Takes no further packages of a signer. Throws HeadframeError (not_found, 'module_signer_not_found'). */
  async remove(name: string): Promise<void> {
    const { durable } = this.#fleet.transact((tx) => {
      const before = signersOf(tx);
      const gone = before.find((one) => one.name === name);
      if (gone === undefined) throw packageError('module_signer_not_found', `no signer is called ${name.slice(0, 80)}`);
      tx.putSetting(SETTING, { signers: before.filter((one) => one !== gone) });
      const text = `${name} by ${gone.fingerprint}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'module_signer_removed', text });
    });
    await durable;
  }
}

function signersOf(fleet: Pick<FleetPort, 'setting'>): readonly TrustedSigner[] {
  const found = fleet.setting(SETTING);
  return found === undefined ? [] : settingSchema.parse(found).signers;
}
