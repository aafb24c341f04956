import { relative } from 'node:path';
import { repositoryRoot } from './repository.mjs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} [notes] Tests that failed, and those that passed only when tried again.
 */
/**
 * @typedef {object} VitestReport
 * @property {number} [numPassedTests]
 * @property {number} [numFailedTests]
 * @property {number} [numPendingTests]
 * @property {number} [numTodoTests]
 * @property {{ name: string, assertionResults: { status: string, fullName: string }[] }[]} [testResults]
 */
/** @typedef {{ file: string, title: string, tests: { status: string }[] }} PlaywrightSpec */
/** @typedef {{ specs?: PlaywrightSpec[], suites?: PlaywrightSuite[] }} PlaywrightSuite */
/** @typedef {{ stats?: Record<string, number>, suites?: PlaywrightSuite[] }} PlaywrightReport */

/**
 * @param {unknown} report Of Vitest's JSON reporter.
 * @returns {Counts}
 */
export function countVitest(report) {
  const json = /** @type {VitestReport} */ (report);
  return {
    passed: json.numPassedTests ?? 0,
    failed: json.numFailedTests ?? 0,
    skipped: (json.numPendingTests ?? 0) + (json.numTodoTests ?? 0),
    notes: (json.testResults ?? []).flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName }) => `failed: ${relative(repositoryRoot, name)} › ${fullName}`),
    ),
  };
}

/**
 * @param {unknown} report Of Playwright's JSON reporter.
 * @returns {Counts}
 */
export function countPlaywright(report) {
  const { stats = {}, suites = [] } = /** @type {PlaywrightReport} */ (report);
  const specs = suites.flatMap(listSpecs);
  const named = (/** @type {string} */ status, /** @type {string} */ word) =>
    specs
      .filter(({ tests }) => tests.some((test) => test.status === status))
      .map(({ file, title }) => `${word}: ${file} › ${title}`);
  return {
    passed: (stats.expected ?? 0) + (stats.flaky ?? 0),
    failed: stats.unexpected ?? 0,
    skipped: stats.skipped ?? 0,
    notes: [...named('unexpected', 'failed'), ...named('flaky', 'passed at the second try')],
  };
}

/**
 * @param {PlaywrightSuite} suite
 * @returns {PlaywrightSpec[]}
 */
function listSpecs({ specs = [], suites = [] }) {
  return [...specs, ...suites.flatMap(listSpecs)];
}
