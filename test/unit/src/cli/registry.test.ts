import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GLOBAL_FLAGS } from '#src/cli/globals.js';
import { COMMANDS, findCommand } from '#src/cli/registry.js';

const CONTRACT =
  'agent run create start stop kill restart rm wait exec attach logs ps inspect stats events procs ns freeze pause thaw unpause limit update plan policy doctor info version completion'.split(
    ' ',
  );

test('every command of the contract is there, by name or alias', () => {
  assert.deepEqual(
    CONTRACT.filter((name) => findCommand(name) === undefined),
    [],
  );
});

test('no name or alias is there twice', () => {
  const names = COMMANDS.flatMap((each) => [each.name, ...each.aliases]);
  assert.equal(new Set(names).size, names.length);
});

test('within a command no short flag, and no long one with the global flags, means two things', async () => {
  for (const entry of COMMANDS) {
    const { flags } = await entry.load();
    const shorts = Object.values(flags).flatMap((spec) => spec.short ?? []);
    assert.equal(new Set(shorts).size, shorts.length, entry.name);
    const longs = [
      ...Object.keys(flags),
      ...Object.values(flags).flatMap((spec) => spec.aliases ?? []),
      ...Object.keys(GLOBAL_FLAGS),
    ];
    assert.equal(new Set(longs).size, longs.length, entry.name);
  }
});

const RUN_FLAGS =
  '-d -i -t --rm --name -e -v -w -u -h --hostname --label --entrypoint --restart --read-only --tmpfs --cap-add --cap-drop --security-opt --ulimit --init --stop-signal --stop-timeout --network --pids-limit --cpus --cpu-shares --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems -m --memory --memory-swap --memory-reservation --blkio-weight --device --device-read-bps --device-write-bps --device-read-iops --device-write-iops --oom-score-adj --shm-size --pid --ipc --uts --userns --cgroupns --sysctl --cpu-weight --cpu-burst --cpu-idle --memory-high --memory-low --memory-min --memory-swap-max --io-weight --cidfile --env-file --mount --no-agent-start';

test('run has every flag of the contract', async () => {
  const { flags } = await findCommand('run')!.load();
  const spellings = new Set(Object.entries(flags).flatMap(([name, spec]) => [`--${name}`, `-${spec.short}`]));
  assert.deepEqual(
    RUN_FLAGS.split(' ').filter((flag) => !spellings.has(flag)),
    [],
  );
});
