import { describeError } from '../error.ts';
import { swarmRequest } from '../swarm/swarm-request.ts';
import type { SwarmTab } from '../swarm/swarm-tab.ts';

/** What happened to one person's answers. */
export interface SoakUser {
  readonly answers: number;
  readonly tokens: number;
  readonly repairs: number;
  /** Answers that failed, that differ from the first one to their question, or that never ended. */
  readonly lost: readonly string[];
  /** Asks one question after the other until told to stop; resolves when the last one is over. */
  run(isOver: () => boolean): Promise<void>;
}

/** Each person asks these in turn: an answer is right where it equals the first one to its question. */
const QUESTIONS = 4;
const TOKENS = 64;
const LOST_MAX = 100;

export function createSoakUser(
  tab: SwarmTab,
  modelRoot: string,
  index: number,
  expected: Map<number, string>,
): SoakUser {
  const lost: string[] = [];
  let answers = 0;
  let tokens = 0;
  let repairs = 0;

  const askOne = async (): Promise<void> => {
    // The same questions from everybody: whoever asks, the text is the same.
    const seed = 3_000 + ((answers + index) % QUESTIONS);
    const prompt = { seed, promptTokens: 48 + (seed % 3) * 32, tokensMax: TOKENS };
    const { answer } = await tab.ask(swarmRequest(modelRoot, prompt));
    repairs += answer.stats.repairs;
    tokens += answer.tokenIds.length;
    const text = answer.tokenIds.join(' ');
    if (answer.error !== undefined) {
      note(`${answer.error.code}: ${answer.error.message}`);
      return;
    }
    if (expected.get(seed) === undefined) expected.set(seed, text);
    else if (expected.get(seed) !== text) note('the text differs from the first answer');
  };
  const note = (text: string): void => {
    if (lost.length < LOST_MAX) lost.push(`answer ${answers + 1} of user ${index + 1}: ${text}`);
  };

  return {
    get answers() {
      return answers;
    },
    get tokens() {
      return tokens;
    },
    get repairs() {
      return repairs;
    },
    lost,
    async run(isOver) {
      while (!isOver()) {
        try {
          await askOne();
        } catch (error) {
          note(describeError(error));
        }
        answers += 1;
      }
    },
  };
}
