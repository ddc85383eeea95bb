/** In the order lists show them; the names of `/proc/PID/ns` (namespaces(7)). */
export const NAMESPACE_TYPES = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'time'] as const;
export type NamespaceType = (typeof NAMESPACE_TYPES)[number];
