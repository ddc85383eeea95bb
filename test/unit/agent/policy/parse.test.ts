import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, visit } from 'yaml';
import { issueText } from '#agent/contract/policy-issue.js';
import { MAX_POLICY_CHARS } from '#agent/contract/request-limits.js';
import { parsePolicies } from '#agent/policy/parse.js';
import { assertGolden } from '#test/support/golden.js';
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

/** What is wrong, as a change of the full policy: [what it says, what it says instead]. */
const WRONG: readonly (readonly [string, string])[] = [
  ['apiVersion: tsgov/v1', 'apiVersion: tsgov/v2'],
  ['apiVersion: tsgov/v1\n', ''],
  ['kind: Policy', 'kind: Polcy'],
  ['metadata: {name: batch}', 'metadata: {}'],
  ['{name: batch}', '{name: batch, nmae: x}'],
  ['name: batch}', 'name: "no name"}'],
  ['name: batch}', 'name: [batch]}'],
  ['spec:', 'specs:'],
  ['priority: 100', 'priority: high'],
  ['priority: 100', 'priority: 1.5'],
  ['priority: 100', 'priority: 1e9'],
  ['priority: 100', 'priority: .nan'],
  ['priority: 100', 'priority:'],
  ['enforce: enforce', 'enforce: obsrve'],
  ['enforce: enforce', 'enforce: true'],
  ['name: ["batch-*"]', 'nam: ["batch-*"]'],
  ['name: ["batch-*"]', 'name: []'],
  ['name: ["batch-*"]', 'name: [""]'],
  ['name: ["batch-*"]', 'name: ["batch-[a"]'],
  ['name: ["batch-*"]', 'name: [5]'],
  ['label: {tier: batch}', 'label: {}'],
  ['label: {tier: batch}', 'label: [tier]'],
  ['[tsgov, docker]', '[tsgov, dokcer]'],
  ['"/system.slice/*.service"', 'system.slice/a'],
  ['"/system.slice/*.service"', '/a, /system.slice/a/'],
  ['"/system.slice/*.service"', '"?system.slice"'],
  ['max: 1.5', 'max: -1'],
  ['max: 1.5', 'max: 64'],
  ['max: 1.5', 'max: many'],
  ['max: 1.5', 'mx: 1.5'],
  ['period: 100ms', 'period: 100 years'],
  ['period: 100ms', 'period: 5s'],
  ['burst: 50ms', 'burst: 500ms'],
  ['weight: 50,', 'weight: 0,'],
  ['weight: 50,', 'weight: -1,'],
  ['weight: 50,', 'weight: 10001,'],
  ['weight: 50,', 'weight: heavy,'],
  ['idle: false', 'idle: "no"'],
  ['cpus: "0-1"', 'cpus: "0-9"'],
  ['cpus: "0-1"', 'cpus: zero'],
  ['cpus: "0-1"', 'cpus: 0'],
  ['cpus: "0-1"', 'cpus: "1-0"'],
  ['mems: "0"', 'mems: "3"'],
  ['"0"}', '"0", partition: 5}'],
  ['max: 512MiB', 'max: 512Mib/s'],
  ['max: 512MiB', 'max: 1KiB'],
  ['max: 512MiB', 'max: -5'],
  ['swap: 0', 'swap: none'],
  ['oomGroup: true', 'oomGroup: 1'],
  ['memory: {max', 'memroy: {max'],
  ['weight: 100, devices', 'weight: 20000, devices'],
  ['device: /dev/vda, ', ''],
  ['device: /dev/vda, ', 'device: "", '],
  ['writeIops: 500}]', 'writeIops: 500}, {device: /dev/vdb}]'],
  ['readBps: 20MiB', 'readBps: fast'],
  ['readBps: 20MiB', 'readBps: 0'],
  ['readIops: 500', 'readIops: 0.5'],
  ['writeIops: 500}]', 'writeIops: 500}, {device: /dev/vda, writeIops: 7}]'],
  ['pids: {max: 256}', 'pids: 256'],
  ['pids: {max: 256}', 'pids: {max: 0}'],
  ['pids: {max: 256}', 'pids: {max: 5000000}'],
  ['2MB: 64MiB', '3MB: 64MiB'],
  ['2MB: 64MiB', 'big: 64MiB'],
  ['state: thawed', 'state: froze'],
  ['cron: "0 22 * * *"', 'cron: "0 99 * * *"'],
  ['cron: "0 22 * * *"', 'cron: "* * * * * *"'],
  ['cron: "0 22 * * *"', 'cron: "0 0 30 2 *"'],
  ['for: 8h', 'for: eight hours'],
  ['for: 8h', 'for: 0'],
  ['for: 8h', 'for: 0s'],
  ['limits: {state: frozen}}', 'limits: {memory: {max: big}}}'],
  [', limits: {state: frozen}}', '}'],
  ['- name: back-off', '- name: "back off"'],
  ['signal: memory.some.avg10', 'signal: memory.some.avg15'],
  ['signal: memory.some.avg10, ', ''],
  ['above: 20', 'above: 120'],
  ['above: 20', 'above: 20, below: 5'],
  ['above: 20, ', ''],
  ['{signal: memory.some.avg10, above: 20, for: 10s}', '{all: []}'],
  ['{signal: memory.some.avg10, above: 20, for: 10s}', '{all: [{signal: io.some.avg10, above: lots}], for: 3s}'],
  ['{signal: memory.some.avg10, above: 20, for: 10s}', '{any: [{all: [{signal: oi.some.avg10, above: 2}]}]}'],
  ['for: 10s}', 'for: ten}'],
  ['reclaim: 10%', 'reclaim: 0%'],
  ['reclaim: 10%', 'reclaim: 10%, notify: {}'],
  ['memory.high: "-10%"', 'memory.hihg: "-10%"'],
  ['memory.high: "-10%"', 'memory.high: "-100%"'],
  ['{set: {memory.high: "-10%"}}', '{set: {}}'],
  ['{freeze: {for: 30s}}', '{freeze: {}}'],
  ['{freeze: {for: 30s}}', '{throttle: {cpu: -1}}'],
  ['{terminate: {grace: 10s}}', '{terminat: {grace: 10s}}'],
  ['{notify: {}}', 'notify'],
  ['do: [{reclaim', 'do: []\n      don: [{reclaim'],
  ['for: 10s}', 'for: 10s, until: 30}'],
  ['for: 10s}', 'for: 10s, until: lots}'],
  ['{signal: memory.some.avg10, above: 20, for: 10s}', '{any: [{signal: cpu.usage, below: 1, until: 0.5}]}'],
  ['{signal: memory.some.avg10, above: 20, for: 10s}', '{all: [{signal: cpu.usage, below: 1}], until: 5}'],
  ['- name: back-off', '- name: back-off\n      kind: omd'],
  ['- name: back-off', '- name: back-off\n      kind: oomd'],
  ['- name: back-off', '- name: back-off\n      target: 10ms'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two, kind: senpai, target: fast, floor: -1, cooldown: 3s}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two, kind: oomd, pressure: 160%, of: pod, swapFree: x, for: 1y}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two, kind: oomd, pressure: 60%, victims: {by: age}}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two, kind: oomd, victims: {prefer: {nam: x}}}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: two, kind: thrash, events: -1, refaults: many, pressure: 3}\n'],
  ['cooldown: 30s\n', 'cooldown: 30s\n    - {name: back-off, when: {signal: cpu.usage, above: 1}, do: [{kill: {}}]}\n'],
  ['metadata: {name: batch}', 'metadata: &m {name: batch}\nextra: *m'],
  ['metadata: {name: batch}', 'metadata: {name: *m}'],
  ['kind: Policy', 'kind: Policy\nkind: Policy'],
  ['kind: Policy', 'kind: !mine Policy'],
  ['kind: Policy', 'kind: "Policy'],
  ['kind: Policy', '? {a: b}\n: Policy'],
  ['kind: Policy', '\tkind: Policy'],
];

