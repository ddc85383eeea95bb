import { OPS, type Tape, type TapeOp } from './ops.js';
import { showArg } from './print-words.js';

/**
 * A tape as text, one line an op: `12 fsopen type="tmpfs" → s7    # mounts[2]`. Slots read `s<n>` (`ctl` is the control socket),
 * flags by the names of the kernel's headers, the two halves after the clone are told apart by a heading.
 */
export function printTape(tape: Tape): string {
  const jump = tape.ops.find((op) => op.op === 'clone');
  const parent = jump?.op === 'clone' ? jump.parent : -1;
  const width = String(tape.ops.length - 1).length;
  const lines = tape.ops.flatMap((op, index) => {
    const heading = index === parent ? ['parent:'] : index > 0 && tape.ops[index - 1] === jump ? ['child:'] : [];
    const origin = op.origin === '' ? '' : `  # ${op.origin}`;
    return [...heading, `${String(index).padStart(width)} ${printOp(op)}${origin}`];
  });
  return `slots ${tape.slots}, inherited ${tape.inherited}\n${lines.join('\n')}\n`;
}

/** One op with its arguments by name, what it fills after an arrow, and the errors that only warn. */
export function printOp(op: TapeOp): string {
  const values = op as unknown as Readonly<Record<string, unknown>>;
  const shown: string[] = [];
  const filled: string[] = [];
  for (const [name, kind] of Object.entries(OPS[op.op].args)) {
    if (kind === 'out') filled.push(`s${values[name]}`);
    else {
      const text = showArg(op.op, name, kind, values[name]);
      if (text !== undefined) shown.push(`${name}=${text}`);
    }
  }
  const tolerated = op.tolerate?.length ? `  (tolerates ${op.tolerate.join(', ')})` : '';
  return [op.op, ...shown, ...(filled.length > 0 ? ['→', ...filled] : [])].join(' ') + tolerated;
}

/** What an op is about, in a few words for an error message: `fsopen overlay`, `open /proc`, `setUser 1000:1000`. */
export function describeOp(op: TapeOp): string {
  switch (op.op) {
    case 'fsopen':
      return `fsopen ${op.type}`;
    case 'fsconfig':
      return op.key === undefined ? 'fsconfig create' : `fsconfig ${op.key}${op.value === undefined ? '' : `=${op.value}`}`;
    case 'exec':
      return `exec ${op.argv[0] ?? ''}`;
    case 'hostname':
    case 'domainname':
      return `${op.op} ${op.name}`;
    case 'setUser':
      return `setUser ${op.uid}:${op.gid}`;
    case 'writeChild':
      return `write /proc/<pid>/${op.name}`;
    case 'symlink':
      return `symlink ${op.path} → ${op.target}`;
    case 'writeFile':
      return `write ${op.dir === undefined ? '' : '/proc/'}${op.path} ${JSON.stringify(Buffer.from(op.data).toString())}`;
    case 'rlimit':
      return `rlimit ${showArg('rlimit', 'resource', 'u32', op.resource)}`;
    case 'unshare':
    case 'clone':
      return [op.op, showArg(op.op, 'flags', 'u64', op.flags) ?? ''].join(' ').trimEnd();
    default:
      return 'path' in op && op.path !== '' ? `${op.op} ${op.path}` : op.op;
  }
}
