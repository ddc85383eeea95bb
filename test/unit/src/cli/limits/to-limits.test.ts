import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsInput } from '#agent/contract/limits.js';
import { parseFlags } from '#src/cli/flags/parse-flags.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { LIMIT_FLAGS } from '#src/cli/limits/flags.js';
import { toLimits } from '#src/cli/limits/to-limits.js';

const limits = (args: string, current?: number | string) =>
  toLimits(parseFlags(LIMIT_FLAGS, args === '' ? [] : args.split(' '), { stopAtPositional: false }).flags, current);
const MiB = 2 ** 20;

for (const [args, expected] of [
  ['', {}],
  ['-m 64m', { memory: { max: 64 * MiB } }],
  ['--memory 0', { memory: { max: 'max' } }],
  ['--memory max', { memory: { max: 'max' } }],
  ['-m 64m --memory-swap 64m', { memory: { max: 64 * MiB, swap: 0 } }],
  ['-m 64m --memory-swap 100m', { memory: { max: 64 * MiB, swap: 36 * MiB } }],
  ['-m 64m --memory-swap -1', { memory: { max: 64 * MiB, swap: 'max' } }],
  ['--memory-swap -1', { memory: { swap: 'max' } }],
  ['--memory-swap 0 -m 1m', { memory: { max: MiB } }],
  ['--memory-swap-max 0', { memory: { swap: 0 } }],
  ['--memory-reservation 32m', { memory: { low: 32 * MiB } }],
  ['--memory-low 32m', { memory: { low: 32 * MiB } }],
  ['--memory-min 1m', { memory: { min: MiB } }],
  ['--memory-high 48m', { memory: { high: 48 * MiB } }],
  ['--oom-group', { memory: { oomGroup: true } }],
  ['--oom-group=false', { memory: { oomGroup: false } }],
  ['--cpus 0.5', { cpu: { max: 0.5 } }],
  ['--cpus 0', { cpu: { max: 'max' } }],
  ['--cpus max', { cpu: { max: 'max' } }],
  ['--cpu-quota 50000', { cpu: { max: 0.5 } }],
  ['--cpu-quota 25000 --cpu-period 50000', { cpu: { max: 0.5, period: '50ms' } }],
  ['--cpu-quota -1', { cpu: { max: 'max' } }],
  ['--cpu-period 50000', { cpu: { period: '50ms' } }],
  ['--cpus 1.5 --cpu-period 12345', { cpu: { max: 1.5, period: '12.345ms' } }],
  ['--cpu-shares 512', { cpu: { shares: 512 } }],
  ['-c 512', { cpu: { shares: 512 } }],
  ['--cpu-weight 50', { cpu: { weight: 50 } }],
  ['--cpu-burst 50ms', { cpu: { burst: '50ms' } }],
  ['--cpu-idle', { cpu: { idle: true } }],
  ['--cpu-idle=false', { cpu: { idle: false } }],
  ['--cpuset-cpus 0-1 --cpuset-mems 0', { cpuset: { cpus: '0-1', mems: '0' } }],
  ['--pids-limit 64', { pids: { max: 64 } }],
  ['--pids-limit -1', { pids: { max: 'max' } }],
  ['--pids-limit 0', { pids: { max: 'max' } }],
  ['--blkio-weight 300', { io: { blkioWeight: 300 } }],
  ['--io-weight 300', { io: { weight: 300 } }],
  ['--cpuset-cpus 1 --cpuset-partition root', { cpuset: { cpus: '1', partition: 'root' } }],
  ['--device-latency 8:0:10ms', { io: { devices: [{ device: '8:0', latency: '10ms' }] } }],
  ['--device-read-bps /dev/vda:1m', { io: { devices: [{ device: '/dev/vda', readBps: MiB }] } }],
  ['--device-write-bps 254:0:20MiB', { io: { devices: [{ device: '254:0', writeBps: 20 * MiB }] } }],
  [
    '--device-write-iops /data:500 --device-read-iops /data:max',
    { io: { devices: [{ device: '/data', readIops: 'max', writeIops: 500 }] } },
  ],
  [
    '--device-read-bps /a:1k --device-write-bps /a:2k --device-write-bps /b:3k',
    {
      io: {
        devices: [
          { device: '/a', readBps: 1024, writeBps: 2048 },
          { device: '/b', writeBps: 3072 },
        ],
      },
    },
  ],
] as [string, LimitsInput][]) {
  test(`limit flags → limits: ${args || '(none)'}`, () => assert.deepEqual(limits(args), expected));
}

test('--memory-swap alone counts from the limit in force', () => {
  assert.deepEqual(limits('--memory-swap 100m', 64 * MiB), { memory: { swap: 36 * MiB } });
});

for (const [args, message] of [
  ['--memory-swap 100m', /give --memory too/],
  ['-m 64m --memory-swap 32m', /less than the memory limit/],
  ['-m 64m --memory-swap 100m --memory-swap-max 1m', /give one/],
  ['--cpus 1 --cpu-quota 50000', /give one/],
  ['--cpu-period -5', /positive/],
  ['--cpus -1', /invalid argument "-1" for "--cpus" flag: want a number from 0 on; 0 or max for no limit/],
  ['--cpu-quota 1', /invalid argument "1" for "--cpu-quota" flag: want microseconds, 1000 at least/],
  ['--cpu-quota -5', /for "--cpu-quota" flag/],
  ['--memory-low 1m --memory-reservation 2m', /give one/],
  ['--device-latency /dev/vda:soon', /PATH:DURATION/],
  ['--cpuset-partition mine', /want member, root or isolated/],
  ['--device-read-bps /dev/vda', /PATH:RATE/],
  ['--device-read-bps :1m', /PATH:RATE/],
  ['--device-read-bps /dev/vda:fast', /PATH:RATE/],
  ['--device-read-iops /dev/vda:1.5', /PATH:RATE/],
] as [string, RegExp][]) {
  test(`limit flags that cannot be meant: ${args}`, () => {
    assert.throws(
      () => limits(args),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}
