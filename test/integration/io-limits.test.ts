import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import { AgentHere } from '#test/support/agent-here.js';
import { cliHere } from '#test/support/cli-here.js';
import { isV2 } from '#test/support/kernel-files.js';
import { requires } from '#test/support/requires.js';

const MiB = 1 << 20;
const IMAGE_BYTES = 64 * MiB;
/** The partition, in sectors of 512 bytes. */
const FIRST_SECTOR = '2048';
const SECTORS = '65536';

/** A disk of our own: a loop device with one partition, ext4 on it, and what people put on top of such. */
class LabDisk {
  readonly node: string;
  name = '';
  number = '';
  readonly #dir: string;
  readonly #undo: (() => void)[] = [];

  constructor(dir: string) {
    this.#dir = dir;
    const image = join(dir, 'lab.img');
    writeFileSync(image, '');
    truncateSync(image, IMAGE_BYTES);
    this.node = run('losetup', '-f', '--show', image);
    this.#undo.push(() => run('losetup', '-d', this.node));
    try {
      this.#build();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #build(): void {
    // Told to the kernel rather than read from a table: not every kernel reads tables.
    run('addpart', this.node, '1', FIRST_SECTOR, SECTORS);
    this.#undo.push(() => run('delpart', this.node, '1'));
    this.name = this.node.replace('/dev/', '');
    this.number = readFileSync(`/sys/block/${this.name}/dev`, 'utf8').trim();
    run('mkfs.ext4', '-q', '-F', `${this.node}p1`);
    this.#mount('plain', `${this.node}p1`);
    for (const name of ['lower', 'upper', 'work', 'bound']) mkdirSync(this.at(`plain/${name}`));
    this.#mount('bind', '--bind', this.at('plain/bound'));
    const layers = ['lower', 'upper', 'work'].map((name) => `${name}dir=${this.at(`plain/${name}`)}`).join(',');
    this.#mount('overlay', '-t', 'overlay', '-o', layers, 'overlay');
    this.#mount('tmpfs', '-t', 'tmpfs', 'tmpfs');
  }

  at(path: string): string {
    return join(this.#dir, path);
  }

  remove(): void {
    for (const undo of this.#undo.splice(0).toReversed()) undo();
  }

  #mount(name: string, ...how: string[]): void {
    const target = this.at(name);
    mkdirSync(target);
    run('mount', ...how, target);
    this.#undo.push(() => run('umount', target));
  }
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  }).trim();
}

