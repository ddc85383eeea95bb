import { basename, join } from 'node:path';
import { known, readText } from '#agent/discovery/read-files.js';
import type { DiscoveryHost, Facts, RuntimeKnowledge } from '#agent/discovery/runtime.js';
import { unescapeUnit } from '#agent/discovery/unit-name.js';

const MACHINES = '/run/systemd/machines';
const SCOPE = /^machine-(.+)\.scope$/;
const SERVICE = /^systemd-nspawn@(.+)\.service$/;

/**
 * systemd-nspawn. Cgroups: `/machine.slice/systemd-nspawn@NAME.service`, `/machine.slice/machine-NAME.scope` (that of a virtual machine
 * looks the same: machined's file tells). Facts: /run/systemd/machines/NAME. Source: systemd src/machine/machine.c machine_save.
 */
export const nspawn: RuntimeKnowledge = {
  runtime: 'nspawn',
  recognise(path, host) {
    const unit = basename(path);
    const service = SERVICE.exec(unit)?.[1];
    if (service !== undefined) return { id: unescapeUnit(service), holds: false };
    const scope = SCOPE.exec(unit)?.[1];
    if (scope === undefined) return undefined;
    const id = unescapeUnit(scope);
    const { CLASS, SERVICE: service_ } = machine(id, host);
    return CLASS === 'container' && service_ !== 'libvirt-lxc' ? { id, holds: false } : undefined;
  },
  facts({ id }, host) {
    const found = machine(id, host);
    const createdAtMs = Number(found.REALTIME) / 1000;
    return known<Facts>({
      name: id,
      image: found.ROOT,
      createdAtMs: Number.isFinite(createdAtMs) && createdAtMs > 0 ? createdAtMs : undefined,
      bundle: found.ROOT,
    });
  },
  command: (verb, name) => COMMANDS[verb]?.replace('NAME', name),
};

const COMMANDS: Readonly<Record<string, string>> = {
  stop: 'machinectl poweroff NAME',
  rm: 'machinectl remove NAME',
  start: 'machinectl start NAME',
  restart: 'machinectl reboot NAME',
  exec: 'machinectl shell NAME',
  attach: 'machinectl login NAME',
  logs: 'journalctl -M NAME',
};

/** KEY=VALUE lines; values may be quoted. */
function machine(id: string, { fileRoot }: DiscoveryHost): Partial<Record<string, string>> {
  const lines = id.includes('/') ? [] : (readText(join(fileRoot, MACHINES, id)) ?? '').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replace(/^"(.*)"$/, '$1')]),
  );
}
