import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LiveAgent } from '#test/support/live-agent.js';
import { measureGoverning } from './agent-cost.js';
import { BenchApi } from './api.js';
import { makeBundle } from './bundle.js';
import { measureFreezeMs, measureLimitMs, measureShimPssKiB } from './containers.js';
import { measureDrift } from './drift.js';
import { describeMachine } from './machine.js';
import { measureNamespaces } from './namespaces.js';
import { type BenchReport, printReport } from './report.js';
import { measureStart } from './start.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '200' },
    programs: { type: 'string' },
    'scrape-seconds': { type: 'string' },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${values.rounds}: a positive whole number is needed`);
const scrapeSeconds = values['scrape-seconds'] === undefined ? undefined : Number(values['scrape-seconds']);
if (scrapeSeconds !== undefined && !(scrapeSeconds >= 1)) throw new RangeError('--scrape-seconds: a number from 1 on is needed');
if (values.programs === undefined) throw new RangeError('--programs DIR is needed: run this through npm run bench');

const report = await bench(rounds, values.programs);
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else printReport(report);

async function bench(rounds: number, programs: string): Promise<BenchReport> {
  const agent = await LiveAgent.start();
  const api = new BenchApi(agent.socket);
  try {
    const bundle = join(agent.dir, 'bundle');
    mkdirSync(bundle);
    const rootfs = makeBundle(bundle, programs);
    return {
      start: await measureStart({ api, socket: agent.socket, rounds, bundle, rootfs, programs, tag: String(process.pid) }),
      shim: { pssKiB: await measureShimPssKiB(api, rootfs, agent.state) },
      limit: { p50Ms: await measureLimitMs(api, rootfs, rounds) },
      freeze: {
        n1: { p99Ms: await measureFreezeMs(api, rootfs, 1, rounds) },
        n100: { p99Ms: await measureFreezeMs(api, rootfs, 100, rounds) },
        n1000: { p99Ms: await measureFreezeMs(api, rootfs, 1000, Math.ceil(rounds / 2)) },
      },
      drift: await measureDrift(api, rootfs, Math.ceil(rounds * 2.5)),
      namespaces: await measureNamespaces(api, rootfs, Math.ceil(rounds / 10)),
      ...(await measureGoverning(programs, rounds, scrapeSeconds)),
      machine: describeMachine(),
      rounds,
    };
  } finally {
    api.close();
    await agent.stop();
  }
}