test('every schema error: file, line, column, field, reason and what would be valid', () => {
  const lines = WRONG.map(([right, wrong]) => {
    assert.ok(FULL_POLICY.includes(right), right);
    const { policies, issues } = parse(FULL_POLICY.replace(right, () => wrong));
    assert.deepEqual(policies, []);
    return `${JSON.stringify(right)} → ${JSON.stringify(wrong)}\n${issues.map((issue) => `  ${issueText(issue)}\n`).join('')}`;
  });
  for (const line of lines) assert.match(line, /\n {2}p\.yaml:\d+:\d+: \S/);
  assertGolden('policies/errors.txt', lines.join(''));
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

/** A place in a document, and junk to put there. */
const JUNK = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    '*',
    'max',
    '-1',
    '1e400',
    '~',
    '{',
    '[',
    '|',
    '"',
    '\t',
    '&a',
    '*a',
    '!!x y',
    '!!binary aa',
    '!!timestamp 2020-01-01',
    '<<',
    '? x',
    '%YAML 9',
    '\u2028',
    '\0',
  ),
  fc.integer(),
  fc.double(),
  fc.json(),
);

const MARKED = ['!!binary aa', '!!timestamp 2020-01-01', '!!set {a}', '!!omap [a: 1]', '!!str a', '!mine {a: 1}', '&a {b: 1}'];

