import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWithDocker, testImage } from '../../support/docker.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';

/** Its build says so in words that the Dockerfile does not have, and takes long enough for a coordinator to go and come back. */
const DOCKERFILE = `FROM ${testImage}
RUN mkdir /www && echo '{}' > /www/health && printf 'the build %s\\n' goes && sleep 4
CMD ["busybox", "httpd", "-f", "-p", "3000", "-h", "/www"]
`;
const TAG = 'headframe/model-slow-build';

describeWithDocker('a coordinator that is killed while a model is built', function () {
  this.timeout(120_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: RunningFleet;

  before(async () => {
    temp = await makeTempDir();
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(async () => {
    await fleet.close();
    for (const { Id } of await made()) await fleet.engine.docker.getImage(Id).remove({ force: true });
    await temp[Symbol.asyncDispose]();
  });

  async function made() {
    const images = await fleet.engine.docker.listImages({ filters: { label: ['headframe.content'] } });
    return images.filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith(TAG)));
  }

  async function buildLog(): Promise<string> {
    return (await fleet.headframe(['models', 'build-log', 'slow-build'])).stdout;
  }

  it('finds the build going on, and has the model run that comes of it, which was built once', async () => {
    const folder = join(temp.path, 'slow');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE);
    const deployed = await fleet.headframe(['models', 'deploy', 'slow-build', '--source', folder, '--port', '3000']);
    expect(deployed.code, deployed.stderr).to.equal(0);
    await fleet.until('the build', async () => (await buildLog()).includes('the build goes') || undefined);
    const { serial } = await fleet.instance('slow-build');
    expect(await made()).to.deep.equal([]);
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const [instance] = await fleet.running('slow-build', 1, 60_000);
    expect([instance?.serial, instance?.restarts]).to.deep.equal([serial, 0]);
    expect(await made()).to.have.lengthOf(1);
    expect((await buildLog()).match(/the build goes/g)).to.have.lengthOf(1);
    await fleet.remove('slow-build');
  });
});
