import { newBytes } from '@manyhands/planner/move';
import { createSpeedGuess } from '@manyhands/planner/speed-guess';
import { copiesOfModel } from '@manyhands/planner/supply';
import { createRandom } from '@manyhands/testkit/random';
import { createPolicy } from '../policies/create-policy.ts';
import type { Choice, PolicyName } from '../policies/policy.ts';
import { createCatalogue, type Demand } from './catalogue.ts';
import { findChain } from './find-chain.ts';
import { createMeasurements, type PolicyResult } from './measurements.ts';
import { drawUsers, drawVolunteers, exponential, GATHER_MS } from './population.ts';
import { type Session, startMsOf, tokenMsOf, type User } from './session.ts';
import { createModelState, plan, serve, stopServing, type Volunteer } from './swarm.ts';

export interface NetworkOptions {
  readonly seed: number;
  readonly volunteers: number;
  readonly users: number;
  readonly minutes: number;
  readonly stayMinutes: number;
  readonly demand: Demand;
}

const SLOT_MS = 5_000;
const MINUTE_MS = 60_000;
/** Gathering, first answers and first moves; not measured. */
const WARM_UP_MS = 10 * MINUTE_MS;
const THINK_MS = 20_000;
const PROMPT_TOKENS_MEAN = 200;
const ANSWER_TOKENS_MEAN = 150;
const ANSWER_TOKENS_MAX = 600;

