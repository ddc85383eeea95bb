import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTapeMaker } from '#agent/containers/tape-maker.js';
import { buildSpec } from '#runtime/spec/build.js';
import { SeccompPrograms } from '#runtime/spec/seccomp.js';
import { specHost } from '#test/support/spec-host.js';

test('what is prepared is the very filter a container without wishes of its own asks for', async (t) => {
  const tapes = await openTapeMaker('/proc');
  const asked: string[] = [];
  const program = SeccompPrograms.prototype.program;
  t.mock.method(SeccompPrograms.prototype, 'program', function (this: SeccompPrograms, profile: Parameters<typeof program>[0]) {
    asked.push(JSON.stringify(profile));
    return program.call(this, profile);
  });
  tapes.prepare();
  const { hostCapabilities: capabilities, kernel, arch } = tapes.facts;
  const spec = buildSpec({ id: 'a', image: { kind: 'host' }, args: ['true'] }, specHost('/d', { capabilities, kernel, arch }));
  assert.deepEqual(asked, [JSON.stringify(spec.linux.seccomp)]);
});
