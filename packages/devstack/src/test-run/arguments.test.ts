import { expect, it } from 'vitest';
import { readArguments, vitestArguments } from './arguments.js';

const workspaces = ['api', 'worker'];
const read = (...args: string[]) => readArguments(args, workspaces);

it('takes a first word that names a workspace, and leaves the rest to vitest', () => {
  expect(read('api', '-t', 'worker')).toEqual({ coverage: false, workspace: 'api', rest: ['-t', 'worker'] });
  expect(read('src/channels', '--bail=1')).toEqual({ coverage: false, workspace: undefined, rest: ['src/channels', '--bail=1'] });
  expect(read('--coverage', 'worker')).toEqual({ coverage: true, workspace: 'worker', rest: [] });
  expect(read()).toEqual({ coverage: false, workspace: undefined, rest: [] });
});

it('counts the sources of that workspace alone, without tests and mains', () => {
  expect(vitestArguments(read('--coverage', 'api'))).toEqual([
    'run',
    '--project',
    'api',
    '--coverage',
    '--coverage.include=packages/api/src/**/*.ts',
    '--coverage.exclude=**/*.test.ts',
    '--coverage.exclude=**/main.ts',
    '--coverage.reportsDirectory=coverage/api',
  ]);
  expect(vitestArguments(read('a-file'))).toEqual(['run', '--passWithNoTests', 'a-file']);
});
