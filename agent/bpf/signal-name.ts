import { constants } from 'node:os';

const NAMES = new Map<number, string>(Object.entries(constants.signals).map(([name, number]) => [number, name]));
const SIGRTMIN = 34;

/** `SIGKILL` for 9; realtime signals read `SIGRTMIN+1`. */
export function signalName(signal: number): string {
  return NAMES.get(signal) ?? (signal >= SIGRTMIN ? `SIGRTMIN+${signal - SIGRTMIN}` : `signal ${signal}`);
}
