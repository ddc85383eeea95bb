import type { OciProcess } from '#runtime/spec/oci.js';
import type { TapeBuilder } from './compile-builder.js';

/** Child half, in the container's root: a pty of its own devpts becomes stdio and controlling terminal. */
export function addTerminal(tape: TapeBuilder, process: OciProcess, console = true): void {
  if (process.terminal !== true) return;
  const slave = tape.slot('process.terminal');
  tape.add('process.terminal', { op: 'openPty', slave });
  if (console) tape.add('process.terminal', { op: 'bindConsole', slave });
  const { height: rows = 0, width: cols = 0 } = process.consoleSize ?? {};
  tape.add('process.terminal', { op: 'useTty', slave, uid: process.user.uid, rows, cols });
  tape.close('process.terminal', slave);
}
