import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import { compileLaunch } from '#runtime/tape/compile.js';
import { built, context } from '#test/support/compiled-spec.js';

test('a filter is refused by the call it takes away that is still needed', () => {
  // ld nr; jeq 126 (capset) → kill; ret allow.
  const noCapset = Uint8Array.from([
    0x20, 0, 0, 0, 0, 0, 0, 0, 0x15, 0, 0, 1, 126, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0, 0x80, 0x06, 0, 0, 0, 0, 0, 0xff, 0x7f,
  ]);
  const spec = built({ image: { kind: 'host' }, args: ['sh'] });
  assert.throws(() => compileLaunch(spec, context({ seccompProgram: () => noCapset })), {
    code: 'SPEC_UNSUPPORTED',
    message: /does not allow capset/,
  });
  const strict = built({ image: { kind: 'host' }, args: ['sh'], securityOpt: ['no-new-privileges'] });
  assert.ok(compileLaunch(strict, context({ seccompProgram: () => noCapset })), 'under no_new_privs nothing but execve is left');
});

test('what the reaper calls under the filter is asked of the profile too: an errno may do, death does not', () => {
  const ERRNO = 0x00050001;
  const KILL = 0x80000000;
  // ld nr; jeq `call` → `action`; ret allow.
  const without = (call: number, action: number): Uint8Array => {
    const code = Buffer.alloc(32);
    for (const [at, op, jf, k] of [
      [0, 0x20, 0, 0],
      [1, 0x15, 1, call],
      [2, 0x06, 0, action],
      [3, 0x06, 0, 0x7fff0000],
    ] as const) {
      code.writeUInt16LE(op, at * 8);
      code.writeUInt8(jf, at * 8 + 3);
      code.writeUInt32LE(k, at * 8 + 4);
    }
    return code;
  };
  const refused = (call: number, action: number, config: Partial<ContainerConfig> = {}): string | undefined => {
    const spec = built({ image: { kind: 'host' }, args: ['sh'], init: true, ...config });
    try {
      compileLaunch(spec, context({ seccompProgram: () => without(call, action) }));
      return undefined;
    } catch (error) {
      return /does not allow (\w+)/.exec((error as Error).message)?.[1];
    }
  };
  for (const [call, name] of [
    [128, 'rt_sigtimedwait'],
    [109, 'setpgid'],
    [3, 'close'],
    [61, 'wait4'],
  ] as const)
    assert.deepEqual([refused(call, ERRNO), refused(call, KILL)], [name, name]);
  assert.deepEqual([refused(436, ERRNO), refused(436, KILL)], [undefined, 'close_range'], 'it closes one by one then');
  assert.deepEqual([refused(16, ERRNO), refused(16, KILL)], [undefined, 'ioctl'], 'without a terminal');
  assert.deepEqual([refused(16, ERRNO, { tty: true }), refused(39, ERRNO, { tty: true })], ['ioctl', 'getpid'], 'on a terminal');
  assert.equal(refused(16, KILL, { init: false }), undefined, 'no reaper, nothing asked');
});
