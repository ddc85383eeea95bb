import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planDevicesV1 } from '#runtime/cgroup/devices.js';
import { compileDeviceProgram, DEVICE_ACCESS, DEVICE_TYPE } from '#runtime/cgroup/devices-bpf.js';
import type { DeviceRule } from '#runtime/cgroup/limits.js';
import { runDeviceProgram } from '#test/support/bpf-interpreter.js';

const DENY_ALL: DeviceRule = { allow: false, type: 'a', access: 'rwm' };
const NULL: DeviceRule = { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' };

describe('v1: rules are written in their order', () => {
  test('Docker’s form', () => {
    const rules: DeviceRule[] = [
      DENY_ALL,
      { allow: true, type: 'c', access: 'm' },
      NULL,
      { allow: true, type: 'c', major: 136, access: 'rwm' },
    ];
    assert.deepEqual(
      planDevicesV1(rules).map(({ file, value }) => `${file} ${value}`),
      ['devices.deny a', 'devices.allow c *:* m', 'devices.allow c 1:3 rwm', 'devices.allow c 136:* rwm'],
    );
  });

  test('`a` with less than everything is a rule for each type, which the kernel would take as everything', () => {
    assert.deepEqual(
      planDevicesV1([DENY_ALL, { allow: true, type: 'a', major: 7, access: 'r' }]).map(({ value }) => value),
      ['a', 'b 7:* r', 'c 7:* r'],
    );
  });

  test('taking back the very rule is fine', () => {
    planDevicesV1([DENY_ALL, NULL, { ...NULL, allow: false, access: 'w' }]);
  });

  test('a hole in a wider rule, which the kernel would ignore in silence, is refused with its place', () => {
    const wide: DeviceRule = { allow: true, type: 'c', access: 'rwm' };
    assert.throws(() => planDevicesV1([DENY_ALL, wide, { ...NULL, allow: false }]), {
      code: 'UNSUPPORTED',
      field: 'linux.resources.devices[2]',
      message: /deny "c 1:3 rwm" out of "c \*:\* rwm".*cgroup v2/,
    });
    assert.throws(() => planDevicesV1([{ ...wide, allow: false }, NULL]), { field: 'linux.resources.devices[1]' });
  });
});

describe('v2: the program decides as the rules say', () => {
  const CASES: readonly [name: string, rules: DeviceRule[], access: string, device: string, allowed: boolean][] = [
    ['no rules', [], 'rwm', 'c 1:3', true],
    ['deny all', [DENY_ALL], 'r', 'c 1:3', false],
    ['allowed device', [DENY_ALL, NULL], 'rw', 'c 1:3', true],
    ['other minor', [DENY_ALL, NULL], 'r', 'c 1:5', false],
    ['other major', [DENY_ALL, NULL], 'r', 'c 2:3', false],
    ['other type', [DENY_ALL, NULL], 'r', 'b 1:3', false],
    ['access not given', [DENY_ALL, { ...NULL, access: 'r' }], 'rw', 'c 1:3', false],
    ['access given by two rules', [DENY_ALL, { ...NULL, access: 'r' }, { ...NULL, access: 'w' }], 'rw', 'c 1:3', true],
    ['a hole', [DENY_ALL, { allow: true, type: 'c', access: 'rwm' }, { ...NULL, allow: false }], 'r', 'c 1:3', false],
    ['beside the hole', [DENY_ALL, { allow: true, type: 'c', access: 'rwm' }, { ...NULL, allow: false }], 'r', 'c 1:4', true],
    ['part of a hole', [{ ...NULL, allow: false, access: 'w' }], 'r', 'c 1:3', true],
    ['forbidden part', [{ ...NULL, allow: false, access: 'w' }], 'rw', 'c 1:3', false],
    ['reset in the middle', [NULL, DENY_ALL], 'r', 'c 1:3', false],
    ['allow all after deny', [DENY_ALL, { ...DENY_ALL, allow: true }], 'rwm', 'b 8:0', true],
    ['mknod for all', [DENY_ALL, { allow: true, type: 'b', access: 'm' }], 'm', 'b 8:0', true],
  ];
  for (const [name, rules, access, device, allowed] of CASES)
    test(`${name}: ${access} of ${device} is ${allowed ? 'allowed' : 'denied'}`, () => {
      const [type = 'c', numbers = ''] = device.split(' ');
      const [major = 0, minor = 0] = numbers.split(':').map(Number);
      assert.equal(ask(compileDeviceProgram(rules), type as 'b' | 'c', access, major, minor), allowed);
    });

  const number = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
  const rule = fc.record({
    allow: fc.boolean(),
    type: fc.constantFrom('a' as const, 'b' as const, 'c' as const),
    major: number,
    minor: number,
    access: fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'),
  }) as fc.Arbitrary<DeviceRule>;

  test('any list: for each access the last matching rule', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 8 }),
        fc.constantFrom('b' as const, 'c' as const),
        fc.constantFrom('r', 'w', 'm', 'rw', 'rwm'),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        (rules, type, access, major, minor) => {
          const matches = (one: DeviceRule, bit: string) =>
            (one.type === 'a' || one.type === type) &&
            (one.major ?? major) === major &&
            (one.minor ?? minor) === minor &&
            one.access.includes(bit);
          const allowed = [...access].every((bit) => rules.findLast((one) => matches(one, bit))?.allow ?? true);
          assert.equal(ask(compileDeviceProgram(rules), type, access, major, minor), allowed);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function ask(program: Uint8Array, type: 'b' | 'c', access: string, major: number, minor: number): boolean {
  const bits = [...access].reduce((sum, bit) => sum | DEVICE_ACCESS[bit as 'r'], 0);
  return runDeviceProgram(program, [(bits << 16) | DEVICE_TYPE[type], major, minor]) === 1;
}
