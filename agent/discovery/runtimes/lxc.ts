import { basename, dirname, join } from 'node:path';
import { argument } from '#agent/discovery/oci-bundle.js';
import { known, readText } from '#agent/discovery/read-files.js';
import type { DiscoveryHost, Facts, ParentProcess, RuntimeKnowledge, Spotted } from '#agent/discovery/runtime.js';

const DEFAULT_PATH = '/var/lib/lxc';

/**
 * LXC (and LXD, Incus). Cgroups: `lxc.payload.NAME`, before 4.0 `/lxc/NAME`, also `lxc.payload/NAME`, below whatever cgroup the starter
 * was in, which may differ by hierarchy. Facts: LXCPATH/NAME/config. Source: lxc src/lxc/cgroups/cgfsng.c.
 */
export const lxc: RuntimeKnowledge = {
  runtime: 'lxc',
  recognise(path) {
    const name = basename(path);
    const above = basename(dirname(path));
    if (name.startsWith('lxc.payload.')) return { id: name.slice('lxc.payload.'.length), holds: false };
    return above === 'lxc.payload' || above === 'lxc' ? { id: name, holds: false } : undefined;
  },
  facts(spotted, host) {
    const file = configFile(spotted, host);
    const config = readText(file);
    return known<Facts>({
      name: spotted.id,
      image: config && /^\s*lxc\.(?:rootfs\.path|rootfs)\s*=\s*(.+?)\s*$/m.exec(config)?.[1],
      bundle: config === undefined ? undefined : dirname(file),
    });
  },
  command: (verb, name) => COMMANDS[verb]?.replace('NAME', name),
};

const COMMANDS: Readonly<Record<string, string>> = {
  stop: 'lxc-stop -n NAME',
  rm: 'lxc-destroy -n NAME',
  start: 'lxc-start -n NAME',
  restart: 'lxc-stop -r -n NAME',
  exec: 'lxc-attach -n NAME',
  attach: 'lxc-console -n NAME',
};

/** Its monitor's command line is `[lxc monitor] LXCPATH NAME`, or that of the tool that started it. */
function configFile({ id, parent }: Spotted, { fileRoot }: DiscoveryHost): string {
  const path = parent === undefined ? undefined : lxcPath(parent);
  return path === undefined ? join(fileRoot, DEFAULT_PATH, id, 'config') : join(path, id, 'config');
}

function lxcPath({ args }: ParentProcess): string | undefined {
  const [, monitored] = /^\[lxc monitor\] (\S+) /.exec(args.join(' ')) ?? [];
  return monitored ?? argument(args, '-P', '--lxcpath');
}
