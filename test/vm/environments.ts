export interface Environment {
  name: string;
  kernelPackage: string;
  cgroup: 'v1' | 'v2' | 'hybrid';
}

/** The hosts tsgov is proven on besides the one the tests run on. 6.12 has no v1 memory and cpuset (Debian leaves them out). */
export const ENVIRONMENTS: readonly Environment[] = [
  { name: 'v2-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'v2' },
  { name: 'v1-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'v1' },
  { name: 'hybrid-6.1', kernelPackage: 'linux-image-cloud-amd64', cgroup: 'hybrid' },
  { name: 'v2-6.12', kernelPackage: 'linux-image-6.12-cloud-amd64', cgroup: 'v2' },
];
