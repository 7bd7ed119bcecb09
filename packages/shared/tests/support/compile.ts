import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };

/**
 * Makes a TypeScript file, and what it imports of ours, into JavaScript for a process of its own: a build may be stale.
 * @param file from the package's folder
 */
export function compile(file: string): { path: string; remove(): void } {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const out = mkdtempSync(join(root, 'dist/test-')); // in the package, where dependencies are found
  const done = new Set<string>();
  const emit = (source: string): string => {
    const target = join(out, relative(root, source)).replace(/\.ts$/, '.js');
    if (done.has(source)) return target;
    done.add(source);
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    for (const [, path = ''] of outputText.matchAll(/from '(\.[^']+)\.js'/g)) emit(join(dirname(source), `${path}.ts`));
    return target;
  };
  return { path: emit(join(root, file)), remove: () => rmSync(out, { recursive: true, force: true }) };
}
