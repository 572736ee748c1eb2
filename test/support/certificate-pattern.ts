import { randomBytes, webcrypto } from 'node:crypto';
import type { Signer } from '../../coordinator/security/authority/issue.js';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
/** `[0] { INTEGER 2 }`: the third version of certificates (https://www.rfc-editor.org/rfc/rfc5280#section-4.1). */
const VERSION = Buffer.from('a003020102', 'hex');
const HALF = 32;

/**
 * Makes certificates after one that an authority has issued: like it but for the name, which has to be as long, the serial
 * and the signature. A fiftieth of the time that issuing takes, since nothing is put together anew.
 */
export class CertificatePattern {
  readonly #signer: Signer;
  readonly #name: string;
  /** What is signed, with the serial yet to be put in. */
  readonly #signed: Buffer;
  readonly #serialAt: number;
  readonly #serialBytes: number;
  readonly #algorithm: Buffer;

  /** Throws `Error` for what is no such certificate of that name. */
  constructor(signer: Signer, certificate: Buffer, name: string) {
    const [signed, algorithm] = partsOf(certificate);
    if (signed === undefined || algorithm === undefined) throw new Error('not a certificate');
    const body = headOf(signed, 0);
    const serial = headOf(signed, body.at + VERSION.length);
    if (signed[body.at + VERSION.length] !== INTEGER || !signed.includes(name)) throw new Error(`not one of ${name}`);
    this.#signer = signer;
    this.#name = name;
    this.#signed = Buffer.from(signed);
    this.#serialAt = serial.at;
    this.#serialBytes = serial.length;
    this.#algorithm = algorithm;
  }

  /** For another name of the same length; PEM. */
  async of(name: string): Promise<Buffer> {
    const signed = Buffer.from(this.#signed);
    for (let at = signed.indexOf(this.#name); at !== -1; at = signed.indexOf(this.#name, at + 1))
      signed.write(name, at);
    const serial = randomBytes(this.#serialBytes);
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
    signed.set(serial, this.#serialAt);
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const pair = Buffer.from(await webcrypto.subtle.sign(how, this.#signer.key, signed));
    const signature = element(SEQUENCE, numberOf(pair.subarray(0, HALF)), numberOf(pair.subarray(HALF)));
    return pemOf(element(SEQUENCE, signed, this.#algorithm, element(BIT_STRING, Buffer.from([0]), signature)));
  }
}

/** The elements that an element is made of. */
function partsOf(whole: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  const { at: first } = headOf(whole, 0);
  for (let from = first; from < whole.length;) {
    const { at, length } = headOf(whole, from);
    parts.push(whole.subarray(from, at + length));
    from = at + length;
  }
  return parts;
}

/** Where the contents of the element at a place begin, and how long they are: https://www.itu.int/rec/T-REC-X.690 §8.1 */
function headOf(bytes: Buffer, from: number): { readonly at: number; readonly length: number } {
  const first = bytes[from + 1] ?? 0;
  if (first < 0x80) return { at: from + 2, length: first };
  const more = first & 0x7f;
  return { at: from + 2 + more, length: bytes.readUIntBE(from + 2, more) };
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}

/** A positive number without leading zeros. */
function numberOf(bytes: Buffer): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
  const digits = bytes.subarray(from);
  return element(INTEGER, ...((digits[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), digits);
}

function pemOf(der: Buffer): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'));
}