test('a tag or an anchor is a fault wherever it stands', () => {
  const places: number[][] = [];
  visit(parseDocument(FULL_POLICY), {
    Node: (_key, node) => {
      if (node.range) places.push([node.range[0], node.range[1]]);
    },
  });
  assert.ok(places.length > 100);
  for (const marked of [...MARKED, ...MARKED.map((mark) => `${mark}\n`)])
    for (const [from, to] of places) {
      const text = `${FULL_POLICY.slice(0, from)}${marked}${FULL_POLICY.slice(to)}`;
      const { policies, issues } = parse(text);
      assert.ok(policies.length === 0 && issues.length > 0, text);
    }
  for (const marked of MARKED) {
    const [issue] = parse(`# by itself\n${marked}`).issues;
    assert.match(issue?.reason ?? '', /^the (tag !\S+|anchor &a) is not taken$/);
    assert.equal(issue?.line, 2);
  }
});

test('2,000 bad files at random: none crashes, and each one refused names its fault', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: FULL_POLICY.length }), fc.nat({ max: 12 }), JUNK), { minLength: 1, maxLength: 6 }),
      (edits) => {
        const text = edits.reduce(
          (of, [at, length, junk]) => `${of.slice(0, at)}${String(junk)}${of.slice(at + length)}`,
          FULL_POLICY,
        );
        const { policies, issues } = parse(text);
        assert.equal(policies.length > 0, issues.length === 0);
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line, column, reason, file } of issues) {
          assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${line}:${column} of ${lines}`);
          assert.ok(reason !== '' && file === 'p.yaml');
        }
        if (issues.length > 0) refused += 1;
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(refused > 1000, `${refused} were bad`);
});

test('500 documents of the right shape with a wrong value somewhere: the field at fault is among those named', () => {
  const FIELDS = ['priority', 'enforce', 'match', 'limits', 'schedule', 'rules'] as const;
  const wrong = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.double({ noInteger: true, noNaN: true }),
    fc.constant('§'),
    fc.constant([[]]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...FIELDS), wrong, (field, value) => {
      const { issues } = parse(policyText('a', { match: { name: '*' }, [field]: value }));
      assert.ok(
        issues.some((issue) => issue.field === `spec.${field}` || issue.field.startsWith(`spec.${field}[`)),
        JSON.stringify([field, value, issues]),
      );
    }),
    { numRuns: 500 },
  );
});

test('patterns of cgroups that may match, and days that come once in a while, are taken', () => {
  for (const cgroup of ['/', '/a', '*/a', '**/a.service', '\\/a', '/**', '**'])
    assert.deepEqual(parse(policyText('a', { match: { cgroup } })).issues, [], cgroup);
  for (const cron of ['0 0 29 2 *', '0 0 31 12 *', '* * * * *'])
    assert.deepEqual(
      parse(policyText('a', { match: { name: 'a' }, schedule: [{ cron, for: '1ms', limits: {} }] })).issues,
      [],
      cron,
    );
});
