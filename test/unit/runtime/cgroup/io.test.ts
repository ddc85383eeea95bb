import { describe, test } from 'node:test';
import { assertConditions, assertPlanned, inBothVersions, type LimitCase } from '#test/support/limit-cases.js';

const WRITES: LimitCase[] = [
  {
    name: 'a latency, in microseconds, and none',
    limits: {
      io: {
        devices: [
          { major: 8, minor: 0, asked: '8:0', latencyUsec: 10_000 },
          { major: 8, minor: 16, asked: '8:16', latencyUsec: 'max' },
        ],
      },
    },
    v1: [],
    v2: ['io.latency=8:0 target=10000', 'io.latency=8:16 target=max'],
  },
  {
    name: 'rates of a disk',
    limits: {
      io: { devices: [{ major: 254, minor: 16, asked: '/data', readBytesPerSec: 1000, writeBytesPerSec: 'max', writeIops: 7 }] },
    },
    v1: [
      'blkio.throttle.read_bps_device=254:16 1000',
      'blkio.throttle.write_bps_device=254:16 0',
      'blkio.throttle.write_iops_device=254:16 7',
    ],
    v2: ['io.max=254:16 rbps=1000 wbps=max wiops=7'],
  },
  {
    name: 'I/O weight: both mechanisms of v2',
    limits: { io: { weight: 100 } },
    v1: ['blkio.bfq.weight=100'],
    v2: ['io.bfq.weight=default 100', 'io.weight=default 100'],
  },
  {
    name: 'blkio weight as asked where bfq is, converted where not',
    limits: { io: { blkioWeight: 500 } },
    v1: ['blkio.bfq.weight=500'],
    v2: ['io.bfq.weight=default 500', 'io.weight=default 4950'],
  },
  {
    name: 'I/O weight without bfq',
    limits: { io: { weight: 300, blkioWeight: 20 } },
    lacks: ['blkio.bfq.weight', 'io.bfq.weight'],
    v1: [],
    v2: ['io.weight=default 300'],
  },
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});

const CONDITIONS: LimitCase[] = [
  {
    name: 'buffered writes',
    limits: {
      io: {
        devices: [
          { major: 8, minor: 0, asked: '/', writeBytesPerSec: 1 },
          { major: 8, minor: 16, asked: '/x', readIops: 1 },
        ],
      },
    },
    v1: ['io.devices[0] V1BufferedWrites'],
    v2: [],
  },
  {
    name: 'no weight mechanism',
    limits: { io: { weight: 5 } },
    lacks: ['blkio.bfq.weight', 'io.weight', 'io.bfq.weight'],
    v1: ['io.weight NoIoWeight'],
    v2: ['io.weight NoIoWeight'],
  },
];

describe('what a host cannot carry is a condition', () => {
  for (const { name, version, asked, wanted } of inBothVersions(CONDITIONS))
    test(name, () => assertConditions(version, asked, wanted));
});
