import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

/** What is free, what is not asked for, and who answers for this site where somebody says so; under a chat only the links. */
export function SiteFooter({ isShort }: { readonly isShort: boolean }) {
  const { name, contact, terms } = useSite().facts.value.operator ?? {};
  return (
    <footer class={`site-footer ${isShort ? 'site-footer-short' : ''}`}>
      <div class="site-footer-inner">
        {isShort ? null : <p>{t('shell.footer.about')}</p>}
        <p class="footer-links">
          <a href="#/storage">{t('shell.pages.storage')}</a>
          <a href="#/privacy">{t('shell.pages.privacy')}</a>
          {terms && (
            <a href={terms} rel="noreferrer">
              {t('shell.footer.terms')}
            </a>
          )}
          {contact && (
            <a href={contact} rel="noreferrer">
              {t('shell.footer.contact')}
            </a>
          )}
          {name && <span data-testid="operator">{t('shell.footer.runBy', { name })}</span>}
        </p>
      </div>
    </footer>
  );
}
