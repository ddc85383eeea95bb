import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, visit } from 'yaml';
import { parsePolicies } from '#agent/policy/parse.js';
import { CHECK_ON_TWO_CORES, FULL_POLICY, policyText } from '#test/support/policy-text.js';

const parse = (text: string) => parsePolicies(text, { file: 'p.yaml', hostCheck: CHECK_ON_TWO_CORES });

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
