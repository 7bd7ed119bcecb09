import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild, temporaryDirectory, which } from '../../../src/process/index.js';
import { adapt } from './nginx-config.js';

const folder = fileURLToPath(new URL('../../../../../nginx/', import.meta.url));
const programs = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` };
const run = (command: string, args: string[]) => promisify(execFile)(command, args, { env: programs });

/** The programs that these tests need and this machine has not. */
export const missingForNginx = (): string[] => ['nginx', 'openssl'].filter((name) => !which(name, programs));

export interface NginxOptions {
  http: number;
  https: number;
  /** Ports of the services behind. */
  api: number;
  gateway: number;
}

export interface Nginx {
  /** Its certificate, for clients that are to trust it. */
  readonly certificate: string;
  /** All that it has logged, errors too. */
  log(): string;
  stop(): Promise<void>;
}

/** An nginx with the production configuration, but for addresses and folders; its certificate is made as in production. */
export async function startNginx({ http, https, api, gateway }: NginxOptions): Promise<Nginx> {
  const directory = temporaryDirectory();
  const { path } = directory;
  const [tls, logFile] = [join(path, 'tls'), join(path, 'log')];
  mkdirSync(tls);
  mkdirSync(join(path, 'include'));
  const script = readFileSync(join(folder, 'make-certificate.sh'), 'utf8');
  await run('sh', ['-c', script.replaceAll('/tls/', `${tls}/`).replaceAll('/given/', `${path}/given/`)]);

  const { stderr: version } = await run('nginx', ['-v']);
  for (const name of ['nginx.prod.conf', 'include/http.conf', 'include/server.conf', 'include/proxy.conf']) {
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(path, name), adapt(name, text, { path, http, https, api, gateway, version }));
  }
  const child = await startChild({
    name: 'nginx',
    command: which('nginx', programs) ?? 'nginx',
    args: ['-p', path, '-c', join(path, 'nginx.prod.conf'), '-e', 'stderr', '-g', 'daemon off;'],
    env: programs,
    logFile,
  });
  await child.ready(async () => (await fetch(`http://127.0.0.1:${http}/`, { redirect: 'manual' })).status === 308);
  return {
    certificate: readFileSync(join(tls, 'tls.crt'), 'utf8'),
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await child.stop();
      directory.remove();
    },
  };
}
