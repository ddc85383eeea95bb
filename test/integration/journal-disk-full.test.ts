import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '#agent/contract/journal.js';
import type { NodeView } from '#agent/contract/node.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const agent = new LiveAgent();

/** A disk of its own, which the agent's root is a link to. */
const disk = mkdtempSync(join(tmpdir(), 'tsgov-test-disk-'));

before(async () => {
  if (ROOT.skip !== undefined) return;
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0711', 'tsgov-test', disk]);
  symlinkSync(disk, agent.root);
  await agent.startAgent();
});
after(async () => {
  if (ROOT.skip === undefined) {
    rmSync(join(disk, 'filler'), { force: true });
    await agent.stop();
    execFileSync('umount', [disk]);
  }
  rmdirSync(disk);
});

test('On a full disk the agent goes on, says so once, and writes what waited once there is room again', ROOT, async () => {
  agent.ok('run', '-d', '--name', 'w', 'host:', 'sleep', '1000');
  agent.ok('freeze', 'w');
  agent.ok('thaw', 'w');
  fill(join(disk, 'filler'));
  // Until what SQLite had reserved is used up, too.
  const failing = await agent.until(
    'the journal cannot be written',
    async () => {
      agent.ok('freeze', 'w');
      agent.ok('thaw', 'w');
      return (await conditions()).find(({ type }) => type === 'JournalFailed');
    },
    60_000,
  );
  assert.match(failing.message, /the journal cannot be written: SQLITE_FULL/);
  // It goes on governing, and answers at once.
  agent.ok('freeze', 'w');
  assert.equal(agent.inspect('w').state.status, 'frozen');
  agent.ok('thaw', 'w');
  assert.match(agent.ok('info'), /Warning: the journal cannot be written/);
  await sleep(2500);
  rmSync(join(disk, 'filler'));
  await agent.until('it is written again', async () => !(await conditions()).some(({ type }) => type === 'JournalFailed'));
  agent.ok('kill', '--signal', 'USR1', 'w');
  const rows = JSON.parse(agent.ok('journal', '--container', 'w', '--limit', '5000', '--format', 'json')) as JournalEntry[];
  const actions = rows.map(({ action }) => action);
  assert.equal(actions.pop(), 'kill');
  const rounds = actions.length / 2;
  assert.deepEqual(actions, Array.from({ length: rounds }, () => ['freeze', 'thaw']).flat(), 'nothing that waited is lost');
  const told = warnings().filter((message) => message.includes('SQLITE_FULL') && message.includes('rows wait'));
  assert.equal(told.length, 1, told.join('\n'));
  assert.equal(warnings().filter((message) => message.includes('rows are written again')).length, 1);
});

async function conditions(): Promise<NodeView['conditions']> {
  return ((await agent.api('GET', '/v1/node')).body as NodeView).conditions;
}

/** What operators were warned of so far. */
function warnings(): string[] {
  const lines = agent.ok('events', '--since', '1h', '--until', '0s', '--filter', 'event=warning', '--format', 'json').split('\n');
  return lines
    .filter(Boolean)
    .map((line) => String((JSON.parse(line) as { attributes: { message: string } }).attributes.message));
}

/** Writes until there is no room left. */
function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (const block = Buffer.alloc(4096); ; ) writeSync(fd, block);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(fd);
  }
}
