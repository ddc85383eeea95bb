import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Files of the status page and of the page of the API, as the build puts them together, and what they are. */
export const PAGE_TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'docs.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'docs.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type PageName = keyof typeof PAGE_TYPES;

export interface PageFile {
  type: string;
  etag: string;
  bytes: Buffer;
}

/** The files, read when they are first asked for and then kept. Throws what reading throws: then the installation lacks one. */
export function pageFiles(pathOf: (name: PageName) => string): (name: PageName) => PageFile {
  const kept = new Map<PageName, PageFile>();
  return (name) => {
    let file = kept.get(name);
    if (file === undefined) {
      const bytes = readFileSync(pathOf(name));
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      file = { type: PAGE_TYPES[name], etag, bytes };
      kept.set(name, file);
    }
    return file;
  };
}
