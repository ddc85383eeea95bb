import { basename } from 'node:path';
import type { RuntimeKnowledge } from '#agent/discovery/runtime.js';
import { unescapeUnit } from '#agent/discovery/unit-name.js';

const UNIT = /.\.(?:service|slice|scope)$/;

/**
 * systemd's services, slices and scopes: cgroups are named after the unit. Its id is the cgroup's path, since each user's manager has units of
 * the same names. Source: systemd.slice(5), CGROUP_DELEGATION.md.
 */
export const systemd: RuntimeKnowledge = {
  runtime: 'systemd',
  recognise: (path) => (UNIT.test(basename(path)) ? { id: path, holds: true } : undefined),
  facts: ({ path }) => ({ name: unescapeUnit(basename(path)) }),
  command: (verb, name) => COMMANDS[verb]?.replace('NAME', name),
};

const COMMANDS: Readonly<Record<string, string>> = {
  stop: 'systemctl stop NAME',
  start: 'systemctl start NAME',
  restart: 'systemctl restart NAME',
  rm: 'systemctl disable --now NAME',
  logs: 'journalctl -u NAME',
};
