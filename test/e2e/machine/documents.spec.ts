import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { describeWith } from '../../support/describe-with.js';
import { describeWithDocker } from '../../support/docker.js';
import { DocumentMachine } from '../../support/document-machine.js';
import { codeBlocks, sectionOf } from '../../support/documents.js';

const RUN_MS = 180_000;
const TEST_MS = 240_000;

const START = `
headframe coordinator start --data-dir ./coordinator 2> coordinator.log & coordinator=$!
trap 'kill $coordinator; wait' EXIT
export HEADFRAME_IDENTITY=$PWD/coordinator/admin
until headframe status > /dev/null 2>&1; do sleep 0.2; done
$(headframe token create) --data-dir ./agent
headframe agent start --data-dir ./agent 2> agent.log & agent=$!
trap 'kill $agent $coordinator; wait' EXIT
`;

describeWithDocker('the first miner of the README', () => {
  it('runs by the commands as they are written, and goes by them', async () => {
    const machine = await DocumentMachine.open();
    try {
      const { code, output } = await machine.run(firstMiner(), RUN_MS);
      expect(code, output).to.equal(0);
      expect(output).to.match(/first-\d+ +\S+ +running/);
      expect(output).to.include('impossible_resources');
      expect(await machine.containers()).to.deep.equal([]);
    } finally {
      await machine.close();
    }
  }).timeout(TEST_MS);
});

const python = process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3';
const canCall = spawnSync(python, ['-c', 'import grpc']).status === 0 && existsSync('/usr/bin/grpc_python_plugin');

describeWith(canCall ? undefined : `${python} has no grpc, or there is no compiler for it`)(
  'the Python client of the API guide',
  () => {
    it('applies, watches and deletes a miner, and reads an error, by the commands as they are written', async () => {
      const machine = await DocumentMachine.open();
      try {
        const blocks = codeBlocks({ path: 'docs/api.md', text: sectionOf('docs/api.md', 'With Python') });
        const stubs = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
        const [client = ''] = blocks.filter(({ language }) => language === 'python').map(({ text }) => text);
        const image = 'sh deploy/examples/image/build.sh';
        const script = [
          image,
          ...stubs,
          START,
          `python3 - <<'END'\n${client}END\nheadframe miners wait from-python --for deleted`,
        ];
        const { code, output } = await machine.run(script.join('\n'), RUN_MS);
        expect(code, output).to.equal(0);
        expect(output).to.match(/^running: from-python-\d+$/m);
        expect(output).to.include('NOT_FOUND miner_not_found');
      } finally {
        await machine.close();
      }
    }).timeout(TEST_MS);
  },
);

/** All but the set-up of the clone, which this one has behind it. */
function firstMiner(): string {
  const text = sectionOf('README.md', 'Your first miner in five minutes');
  const blocks = codeBlocks({ path: 'README.md', text }).filter(({ language }) => language === 'sh');
  const [setUp, ...rest] = blocks.map((block) => block.text);
  expect(setUp).to.include('npm ci');
  return rest.join('\n');
}
