import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_POLICY_CHARS } from '#agent/contract/request-limits.js';
import { parsePolicies } from '#agent/policy/parse.js';
import { CHECK_ON_TWO_CORES, FULL_POLICY, policyText } from '#test/support/policy-text.js';

const parse = (text: string) => parsePolicies(text, { file: 'p.yaml', hostCheck: CHECK_ON_TWO_CORES });

test('every field there is, as the contract shows it', () => {
  const { policies, issues } = parse(FULL_POLICY);
  assert.deepEqual(issues, []);
  const [policy] = policies;
  assert.equal(policy?.name, 'batch');
  assert.equal(policy.text, FULL_POLICY);
  assert.ok(policy !== undefined);
  const { spec } = policy.document;
  assert.equal(spec.limits?.memory?.max, '512MiB');
  assert.deepEqual(spec.limits?.hugetlb, { '2MB': '64MiB' });
  assert.deepEqual(spec.rules?.[0]?.do?.[1], { set: { 'memory.high': '-10%' } });
});

test('several documents, each with its own text and line; JSON is YAML', () => {
  const { policies, issues } = parse(`# first\n${policyText('one', { match: { name: 'a' } })}---\n${FULL_POLICY}---\n`);
  assert.deepEqual(issues, []);
  assert.deepEqual(
    policies.map(({ name, line }) => [name, line]),
    [
      ['one', 2],
      ['batch', 4],
    ],
  );
  assert.equal(policies[1]?.text, FULL_POLICY);
  for (const { text, name } of policies) assert.equal(parse(text).policies[0]?.name, name);
});

const NO_POLICY: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /no policy/],
  ['a comment', '# nothing\n---\n', /no policy/],
  ['a number', '5', /does not fit/],
  ['a list', '- a', /this is a list/],
  ['open brackets by the thousand', '[{a: '.repeat(50_000), /nested too deeply/],
  [
    'conditions in conditions',
    FULL_POLICY.replace('{signal: memory.some.avg10, above: 20, for: 10s}', `${'{all: ['.repeat(50)}{}${']}'.repeat(50)}`),
    /nested too deeply/,
  ],
  ['too long', '#'.repeat(MAX_POLICY_CHARS + 1), /at most|characters/],
  ['a name twice', `${FULL_POLICY}---\n${FULL_POLICY}`, /has this name too/],
  ['nul bytes', '\0\0', /does not fit/],
];
for (const [what, text, reason] of NO_POLICY)
  test(`refused: ${what}`, () => {
    const { policies, issues } = parse(text);
    assert.deepEqual(policies, []);
    assert.match(issues.map(({ reason: said }) => said).join('\n'), reason);
  });

test('a freeze that reaches the machine’s first process is refused, however it is written; a narrower one is not', () => {
  const frozen = { limits: { state: 'frozen' } };
  const scheduled = { schedule: [{ cron: '0 1 * * *', for: '1h', limits: { state: 'frozen' } }] };
  const reasons = (spec: object) => parse(policyText('a', spec)).issues.map(({ field, reason }) => `${field}: ${reason}`);
  for (const match of [
    { cgroup: '/**' },
    { cgroup: ['/*'] },
    { runtime: 'systemd' },
    { cgroup: '/**.scope' },
    { name: '*', runtime: '*d' },
  ])
    for (const spec of [frozen, scheduled])
      assert.match(
        reasons({ match, ...spec }).join(),
        /^spec\.match: with state: frozen this would freeze every service/,
        JSON.stringify(match),
      );
  for (const match of [
    { name: '*' },
    { cgroup: '/system.slice/batch-*.service' },
    { runtime: 'systemd', name: 'batch-*' },
    { runtime: 'docker' },
  ])
    assert.deepEqual(reasons({ match, ...frozen }), [], JSON.stringify(match));
  assert.deepEqual(reasons({ match: { cgroup: '/**' }, limits: { pids: { max: 9 } } }), [], 'limits may be as wide as one likes');
});

test('names that mean something to JavaScript are names like any other', () => {
  const text = policyText('a', { match: { label: { constructor: 'x', tier: 'y' } } });
  assert.deepEqual(parse(text).issues, []);
  const { issues } = parse(text.replace('"match"', '"__proto__":{},"toString":1,"match"'));
  assert.deepEqual(
    issues.map(({ field }) => field),
    ['spec.__proto__', 'spec.toString'],
  );
});
