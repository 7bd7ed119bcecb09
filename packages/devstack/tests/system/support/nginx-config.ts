import type { NginxOptions } from './nginx.js';

interface Place extends NginxOptions {
  /** A folder of its own. */
  path: string;
  /** As `nginx -v` says it. */
  version: string;
}

type Change = [from: string, to: string];

/** A file of the configuration with the addresses, ports and folders of one machine. Throws when a line to be changed is not there. */
export function adapt(name: string, text: string, place: Place): string {
  return (changes(place)[name] ?? []).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`${name} has no "${from}" any more: what is it now?`);
    return changed.replaceAll(from, to);
  }, text);
}

function changes({ path, http, https, api, gateway, version }: Place): Record<string, Change[]> {
  const behind = 'max_fails=1 fail_timeout=2s;';
  return {
    'nginx.prod.conf': [
      ['worker_processes auto;', 'worker_processes 1;'],
      ['/tmp/', `${path}/`],
      ['/run/tls/', `${path}/tls/`],
      ['listen 8080;', `listen 127.0.0.1:${http};`],
      ['listen 8443 ssl;', `listen 127.0.0.1:${https} ssl${knowsHttp2(version) ? '' : ' http2'};`],
      ...(knowsHttp2(version) ? [] : ([['http2 on;', '']] satisfies Change[])),
    ],
    'include/http.conf': [
      ['resolver 127.0.0.11 valid=2s ipv6=off;', ''],
      ['resolver_timeout 2s;', ''],
      [`server api:3000 resolve ${behind}`, `server 127.0.0.1:${api} ${behind}`],
      [`server gateway:3001 resolve ${behind}`, `server 127.0.0.1:${gateway} ${behind}`],
      [' /tmp/', ` ${path}/`],
    ],
  };
}

/** As a directive of its own: since 1.25.1. */
function knowsHttp2(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
  return major > 1 || (major === 1 && (minor > 25 || (minor === 25 && patch >= 1)));
}
