import {
  CATALOG_PATH,
  embeddingFilePath,
  manifestPath,
  modelFilePath,
  tokenizerFilePath,
} from '@manyhands/model/catalog';
import type { FileVersion } from '../models/file-source.ts';
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
      const version = fileAt(path, model);
      if (version === undefined) return false;
      const outcome = await sendFile(exchange, {
        path: version.path,
        type: 'application/octet-stream',
        etag,
        // Compressing on the way would break ranges.
        cacheControl: `${IMMUTABLE}, no-transform`,
        expected: version,
      });
      if (outcome === 'sent') return true;
      library.recheck(modelRoot);
      answerError(exchange, 404, 'The file of this model changed. Load the catalogue again.');
      return true;
    },
  ];
}

/** The file of a model that a path names. */
function fileAt(
  path: string,
  { model, version, tokenizerVersion }: NonNullable<ReturnType<ModelLibrary['ready']>>,
): FileVersion | undefined {
  const { kind, modelRoot } = model;
  if (kind === 'blocks') return path === modelFilePath(modelRoot) ? version : undefined;
  if (path === embeddingFilePath(modelRoot)) return version;
  return path === tokenizerFilePath(modelRoot) ? tokenizerVersion : undefined;
}
