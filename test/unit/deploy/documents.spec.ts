import { fromJsonString } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { agentConfigSchema } from '../../../common/config/agent-config.js';
import { coordinatorConfigSchema } from '../../../common/config/coordinator-config.js';
import { Health } from '../../../common/gen/grpc/health/v1/health_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { parseManifests } from '../../../common/model/manifest/index.js';
import { REASONS } from '../../../common/model/reason.js';
import { checkSchema, readDocuments } from '../../../common/model/schema/index.js';
import { readModuleFile } from '../../../coordinator/kinds/module/profiles/index.js';
import { commandFault } from '../../support/command-check.js';
import { codeBlocks, deadLinks, headframeCommands, inlineCode, writtenPages } from '../../support/documents.js';

const services = [FleetService, HostService, Health];
const pages = writtenPages();
const blocks = pages.flatMap(codeBlocks);

describe('the documents', () => {
  it('show commands in shell blocks that exist, with flags and arguments that they take', () => {
    const shell = blocks.filter(({ language }) => language === 'sh' || language === 'bash');
    const commands = shell.flatMap(({ place, text }) => headframeCommands(text).map((words) => ({ place, words })));
    expect(commands.length).to.be.greaterThan(20);
    const faults = commands.flatMap(({ place, words }) => faultAt(place, words, commandFault(words, 'complete')));
    expect(faults).to.deep.equal([]);
  });

  it('mention commands in their text that exist', () => {
    const mentions = pages.flatMap(inlineCode).filter(({ text }) => /^(npx )?headframe [a-z]/.test(text));
    const commands = mentions.flatMap(({ place, text }) => headframeCommands(text).map((words) => ({ place, words })));
    expect(commands.length).to.be.greaterThan(20);
    const faults = commands.flatMap(({ place, words }) => faultAt(place, words, commandFault(words, 'mention')));
    expect(faults).to.deep.equal([]);
  });

  it('show manifests that are valid', () => {
    const yaml = blocks.flatMap(({ place, language, text }) => {
      if (language === 'yaml') return [{ name: place, text }];
      return [...text.matchAll(/<<'YAML'\n(.*?)^YAML$/gms)].map((match) => ({ name: place, text: match[1] ?? '' }));
    });
    const manifests = yaml.filter(({ text }) => /^kind:/m.test(text));
    expect(manifests.length).to.be.greaterThan(0);
    for (const manifest of manifests) {
      const parsed = parseManifests([manifest]);
      expect('violations' in parsed ? parsed.violations : []).to.deep.equal([]);
    }
  });

  it('show configurations that are valid', () => {
    const yaml = blocks.filter(({ language, text }) => language === 'yaml' && !/^(?:kind|roles):/m.test(text));
    expect(yaml.length).to.be.greaterThan(1);
    for (const { place, text } of yaml) {
      const schema = /^coordinator:/m.test(text) ? agentConfigSchema : coordinatorConfigSchema;
      const checked = checkSchema<unknown>(schema, readDocuments({ name: place, text }).documents[0]?.data);
      expect('violations' in checked ? checked.violations : [], place).to.deep.equal([]);
    }
  });

  it('show modules that say what they are in a way that is understood', () => {
    const files = blocks.filter(({ language, text }) => language === 'yaml' && /^roles:/m.test(text));
    expect(files.length).to.be.greaterThan(0);
    for (const { place, text } of files) expect(readModuleFile(text).violations, place).to.deep.equal([]);
  });

  it('call methods by grpcurl that exist, with messages that they take', () => {
    const text = blocks.map((block) => block.text).join('\n');
    const calls = [...text.matchAll(/grpcurl \$tls (?:-d '(.*?)' )?\S+ ([\w.]+)\/(\w+)$/gms)];
    expect(calls.length).to.be.greaterThan(4);
    for (const [, json = '{}', service = '', method = ''] of calls) {
      const found = services.find(({ typeName }) => typeName === service)?.methods.find(({ name }) => name === method);
      if (found === undefined) expect.fail(`no ${service}/${method}`);
      expect(() => fromJsonString(found.input, json), `${service}/${method}`).not.to.throw();
    }
  });

  it('link to files that are there', () => {
    const dead = pages.flatMap((page) => deadLinks(page).map((link) => `${page.path}: ${link}`));
    expect(dead).to.deep.equal([]);
  });

  it('name only reasons that exist where they tell what to do about them', () => {
    const operations = pages.find(({ path }) => path === 'docs/operations.md')?.text ?? '';
    const [, table = ''] = operations.split('## Troubleshooting');
    const [fleet = ''] = table.split('Answers of the programs themselves');
    const named = [...fleet.matchAll(/^\| (`.+?) \|/gm)].flatMap((row) => [
      ...(row[1] ?? '').matchAll(/`([a-z][a-z_]+)`/g),
    ]);
    const unknown = named.map((match) => match[1] ?? '').filter((code) => !Object.hasOwn(REASONS, code));
    expect(named.length).to.be.greaterThan(15);
    expect(unknown).to.deep.equal([]);
  });
});

describe('the check of commands', () => {
  const wrong = [
    ['hosts', 'lss'],
    ['hosts'],
    ['hosts', 'ls', '--everything'],
    ['hosts', 'ls', 'east-1'],
    ['miners', 'scale', 'first'],
    ['agent', 'start', '--engine', 'docker'],
    ['start'],
  ];
  for (const words of wrong)
    it(`refuses headframe ${words.join(' ')}`, () => expect(commandFault(words, 'complete')).to.be.a('string'));

  it('finds commands behind npx, pipes and loops, and not in paths', () => {
    const text = 'until npx headframe agent start; do x; done\ncd /opt/headframe && headframe -o json hosts ls | jq .';
    expect(headframeCommands(text)).to.deep.equal([
      ['agent', 'start'],
      ['-o', 'json', 'hosts', 'ls'],
    ]);
  });
});

describe('the remedies of reasons', () => {
  it('name commands that exist', () => {
    const faults = Object.entries(REASONS).flatMap(([code, { remedy }]) =>
      [
        ...remedy.matchAll(/headframe ((?:[a-z]+|--[a-z]+)(?: (?:[a-z]+|--[a-z-]+))*?)(?=[.,;:]| for| shows|$)/g),
      ].flatMap((match) => {
        const words = (match[1] ?? '').split(' ');
        return faultAt(code, words, commandFault(words, 'mention'));
      }),
    );
    expect(faults).to.deep.equal([]);
  });
});

function faultAt(place: string, words: readonly string[], fault: string | undefined): string[] {
  return fault === undefined ? [] : [`${place}: headframe ${words.join(' ')}: ${fault}`];
}