/** Runs one policy over a network; the same seed gives the same volunteers, users and result. */
export function simulatePolicy(
  name: PolicyName,
  options: NetworkOptions,
  signal: AbortSignal,
): PolicyResult {
  const { seed, minutes } = options;
  const measuredMs = minutes * MINUTE_MS;
  const totalMs = WARM_UP_MS + measuredMs;
  const stayMs = options.stayMinutes * MINUTE_MS;
  const population = { ...options, stayMs, totalMs };
  const speeds = createSpeedGuess();
  const models = createCatalogue(options.demand).map((model) => createModelState(model, speeds));
  const arrivals = drawVolunteers(population);
  const users = drawUsers(population, models);
  const random = createRandom(seed + 2);
  const policy = createPolicy(name, { models, speeds, random: createRandom(seed + 3) }, stayMs);
  const measured = createMeasurements((model) => copiesOfModel(model.serving) > 0);
  const present = new Set<Volunteer>();
  const loading = new Set<Volunteer>();
  const sessions = new Set<Session>();
  const sessionsOn = new Map<Volunteer, Set<Session>>();

  const download = (volunteer: Volunteer, choice: Choice, nowMs: number) => {
    const { placed, assumedMs, numericClass } = choice;
    const held = volunteer.placed;
    const from = held ?? { firstBlock: 0, endBlock: 0, embeds: false, heads: false };
    const kvBytes =
      ((placed.model.blockBytes[0] ?? 0) - placed.model.weightBytes) *
      (placed.endBlock - placed.firstBlock);
    const bytes = Math.max(
      0,
      newBytes(placed.model, placed, { ...from, modelRoot: held?.model.modelRoot ?? '' }) - kvBytes,
    );
    measured.downloaded(bytes, held !== undefined);
    stopServing(volunteer);
    plan(volunteer, placed, assumedMs, numericClass);
    // Who is there from the beginning came before it.
    const isSettled = nowMs < GATHER_MS && held === undefined;
    volunteer.readyAtMs = nowMs + (isSettled ? 0 : bytes / volunteer.device.downloadBytesPerMs);
    loading.add(volunteer);
  };
  const join = (volunteer: Volunteer) => {
    present.add(volunteer);
    const startedMs = performance.now();
    const choice = policy.place(volunteer);
    measured.placementMs.push(performance.now() - startedMs);
    if (choice) download(volunteer, choice, volunteer.joinedAtMs);
  };
  const release = (session: Session) => {
    for (const { volunteer } of session.stages) {
      volunteer.entry.sessions -= 1;
      sessionsOn.get(volunteer)?.delete(session);
    }
    session.stages = [];
  };
  const open = (session: Session): number | undefined => {
    const chain = findChain(session.model, session.user, random);
    if (chain === undefined) return undefined;
    session.stages = chain.stages;
    for (const { volunteer } of chain.stages) {
      volunteer.entry.sessions += 1;
      const on = sessionsOn.get(volunteer) ?? new Set();
      sessionsOn.set(volunteer, on.add(session));
    }
    session.stallMs = startMsOf(session, session.promptTokens + session.tokensDone);
    return chain.predictedMs;
  };
  const end = (session: Session, nowMs: number) => {
    release(session);
    sessions.delete(session);
    session.user.asksAtMs = nowMs + exponential(random, THINK_MS);
  };
  const leave = (volunteer: Volunteer, nowMs: number) => {
    present.delete(volunteer);
    loading.delete(volunteer);
    stopServing(volunteer);
    const broken = [...(sessionsOn.get(volunteer) ?? [])];
    sessionsOn.delete(volunteer);
    for (const session of broken) {
      release(session);
      const worked = open(session) !== undefined;
      measured.repaired(worked);
      if (!worked) end(session, nowMs);
    }
  };
  const ask = (user: User, nowMs: number) => {
    const { model } = user;
    if (!user.isWatching) model.watchers += 1;
    user.isWatching = true;
    const promptTokens = Math.ceil(exponential(random, PROMPT_TOKENS_MEAN));
    const answer = Math.min(ANSWER_TOKENS_MAX, Math.ceil(exponential(random, ANSWER_TOKENS_MEAN)));
    const session: Session = {
      user,
      model,
      askedAtMs: nowMs,
      promptTokens,
      stages: [],
      tokensLeft: answer,
      tokensDone: 0,
      stallMs: 0,
    };
    const predictedMs = open(session);
    measured.asked(predictedMs !== undefined);
    if (predictedMs === undefined) {
      user.asksAtMs = nowMs + exponential(random, THINK_MS);
      return;
    }
    user.asksAtMs = Number.POSITIVE_INFINITY;
    sessions.add(session);
    const tokenMs = tokenMsOf(session);
    const { stages, stallMs } = session;
    measured.answerBegan(stallMs + tokenMs, stages.length, predictedMs, tokenMs);
  };
  const progress = (session: Session, nowMs: number) => {
    const waitedMs = Math.min(SLOT_MS, session.stallMs);
    session.stallMs -= waitedMs;
    const tokens = Math.min(session.tokensLeft, (SLOT_MS - waitedMs) / tokenMsOf(session));
    session.tokensLeft -= tokens;
    session.tokensDone += tokens;
    measured.tokens(session.model, tokens);
    if (session.tokensLeft > 0) return;
    measured.answerEnded(session.tokensDone, nowMs + SLOT_MS - session.askedAtMs);
    end(session, nowMs + SLOT_MS);
  };

  let next = 0;
  for (let nowMs = 0; nowMs < totalMs; nowMs += SLOT_MS) {
    signal.throwIfAborted();
    measured.isMeasuring = nowMs >= WARM_UP_MS;
    for (const volunteer of present) if (volunteer.leavesAtMs <= nowMs) leave(volunteer, nowMs);
    for (; (arrivals[next]?.joinedAtMs ?? totalMs) < nowMs + SLOT_MS; next += 1) {
      join(arrivals[next] as Volunteer);
    }
    for (const volunteer of loading) {
      if (volunteer.readyAtMs > nowMs) continue;
      loading.delete(volunteer);
      serve(volunteer);
    }
    if (nowMs % MINUTE_MS === 0) {
      for (const { volunteer, placed } of policy.moves([...present])) {
        // A server that is in use drains first: its users' chains are rebuilt.
        if (volunteer.entry.sessions > 0) leave(volunteer, nowMs);
        present.add(volunteer);
        const assumedMs = volunteer.holder?.msPerBlock ?? 1;
        const { numericClass } = volunteer.device;
        download(volunteer, { placed, assumedMs, numericClass }, nowMs);
      }
    }
    for (const user of users) if (user.asksAtMs <= nowMs) ask(user, nowMs);
    for (const session of sessions) progress(session, nowMs);
    measured.sample(Math.floor(nowMs / MINUTE_MS), models, present.size, SLOT_MS);
  }
  return measured.result(name, models, measuredMs);
}
