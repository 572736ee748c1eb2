import { expect } from 'chai';
import { whyUnguarded } from '../../../../agent/guard/can-guard.js';
import type { GuardGround } from '../../../../agent/guard/can-guard.js';

const ID = '4f'.repeat(32);
const HOST: GuardGround = {
  runtime: 'docker',
  engineIsLocal: true,
  isRoot: true,
  hasShell: true,
  processes: ['systemd', 'dockerd', 'node'],
  ownCgroup: '0::/system.slice/headframe-agent.service\n',
  firstCgroup: '0::/init.scope\n',
};

describe('whyUnguarded', () => {
  for (const [where, patch, canGuard] of [
    ['beside a local engine as root', {}, true],
    ['beside a containerd that somebody else started', { processes: ['containerd'] }, true],
    [
      'inside the container that the engine is in, too',
      { ownCgroup: `1:cpu:/docker/${ID}`, firstCgroup: `1:cpu:/docker/${ID}` },
      true,
    ],
    ['for plain processes, root or not', { runtime: 'process', isRoot: false, processes: [] }, true],
    ['without root', { isRoot: false }, false],
    ['with an engine elsewhere', { engineIsLocal: false }, false],
    ["where the engine's processes are not seen", { processes: ['node'] }, false],
    ["in a container with the host's processes", { ownCgroup: `0::/system.slice/docker-${ID}.scope` }, false],
    [
      "in a container with cgroups of its own and the host's processes",
      { ownCgroup: '0::/', firstCgroup: '0::/../../init.scope' },
      false,
    ],
    ['for plain processes in such a container', { runtime: 'process', firstCgroup: '0::/../../init.scope' }, false],
    ['without a shell', { hasShell: false }, false],
  ] as const)
    it(`${canGuard ? 'finds nothing wrong' : 'refuses'} ${where}`, () => {
      expect(whyUnguarded({ ...HOST, ...patch }) === undefined).to.equal(canGuard);
    });
});
