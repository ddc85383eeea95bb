import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Libseccomp, loadLibseccomp } from '#native/libseccomp.js';
import { CAPABILITIES, DEFAULT_CAPABILITIES } from '#runtime/spec/capabilities.js';
import type { OciSeccomp } from '#runtime/spec/oci.js';
import { compileSeccomp, SeccompPrograms } from '#runtime/spec/seccomp.js';
import { defaultSeccomp } from '#runtime/spec/seccomp-default.js';
import { seccompFromProfile } from '#runtime/spec/seccomp-profile.js';
import { letsThrough, simulateSeccomp } from '#runtime/spec/seccomp-simulate.js';
import { requires } from '#test/support/requires.js';

const X86_64 = 0xc000003e;
const X86 = 0x40000003;
const HOST = { arch: 'x64', kernel: [6, 1] as const };
const ALLOW = 0x7fff0000;
const errno = (value: number): number => 0x00050000 | value;
const EPERM = errno(1);
const ENOSYS = errno(38);

/** x86-64's numbers. */
const NR = {
  read: 0,
  ioctl: 16,
  socket: 41,
  clone: 56,
  execve: 59,
  ptrace: 101,
  personality: 135,
  mount: 165,
  reboot: 169,
  unshare: 272,
  setns: 308,
  bpf: 321,
  io_uring_setup: 425,
  clone3: 435,
  prctl: 157,
};

describe('the default profile', requires({ path: '/usr/lib/x86_64-linux-gnu/libseccomp.so.2' }), () => {
  let library: Libseccomp;
  before(async () => {
    library = await loadLibseccomp();
  });
  const asker = (profile: OciSeccomp) => {
    const program = compileSeccomp(profile, library);
    return (nr: number, args: bigint[] = [], arch = X86_64) => simulateSeccomp(program, { nr, arch, args });
  };

  test('allows what programs need and keeps the kernel from them', () => {
    const ask = asker(defaultSeccomp(DEFAULT_CAPABILITIES, HOST));
    for (const nr of [NR.read, NR.execve, NR.ioctl, NR.prctl, NR.ptrace]) assert.equal(ask(nr), ALLOW);
    for (const nr of [NR.mount, NR.reboot, NR.unshare, NR.setns, NR.bpf, NR.io_uring_setup]) assert.equal(ask(nr), EPERM);
    assert.equal(ask(NR.clone3), ENOSYS);
    assert.equal(ask(500), ENOSYS, 'a call newer than the profile');
    assert.equal(ask(NR.clone, [0x11n]), ALLOW);
    for (const flag of [0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x10000000n, 0x20000000n, 0x40000000n])
      assert.equal(ask(NR.clone, [flag | 0x11n]), EPERM);
    assert.deepEqual([ask(NR.socket, [2n]), ask(NR.socket, [40n])], [ALLOW, EPERM], 'AF_VSOCK leads to the hypervisor');
    for (const persona of [0n, 8n, 0x20000n, 0x20008n, 0xffffffffn]) assert.equal(ask(NR.personality, [persona]), ALLOW);
    assert.equal(ask(NR.personality, [0x40000n]), EPERM, 'ADDR_NO_RANDOMIZE');
  });

  test('covers the architectures an x86-64 kernel runs besides its own', () => {
    const ask = asker(defaultSeccomp(DEFAULT_CAPABILITIES, HOST));
    assert.deepEqual(
      [ask(11, [], X86), ask(21, [], X86), ask(600, [], X86)],
      [ALLOW, EPERM, ENOSYS],
      'x86: execve, mount, newer',
    );
    assert.deepEqual([ask(0x40000000 + 520), ask(0x40000000 + 165)], [ALLOW, EPERM], 'x32: execve, mount');
    assert.ok(!letsThrough(ask(NR.read, [], 0xc00000b7)), 'a foreign architecture');
  });

  test('opens what a capability is for', () => {
    const grants: [string, number[]][] = [
      ['CAP_SYS_ADMIN', [NR.mount, NR.unshare, NR.setns, NR.bpf, NR.clone3]],
      ['CAP_SYS_BOOT', [NR.reboot]],
      ['CAP_BPF', [NR.bpf]],
    ];
    for (const [name, numbers] of grants) {
      const ask = asker(defaultSeccomp([...DEFAULT_CAPABILITIES, name], HOST));
      for (const nr of numbers) assert.equal(ask(nr), ALLOW, `${name}: ${nr}`);
    }
    const admin = asker(defaultSeccomp(CAPABILITIES, HOST));
    assert.equal(admin(NR.clone, [0x10000000n]), ALLOW);
  });

  test('keeps ptrace from kernels where it leads around the filter', () => {
    const ask = asker(defaultSeccomp(DEFAULT_CAPABILITIES, { arch: 'x64', kernel: [4, 4] }));
    assert.equal(ask(NR.ptrace), EPERM);
  });

  test('compiles once for each profile, by identity and by what it says', () => {
    let compiled = 0;
    const counting: Libseccomp = {
      ...library,
      compile: (...args) => {
        compiled += 1;
        return library.compile(...args);
      },
    };
    const programs = new SeccompPrograms(counting);
    const profile = defaultSeccomp(DEFAULT_CAPABILITIES, HOST);
    const first = programs.program(profile);
    assert.equal(programs.program(profile), first);
    assert.equal(programs.program(structuredClone(profile)), first);
    assert.equal(compiled, 1);
    programs.program(defaultSeccomp(CAPABILITIES, HOST));
    assert.equal(compiled, 2);
  });

  test('errnos, alternatives on one argument, both on two, and names nobody knows', () => {
    const ask = asker({
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        { names: ['mount', 'no_such_call'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 },
        { names: ['reboot'], action: 'SCMP_ACT_ERRNO' },
        { names: ['bpf'], action: 'SCMP_ACT_KILL_PROCESS' },
        {
          names: ['ioctl'],
          action: 'SCMP_ACT_ERRNO',
          args: [
            { index: 1, value: 5, op: 'SCMP_CMP_EQ' },
            { index: 1, value: 7, op: 'SCMP_CMP_EQ' },
          ],
        },
        {
          names: ['socket'],
          action: 'SCMP_ACT_ERRNO',
          args: [
            { index: 0, value: 2, op: 'SCMP_CMP_EQ' },
            { index: 1, value: 3, op: 'SCMP_CMP_GE' },
          ],
        },
      ],
    });
    assert.deepEqual([ask(NR.mount), ask(NR.reboot), ask(NR.bpf), ask(500)], [errno(95), EPERM, 0x80000000, ALLOW]);
    assert.deepEqual(
      [5n, 7n, 6n].map((value) => ask(NR.ioctl, [0n, value])),
      [EPERM, EPERM, ALLOW],
    );
    assert.deepEqual(
      [
        [2n, 3n],
        [2n, 2n],
        [1n, 3n],
      ].map((args) => ask(NR.socket, args)),
      [EPERM, ALLOW, ALLOW],
    );
  });
});

