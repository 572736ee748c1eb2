import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { create } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import {
  InstallModuleRequestSchema,
  InstallModuleResponseSchema,
  ListModuleSignersResponseSchema,
  ModulePackageSchema,
  RemoveModuleSignerResponseSchema,
  TrustModuleSignerResponseSchema,
} from '../../../common/gen/headframe/v1/module_service_pb.js';
import type {
  InstallModuleRequest,
  ModulePackage,
  PackageModuleResponse,
} from '../../../common/gen/headframe/v1/module_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { FINGERPRINT, fingerprintOf, readPublicKey } from '../../security/signing/index.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { installedView, packagedView, signersView } from '../views/module-packages.js';

interface PackageOptions {
  readonly commit?: string;
  readonly out: string;
}

interface InstallOptions {
  readonly key?: string;
  readonly name?: string;
}

const KEY = 'fingerprint of the key (sha256:…), or a file with the public key in PEM';

/** `modules package|install|keys`. */
export function addModulePackages(modules: Command, run: Runner): void {
  modules
    .command('package')
    .description(
      'Make one signed file of what is kept of a module: its files, how it runs, and a bill of materials (CycloneDX).',
    )
    .argument('<name>', 'name of the module')
    .option('--commit <id>', 'the pinned commit, or the one that the last refresh has found; else the pinned one')
    .requiredOption('--out <file>', 'the file; refused where there is one')
    .action(run(packageModule));
  modules
    .command('install')
    .description('Take a module in from a package, without its repository; only what a trusted key has signed.')
    .argument('<file>', 'the package')
    .option('--key <key>', `trust this key for this installation: ${KEY}`)
    .option('--name <name>', 'refuse the package of any other module')
    .action(run(installModule));
  const keys = modules.command('keys').description('Keep the keys whose packages of modules may be installed.');
  keys
    .command('ls')
    .description('Show the key by which this coordinator signs, and those that it trusts.')
    .action(run(listSigners));
  keys
    .command('trust')
    .description('Let packages be installed that this key has signed.')
    .argument('<name>', 'what to call it: 1-63 characters of a-z, 0-9 and "-"')
    .argument('<key>', KEY)
    .action(run(trustSigner));
  const remove = keys
    .command('rm')
    .description('Trust a key no longer; what was installed stays. Asks first.')
    .argument('<name>', 'what it is called');
  addYesOption(remove).action(run(removeSigner));
}

async function packageModule(call: Invocation, name: string, { commit = '', out }: PackageOptions): Promise<void> {
  const { modules } = await call.connect();
  const answers = modules.packageModule({ name, commit }, call.callOptions)[Symbol.asyncIterator]();
  const first = await answers.next();
  const head = first.done === true ? undefined : first.value.message;
  if (head?.case !== 'head')
    throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: 'the coordinator gave no package' });
  await writeNew(out, piecesOf(answers), head.value);
  await call.printer.message(ModulePackageSchema, head.value, () => packagedView(head.value, out));
}

async function* piecesOf(answers: AsyncIterator<PackageModuleResponse>): AsyncGenerator<Uint8Array> {
  for (let next = await answers.next(); next.done !== true; next = await answers.next())
    if (next.value.message.case === 'data') yield next.value.message.value;
}

/** Never in place of a file that is there, and never a part of one. */
async function writeNew(out: string, pieces: AsyncIterable<Uint8Array>, { bytes }: ModulePackage): Promise<void> {
  const file = createWriteStream(out, { flags: 'wx', flush: true });
  const made = { isOpen: false };
  file.once('open', () => (made.isOpen = true));
  try {
    await pipeline(pieces, file);
    if (file.bytesWritten !== Number(bytes))
      throw new HeadframeError({ code: 'data_loss', reason: 'answer_short', message: 'not all of the package came' });
  } catch (cause) {
    if (made.isOpen) await rm(out, { force: true });
    if (cause instanceof HeadframeError) throw cause;
    const why = cause instanceof Error ? cause.message : '';
    throw usageError('file_unwritable', `cannot write ${out}: ${why}`, 'Name a file that is not there.');
  }
}

async function installModule(call: Invocation, file: string, { key, name = '' }: InstallOptions): Promise<void> {
  const signer = key === undefined ? '' : await fingerprintBy(key);
  const digest = await digestOf(file);
  const { modules } = await call.connect();
  const response = await modules.installModule(requestsOf(file, { digest, name, signer }), call.callOptions);
  await call.printer.message(InstallModuleResponseSchema, response, (viewing) => installedView(response, viewing));
}

async function* requestsOf(
  file: string,
  start: { readonly digest: string; readonly name: string; readonly signer: string },
): AsyncGenerator<InstallModuleRequest> {
  yield create(InstallModuleRequestSchema, { message: { case: 'start', value: start } });
  for await (const value of readPieces(file))
    yield create(InstallModuleRequestSchema, { message: { case: 'data', value } });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(file)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

const PIECE_BYTES = 256 * 1024;

async function* readPieces(file: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES }))
      // Without an encoding it gives bytes.
      yield Uint8Array.from(piece as Buffer);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw usageError('file_unreadable', `cannot read ${file}: ${why}`, 'Name a package of headframe modules package.');
  }
}

/** The fingerprint that was given, or that of the key in the file that was. */
async function fingerprintBy(key: string): Promise<string> {
  if (FINGERPRINT.test(key)) return key;
  const text = await readFile(key, 'latin1').catch(() => '');
  const found = readPublicKey(text);
  if (found !== undefined) return fingerprintOf(found);
  throw usageError(
    'key_unreadable',
    `${key} is no fingerprint and no file with an Ed25519 public key`,
    `Give a ${KEY}.`,
  );
}

async function listSigners(call: Invocation): Promise<void> {
  const { modules } = await call.connect();
  const response = await modules.listModuleSigners({}, call.callOptions);
  await call.printer.message(ListModuleSignersResponseSchema, response, (viewing) => signersView(response, viewing));
}

async function trustSigner(call: Invocation, name: string, key: string): Promise<void> {
  const fingerprint = await fingerprintBy(key);
  const { modules } = await call.connect();
  const response = await modules.trustModuleSigner({ name, fingerprint }, call.callOptions);
  const text = `${name} is trusted by ${fingerprint}`;
  await call.printer.message(TrustModuleSignerResponseSchema, response, () => [{ kind: 'text', text }]);
}

async function removeSigner(call: Invocation, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Trust the key of ${name} no longer`, yes);
  const { modules } = await call.connect();
  const response = await modules.removeModuleSigner({ name }, call.callOptions);
  const text = `${name} is trusted no longer`;
  await call.printer.message(RemoveModuleSignerResponseSchema, response, () => [{ kind: 'text', text }]);
}
