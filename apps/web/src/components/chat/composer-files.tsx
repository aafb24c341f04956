import { formatBytes } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { CloseIcon, FileIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** The files that go with the message, and why others do not. */
export function ComposerFiles({ onRemoved }: { readonly onRemoved: () => void }) {
  const { composer } = useSite();
  const files = composer.files.value;
  return (
    <>
      {files.length === 0 ? null : (
        <ul class="composer-files" aria-label={t('chat.composer.files')}>
          {files.map((file) => (
            <li key={file} class="file-chip" data-testid="chat-file">
              <FileIcon />
              <bdi class="file-chip-name">{file.name}</bdi>
              <span class="file-chip-size">{formatBytes(file.sizeBytes)}</span>
              <button
                type="button"
                class="file-chip-remove"
                aria-label={t('chat.composer.remove', { name: file.name })}
                title={t('chat.composer.remove', { name: file.name })}
                onClick={() => {
                  composer.remove(file);
                  // The button that had the focus is gone.
                  onRemoved();
                }}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="visually-hidden" role="status">
        {composer.news.value}
      </p>
      <Problems />
    </>
  );
}

function Problems() {
  const { composer } = useSite();
  const problems = composer.problems.value;
  if (problems.length === 0) return null;
  return (
    <div class="composer-problems" role="alert" data-testid="chat-file-problem">
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <button
        type="button"
        class="file-chip-remove"
        aria-label={t('chat.composer.hideProblems')}
        title={t('chat.composer.hideProblems')}
        onClick={composer.hideProblems}
      >
        <CloseIcon />
      </button>
    </div>
  );
}
