import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which of our packages a package may import; everything else is refused. */
const mayImport = {
  shared: [],
  store: ['shared'],
  api: ['shared', 'store'],
  worker: ['shared', 'store'],
  gateway: ['shared'],
  devstack: ['shared', 'store', 'api', 'worker', 'gateway'],
};
const packages = Object.keys(mayImport);

const boundaries = packages.map((name) => ({
  files: [`packages/${name}/src/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: packages
          .filter((other) => !mayImport[name].includes(other))
          .map((other) => ({ group: [`@storm/${other}`, `@storm/${other}/*`], message: `${name} must not import ${other}` })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/coverage/', '.storm/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] }, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'packages/*/tsconfig.build.json' })] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['**/vitest.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
  {
    files: ['packages/shared/src/protocol/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', '../node/*', '../contracts/*'], message: 'protocol must load in a browser' }] },
      ],
    },
  },
  ...boundaries,
);
