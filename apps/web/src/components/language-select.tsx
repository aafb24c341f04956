import type { LanguageChoice } from '../state/language-choice.ts';
import { LANGUAGES, language, t } from '../strings/language.ts';
import { LanguageIcon } from './icon.tsx';
import { Notice } from './notice.tsx';

export interface LanguageProps {
  readonly languages: LanguageChoice;
}

/** The browser's own list lies over an icon, so that it fits beside everything else on a phone. */
export function LanguageSelect({ languages }: LanguageProps) {
  return (
    <label class="language-select" title={t('shell.language')}>
      <LanguageIcon />
      <span class="visually-hidden">{t('shell.language')}</span>
      <select
        data-testid="language"
        value={language.value}
        onChange={(event) => {
          const { value } = event.currentTarget;
          const wanted = LANGUAGES.find((each) => each.language === value);
          if (wanted !== undefined) void languages.choose(wanted.language);
          // What it shows follows the language that is shown, not the wish.
          event.currentTarget.value = language.value;
        }}
      >
        {LANGUAGES.map((each) => (
          <option key={each.language} value={each.language} lang={each.language}>
            {each.name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Said where the words of a chosen language could not be fetched. */
export function LanguageNotice({ languages }: LanguageProps) {
  const failed = languages.failed.value;
  if (failed === undefined) return null;
  const name = LANGUAGES.find((each) => each.language === failed)?.name ?? failed;
  return (
    <div class="shell-notice" role="status" data-testid="language-failed">
      <Notice tone="warning" title={t('shell.languageFailed.title', { name })}>
        <p>{t('shell.languageFailed.advice')}</p>
        <div class="notice-actions">
          <button type="button" class="button button-small" onClick={languages.dismiss}>
            {t('shell.dismiss')}
          </button>
        </div>
      </Notice>
    </div>
  );
}
