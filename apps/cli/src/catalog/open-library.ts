import { silentLog } from '@manyhands/relay/log';
import { createManifestStore } from '@manyhands/relay/models/manifest-store';
import { createModelLibrary, type ModelLibrary } from '@manyhands/relay/models/model-library';
import { userCatalogFile } from '@manyhands/relay/models/user-catalog';
import type { RelaySettings } from '@manyhands/relay/settings';

/** The models that a relay with these settings has, without the relay. */
export function openLibrary({
  catalogFile,
  modelsDir,
  dataDir,
}: Pick<RelaySettings, 'catalogFile' | 'modelsDir' | 'dataDir'>): Promise<ModelLibrary> {
  return createModelLibrary({
    catalogFile,
    userCatalogFile: userCatalogFile(dataDir),
    modelsDir,
    modelFiles: [],
    store: createManifestStore(dataDir),
    log: silentLog,
    onReady: () => undefined,
  });
}
