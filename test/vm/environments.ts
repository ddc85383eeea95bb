export interface Environment {
  name: string;
  kernelPackage: string;
  cgroup: 'v1' | 'v2' | 'hybrid';
  /** What runs as pid 1: the job's own script, or systemd with the job as a unit. */
  init: 'job' | 'systemd';
}

/** The hosts tsgov is proven on besides the one the tests run on. 6.12 has no v1 memory and cpuset (Debian leaves them out). */
export const ENVIRONMENTS: readonly Environment[] = [
  // The longest first: they run two at a time.
  { name: 'v2-6.12', kernelPackage: 'linux-image-6.12-cloud-amd64', cgroup: 'v2', init: 'job' },
  { name: 'v2-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'v2', init: 'job' },
  { name: 'v1-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'v1', init: 'job' },
  { name: 'hybrid-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'hybrid', init: 'job' },
];

/** A node that systemd runs, for what is about systemd; not one of those that every integration test runs in. */
export const SYSTEMD_ENVIRONMENT: Environment = {
  name: 'systemd-v2',
  kernelPackage: 'linux-image-cloud-amd64',
  cgroup: 'v2',
  init: 'systemd',
};

/** Those named, in the order of the tables; none named: those that every integration test runs in. Throws on an unknown name. */
export function environmentsNamed(names: readonly string[]): readonly Environment[] {
  const known = [...ENVIRONMENTS, SYSTEMD_ENVIRONMENT];
  const unknown = names.filter((name) => !known.some((environment) => environment.name === name));
  if (unknown.length > 0)
    throw new Error(`no environment ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? ENVIRONMENTS : known.filter(({ name }) => names.includes(name));
}
