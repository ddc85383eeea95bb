import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { oomReport, parseOomKill } from '#agent/containers/oom-report.js';
import { tempDir } from '#test/support/temp.js';

const RECORD =
  '6,5310,13020303964,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/tsgov,task_memcg=/tsgov/ab/inner,task=a b,c=d,pid=23691,uid=0\n';

test('The victim and the cgroup whose limit was reached are read from the record of the kill', () => {
  const oom = { victim: { pid: 23691, comm: 'a b,c=d' }, level: '/tsgov', source: '/dev/kmsg' };
  assert.deepEqual(parseOomKill(RECORD, '/tsgov/ab', '/dev/kmsg'), oom);
  assert.deepEqual(parseOomKill(RECORD, '/tsgov/ab/inner', '/dev/kmsg'), oom);
});

test('Kills elsewhere, and other records, are not of it', () => {
  assert.equal(parseOomKill(RECORD, '/tsgov/a', '/dev/kmsg'), undefined);
  assert.equal(parseOomKill(RECORD, '/other', '/dev/kmsg'), undefined);
  assert.equal(
    parseOomKill('6,1,2,-;Memory cgroup out of memory: Killed process 23691 (sh)', '/tsgov/ab', '/dev/kmsg'),
    undefined,
  );
});

test('A log that is not there says nothing', async (t) => {
  assert.equal(await oomReport(join(tempDir(t), 'none'), '/tsgov/ab'), undefined);
});
