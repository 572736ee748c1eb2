import { Document, parse } from 'yaml';

/** A setting as the coordinator that leads tells it. */
export interface ToldSetting {
  /** Such as `store.jetstream.cluster`. */
  readonly path: string;
  /** As YAML has it, on one line. */
  readonly value: string;
}

/** The settings as the tree that a configuration is. Pure. */
export function configurationOf(settings: readonly ToldSetting[]): object {
  const tree = new Document({});
  for (const { path, value } of settings) tree.setIn(path.split('.'), tree.createNode(parse(value)));
  // What was made as a mapping is one.
  return tree.toJS() as object;
}

/** The configuration of a further coordinator as a file for people, who are told what it lacks. Pure. */
export function configurationText(address: string, leader: string, settings: readonly ToldSetting[]): string {
  const document = new Document(configurationOf(settings));
  document.commentBefore = remarks(address, leader, settings)
    .map((line) => ` ${line}`)
    .join('\n');
  return document.toString({ lineWidth: 0 });
}

function remarks(address: string, leader: string, settings: readonly ToldSetting[]): string[] {
  const files = settings.filter(({ path }) => path.endsWith('File'));
  const hasKey = files.some(({ path }) => path === 'security.keyFile' || path === 'security.passphraseFile');
  const isPlain = settings.some(({ path, value }) => path === 'security.mode' && value === 'plaintext');
  return [
    `coordinator.yaml of ${address}. All that is not in here: as at ${leader}, which leads.`,
    'Where user and password stand before a host in store.jetstream.servers there, they were left out: put them in.',
    ...(files.length === 0 ? [] : [`Copy from ${leader}, to the same places and readable by the coordinator alone:`]),
    ...files.map(({ path, value }) => `  ${value}  (${path})`),
    ...(hasKey || isPlain ? [] : ['Give it the key that all share as there: by the systemd credential headframe-key.']),
  ];
}
