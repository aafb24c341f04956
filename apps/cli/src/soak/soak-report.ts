/** What `--json` prints. */
export interface SoakReport {
  readonly version: 1;
  readonly minutes: number;
  readonly users: number;
  readonly answers: number;
  readonly tokens: number;
  readonly repairs: number;
  readonly joins: number;
  readonly leaves: number;
  /** Answers that failed or differ. */
  readonly lost: readonly string[];
  /** Volunteers that could not join or leave. */
  readonly problems: readonly string[];
  readonly stuckSessions: number;
  readonly memory: readonly MemoryReport[];
}

export interface MemoryReport {
  readonly name: string;
  readonly firstBytes: number;
  readonly lastBytes: number;
  /** Nothing where the run was too short for a slope. */
  readonly megabytesPerMinute: number | undefined;
  readonly samples: readonly (readonly [minute: number, bytes: number])[];
}

/** What nothing may grow by. */
const MEGABYTES_PER_MINUTE_MAX = 0.5;

/** Nothing was lost, nothing sticks, nothing grows. */
export function isSound({ lost, problems, stuckSessions, memory }: SoakReport): boolean {
  const isSteady = memory.every(
    ({ megabytesPerMinute = 0 }) => megabytesPerMinute < MEGABYTES_PER_MINUTE_MAX,
  );
  return lost.length === 0 && problems.length === 0 && stuckSessions === 0 && isSteady;
}

export function describeSoak(report: SoakReport): string {
  const { minutes, users, answers, tokens, repairs, joins, leaves, stuckSessions } = report;
  const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1).padStart(7);
  const lines = [
    `${minutes} minutes, ${users} users: ${answers} answers, ${tokens} tokens, ${repairs} repairs`,
    `${joins} volunteers joined and ${leaves} left`,
    `lost answers: ${report.lost.length}, stuck sessions: ${stuckSessions}`,
    ...report.lost.map((text) => `  ${text}`),
    ...report.problems.map((text) => `  ${text}`),
    'memory after collection, MB: first, last, MB a minute',
    ...report.memory.map(({ name, firstBytes, lastBytes, megabytesPerMinute }) => {
      const slope = megabytesPerMinute?.toFixed(3) ?? 'too short to say';
      return `  ${name.padEnd(22)}${megabytes(firstBytes)}${megabytes(lastBytes)}  ${slope}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
