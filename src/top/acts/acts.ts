import type { Row } from '#src/top/rows.js';
import type { ActRequest } from './request.js';

/** The words of an act on a container, with what confirms it. All pure. */
function request(row: Pick<Row, 'id' | 'name'>, verb: string, call: ActRequest['call'], ...confirmedBy: string[]): ActRequest {
  return { container: row.id, label: `${verb} ${row.name}`, call, confirmedBy };
}

/** Thaws what is frozen and freezes what runs; of several only what one of both means: freezes, unless all are frozen. */
export function freezeOrThaw(rows: readonly Row[]): ActRequest[] {
  const running = rows.filter(({ status }) => status === 'running');
  if (running.length > 0) return running.map((row) => request(row, 'freeze', { call: 'freeze', ref: row.id }, 'freeze'));
  return rows
    .filter(({ status }) => status === 'frozen')
    .map((row) => request(row, 'thaw', { call: 'thaw', ref: row.id }, 'thaw'));
}

export function stopAll(rows: readonly Row[]): ActRequest[] {
  return rows.map((row) => request(row, 'stop', { call: 'stop', ref: row.id }, 'stop', 'die'));
}

/** What does not run is started. */
export function restartAll(rows: readonly Row[]): ActRequest[] {
  return rows.map((row) =>
    isLive(row)
      ? request(row, 'restart', { call: 'restart', ref: row.id }, 'restart')
      : request(row, 'start', { call: 'start', ref: row.id }, 'start'),
  );
}

/** One that runs is ended first. */
export function removeAll(rows: readonly Row[]): ActRequest[] {
  return rows.map((row) => request(row, 'remove', { call: 'remove', ref: row.id, force: isLive(row) }, 'destroy'));
}

export function signalAll(rows: readonly Row[], signal: string): ActRequest[] {
  return rows.map((row) => request(row, `${signal} to`, { call: 'kill', ref: row.id, signal }, 'kill'));
}

export function isLive({ status }: Pick<Row, 'status'>): boolean {
  return status === 'running' || status === 'frozen';
}
