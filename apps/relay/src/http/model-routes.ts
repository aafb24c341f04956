import { CATALOG_PATH, manifestPath, modelFilePath } from '@manyhands/model/catalog';
import type { ModelLibrary } from '../models/model-library.ts';
import { answerContent, answerError, answerJson, IMMUTABLE } from './answer.ts';
import type { Route } from './http-server.ts';
import { sendFile } from './send-file.ts';

/** The catalogue, and for each verified model its manifest and, where it is here, its file. */
export function modelRoutes(library: ModelLibrary): Route[] {
  return [
    async (exchange, path) => {
      if (path !== CATALOG_PATH) return false;
      await answerJson(exchange, library.view());
      return true;
    },
    async (exchange, path) => {
      const modelRoot = /^\/models\/([0-9a-f]{64})\//.exec(path)?.[1];
      const model = modelRoot === undefined ? undefined : library.ready(modelRoot);
      if (modelRoot === undefined || model === undefined) return false;
      const etag = `"${modelRoot}"`;
      if (path === manifestPath(modelRoot)) {
        await answerContent(exchange, {
          body: model.manifestJson,
          gzipped: model.manifestGzip,
          type: 'application/json',
          etag,
          cacheControl: IMMUTABLE,
        });
        return true;
      }
      if (path !== modelFilePath(modelRoot) || model.version === undefined) return false;
      const outcome = await sendFile(exchange, {
        path: model.version.path,
        type: 'application/octet-stream',
        etag,
        // Compressing on the way would break ranges.
        cacheControl: `${IMMUTABLE}, no-transform`,
        expected: model.version,
      });
      if (outcome === 'sent') return true;
      library.recheck(modelRoot);
      answerError(exchange, 404, 'The file of this model changed. Load the catalogue again.');
      return true;
    },
  ];
}
