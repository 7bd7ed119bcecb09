export interface TestRun {
  coverage: boolean;
  /** The one to test; undefined: all. */
  workspace: string | undefined;
  /** Passed on to vitest as they are. */
  rest: string[];
}

/** Reads `[--coverage] [workspace] [vitest args…]`; a first word that is no workspace's name is vitest's. */
export function readArguments(args: readonly string[], workspaces: readonly string[]): TestRun {
  const words = args.filter((word) => word !== '--coverage');
  const coverage = words.length < args.length;
  const [first, ...others] = words;
  if (first !== undefined && workspaces.includes(first)) return { coverage, workspace: first, rest: others };
  return { coverage, workspace: undefined, rest: words };
}

/** Vitest's arguments for a run; coverage counts the workspace's own sources, but neither tests nor mains, which only wire. */
export function vitestArguments({ coverage, workspace, rest }: TestRun): string[] {
  return [
    'run',
    ...(workspace ? ['--project', workspace] : []),
    ...(coverage ? coverageArguments(workspace) : []),
    // A filter by file may match none in one of the workspaces.
    ...(rest.length > 0 ? ['--passWithNoTests'] : []),
    ...rest,
  ];
}

function coverageArguments(workspace = '*'): string[] {
  return [
    '--coverage',
    `--coverage.include=packages/${workspace}/src/**/*.ts`,
    ...['**/*.test.ts', '**/main.ts'].map((pattern) => `--coverage.exclude=${pattern}`),
    `--coverage.reportsDirectory=coverage/${workspace}`,
  ];
}
