import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { ROOT, run } from './command.mjs';
import { main, say, Trouble } from './say.mjs';
import { ensureApt, GUEST_NEEDS, RUN_NEEDS, TEST_NEEDS } from './setup.mjs';
import { filesUnder } from './step.mjs';
import { runGuests } from './test-vm.mjs';

const USAGE = `npm test [-- [--only unit|integration|vm|e2e[,…]] [--ci] [--no-lint] [--keep-going] [part of a file name …]]`;

/**
 * In the order they run. Tests that measure, or look at the whole node, run one after another; those of test/support/side-by-side.json
 * neither do nor mind, and run three at a time, as most of them wait most of the time. `vm` is the integration files again, in guests.
 */
const TIERS = ['unit', 'integration', 'vm', 'e2e'];
const SIDE_BY_SIDE = 3;
const HANG_MSEC = 600_000;

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
  const tiers = values.only?.split(',') ?? TIERS;
  const unknown = tiers.find((tier) => !TIERS.includes(tier));
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
    const own = tier === 'vm' ? [] : [await runTier(tier, positionals)].filter((result) => result !== undefined);
    results.push(...(guests?.results ?? own));
    problems.push(...(guests?.problems ?? []));
  }
  if (results.length === 0)
    throw new Trouble(`no test file matches ${positionals.join(' ') || tiers.join(', ')}. Usage: ${USAGE}`);
  const leaks = await leakedForGood(before);
  problems.push(...leaks.map((leak) => `LEAKED ${leak.slice(0, 200)}`));
  return report(results, problems, values.ci);
});

/** A file that failed runs once more: one test in three thousand that this machine disturbed is told, and stops nobody's landing. */
async function runTier(tier, filters) {
  const files = filesUnder([`dist/test/${tier}`], (name) => name.endsWith('.test.js')).filter(
    (path) => filters.length === 0 || filters.some((part) => relative(ROOT, path).includes(part)),
  );
  if (files.length === 0) return undefined;
  const { afterRerun, filesToRerun, mergeSummaries } = await import('../dist/test/support/test-summary.js');
  say(`${tier}: ${files.length} files`);
  const runs = batches(tier, files).map(({ files, concurrency }) => runFiles(files, concurrency));
  const first = {
    ok: runs.every(({ ok }) => ok),
    ended: runs.find(({ ok }) => !ok)?.ended,
    summary: mergeSummaries(runs.map(({ summary }) => summary)),
  };
  // A run that broke off has failures that nobody wrote down.
  const isWhole = runs.every(({ ok, summary }) => ok || summary.tests.some(({ outcome }) => outcome === 'failed'));
  const names = isWhole ? filesToRerun(first.summary) : [];
  if (names.length === 0) return { tier, flaky: [], ...first };
  say(`${tier}: what failed, once more`);
  const second = runFiles(
    files.filter((path) => names.includes(basename(path, '.js'))),
    1,
  );
  return { tier, ...second, ...afterRerun(first.summary, second.summary) };
}

function batches(tier, files) {
  if (tier === 'unit') return [{ files, concurrency: 2 }];
  const sharing = JSON.parse(readFileSync(join(ROOT, 'test/support/side-by-side.json'), 'utf8'));
  const shares = (path) => sharing.includes(basename(path, '.test.js'));
  return [
    { files: files.filter(shares), concurrency: SIDE_BY_SIDE },
    { files: files.filter((path) => !shares(path)), concurrency: 1 },
  ].filter(({ files }) => files.length > 0);
}

function runFiles(files, concurrency) {
  const scratch = mkdtempSync(join(tmpdir(), 'tsgov-summary-'));
  const path = join(scratch, 'summary.json');
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
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
    env: { ...process.env, TSGOV_TEST_SUMMARY: path },
  });
  const summary = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { tests: [], files: {} };
  rmSync(scratch, { recursive: true });
  return { ok: status === 0, ended: signal ?? status, summary };
}

async function report(results, problems, ci) {
  const { withOutcome } = await import('../dist/test/support/test-summary.js');
  const allowed = JSON.parse(readFileSync(join(ROOT, 'test/support/allowed-skips.json'), 'utf8'));
  const isAllowed = (reason) => allowed.includes(reason) || /^(host only|not here): /.test(reason);
  const lines = ['tier           passed  failed  skipped'];
  const unexpected = [];
  const bad = [];
  for (const { tier, summary, flaky, ok, ended, seconds } of results) {
    const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((outcome) => withOutcome(summary, outcome));
    const counts = [tier.padEnd(12), ...[passed, failed, skipped].map(({ length }) => String(length).padStart(7))].join(' ');
    lines.push(`${counts}${seconds ? `   ${seconds.toFixed(0)} s` : ''}${ok ? '' : `   ended with ${ended}`}`);
    for (const [reason, count] of tally(skipped.map(({ reason }) => reason)))
      lines.push(`${''.padEnd(12)} skipped ${count} × ${reason}`);
    unexpected.push(...skipped.filter(({ reason }) => !isAllowed(reason)).map((test) => line('unexpected skip:', tier, test)));
    bad.push(...flaky.map((test) => line('FLAKY, passed the second time:', tier, test)));
    bad.push(...failed.map((test) => line('FAILED', tier, test)));
  }
  lines.push(...(ci ? unexpected : []), ...problems, ...bad);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return results.every(({ ok }) => ok) && problems.length === 0 && !(ci && unexpected.length > 0) ? 0 : 1;
}

/** `FAILED v1-6.1: shim.test: its name: the first line of its message`. */
function line(what, tier, { file, name, reason }) {
  return `${what} ${tier}: ${file}: ${name}: ${String(reason).trim().split('\n').slice(0, 3).join(' ').slice(0, 300)}`;
}

function tally(reasons) {
  const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
