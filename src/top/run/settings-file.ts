import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Settings } from '#src/top/settings.js';

/** `$XDG_CONFIG_HOME/tsgov/top.json`, or below ~/.config (XDG Base Directory Specification: a relative path is ignored). */
export function settingsPath(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_CONFIG_HOME;
  const base = given?.startsWith('/') === true ? given : join(env.HOME || homedir(), '.config');
  return join(base, 'tsgov', 'top.json');
}

/** What was remembered; what is not there, or makes no sense, is as if nothing was. */
export function readSettings(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  return settingsOf(text);
}

/** Replaces the file whole. Throws what the file system says. */
export function writeSettings(path: string, settings: Settings): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(settings, undefined, 2)}\n`);
  renameSync(next, path);
}

/** Reads each setting by itself: one that is wrong leaves the others. Pure. */
export function settingsOf(text: string): Settings {
  const value = parsed(text);
  const { columns, sort, theme, vim } = value;
  return {
    ...(isTexts(columns) && columns.length > 0 ? { columns } : {}),
    ...(isRecord(sort) && typeof sort.column === 'string'
      ? { sort: { column: sort.column, reverse: sort.reverse === true } }
      : {}),
    ...(typeof theme === 'string' ? { theme } : {}),
    ...(typeof vim === 'boolean' ? { vim } : {}),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
