/** Who runs containers: tsgov, and others it finds; `other` is a plain cgroup that nobody known made. */
export const RUNTIMES = [
  'tsgov',
  'docker',
  'podman',
  'containerd',
  'kubernetes',
  'crio',
  'lxc',
  'nspawn',
  'systemd',
  'other',
] as const;
