import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { HeadframeError } from '../../common/model/error.js';
import { usageError } from './usage-error.js';
import { isInteractive, write } from './world.js';
import type { World } from './world.js';

const [INTERRUPT, END_OF_TEXT, BACKSPACE, RETURN, NEWLINE, DELETE] = [0x03, 0x04, 0x08, 0x0d, 0x0a, 0x7f] as const;
/** No passphrase, mnemonic or keystore is longer. */
const MOST_BYTES = 64 * 1024;

/** A secret that a command wants: where it was told to find it, what it is called, and the option that says so. */
export interface SecretInput {
  /** A file, - for stdin, or undefined to ask. */
  readonly file: string | undefined;
  readonly what: string;
  readonly option: string;
}

/**
 * Reads a secret from a file, from stdin or, without echo, from the person at the terminal; never from an argument or a
 * variable, which others on the machine can read. A line end after it does not count. Throws `HeadframeError`
 * (invalid_argument: 'secret_missing', 'secret_unreadable').
 */
export async function readSecret(world: World, { file, what, option }: SecretInput): Promise<Uint8Array<ArrayBuffer>> {
  if (file !== undefined) return trimmed(await readWhole(world, file, what));
  if (isInteractive(world)) return askHidden(world, what);
  throw usageError(
    'secret_missing',
    `no ${what} is given`,
    `Say ${option} FILE, or ${option} - for stdin, where nobody can be asked.`,
  );
}

/** Asks twice, so that no slip encrypts what nobody can decrypt. Throws like `readSecret`, and 'secret_differs'. */
export async function readNewSecret(world: World, input: SecretInput): Promise<Uint8Array<ArrayBuffer>> {
  const first = await readSecret(world, input);
  if (input.file !== undefined) return first;
  const second = await askHidden(world, `${input.what} again`);
  if (Buffer.from(first).equals(second)) return first;
  throw usageError('secret_differs', 'the two are not the same', 'Run it again.');
}

/** Refuses two secrets from one stdin. */
export function requireOneStdin(...files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === '-').length > 1)
    throw usageError('stdin_twice', 'only one of them can come from stdin', 'Hand the other over in a file.');
}

async function readWhole({ stdin }: World, file: string, what: string): Promise<Buffer> {
  try {
    const bytes = await (file === '-' ? buffer(stdin) : readFile(file));
    if (bytes.length <= MOST_BYTES) return bytes;
  } catch (cause) {
    // The system's words name the file alone.
    const text = cause instanceof Error ? cause.message : '';
    throw usageError('secret_unreadable', `cannot read the ${what}: ${text}`);
  }
  throw usageError('secret_unreadable', `cannot read the ${what}: it is longer than ${String(MOST_BYTES)} bytes`);
}

function trimmed(bytes: Buffer): Uint8Array<ArrayBuffer> {
  let end = bytes.length;
  if (bytes[end - 1] === NEWLINE) end -= 1;
  if (bytes[end - 1] === RETURN) end -= 1;
  return Uint8Array.from(bytes.subarray(0, end));
}

async function askHidden(world: World, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const { stdin, stderr } = world;
  await write(stderr, `${what}: `);
  // The terminal neither shows nor edits what is typed.
  stdin.setRawMode?.(true);
  try {
    return await typedLine(world);
  } finally {
    stdin.setRawMode?.(false);
    await write(stderr, '\n');
  }
}

/** What is typed up to the end of the line; what comes after it stays for the next question. */
function typedLine({ stdin, interrupt }: World): Promise<Uint8Array<ArrayBuffer>> {
  const typed: number[] = [];
  return new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    const stop = (settle: () => void): void => {
      stdin.off('data', onData).off('end', onEnd);
      interrupt.removeEventListener('abort', onEnd);
      stdin.pause();
      settle();
    };
    const onEnd = (): void => {
      stop(() => {
        reject(declined());
      });
    };
    const onData = (chunk: Buffer): void => {
      for (const [at, byte] of chunk.entries()) {
        if (byte === INTERRUPT || byte === END_OF_TEXT || typed.length > MOST_BYTES) {
          onEnd();
          return;
        }
        if (byte === RETURN || byte === NEWLINE) {
          const rest = chunk.subarray(at + 1);
          stop(() => {
            resolve(Uint8Array.from(typed));
          });
          if (rest.length > 0) stdin.unshift(rest);
          return;
        }
        if (byte === DELETE || byte === BACKSPACE) eraseCharacter(typed);
        else typed.push(byte);
      }
    };
    interrupt.addEventListener('abort', onEnd, { once: true });
    stdin.on('data', onData).once('end', onEnd);
    stdin.resume();
  });
}

/** Takes away the last character, whose bytes in UTF-8 may be several. */
function eraseCharacter(typed: number[]): void {
  let last = typed.pop();
  while (last !== undefined && (last & 0xc0) === 0x80) last = typed.pop();
}

function declined(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'declined',
    message: 'nothing was typed; nothing done',
  });
}
