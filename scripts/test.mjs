import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { ROOT, run } from './command.mjs';
import { main, say, Trouble } from './say.mjs';
import { ensureApt, GUEST_NEEDS, RUN_NEEDS, TEST_NEEDS } from './setup.mjs';
import { filesUnder } from './step.mjs';
import { runGuests } from './test-vm.mjs';

const USAGE = `npm test [-- [--only unit|integration|vm|e2e[,…]] [--ci] [--no-lint] [--keep-going] [part of a file name …]]`;

/** In the order they run. Tests that share this kernel, or measure, run one after another; `vm` is the same files again, in guests. */
const TIERS = { unit: { concurrency: 2 }, integration: { concurrency: 1 }, vm: undefined, e2e: { concurrency: 1 } };
const HANG_MSEC = 600_000;
const NOTHING = { passed: 0, failed: 0, skipped: [], tests: [] };

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      ci: { type: 'boolean', default: Boolean(process.env.CI) },
      'no-lint': { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
    },
  });
  const tiers = values.only?.split(',') ?? Object.keys(TIERS);
  const unknown = tiers.find((tier) => !(tier in TIERS));
  if (unknown !== undefined) throw new Trouble(`no test tier "${unknown}". Usage: ${USAGE}`);

  ensureApt([...RUN_NEEDS, ...TEST_NEEDS, ...(tiers.includes('vm') || tiers.includes('e2e') ? GUEST_NEEDS : [])]);
  await buildAll({ keepGoing: values['keep-going'] });
  run('make', ['-s', '-C', 'native', 'OUT=../dist/native', 'test-tools']);
  run('make', ['-s', '-C', 'test/fixtures']);
  if (!values['no-lint'] && positionals.length === 0)
    run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']);

  const { traces, leakedForGood } = await import('../dist/test/support/leaks.js');
  const before = traces();
  const results = [];
  const problems = [];
  for (const tier of tiers) {
    const guests =
      tier === 'vm'
        ? await runGuests(
            positionals,
            results.find((result) => result.tier === 'integration'),
          )
        : undefined;
    results.push(...(guests?.results ?? [runTier(tier, positionals)].filter((result) => result !== undefined)));
    problems.push(...(guests?.problems ?? []));
  }
  if (results.length === 0)
    throw new Trouble(`no test file matches ${positionals.join(' ') || tiers.join(', ')}. Usage: ${USAGE}`);
  const leaks = await leakedForGood(before);
  problems.push(...leaks.map((leak) => `LEAKED ${leak}`));
  return report(results, problems, values.ci);
});

function runTier(tier, filters) {
  const files = filesUnder([`dist/test/${tier}`], (name) => name.endsWith('.test.js')).filter(
    (path) => filters.length === 0 || filters.some((part) => relative(ROOT, path).includes(part)),
  );
  if (files.length === 0) return undefined;
  say(`${tier}: ${files.length} files`);
  const scratch = mkdtempSync(join(tmpdir(), 'tsgov-summary-'));
  const summary = join(scratch, 'summary.json');
  const args = [
    '--test',
    `--test-concurrency=${TIERS[tier].concurrency}`,
    `--test-timeout=${HANG_MSEC}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/test-reporter.mjs',
    '--test-reporter-destination=stderr',
    '--enable-source-maps',
    ...files,
  ];
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TSGOV_TEST_SUMMARY: summary },
  });
  const counts = existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')) : NOTHING;
  rmSync(scratch, { recursive: true });
  return { tier, ok: status === 0, ended: signal ?? status, ...counts };
}

function report(results, problems, ci) {
  const allowed = JSON.parse(readFileSync(join(ROOT, 'test/support/allowed-skips.json'), 'utf8'));
  const isAllowed = (reason) => allowed.includes(reason) || /^(host only|not here): /.test(reason);
  const unexpected = results.flatMap(({ tier, skipped }) =>
    skipped.map((skip) => ({ tier, ...skip })).filter(({ reason }) => !isAllowed(reason)),
  );
  const lines = ['tier           passed  failed  skipped'];
  for (const { tier, passed, failed, skipped, ok, ended, seconds } of results) {
    const counts = [tier.padEnd(12), ...[passed, failed, skipped.length].map((count) => String(count).padStart(7))].join(' ');
    lines.push(`${counts}${seconds ? `   ${seconds.toFixed(0)} s` : ''}${ok ? '' : `   ended with ${ended}`}`);
    for (const [reason, count] of tally(skipped.map(({ reason }) => reason)))
      lines.push(`${''.padEnd(12)} skipped ${count} × ${reason}`);
  }
  if (ci)
    for (const { tier, file, name } of unexpected) lines.push(`unexpected skip: ${tier}: ${relative(ROOT, file ?? '')}: ${name}`);
  lines.push(...problems);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return results.every(({ ok }) => ok) && problems.length === 0 && !(ci && unexpected.length > 0) ? 0 : 1;
}

function tally(reasons) {
  const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
