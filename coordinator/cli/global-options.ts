import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { INSECURE_LOOPBACK } from '../../common/config/index.js';
import { parseDuration } from '../../common/model/units.js';
import { OUTPUT_FORMATS } from './output/printer.js';
import type { OutputFormat } from './output/printer.js';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly output: OutputFormat;
  readonly address?: string;
  readonly context?: string;
  readonly identity?: string;
  readonly tokenFile?: string;
  readonly authority?: string;
  readonly insecureLoopback?: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
}

/** Options of commands that can wait for what they ask for. */
export interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

/** Adds the options that every command takes. */
export function addGlobalOptions(program: Command): void {
  program
    .addOption(new Option('-o, --output <format>', 'form of the output').choices(OUTPUT_FORMATS).default('table'))
    .option(
      '--address <host:port,…>',
      'the coordinator, or several of which one leads; else HEADFRAME_ADDRESS, else the context',
    )
    .option('--context <name>', 'context of the configuration; else HEADFRAME_CONTEXT, else its current one')
    .option('--identity <folder>', 'what proves who you are; else HEADFRAME_IDENTITY, else that of the context')
    .option('--token-file <file>', 'a bearer token in place of an identity; else HEADFRAME_TOKEN_FILE')
    .option(
      '--authority <sha256:digest|file>',
      'by what the coordinator is known that is called by a bearer token or logged in to; else HEADFRAME_AUTHORITY',
    )
    .option(INSECURE_LOOPBACK.flag, INSECURE_LOOPBACK.text)
    .option('--no-color', 'no colours; also without a terminal or with NO_COLOR');
}

/** Adds `--wait` and `--timeout`. */
export function addWaitOptions(command: Command, what: string): Command {
  return command.option('--wait', `wait until ${what}`).addOption(timeoutOption());
}

/** `--timeout`, parsed to milliseconds. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'longest time to wait').argParser(durationArgument).default(300_000, '5m');
}

/** `--yes` of commands that ask before they destroy. */
export function addYesOption(command: Command): Command {
  return command.option('-y, --yes', 'do not ask; needed where nobody can be asked');
}

/** `-n`, which lists take. */
export function namespaceOption(): Option {
  return new Option('-n, --namespace <namespace>', 'only of this namespace');
}

/** `-f`, which may be given several times. */
export function fileOption(): Option {
  return new Option(
    '-f, --file <file|dir|->',
    'manifest file, folder of them, or - for stdin; may be repeated',
  ).argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
}

/** Reads a duration such as `30s` to milliseconds. */
export function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1h30m.');
  return ms;
}

/** Reads a whole number from 0. */
export function countArgument(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0.');
  return Number(text);
}

/** Collects `key=value` pairs of a repeated option. */
export function pairArgument(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Reads names with commas between them. An empty list, as of a variable that is not set, would be no bound at all. */
export function namesArgument(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Expected at least one name: none would mean all.');
  return [...before, ...names];
}
