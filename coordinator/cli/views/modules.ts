import { ModuleJob } from '../../../common/gen/headframe/v1/module_service_pb.js';
import type {
  GetModuleResponse,
  Module,
  ModuleFinding,
  ModulePackaged,
  ModulePin,
  ModuleProfile,
  ModuleSetting,
} from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { ModuleState } from '../../../common/model/module.js';
import { formatBytes } from '../../../common/model/units.js';
import { MODULE_JOB, MODULE_STATE } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Block, Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

const STATE_TONES: Readonly<Record<ModuleState, Tone>> = {
  fetching: 'warn',
  ready: 'good',
  failed: 'bad',
  stale: 'warn',
};
const SEVERITY_TONES: Readonly<Record<string, Tone>> = { error: 'bad', warning: 'warn', info: 'faint' };
/** Enough of a commit id to tell one from another. */
const SHORT_COMMIT = 12;
const LONGEST_CELL = 60;

/** The table of `modules ls`. */
export function modulesView(modules: readonly Module[], viewing: Viewing): View {
  const columns: Column<Module>[] = [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'STATE', cell: stateCell },
    { title: 'VERSION', cell: ({ pin }) => pin?.version ?? NOTHING },
    { title: 'COMMIT', cell: ({ pin }) => commitCell(pin) },
    { title: 'ROLES', cell: ({ pin }) => listCell(pin?.roles) },
    { title: 'SETTINGS', cell: ({ pin }) => (pin === undefined ? NOTHING : String(pin.settings)) },
    { title: 'FROM', cell: originCell },
    { title: 'REFRESHED', cell: ({ refreshedAtMs }) => ageCell(Number(refreshedAtMs), viewing.nowMs) },
    { title: 'URL', cell: ({ url }) => url, wide: true },
    { title: 'REF', cell: ({ ref }) => ref || NOTHING, wide: true },
    { title: 'NEWER', cell: ({ candidate }) => commitCell(candidate), wide: true },
  ];
  return [{ kind: 'table', table: tableOf(columns, modules, viewing.wide), empty: 'No modules.' }];
}

/** What `modules show` says. */
export function moduleView(
  {
    module,
    profile,
    settings = [],
  }: Pick<GetModuleResponse, 'module'> & Partial<Pick<GetModuleResponse, 'profile' | 'settings'>>,
  viewing: Viewing,
): View {
  if (module === undefined) return [];
  const blocks: Block[] = [{ kind: 'facts', facts: moduleFacts(module, viewing) }];
  if (profile !== undefined) blocks.push(...profileBlocks(profile, viewing));
  if (settings.length > 0) blocks.push(settingsBlock(settings, viewing));
  return blocks;
}

/** What `modules refresh` says of another commit. */
export function changesView(
  { module, changes }: Pick<GetModuleResponse, 'module' | 'changes'>,
  viewing: Viewing,
): View {
  const { name = '', pin, candidate } = module ?? {};
  const facts: [string, Cell][] = [
    ['module', name],
    ['pinned', `${pin?.commit ?? NOTHING} (${pin?.version ?? NOTHING})`],
    ['newer', `${candidate?.commit ?? NOTHING} (${candidate?.version ?? NOTHING})`],
  ];
  const columns: Column<(typeof changes)[number]>[] = [
    { title: 'WHAT', cell: ({ what }) => what },
    { title: 'NAME', cell: ({ name: changed }) => changed },
    { title: 'BEFORE', cell: ({ before }) => shortened(before) },
    { title: 'AFTER', cell: ({ after }) => shortened(after) },
  ];
  const table = tableOf(columns, changes, viewing.wide);
  return [
    { kind: 'facts', facts },
    { kind: 'table', title: 'Changes', table, empty: 'Nothing that concerns who runs it.' },
    { kind: 'text', text: `Pin it with headframe modules refresh ${name} --apply.` },
  ];
}

/** What `modules verify` says. */
export function findingsView(module: Module): View {
  const { name, pin, findings } = module;
  const facts: [string, Cell][] = [
    ['module', name],
    ['state', stateCell(module)],
    ['commit', pin?.commit ?? NOTHING],
    ['digest', pin?.digest ?? NOTHING],
  ];
  return [{ kind: 'facts', facts }, findingsBlock(findings)];
}

function findingsBlock(findings: readonly ModuleFinding[]): Block {
  const columns: Column<ModuleFinding>[] = [
    { title: 'SEVERITY', cell: ({ severity }) => toned(severity, SEVERITY_TONES[severity]) },
    { title: 'CODE', cell: ({ code }) => code },
    { title: 'WHERE', cell: ({ path }) => path || NOTHING },
    { title: 'FINDING', cell: ({ text }) => text },
  ];
  return { kind: 'table', title: 'Findings', table: tableOf(columns, findings, true), empty: 'Nothing to say.' };
}

