import { defaultDataDir } from '@manyhands/relay/settings';

/** Where relays of this machine keep manifests and added models. */
export function dataDirectory(): string {
  const { DATA_DIR } = process.env;
  return DATA_DIR || defaultDataDir(process.env, process.platform);
}