describe(
  'disks of I/O limits',
  requires({ root: true, binary: ['losetup', 'addpart', 'mkfs.ext4'], path: '/dev/loop-control' }),
  () => {
    let agent: AgentHere;
    let disk: LabDisk;
    const stops: (() => void | Promise<void>)[] = [];
    const tsgov = (...args: string[]) => cliHere(agent.env, ...args);
    before(async () => {
      agent = await AgentHere.start({ after: (stop) => stops.push(stop) });
      mkdirSync(join(agent.dir, 'lab'));
      disk = new LabDisk(join(agent.dir, 'lab'));
    });
    after(async () => {
      // What has the disk open ends before the disk does.
      await (agent as AgentHere | undefined)?.clear();
      (disk as LabDisk | undefined)?.remove();
      for (const stop of stops) await stop();
    });

    for (const [what, asked] of [
      ['the disk', (lab: LabDisk) => lab.node],
      ['its number', (lab: LabDisk) => lab.number],
      ['a partition of it', (lab: LabDisk) => `${lab.node}p1`],
      ['a path on a partition', (lab: LabDisk) => lab.at('plain/upper')],
      ['a bind mount', (lab: LabDisk) => lab.at('bind')],
      ['an overlay with its upper layer on it', (lab: LabDisk) => lab.at('overlay')],
    ] as const)
      test(`${what} is found to be on the whole disk`, () => {
        const found = resolveBlockDevice(asked(disk), { procRoot: '/proc', sysRoot: '/sys' }, 'device');
        assert.equal(`${found.major}:${found.minor} ${found.name}`, `${disk.number} ${disk.name}`);
        assert.equal(found.via[0], asked(disk));
      });

    test('what is on no disk is refused by name, and nothing is made', async () => {
      for (const [path, why] of [
        [disk.at('tmpfs'), /tmpfs \(mounted at .*tmpfs\), which is on no disk/],
        ['/proc', /proc/],
        ['/dev/null', /character device/],
      ] as const) {
        const limits = { io: { devices: [{ device: path, writeBps: '1m' }] } };
        const { status, body } = await agent.api('POST', '/v1/containers', {
          name: 'u',
          image: 'host:',
          command: ['true'],
          limits,
        });
        const { code, field, detail } = body as { code: string; field: string; detail: string };
        assert.equal(`${status} ${code} ${field}`, '400 DEVICE_UNKNOWN limits.io.devices[0].device');
        assert.match(detail, why);
        assert.ok(detail.includes(path), detail);
      }
      assert.deepEqual(await agent.client.list({ runtime: ['tsgov'] }), []);
    });

    test('run and limit say which disk it is, inspect names both, the kernel has it', async () => {
      const path = disk.at('overlay');
      const flags = ['--device-write-bps', `${path}:4m`, '--device-read-iops', `${disk.node}p1:300`];
      const volume = ['-v', `${disk.at('plain')}:/lab`];
      const started = await tsgov('run', '-d', '--name', 'w', ...flags, ...volume, 'host:', 'sleep', '1000');
      assert.equal(started.code, 0, started.stderr);
      const says = new RegExp(`${path} is on disk ${disk.name} \\(${disk.number}\\), through overlay at ${path}.*${disk.name}p1`);
      assert.match(started.stderr, says);
      const view = await inspect();
      const [device, ...others] = view.limits.io?.devices ?? [];
      assert.deepEqual(others, []);
      assert.equal(device?.device, path);
      assert.equal(device?.disk.number, disk.number);
      assert.equal(device?.disk.name, disk.name);
      assert.equal(device?.writeBps, 4 * MiB);
      assert.equal(device?.readIops, 300);
      assert.deepEqual(kernelRates(view, disk.number), { wbps: 4 * MiB, riops: 300 });

      const changed = await tsgov('limit', 'w', '--device-write-bps', `${disk.at('bind')}:2m`);
      assert.equal(changed.code, 0, changed.stderr);
      assert.match(changed.stderr, new RegExp(`${disk.at('bind')} is on disk ${disk.name}`));
      assert.match(changed.stdout, new RegExp(`io\\.writeBps ${disk.at('bind')} \\(disk ${disk.name}\\) +2MiB/s +override`));
      assert.deepEqual(kernelRates(await inspect(), disk.number), { wbps: 2 * MiB, riops: 300 });
    });

    test('and it holds: direct writes get the rate', async () => {
      const told: string[] = [];
      // Never more; less only while the machine has something else to do.
      for (let tries = 0; tries < 3; tries += 1) {
        const dd = await tsgov('exec', 'w', 'dd', 'if=/dev/zero', 'of=/lab/written', 'bs=1M', 'count=8', 'oflag=direct');
        assert.equal(dd.code, 0, dd.stderr);
        told.push(dd.stderr);
        const rate = (8 * MiB) / Number(/copied, ([\d.]+) s/.exec(dd.stderr)?.[1]);
        assert.ok(rate <= 1.25 * 2 * MiB, dd.stderr);
        if (rate >= 0.75 * 2 * MiB) return;
      }
      assert.fail(`three times too slow: ${told.join('')}`);
    });

    async function inspect(): Promise<ContainerView> {
      const [view] = JSON.parse((await tsgov('inspect', '--format', 'json', 'w')).stdout) as [ContainerView];
      return view;
    }
  },
);

/** The rates of a disk in the kernel's own file, those without a limit left out. */
function kernelRates(view: ContainerView, number: string): Record<string, number> {
  const dir = view.cgroups.io as string;
  if (isV2(dir)) {
    const line =
      readFileSync(join(dir, 'io.max'), 'utf8')
        .split('\n')
        .find((each) => each.startsWith(`${number} `)) ?? '';
    return Object.fromEntries([...line.matchAll(/(\w+)=(\d+)/g)].map(([, name, value]) => [name, Number(value)]));
  }
  const names = { rbps: 'read_bps', wbps: 'write_bps', riops: 'read_iops', wiops: 'write_iops' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, file]) => {
      const text = readFileSync(join(dir, `blkio.throttle.${file}_device`), 'utf8');
      const value = text
        .split('\n')
        .find((each) => each.startsWith(`${number} `))
        ?.split(' ')[1];
      return value === undefined ? [] : [[name, Number(value)]];
    }),
  );
}