function moduleFacts(module: Module, { nowMs }: Viewing): [string, Cell][] {
  const { pin, candidate, failure, packaged } = module;
  const facts: [string, Cell][] = [
    ['module', module.name],
    ['state', stateCell(module)],
    ['url', module.url],
    ['ref', module.ref || 'the default branch'],
    ['from', originCell(module)],
  ];
  if (failure !== undefined)
    facts.push(['why', `${failure.reason}: ${failure.text}`], ['remedy', failure.remedy || NOTHING]);
  if (pin !== undefined)
    facts.push(
      ['version', pin.version],
      ['commit', pin.commit],
      ['digest', pin.digest],
      ['size', `${formatBytes(Number(pin.bytes))}, ${pin.files} files, ${pin.skipped} left out`],
      ['roles', listCell(pin.roles)],
      ['settings', `${pin.settings}: ${pin.requiredSettings} required, ${pin.secretSettings} secret`],
    );
  if (candidate !== undefined) facts.push(['newer', `${candidate.commit} (${candidate.version})`]);
  if (packaged !== undefined) facts.push(['package', packagedCell(packaged)]);
  facts.push(
    ['refreshed', ageCell(Number(module.refreshedAtMs), nowMs)],
    ['verified', timeCell(Number(module.verifiedAtMs))],
  );
  return facts;
}

function profileBlocks(profile: ModuleProfile, { wide }: Viewing): Block[] {
  const { role, entry, command, args, requirements, environment, ports, duties } = profile;
  const facts: [string, Cell][] = [
    ['entry', entry || NOTHING],
    ['command', [...command, ...args].join(' ')],
    ['requirements', listCell(requirements)],
    ['ports', listCell(ports.map(({ name, port }) => `${name} ${port}`))],
    ['chain', listCell(duties)],
  ];
  const columns: Column<(typeof environment)[number]>[] = [
    { title: 'VARIABLE', cell: ({ name }) => name },
    { title: 'DEFAULT', cell: ({ default: preset }) => shortened(preset ?? '') },
    { title: 'REQUIRED', cell: ({ required }) => yesCell(required) },
    { title: 'SECRET', cell: ({ secret }) => yesCell(secret) },
    { title: 'WHERE', cell: ({ at }) => at },
    { title: 'DESCRIPTION', cell: ({ description }) => shortened(description), wide: true },
  ];
  const table = tableOf(columns, environment, wide);
  return [
    { kind: 'facts', title: `As ${role}`, facts },
    { kind: 'table', title: 'Environment', table, empty: 'It reads no variable.' },
  ];
}

function settingsBlock(settings: readonly ModuleSetting[], { wide }: Viewing): Block {
  const columns: Column<ModuleSetting>[] = [
    { title: 'SETTING', cell: ({ name }) => name },
    { title: 'BY', cell: ({ source }) => source },
    {
      title: 'TYPE',
      cell: ({ type, choices }) => (choices.length === 0 ? type : `${type}: ${shortened(choices.join('|'))}`),
    },
    { title: 'DEFAULT', cell: ({ default: preset }) => shortened(preset ?? '') },
    { title: 'REQUIRED', cell: ({ required }) => yesCell(required) },
    { title: 'SECRET', cell: ({ secret }) => yesCell(secret) },
    { title: 'ROLE', cell: ({ role }) => role || NOTHING },
    { title: 'WHERE', cell: ({ file, line }) => `${file}:${line}` },
    { title: 'DESCRIPTION', cell: ({ description }) => shortened(description), wide: true },
  ];
  return { kind: 'table', title: 'Settings', table: tableOf(columns, settings, wide), empty: 'It has no settings.' };
}

function stateCell({ state, job }: Module): Cell {
  const word = MODULE_STATE.find(state) ?? NOTHING;
  const tone = word === NOTHING ? undefined : STATE_TONES[word];
  const doing = job === ModuleJob.UNSPECIFIED || word === 'fetching' ? '' : `,${MODULE_JOB.find(job) ?? ''}`;
  return toned(`${word}${doing}`, tone);
}

function packagedCell({ signer, packedBy, packedAtMs }: ModulePackaged): string {
  return `of ${new Date(Number(packedAtMs)).toISOString()}, by ${packedBy || NOTHING}, signed by ${signer}`;
}

function originCell({ addedBy, network, netuid, packaged }: Module): string {
  if (packaged !== undefined) return 'package';
  return network === '' ? addedBy || 'operator' : `${network}/${netuid}`;
}

function commitCell(pin: ModulePin | undefined): string {
  return pin?.commit.slice(0, SHORT_COMMIT) ?? NOTHING;
}

function listCell(words: readonly string[] = []): string {
  return words.length === 0 ? NOTHING : words.join(', ');
}

function yesCell(is: boolean): string {
  return is ? 'yes' : NOTHING;
}

function shortened(text: string): string {
  if (text === '') return NOTHING;
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text;
}
