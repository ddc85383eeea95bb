/**
 * Where a process stands, of the lines of `/proc/PID/cgroup`: the v2 tree's path; where that is the root, the deepest of the v1
 * hierarchies'. Source: cgroups(7).
 */
export function cgroupPathOf(text: string): string {
  let deepest = '/';
  for (const line of text.split('\n')) {
    const [hierarchy, controllers, ...rest] = line.split(':');
    const path = rest.join(':');
    if (hierarchy === '0' && controllers === '' && path !== '/' && path !== '') return path;
    if (depth(path) > depth(deepest)) deepest = path;
  }
  return deepest;
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length;
}
