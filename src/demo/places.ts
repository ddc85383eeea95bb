import { existsSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from '#agent/client.js';

/** Where the demo's agent lives, and what must be taken away with it. */
export interface Places {
  root: string;
  state: string;
  cgroupParent: string;
  /** `address:port` of metrics. */
  listen: string;
  /** True when another agent has the default places, so the demo took its own. */
  own: boolean;
  /** Directories that did not exist before the demo. */
  made: string[];
}

const DEFAULTS = { root: '/var/lib/tsgov', state: '/run/tsgov', cgroupParent: '/tsgov', listen: '127.0.0.1:9477' };
/** Where a directory on a real disk is looked for. */
const DISK_CANDIDATES = ['/var/tmp', '/var/lib', process.cwd(), '/tmp'];

/** tsgov's defaults, or the demo's own places when an agent already runs on the default ones. */
export async function choosePlaces(): Promise<Places> {
  const client = connect({ state: DEFAULTS.state });
  const taken = await client.ready();
  client.close();
  if (!taken) return { ...DEFAULTS, own: false, made: [DEFAULTS.root, DEFAULTS.state].filter((dir) => !existsSync(dir)) };
  const dir = mkdtempSync('/var/tmp/tsgov-demo-');
  return {
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    cgroupParent: `/tsgov-demo-${process.pid}`,
    listen: `127.0.0.1:${await freePort()}`,
    own: true,
    made: [dir],
  };
}

/** A new directory on a filesystem that has a block device behind it (its st_dev has a major), or undefined when there is none. */
export function makeDiskDir(): string | undefined {
  for (const parent of DISK_CANDIDATES) {
    if (!existsSync(parent) || major(statSync(parent).dev) === 0) continue;
    const dir = join(parent, `tsgov-demo-disk-${process.pid}`);
    mkdirSync(dir);
    return dir;
  }
  return undefined;
}

/** The major number of a dev_t, as glibc's gnu_dev_major(3) takes it apart (the low 12 bits of it are enough on Linux). */
function major(dev: number): number {
  return Math.floor(dev / 256) % 4096;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail).listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('the port of 127.0.0.1:0 is not known');
  return address.port;
}