test('a profile file: includes, excludes, one name, versions', () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
    syscalls: [
      { name: 'a', action: 'SCMP_ACT_ALLOW', args: null },
      { names: ['b'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['c'], action: 'SCMP_ACT_ALLOW', excludes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['d'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
      { names: ['e'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64'], minKernel: '6.1' } },
      { names: ['f'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '6.2' } },
    ],
  };
  const names = (caps: string[]) => seccompFromProfile(profile, caps, HOST, '/p.json').syscalls?.flatMap((rule) => rule.names);
  assert.deepEqual(names([]), ['a', 'c', 'e']);
  assert.deepEqual(names(['CAP_SYS_ADMIN']), ['a', 'b', 'e']);
  assert.deepEqual(seccompFromProfile(profile, [], HOST, '/p.json').architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
  assert.throws(() => seccompFromProfile([], [], HOST, '/p.json'), { code: 'SPEC_INVALID', field: '/p.json' });
  assert.throws(() => seccompFromProfile({ defaultAction: 'X' }, [], HOST, '/p.json'), {
    code: 'SPEC_INVALID',
    field: '/p.json.defaultAction',
  });
});

test('the simulator refuses what no filter has', () => {
  assert.throws(() => simulateSeccomp(Uint8Array.from([0xff, 0, 0, 0, 0, 0, 0, 0]), { nr: 0, arch: 0 }), /code 0xff/);
  assert.throws(() => simulateSeccomp(Uint8Array.from([0x05, 0, 0, 0, 9, 0, 0, 0]), { nr: 0, arch: 0 }), /past its end/);
});
