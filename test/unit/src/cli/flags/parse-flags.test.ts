import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags } from '#src/cli/flags/parse-flags.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

const TABLE = {
  memory: { type: 'size-limit', short: 'm', value: 'bytes', help: 'memory' },
  env: { type: 'list', short: 'e', value: 'list', help: 'env' },
  interactive: { type: 'boolean', short: 'i', help: 'stdin' },
  tty: { type: 'boolean', short: 't', help: 'tty' },
  rm: { type: 'boolean', help: 'remove' },
  entrypoint: { type: 'string', value: 'string', help: 'entrypoint' },
  timeout: { type: 'int', aliases: ['time'], value: 'int', help: 'timeout' },
  cpus: { type: 'number-limit', value: 'decimal', help: 'cpus' },
  shm: { type: 'size', value: 'bytes', help: 'shm' },
  for: { type: 'duration', value: 'duration', help: 'for' },
  grace: { type: 'timeout', value: 'int', help: 'grace' },
  hostname: { type: 'string', short: 'h', value: 'string', help: 'hostname' },
} as const;

const run = (...args: string[]) => parseFlags(TABLE, args, { stopAtPositional: true });

for (const [args, expected] of [
  [['-m64m'], { memory: 64 << 20 }],
  [['-m', '64m'], { memory: 64 << 20 }],
  [['--memory=64MiB'], { memory: 64 << 20 }],
  [['--memory', '-1'], { memory: 'max' }],
  [['--memory', 'max'], { memory: 'max' }],
  [['--memory', '0'], { memory: 0 }],
  [['-it'], { interactive: true, tty: true }],
  [['-itm', '5k'], { interactive: true, tty: true, memory: 5120 }],
  [['--rm=false'], { rm: false }],
  [['--rm=true'], { rm: true }],
  [['--entrypoint', '-x'], { entrypoint: '-x' }],
  [['--entrypoint', '--rm'], { entrypoint: '--rm' }],
  [['--entrypoint='], { entrypoint: '' }],
  [['-eA=1', '-e', 'B', '--env', 'C=x=y', '-e', ''], { env: ['A=1', 'B', 'C=x=y', ''] }],
  [['--time', '5'], { timeout: 5 }],
  [['--timeout', '-1'], { timeout: -1 }],
  [['--cpus', '.5'], { cpus: 0.5 }],
  [['--cpus', '1.25'], { cpus: 1.25 }],
  [['--shm', '1.5g'], { shm: 1.5 * 2 ** 30 }],
  [['--for', '1m30s'], { for: 90_000_000 }],
  [['--grace', '5'], { grace: 5 }],
  [['--grace', '1m30s'], { grace: 90 }],
  [['--grace', '-1'], { grace: -1 }],
  [['--rm=1', '--tty=T'], { rm: true, tty: true }],
  [['--rm=0', '--tty=F'], { rm: false, tty: false }],
  [['-h', 'box'], { hostname: 'box' }],
  [['--rm', '--rm=false'], { rm: false }],
] as [string[], object][]) {
  test(`flags are read as Docker does: ${args.join(' ')}`, () => {
    const { flags, positionals } = run(...args, 'host:');
    assert.deepEqual({ ...flags }, { env: [], ...expected });
    assert.deepEqual(positionals, ['host:']);
  });
}

test('what follows the first word that is no flag is handed back as it is', () => {
  const { flags, positionals } = run('--rm', 'host:', '--', 'sh', '-c', 'ls -l', '--rm=false', '--bogus', '-m');
  assert.equal(flags.rm, true);
  assert.deepEqual(positionals, ['host:', '--', 'sh', '-c', 'ls -l', '--rm=false', '--bogus', '-m']);
});

test('-- ends the flags too', () => {
  assert.deepEqual(run('--rm', '--', '-x', '--rm').positionals, ['-x', '--rm']);
});

test('a word that is empty or only a dash is no flag', () => {
  assert.deepEqual(run('', '-t').positionals, ['', '-t']);
  assert.deepEqual(run('-', '-t').positionals, ['-', '-t']);
});

test('elsewhere flags and words may come in any order', () => {
  const { flags, positionals } = parseFlags(TABLE, ['a', '--time', '3', 'b', '-t'], { stopAtPositional: false });
  assert.deepEqual(positionals, ['a', 'b']);
  assert.equal(flags.timeout, 3);
  assert.equal(flags.tty, true);
});

for (const [args, message, hint] of [
  [['--memry', '5'], /unknown flag: --memry/, /--memory/],
  [['--zzzzzz'], /unknown flag: --zzzzzz/, undefined],
  [['-z'], /unknown shorthand flag: 'z'/, undefined],
  [['-iz'], /unknown shorthand flag: 'z'/, undefined],
  [['-m'], /flag needs an argument: -m, --memory/, undefined],
  [['-h'], /flag needs an argument: -h, --hostname/, /--help/],
  [['--memory', 'lots'], /invalid argument "lots" for "-m, --memory" flag/, undefined],
  [['--memory', '-5'], /invalid argument "-5" for "-m, --memory"/, undefined],
  [['--cpus', '-0.5'], /--cpus/, undefined],
  [['--cpus', '1e9'], /--cpus/, undefined],
  [['--timeout', '1.5'], /--timeout/, undefined],
  [['--timeout', '9007199254740993'], /--timeout.*want a whole number/, undefined],
  [['--cpus', '9'.repeat(400)], /--cpus/, undefined],
  [['--shm', 'max'], /--shm/, undefined],
  [['--for', 'soon'], /--for/, undefined],
  [['--rm=maybe'], /--rm.*takes no value/, undefined],
  [['--toString'], /unknown flag: --toString/, undefined],
  [['--__proto__', 'x'], /unknown flag/, undefined],
] as [string[], RegExp, RegExp | undefined][]) {
  test(`a wrong flag is a usage error: ${args.join(' ').slice(0, 60)}`, () => {
    assert.throws(
      () => run(...args),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        if (hint === undefined) assert.equal(error.hint, undefined);
        else assert.match(error.hint ?? '', hint);
        return true;
      },
    );
  });
}
