import { Busboy } from '@fastify/busboy';
import type { BusboyInstance } from '@fastify/busboy';
import { Readable } from 'node:stream';
import type { HeadframeError } from '../../../common/model/error.js';
import { requestInvalid } from '../refusals.js';
import { formInvalid } from './refusals.js';

/** What a form brought. */
export interface Form<T> {
  /** What was made of its file; undefined where there was none. */
  readonly file: T | undefined;
  /** Name of the file; '' where there was none. */
  readonly fileName: string;
  readonly fields: Readonly<Record<string, string>>;
}

const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 4_096,
  fields: 20,
  files: 1,
  parts: 21,
  headerPairs: 20,
  headerSize: 8_192,
};
const EXPECTED = 'a form of at most 20 fields and one file';

/**
 * Reads a form as it comes; its file goes to `take`, which bounds it. Throws `HeadframeError` (invalid_argument,
 * 'request_invalid'), and what `take` throws; what is left of the body then is to be read by whoever has it.
 */
export async function readForm<T>(
  body: unknown,
  contentType: string,
  take: (file: Readable) => Promise<T>,
): Promise<Form<T>> {
  if (!(body instanceof Readable) || !/^multipart\/form-data\s*;/i.test(contentType)) throw formInvalid(EXPECTED);
  const parser = parserFor(contentType);
  const fields = new Map<string, string>();
  let fileName = '';
  let taken: Promise<T> | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    parser.once('finish', resolve);
    parser.once('error', () => {
      reject(formInvalid(EXPECTED));
    });
    // One that is left half-way has no end.
    body.once('close', () => {
      if (!body.readableEnded) reject(formInvalid(EXPECTED));
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      parser.once(limit, () => {
        reject(formInvalid(EXPECTED));
      });
    parser.on('field', (name: string, value: string, nameCut: boolean, valueCut: boolean) => {
      if (nameCut || valueCut || fields.has(name)) reject(requestInvalid([{ path: name, expected: 'one short text' }]));
      fields.set(name, value);
    });
    parser.on('file', (name: string, file: Readable, given: string) => {
      // Nobody may read it any more.
      file.on('error', () => undefined);
      fileName = given;
      const wrong = fileProblem(name, given);
      if (wrong === undefined) {
        taken = take(file);
        taken.catch(reject);
        void ended.catch((error: unknown) => file.destroy(error instanceof Error ? error : undefined));
        return;
      }
      file.resume();
      reject(wrong);
    });
    body.pipe(parser);
  });
  try {
    await ended;
    return { file: await taken, fileName, fields: Object.fromEntries(fields) };
  } finally {
    // To end a request would be to end its connection, and the answer with it.
    body.unpipe(parser);
    body.resume();
  }
}

function parserFor(contentType: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS, preservePath: true });
  } catch {
    throw formInvalid(`${EXPECTED}, with its boundary`);
  }
}

/** A name is a name: what would lead somewhere is none. */
function fileProblem(field: string, name: string): HeadframeError | undefined {
  if (field !== 'file') return requestInvalid([{ path: field, expected: 'a text; the file is in the field "file"' }]);
  const isPlain = name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\p{Cc}]/u.test(name);
  return isPlain ? undefined : requestInvalid([{ path: 'file.filename', expected: 'a name without a path' }]);
}
