import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('./', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
);

const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.map(({ fileName }) => fileName);

it.each(files)('%s imports zod and the protocol itself, nothing that a browser lacks', (file) => {
  for (const path of importsOf(file)) {
    if (path === 'zod') continue;
    expect(path).toMatch(/^\.\.?\//);
    const target = relative(root, join(root, file, '..', path));
    expect(target, `${file} imports ${path}`).not.toMatch(/^\.\./);
    expect(files, `${file} imports ${path}`).toContain(target.replace(/\.js$/, '.ts'));
  }
});

it.each(files)('%s uses nothing that only Node has', (file) => {
  const source = readFileSync(join(root, file), 'utf8');
  const identifiers = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) identifiers.add(node.text);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true));
  for (const name of ['process', 'Buffer', 'require', 'global', '__dirname', 'setImmediate'])
    expect(identifiers).not.toContain(name);
});

it('looks at all of it', () => {
  expect(files).toContain('index.ts');
  expect(files).toContain(join('frames', 'client.ts'));
  expect(files.length).toBeGreaterThan(10);
});
