import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NetworkRates } from '#agent/sampler/network-rates.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const HEAD = 'Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets\n';

/** A /proc with these processes' networks. */
class Proc {
  readonly root: string;
  nowMs = 1000;
  readonly rates: NetworkRates;

  constructor(t: Teardown) {
    this.root = tempDir(t);
    this.#link('self', 1);
    this.rates = new NetworkRates({ procRoot: this.root, monotonicMs: () => this.nowMs });
  }

  process(
    pid: number,
    netNamespace: number,
    interfaces: Readonly<Record<string, readonly [receive: number, transmit: number]>>,
  ): void {
    this.#link(String(pid), netNamespace);
    const lines = Object.entries(interfaces).map(
      ([name, [receive, transmit]]) => `${name}: ${receive} 1 0 0 0 0 0 0 ${transmit} 1 0 0 0 0 0 0\n`,
    );
    mkdirSync(join(this.root, String(pid), 'net'), { recursive: true });
    writeFileSync(join(this.root, String(pid), 'net/dev'), HEAD + lines.join(''));
  }

  /** A tick a second until so many have passed; what was last said. */
  ticks(count: number, id: string, pid: number | undefined): object {
    let said = {};
    for (let tick = 0; tick < count; tick += 1) {
      this.nowMs += 1000;
      said = this.rates.signals(id, () => pid);
    }
    return said;
  }

  #link(pid: string, namespace: number): void {
    mkdirSync(join(this.root, pid, 'ns'), { recursive: true });
    try {
      symlinkSync(`net:[${namespace}]`, join(this.root, pid, 'ns/net'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

test('What went through its interfaces between two looks is the rate until the next, without loopback', (t) => {
  const proc = new Proc(t);
  proc.process(7, 70, { lo: [500, 500], eth0: [1000, 100], eth1: [0, 0] });
  assert.deepEqual(proc.ticks(11, 'a', 7), {}, 'looked at once: no rate');
  proc.process(7, 70, { lo: [99_999_999, 99_999_999], eth0: [51_000, 10_100], eth1: [50_000, 0] });
  assert.deepEqual(proc.ticks(10, 'a', 7), { 'network.receive': 10_000, 'network.transmit': 1000 });
  proc.process(7, 70, { lo: [0, 0], eth0: [51_000, 10_100] });
  assert.deepEqual(proc.ticks(10, 'a', 7), { 'network.receive': 0, 'network.transmit': 0 }, 'an interface that went');
});

test('The network of the node, one with loopback alone, and one that is gone have no rates', (t) => {
  const proc = new Proc(t);
  proc.process(8, 1, { eth0: [1000, 100] });
  assert.deepEqual(proc.ticks(40, 'node', 8), {});
  proc.process(9, 90, { lo: [1000, 100] });
  assert.deepEqual(proc.ticks(40, 'loopback', 9), {});
  assert.deepEqual(proc.ticks(40, 'gone', 10), {});
  assert.deepEqual(proc.ticks(40, 'none', undefined), {});
});

test('One that gets an interface later is looked at within half a minute', (t) => {
  const proc = new Proc(t);
  proc.process(9, 90, { lo: [1000, 100] });
  proc.ticks(40, 'a', 9);
  proc.process(9, 90, { lo: [1000, 100], eth0: [5000, 0] });
  proc.ticks(30, 'a', 9);
  proc.process(9, 90, { lo: [1000, 100], eth0: [15_000, 0] });
  assert.deepEqual(proc.ticks(10, 'a', 9), { 'network.receive': 1000, 'network.transmit': 0 });
});

test('A container that started anew is looked at anew', (t) => {
  const proc = new Proc(t);
  proc.process(7, 70, { eth0: [9_000_000, 9_000_000] });
  proc.ticks(30, 'a', 7);
  proc.process(11, 71, { eth0: [1000, 0] });
  assert.deepEqual(proc.ticks(11, 'a', 11), {});
  proc.process(11, 71, { eth0: [2000, 0] });
  assert.deepEqual(proc.ticks(10, 'a', 11), { 'network.receive': 100, 'network.transmit': 0 });
});
